"""Drift: what differs through a mapping although it should be in step, and its repair through the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pysync.compiler import Compiler
from pysync.model import Side, TableMapping
from pysync.outbox import Connection
from pysync.statements import compare, render

_ASK = """
insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)
select $1, $2, k, $3, sync_private.newest_layout($1, $2), session_user
from unnest($4::text[]) as k
"""
_UNCOUPLE = "select sync.uncouple($1, k) from unnest($2::text[]) as k"


@dataclass(frozen=True, slots=True)
class Drift:
    """A couple, or an uncoupled record, that is not in step.

    `state`: left newer, right newer, both (changes wait on that side, a pass is due), differs (nothing waits),
    left missing, right missing, both missing (an orphan coupling), uncoupled.
    """

    mapping: str
    direction: str
    left_key: str | None
    right_key: str | None
    state: str
    columns: tuple[str, ...]


def find(conn: Connection, compiler: Compiler, name: str) -> Iterator[Drift]:
    """Every record of a mapping that is not in step."""
    row = compiler.mappings[name]
    seen: set[str] = set()
    for side in row.sources():
        route = compiler.plan(name, side).route
        by_no = {f.no: f"{f.mapping.column(side) or '(expression)'} → {f.target.name}" for f in route.fields}
        for left, right, state, numbers, left_waits, right_waits in conn.execute(
            render(compare.differences(route)).encode(), (name,)
        ).fetchall():
            if left in seen:
                continue
            seen.add(left)
            words = _state(state, side, left_waits=left_waits, right_waits=right_waits)
            yield Drift(name, side.direction, left, right, words, tuple(by_no[n] for n in numbers))
        if not row.coupled_only:
            for (key,) in conn.execute(render(compare.uncoupled(route)).encode(), (name,)).fetchall():
                left, right = (key, None) if side is Side.LEFT else (None, key)
                yield Drift(name, side.direction, left, right, "uncoupled", ())


def _state(state: str, side: Side, *, left_waits: bool, right_waits: bool) -> str:
    if state != "differs":
        return state.replace("source", side.value).replace("target", side.other.value)
    waits = {(True, True): "both", (True, False): "left newer", (False, True): "right newer"}
    return waits.get((left_waits, right_waits), "differs")


def repair(conn: Connection, row: TableMapping, found: list[Drift], winner: Side) -> int:
    """Put into the outbox what brings the drifted records back into step; gives the number of records asked for.

    `winner` is the side whose values count where nothing waits; a one-way mapping has no choice.
    """
    side = winner if winner in row.sources() else row.sources()[0]
    keys: dict[tuple[Side, str], list[str]] = {}
    orphans = []
    for drift in found:
        own = {Side.LEFT: drift.left_key, Side.RIGHT: drift.right_key}
        if drift.state == "differs":
            keys.setdefault((side, "request"), []).append(own[side] or "")
        elif drift.state == "uncoupled":
            source = Side.LEFT if drift.left_key is not None else Side.RIGHT
            keys.setdefault((source, "create"), []).append(own[source] or "")
        elif drift.state == "both missing":
            orphans.append(drift.left_key or "")
        elif drift.state.endswith("missing"):
            gone = Side(drift.state.split()[0])
            keys.setdefault((gone, "retry"), []).append(own[gone] or "")
    with conn.transaction():
        for (asked, operation), records in keys.items():
            conn.execute(_ASK, (row.mapping_name, asked.value, operation, records))
        if orphans:
            conn.execute(_UNCOUPLE, (row.mapping_name, orphans))
    return sum(map(len, keys.values())) + len(orphans)
