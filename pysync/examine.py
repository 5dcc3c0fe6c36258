"""One record under the glass: where it is, and what a pass would do with it now. Used by explain, why and record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from pysync import apply, outbox
from pysync.compiler import Compiler
from pysync.errors import UsageError
from pysync.model import Side
from pysync.outbox import Connection, KeyRange
from pysync.plan import Plan
from pysync.session import Change, Record, Session

_PLACE = """
with seen as (
    select s.side, f.found is not null as is_there, coalesce(f.found, $2) as key
    from (values ('left'), ('right')) as s (side)
    cross join lateral (select sync_private.find_record($1, s.side, $2)) as f (found)
    where $3::text is null or s.side = $3
)
select s.side, s.key, s.is_there, c.partner, p.found is not null,
    exists (select from sync.outbox o where o.mapping_name = $1 and o.side = s.side and o.record_key = s.key)
    or exists (select from sync.parked p where p.mapping_name = $1 and p.side = s.side and p.record_key = s.key)
from seen s
cross join lateral (
    -- One look by index for each side: a condition that picks its column by the side would read every couple.
    select case s.side
        when 'left' then (select c.right_key from sync.coupling c where c.mapping_name = $1 and c.left_key = s.key)
        else (select c.left_key from sync.coupling c where c.mapping_name = $1 and c.right_key = s.key)
    end as partner
) c
left join lateral (
    select sync_private.find_record($1, case s.side when 'left' then 'right' else 'left' end, c.partner)
    where c.partner is not null
) as p (found) on true
order by s.side
"""
_PARKED = """
select p.reason, p.sqlstate, p.message, p.waits_for_mapping, p.waits_for_key, p.attempts, p.parked_at, p.next_attempt_at
from sync.parked p where p.mapping_name = $1 and p.side = $2 and p.record_key = $3
"""
_CONFLICTS = """
select c.conflict_id, c.field_no, c.left_column, c.right_column, c.left_value, c.right_value, c.base_value, c.policy,
    c.resolution, c.detected_at, format('select sync.resolve_conflict(%s, %L)', c.conflict_id, 'left') as next_command
from sync.conflict c
where c.mapping_name = $1 and c.resolved_at is null and case $2 when 'left' then c.left_key else c.right_key end = $3
order by c.field_no
"""
_WAITING = """
select o.operation, o.captured_at, o.captured_by, o.origin, o.hop
from sync.outbox o where o.mapping_name = $1 and o.side = $2 and o.record_key = $3 order by o.entry_id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A record key on one side of a mapping: whether its row exists, and its partner by the coupling."""

    mapping: str
    side: Side
    key: str
    exists: bool
    partner: str | None
    partner_exists: bool
    is_noted: bool

    @property
    def is_known(self) -> bool:
        """Whether anything at all is known of this key."""
        return self.exists or self.partner is not None or self.is_noted

    def key_on(self, side: Side) -> str | None:
        """Key of the record or of its partner."""
        return self.key if side is self.side else self.partner


@dataclass(slots=True)
class Look:
    """What one batch would do with the record; rows are as sync.parked and sync.conflict would hold them."""

    direction: str
    record: Record | None = None
    changes: list[Change] = field(default_factory=list)
    parked: dict[str, Any] | None = None
    conflicts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def disposition(self) -> str:
        """What became of the record: a disposition of the engine; `fail` when the database refused it."""
        if self.record is not None:
            return self.record.disposition
        return "fail" if self.parked else "held"

    @property
    def message(self) -> str | None:
        """Why, when the record is set aside."""
        return self.parked["message"] if self.parked else None


def locate(conn: Connection, mapping: str, key: str, side: Side | None = None) -> Place:
    """Find the side a key belongs to. Raises UsageError when both sides have it and they are not one couple."""
    rows = conn.execute(_PLACE, (mapping, key, side)).fetchall()
    places = [Place(mapping, Side(row[0]), *row[1:]) for row in rows]
    known = [place for place in places if place.is_known]
    existing = [place for place in known if place.exists] or known
    if len(existing) > 1 and not (existing[0].partner == existing[1].key and existing[1].partner == existing[0].key):
        raise UsageError(f"both sides of {mapping} have a record {key}", hint="add --side left or --side right")
    return (existing or places)[0]


def look(conn: Connection, compiler: Compiler, place: Place, side: Side) -> Look:
    """Run the batch of this one record from `side` and roll it back; without waiting changes all fields are compared.

    Raises MappingBusy when a pass is working on the mapping, PysyncError when the mapping cannot run.
    """
    key = place.key_on(side)
    assert key is not None
    result = Look(side.direction)
    session = Session(conn, keep_open=True)
    session.on_records = lambda _, found: _keep(result, key, found)
    session.on_changes = lambda _, found: result.changes.extend(c for c in found if c.record_key == key)
    with conn.transaction(force_rollback=True):
        plan = compiler.plan(place.mapping, side)
        session.pass_id = outbox.start_pass(conn, "record")
        for each in Side:
            outbox.prepare_stream(conn, place.mapping, each)
        if not waiting(conn, place.mapping, side, key):
            conn.execute("select sync_private.ask($1, $2, $3, 'couple')", (place.mapping, side, key))
        _run(session, plan, key)
        result.parked = parked(conn, place.mapping, side, key)
        result.conflicts = conflicts(conn, place.mapping, side, key)
    return result


def changed(conn: Connection, place: Place) -> list[Side]:
    """The sides of a record on which changes wait or are parked."""
    return [
        side
        for side in Side
        if (key := place.key_on(side)) is not None
        and (waiting(conn, place.mapping, side, key) or parked(conn, place.mapping, side, key))
    ]


def collisions(conn: Connection, compiler: Compiler, place: Place) -> list[str]:
    """Names of the shared fields that both sides of a couple changed to different values, a policy's or not."""
    left = place.key_on(Side.LEFT)
    if conflicts(conn, place.mapping, Side.LEFT, left or ""):
        found = conflicts(conn, place.mapping, Side.LEFT, left or "")
        return [row["left_column"] or row["right_column"] or "the row" for row in found]
    if len(changed(conn, place)) < 2 or Side.LEFT not in compiler.mappings[place.mapping].sources():
        return []
    with conn.transaction(force_rollback=True):
        session = Session(conn, keep_open=True)
        plan = compiler.plan(place.mapping, Side.LEFT)
        session.pass_id = outbox.start_pass(conn, "record")
        for side in Side:
            outbox.prepare_stream(conn, place.mapping, side)
        _run(session, plan, left or "")
        rows = conn.execute(
            "select coalesce(c.left_column, c.right_column, 'the row') from sync.conflict c"
            " where c.pass_id = $1 and c.mapping_name = $2 and c.left_key = $3 order by c.field_no",
            (session.pass_id, place.mapping, left),
        ).fetchall()
    return [name for (name,) in rows]


def _keep(result: Look, key: str, found: Sequence[Record]) -> None:
    result.record = next((r for r in found if r.record_key == key), result.record)


def _run(session: Session, plan: Plan, key: str) -> None:
    keys = KeyRange(key, key, 1)
    apply.apply(session, plan, keys, with_deletes=True)


def waiting(conn: Connection, mapping: str, side: Side, key: str) -> list[dict[str, Any]]:
    """The record's entries in the outbox, earliest first."""
    return _rows(conn, _WAITING, mapping, side, key)


def parked(conn: Connection, mapping: str, side: Side, key: str) -> dict[str, Any] | None:
    """The record's parked row."""
    return next(iter(_rows(conn, _PARKED, mapping, side, key)), None)


def conflicts(conn: Connection, mapping: str, side: Side, key: str) -> list[dict[str, Any]]:
    """The record's open conflicts."""
    return _rows(conn, _CONFLICTS, mapping, side, key)


def _rows(conn: Connection, sql: str, mapping: str, side: Side, key: str) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.encode(), (mapping, side.value, key)).fetchall()
