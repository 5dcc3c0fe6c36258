"""A record that is gone: what happens to its partner."""

from __future__ import annotations

from typing import Literal

from tests.oracle.conflict import keep
from tests.oracle.mapping import Row, Side, opposite
from tests.oracle.state import ROW, Pair, State, Work


def gone(state: State, pair: Pair, side: Side, work: Work, partner: str, *, was_inside: bool) -> None:
    """The couple ends, waits for a person, takes the partner along or makes the record anew, as the mapping says."""
    mapping, other = pair.mapping, opposite(side)
    target = pair.stream(other).table.get(partner)
    policy = mapping.on_delete(side)
    what: Literal["fail", "uncouple", "delete", "restore"] = policy
    if not was_inside or target is None:
        what = "uncouple"
    elif policy == "delete" and mapping.direction == "both":
        verdict = _row_conflict(state, pair, side, work, partner, target)
        if verdict is None:
            return
        what = verdict
    left = pair.left_key(side, work.entry.key)
    if what == "fail":
        state.park(pair, side, work, "deleted")
        return
    if what == "delete":
        del pair.stream(other).table[partner]
    state.end(pair, left)
    parked = pair.stream(other).parked.get(partner)
    if parked is not None:
        parked.is_due = True
    if what == "restore":
        state.note(pair.stream(other), partner, "restore", None)


def _row_conflict(
    state: State, pair: Pair, side: Side, work: Work, partner: str, target: Row
) -> Literal["delete", "restore"] | None:
    """A deletion that meets an edit; None: a person decides."""
    mapping, other, key = pair.mapping, opposite(side), work.entry.key
    alive = next((c for c in pair.alive(side, key) if c.field_no == ROW), None)
    if alive is not None and alive.resolution == side:
        return "delete"
    if alive is not None and alive.resolution == other:
        return "restore"
    shared = [f for f in mapping.sent(side) if f.is_shared and f.write_on != "insert"]
    moved = any(state.moved(pair, other, partner, f, target) for f in shared)
    if work.is_forced or (not moved and alive is None):
        return "delete"
    newest = side if work.time >= state.time(pair, other, partner) else other
    winner = {"left_wins": "left", "right_wins": "right", "newest_wins": newest}.get(mapping.update_conflict)
    left, right = ("(deleted)", "(changed)") if side == "left" else ("(changed)", "(deleted)")
    if alive is None:
        keep(pair, side, key, ROW, left, right, winner, None)
    if winner is None:
        return None
    return "delete" if winner == side else "restore"
