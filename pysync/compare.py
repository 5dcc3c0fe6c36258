"""Drift: what differs through a mapping although it should be in step, and its repair through the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pysync import database
from pysync.compiler import Compiler
from pysync.model import Side, TableMapping
from pysync.outbox import Connection
from pysync.statements import compare, render

_TABLES = """
create temp table if not exists drift (
    n bigint generated always as identity primary key, mapping_name text collate "C", direction text,
    left_key text collate "C", right_key text collate "C", state text, columns text[]);
create index if not exists drift_mapping_name_idx on pg_temp.drift (mapping_name);
"""
_FORGET = "delete from pg_temp.drift where mapping_name = $1"
_COUNT = "select count(*) from pg_temp.drift where mapping_name = $1"
_LIST = """
select d.n, d.mapping_name, d.direction, d.left_key, d.right_key, d.state, d.columns
from pg_temp.drift d where d.n > $1 order by d.n limit $2
"""
# $2: the side asked where both have a row and nothing waits. One layout for all rows of a side.
_ASK = """
insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)
select $1, k.side, case k.side when 'left' then k.left_key else k.right_key end, k.operation,
    case k.side when 'left' then (select sync_private.newest_layout($1, 'left'))
        else (select sync_private.newest_layout($1, 'right')) end, session_user
from (
    select d.left_key, d.right_key,
        case d.state when 'differs' then 'request' when 'uncoupled' then 'create' else 'retry' end as operation,
        case when d.state = 'differs' then $2 when d.state <> 'uncoupled' then split_part(d.state, ' ', 1)
            when d.left_key is null then 'right' else 'left' end as side
    from pg_temp.drift d
    where d.mapping_name = $1 and d.state in ('differs', 'uncoupled', 'left missing', 'right missing')
) k
"""
_UNCOUPLE = """
with orphan as materialized (
    select sync.uncouple($1, d.left_key) from pg_temp.drift d where d.mapping_name = $1 and d.state = 'both missing')
select count(*) from orphan
"""


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


def look(conn: Connection, compiler: Compiler, name: str) -> int:
    """Note every record of a mapping that is not in step in a table of the session; gives their number."""
    row = compiler.mappings[name]
    conn.execute(_TABLES.encode(), prepare=False)
    with conn.transaction():
        conn.execute("set local work_mem = '64MB'")
        conn.execute(_FORGET, (name,))
        for side in row.sources():
            route = compiler.plan(name, side).route
            labels = {f.no: f"{f.mapping.column(side) or '(expression)'} → {f.target.name}" for f in route.fields}
            values = (name, side.direction, list(labels), list(labels.values()))
            conn.execute(render(compare.note_differences(route)).encode(), values)
            if not row.coupled_only:
                conn.execute(render(compare.note_uncoupled(route)).encode(), values[:2])
    found = conn.execute(_COUNT, (name,)).fetchone()
    return int(found[0]) if found else 0


def noted(conn: Connection, limit: int | None = None) -> Iterator[Drift]:
    """What look() has noted in this session: it may be as many as there are rows."""
    for mapping, direction, left, right, state, columns in database.pages(conn, _LIST, limit):
        yield Drift(mapping, direction, left, right, state, tuple(columns))


def find(conn: Connection, compiler: Compiler, name: str) -> Iterator[Drift]:
    """Every record of a mapping that is not in step."""
    look(conn, compiler, name)
    return (drift for drift in noted(conn) if drift.mapping == name)


def repair(conn: Connection, row: TableMapping, winner: Side) -> int:
    """Put into the outbox what brings the noted records back into step; gives the number of records asked for.

    `winner` is the side whose values count where nothing waits; a one-way mapping has no choice.
    """
    side = winner if winner in row.sources() else row.sources()[0]
    with conn.transaction():
        asked = conn.execute(_ASK, (row.mapping_name, side.value)).rowcount
        orphans = conn.execute(_UNCOUPLE, (row.mapping_name,)).fetchone()
    return asked + (int(orphans[0]) if orphans else 0)
