"""One transaction of an undo: find what still is as the pass left it, put that back, list the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg import sql

from pysync import database, outbox
from pysync.batch import RowsRefused
from pysync.outbox import Connection, Counts
from pysync.statements import render, undo
from pysync.undo_writes import Part, Stream, Writes

_TABLES = """
create temp table if not exists undo_row (
    record_key text collate "C", target_key text collate "C" primary key, columns text[], old_values text[],
    new_values text[], current text[], version text, undone text[], state text);
create temp table if not exists undo_left (
    n bigint generated always as identity primary key, mapping_name text, direction text, record_key text,
    target_key text, column_name text, reason text);
truncate pg_temp.undo_left;
"""
# `offset 0`: looked up row by row. As a join it may read all couples, in each part.
_STILL_CREATED = """
delete from pg_temp.undo_row r where not exists (
    select from sync.coupling c where c.mapping_name = $2 and c.{other} = r.target_key and c.{own} = r.record_key
        and c.pass_id = $1 and c.created_side = {side} offset 0)
"""
# A row version tells whether anybody wrote since; a view has none, so its values must do.
_COMPARE_CREATED = """
update pg_temp.undo_row r set state = case
    when r.current is null then r.state
    when r.version in (
        select x::xid::text from sync.pass_mapping m cross join unnest(m.xids) x
        where m.pass_id = $1 and m.mapping_name = $2 and m.direction = $3) then 'undone'
    when r.version is null and cardinality(r.undone) = cardinality(r.columns) then 'undone'
    else 'changed' end
"""
# Rows of the same table are left to the database: they may be of the same pass.
_REFERRING = """
select n.nspname, c.relname, array(
        select a.attname::text from unnest(f.conkey) with ordinality as k (attnum, n)
        join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum order by k.n),
    array(
        select a.attname::text from unnest(f.confkey) with ordinality as k (attnum, n)
        join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum order by k.n)
from pg_catalog.pg_constraint f
join pg_catalog.pg_class c on c.oid = f.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where f.contype = 'f' and f.confdeltype in ('c', 'n', 'd') and f.conparentid = 0 and f.conrelid <> f.confrelid
    and f.confrelid = (
        select t.oid from pg_catalog.pg_class t join pg_catalog.pg_namespace s on s.oid = t.relnamespace
        where s.nspname = $1 and t.relname = $2)
order by 1, 2
"""
_COMPARE_DELETED = "update pg_temp.undo_row r set state = case r.state when 'gone' then 'undone' else 'there' end"
# What an undo before this one has put back, or a person, stands as it should.
_ALREADY_BACK = """
delete from pg_temp.undo_row r where r.state = 'changed' and not exists (
    select from unnest(r.columns, r.old_values) as v (name, value)
    where v.name <> all ($1::text[]) or r.current[array_position($1::text[], v.name)] is distinct from v.value)
"""
_ALREADY_THERE = """
delete from pg_temp.undo_row r where r.state = 'there' and exists (
    select from sync.coupling c where c.mapping_name = $1 and c.{own} = r.record_key and c.{other} = r.target_key
    offset 0)
"""
# Looked up by key, as above: the other side may have a long backlog.
_REBASE = """
update sync.{queue} o set before = (
    select array_agg(case when l.columns[b.n] = any (r.undone)
        then r.old_values[array_position(r.columns, l.columns[b.n])] else b.value end order by b.n)
    from unnest(o.before) with ordinality as b (value, n))
from pg_temp.undo_row r
cross join lateral (
    select e.ctid as position from sync.{queue} e
    where e.mapping_name = $1 and e.side = $2 and e.record_key = r.target_key and e.before is not null offset 0) e
cross join sync_private.layout l
where o.ctid = e.position and r.state = 'undone'
    and l.mapping_name = $1 and l.side = $2 and l.layout_no = o.layout_no
"""
_JOURNAL_UPDATE = """
insert into sync_private.journal (pass_id, mapping_name, direction, action, columns, record_keys, target_keys,
    captured_by, old_values, new_values)
select $1, $2, $3, 'update', $4::text[], array_agg(r.record_key), array_agg(r.target_key),
    array_agg(session_user::text), array_agg(r.now_values), array_agg(r.old_values)
from (
    select r.record_key, r.target_key, (row_number() over () - 1) / 1000 as thousand,
        array(select case when c.name = any (r.undone) then r.new_values[array_position(r.columns, c.name)] end
              from unnest($4::text[]) with ordinality as c (name, n) order by c.n) as now_values,
        array(select case when c.name = any (r.undone) then r.old_values[array_position(r.columns, c.name)] end
              from unnest($4::text[]) with ordinality as c (name, n) order by c.n) as old_values
    from pg_temp.undo_row r where r.state = 'undone'
) r
group by r.thousand
"""
_JOURNAL_DELETE = """
insert into sync_private.journal (pass_id, mapping_name, direction, action, columns, record_keys, target_keys,
    captured_by, old_values)
select $1, $2, $3, 'delete', $4::text[], array_agg(r.record_key), array_agg(r.target_key),
    array_agg(session_user::text), array_agg(r.current)
from (
    select r.*, (row_number() over () - 1) / 1000 as thousand from pg_temp.undo_row r where r.state = 'undone'
) r
group by r.thousand
"""
_UNCOUPLE = """
with gone as (
    delete from sync.coupling c using pg_temp.undo_row r
    where c.mapping_name = $1 and c.{own} = r.record_key and r.state = 'undone' returning c.left_key, c.right_key
), closed as (
    update sync.conflict c set resolution = 'uncoupled', resolved_at = now(), resolved_by = session_user
    from gone g where c.mapping_name = $1 and c.left_key = g.left_key and c.resolved_at is null
)
delete from sync.parked p using gone g, (values ('left'), ('right')) as s (side)
where p.mapping_name = $1 and p.side = s.side
    and p.record_key = case s.side when 'left' then g.left_key else g.right_key end
"""
_COUPLE = """
insert into sync.coupling (mapping_name, {own}, {other}, last_synced_at, pass_id, created_side)
select $1, r.record_key, r.target_key, now(), $2, {side} from pg_temp.undo_row r where r.state = 'undone'
on conflict do nothing
"""
_UNCOUPLED = """
update pg_temp.undo_row r set state = 'not coupled' where r.state = 'undone' and not exists (
    select from sync.coupling c where c.mapping_name = $1 and c.{own} = r.record_key and c.{other} = r.target_key
    offset 0)
"""
_COUNT = """
select count(*) filter (where r.state = 'undone'), count(*) filter (where r.state <> 'undone') from pg_temp.undo_row r
"""
_LEFT_FIELDS = """
insert into pg_temp.undo_left (mapping_name, direction, record_key, target_key, column_name, reason)
select $1, $2, r.record_key, r.target_key, c.name, case
    when r.current is null then r.state when c.name = any ($3) then 'changed' else 'column is gone' end
from pg_temp.undo_row r cross join lateral unnest(r.columns) as c (name)
where r.state <> 'undone' or c.name <> all (r.undone)
order by r.target_key, c.name
"""
_LEFT_ROWS = """
insert into pg_temp.undo_left (mapping_name, direction, record_key, target_key, reason)
select $1, $2, r.record_key, r.target_key, r.state from pg_temp.undo_row r where r.state <> 'undone'
order by r.target_key
"""
_LEFT_ONE = """
insert into pg_temp.undo_left (mapping_name, direction, target_key, reason) values ($1, $2, $3, $4)
"""
_LEFT = """
select l.n, l.mapping_name, l.direction, l.record_key, l.target_key, l.column_name, l.reason
from pg_temp.undo_left l where l.n > $1 order by l.n limit $2
"""


class Busy(Exception):
    """Another runner works on the mapping."""


@dataclass(frozen=True, slots=True)
class Left:
    """A row, or one column of it, that was left alone, and why."""

    mapping: str
    direction: str
    record_key: str | None
    target_key: str
    column: str | None
    reason: str


def begin(conn: Connection) -> None:
    """Create the session's working tables, or forget what an undo before this one left alone."""
    conn.execute(_TABLES.encode(), prepare=False)


def left(conn: Connection, limit: int | None = None) -> Iterator[Left]:
    """What the last undo of this session left alone: it may be as much as the pass wrote."""
    return (Left(*row) for row in database.pages(conn, _LEFT, limit))


@dataclass(slots=True)
class Batch:
    """Undoes what one pass did in one direction by one kind of write: insert, update or delete."""

    writes: Writes
    pass_id: int
    columns: list[str] = field(default_factory=list)
    _take: bytes = b""
    _write: bytes = b""
    _spare: list[bytes] = field(default_factory=list)

    @property
    def conn(self) -> Connection:
        """The session whose working tables the batch uses."""
        return self.writes.conn

    @property
    def stream(self) -> Stream:
        """The direction of a mapping that is undone."""
        return self.writes.stream

    def open(self) -> None:
        """Take what the pass wrote out of the journal, and make the statements; before run()."""
        self.writes.collect()
        self._compile()

    def _compile(self) -> None:
        target = self.stream.route.target
        known = undo.columns_of(target.table)
        written = [name for name in self.writes.columns() if name in known]
        self.columns = known if self.writes.step == "insert" else written
        if self.writes.step == "insert":
            self._write = render(undo.delete(target)).encode()
            self._spare = [render(undo.spare_parents(target, found)).encode() for found in self._referring()]
        elif written:
            put = undo.put_back if self.writes.step == "update" else undo.make_again
            self._write = render(put(target, written)).encode()
        # A row made again is only looked for.
        looked_at = [target.key[0].name] if self.writes.step == "delete" else self.columns
        self._take = render(undo.take(target, looked_at)).encode()

    def run(self, part: Part) -> tuple[Counts, int]:
        """Undo one part in one transaction; gives its counters and how much was left alone. Raises Busy."""
        started = time.monotonic()
        with self.conn.transaction():
            if not outbox.begin_batch(self.conn, self.stream.mapping):
                raise Busy(self.stream.mapping)
            self.conn.execute("truncate pg_temp.undo_row")
            self.conn.execute(self._take, (part.first, part.last))
            self.conn.execute(render(undo.there(self.stream.route.target)).encode())
            counts = Counts(batches=1)
            {"insert": self._created, "update": self._written, "delete": self._deleted}[self.writes.step](counts)
            alone = self._note_left()
            counts.duration_ms = round((time.monotonic() - started) * 1000)
            outbox.log_batch(self.conn, self.pass_id, self.stream.mapping, self.stream.direction, counts)
        return counts, alone

    def refuse(self, part: Part, reason: str) -> None:
        """Note that the one record of a part was left alone."""
        self.conn.execute(_LEFT_ONE, (self.stream.mapping, self.stream.direction, part.first, reason))

    def _written(self, counts: Counts) -> None:
        route = self.stream.route
        self.conn.execute(_ALREADY_BACK, (self.columns,))
        counts.modified, counts.skipped = self._count()
        if not counts.modified:
            return
        self._send(counts.modified)
        for queue in ("outbox", "parked"):
            rebase = sql.SQL(_REBASE).format(queue=sql.Identifier(queue))
            self.conn.execute(rebase, (self.stream.mapping, route.side.other.value))
        if route.mapping.is_journaled:
            values = (self.pass_id, self.stream.mapping, self.stream.direction, self.columns)
            self.conn.execute(_JOURNAL_UPDATE, values)

    def _referring(self) -> list[undo.ForeignKey]:
        """Foreign keys that take rows of other tables along, or blank them, when a target row is deleted."""
        table = self.stream.route.target.table
        rows = self.conn.execute(_REFERRING, (table.schema, table.name)).fetchall()
        return [undo.ForeignKey(schema, name, tuple(own), tuple(other)) for schema, name, own, other in rows]

    def _created(self, counts: Counts) -> None:
        self.conn.execute(self.stream.spell(_STILL_CREATED), (self.writes.undone, self.stream.mapping))
        self.conn.execute(_COMPARE_CREATED, self.writes.ids)
        for spare in self._spare:
            self.conn.execute(spare)
        deleted, counts.skipped = self._count()
        counts.deleted = counts.uncoupled = deleted
        if not deleted:
            return
        if self.stream.route.mapping.is_journaled:
            values = (self.pass_id, self.stream.mapping, self.stream.direction, self.columns)
            self.conn.execute(_JOURNAL_DELETE, values)
        self._send(deleted)
        self.conn.execute(self.stream.spell(_UNCOUPLE), (self.stream.mapping,))

    def _deleted(self, counts: Counts) -> None:
        self.conn.execute(_COMPARE_DELETED)
        self.conn.execute(self.stream.spell(_ALREADY_THERE), (self.stream.mapping,))
        counts.inserted, counts.skipped = self._count()
        if not counts.inserted:
            return
        self._send(counts.inserted)
        counts.coupled = self.conn.execute(self.stream.spell(_COUPLE), (self.stream.mapping, self.pass_id)).rowcount
        self.conn.execute(self.stream.spell(_UNCOUPLED), (self.stream.mapping,))

    def _send(self, expected: int) -> None:
        written = self.conn.execute(self._write).rowcount
        if written != expected:
            table = self.stream.route.target.table
            raise RowsRefused(f"{table} took {written} of {expected} rows", sqlstate="SY020")

    def _count(self) -> tuple[int, int]:
        """Rows that go back, and rows that do not."""
        row = self.conn.execute(_COUNT).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _note_left(self) -> int:
        values: tuple[object, ...] = (self.stream.mapping, self.stream.direction)
        if self.writes.step == "update":
            return self.conn.execute(_LEFT_FIELDS, (*values, self.columns)).rowcount
        return self.conn.execute(_LEFT_ROWS, values).rowcount
