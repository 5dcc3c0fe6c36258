"""A change that meets a change: who wins, field by field, and what is kept of both values."""

from __future__ import annotations

from tests.oracle.mapping import Field, Row, Side, Value, opposite
from tests.oracle.state import ROW, Conflict, Pair, State, Work


def settle(
    state: State, pair: Pair, side: Side, work: Work, values: dict[int, Value], target: Row, written: list[Field]
) -> list[Field]:
    """Decide field by field between the two sides; gives the fields that are written after all."""
    mapping, other, key = pair.mapping, opposite(side), work.entry.key
    shared = [f for f in mapping.sent(side) if f.is_shared and f.write_on != "insert"]
    partner = pair.partner(side, key)
    assert partner is not None
    alive = {c.field_no: c for c in pair.alive(side, key)}
    differing = [f for f in shared if target[f.column(other)] != values[f.no]]
    moved = [f for f in shared if state.moved(pair, other, partner, f, target)]
    opened = [f for f in shared if f.no in alive and not alive[f.no].resolution]
    colliding = [f for f in shared if f in written and (f in moved or f in opened)]
    if mapping.conflict_scope == "row" and (moved or opened) and any(f.is_shared for f in written):
        # Whatever either side changed: the winner's whole row counts.
        colliding = [f for f in shared if f in written or (f in moved and f in differing)]
    if work.is_forced:
        colliding = []
    newest = side if work.time >= state.time(pair, other, partner) else other
    winners = {"left_wins": "left", "right_wins": "right", "newest_wins": newest}
    result = [f for f in written if not f.is_shared]
    for f in shared:
        conflict = alive.get(f.no)
        won = conflict is not None and (work.is_forced or conflict.resolution == side)
        lost = conflict is not None and not work.is_forced and conflict.resolution == other
        winner = winners.get(f.conflict or mapping.update_conflict)
        if f in colliding or (won and f in differing):
            left, right = values[f.no], target[f.column(other)]
            left, right = (left, right) if side == "left" else (right, left)
            keep(pair, side, key, f.no, left, right, winner, conflict)
        yields = lost or (f in colliding and winner != side)
        if f in differing and (won or (not yields and (f in written or f in colliding))):
            result.append(f)
        if conflict is not None and (won or f not in differing):
            conflict.resolution = side if won else "equal"
            conflict.is_over = True
    if mapping.conflict_scope == "row" and colliding and winners.get(mapping.update_conflict) == other:
        state.note(pair.stream(other), partner, "request", None)
    if work.is_forced and ROW in alive:
        alive[ROW].resolution = side
        alive[ROW].is_over = True
    return result


def keep(
    pair: Pair,
    side: Side,
    key: str,
    field_no: int,
    left: Value,
    right: Value,
    winner: str | None,
    conflict: Conflict | None,
) -> None:
    """Both values are kept, whoever wins; an open conflict is brought up to date."""
    if conflict is not None:
        conflict.left_value, conflict.right_value = left, right
        return
    left_key = pair.left_key(side, key)
    is_over = winner is not None
    pair.conflicts.append(Conflict(left_key, pair.couples[left_key], field_no, left, right, winner, is_over))
