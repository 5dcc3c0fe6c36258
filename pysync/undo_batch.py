"""One transaction of an undo: find what still is as the pass left it, put that back, list the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg import sql

from pysync import database, outbox
from pysync.batch import RowsRefused
from pysync.outbox import Connection, Counts
from pysync.route import Route
from pysync.statements import render, undo

_TABLES = """
create temp table if not exists undo_write (
    record_key text collate "C", target_key text collate "C", columns text[], old_values text[], new_values text[],
    written_at timestamptz);
create temp table if not exists undo_row (
    record_key text collate "C", target_key text collate "C" primary key, columns text[], old_values text[],
    new_values text[], current text[], version text, undone text[], state text);
create temp table if not exists undo_left (
    n bigint generated always as identity primary key, mapping_name text, direction text, record_key text,
    target_key text, column_name text, reason text);
truncate pg_temp.undo_left;
"""
_EMPTY = """
drop index if exists pg_temp.undo_write_idx;
truncate pg_temp.undo_write;
set local work_mem = '64MB';
"""
# Out of the journal once and in the order of the keys, so that each part is read from one place. The couple follows
# changed keys: the row is looked for under the key it has now. What the pass created itself goes as a whole.
_COPY = """
insert into pg_temp.undo_write (record_key, target_key, columns, old_values, new_values, written_at)
select w.record_key, coalesce(c.{other}, w.target_key), w.columns, w.old_values, w.new_values, j.written_at
from sync_private.journal j
cross join lateral (
    select v.record_key, v.target_key, array_agg(v.old_value order by v.n) as old_values,
        array_agg(v.new_value order by v.n) as new_values,
        array_agg(j.columns[(v.n - 1) % cardinality(j.columns) + 1] order by v.n) as columns
    from rows from (
        unnest(j.old_values), unnest(j.new_values), sync_private.repeat_each(j.record_keys, cardinality(j.columns)),
        sync_private.repeat_each(j.target_keys, cardinality(j.columns)))
        with ordinality as v (old_value, new_value, record_key, target_key, n)
    where j.action <> 'update' or v.old_value is distinct from v.new_value
    group by v.record_key, v.target_key
) w
left join sync.coupling c on $4 = 'update' and c.mapping_name = $2 and c.{own} = w.record_key
where j.pass_id = $1 and j.mapping_name = $2 and j.direction = $3 and j.action = $4
    and (c.pass_id is distinct from $1 or c.created_side is distinct from {side})
order by 2
"""
# A row that was written more than once: from the first old value of each column to the last new one.
_MERGE = """
with written as (
    delete from pg_temp.undo_write w
    using (select d.target_key from pg_temp.undo_write d group by d.target_key having count(*) > 1) d
    where w.target_key = d.target_key
    returning w.*
), field as (
    select max(w.record_key) as record_key, w.target_key, v.name,
        (array_agg(v.old_value order by w.written_at {order}))[1] as old_value,
        (array_agg(v.new_value order by w.written_at desc))[1] as new_value
    from written w cross join lateral unnest(w.columns, w.old_values, w.new_values) as v (name, old_value, new_value)
    group by w.target_key, v.name
)
insert into pg_temp.undo_write (record_key, target_key, columns, old_values, new_values)
select max(f.record_key), f.target_key, array_agg(f.name order by f.name), array_agg(f.old_value order by f.name),
    array_agg(f.new_value order by f.name)
from field f where $1 <> 'update' or f.old_value is distinct from f.new_value
group by f.target_key
"""
_CREATED = """
insert into pg_temp.undo_write (record_key, target_key)
select c.{own}, c.{other} from sync.coupling c
where c.pass_id = $1 and c.mapping_name = $2 and c.created_side = {side}
    and not exists (select from pg_temp.undo_write w where w.target_key = c.{other})
order by 2
"""
_INDEX = """
create index undo_write_idx on pg_temp.undo_write (target_key);
analyze pg_temp.undo_write;
"""
_PARTS = """
select min(n.target_key), max(n.target_key), count(*)
from (
    select w.target_key, (row_number() over (order by w.target_key) - 1) / $1 as part
    from pg_temp.undo_write w where $2::text is null or w.target_key between $2 and $3
) n
group by n.part order by n.part
"""
_COLUMNS = """
select distinct c.name from pg_temp.undo_write w cross join lateral unnest(w.columns) as c (name) order by c.name
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
class Stream:
    """One direction of a mapping that the pass wrote in."""

    mapping: str
    direction: str
    route: Route


@dataclass(frozen=True, slots=True)
class Part:
    """Target keys from `first` to `last`, both included."""

    first: str
    last: str
    records: int


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

    conn: Connection
    stream: Stream
    undone: int
    pass_id: int
    step: str
    columns: list[str] = field(default_factory=list)
    _take: bytes = b""
    _write: bytes = b""
    _spare: list[bytes] = field(default_factory=list)

    def open(self) -> None:
        """Take what the pass wrote out of the journal, and make the statements; before parts()."""
        with self.conn.transaction():
            self.conn.execute(_EMPTY.encode(), prepare=False)
            self.conn.execute(self._names(_COPY), (*self._ids(), self.step))
            self.conn.execute(self._names(_MERGE), (self.step,))
            if self.step == "insert":
                self.conn.execute(self._names(_CREATED), (self.undone, self.stream.mapping))
            self.conn.execute(_INDEX.encode(), prepare=False)
        self._compile()

    def _compile(self) -> None:
        target = self.stream.route.target
        known = undo.columns_of(target.table)
        written = [name for (name,) in self.conn.execute(_COLUMNS).fetchall() if name in known]
        self.columns = known if self.step == "insert" else written
        if self.step == "insert":
            self._write = render(undo.delete(target)).encode()
            self._spare = [render(undo.spare_parents(target, found)).encode() for found in self._referring()]
        elif written:
            put = undo.put_back if self.step == "update" else undo.make_again
            self._write = render(put(target, written)).encode()
        # A row made again is only looked for.
        looked_at = [target.key[0].name] if self.step == "delete" else self.columns
        self._take = render(undo.take(target, looked_at)).encode()

    def parts(self, size: int, within: Part | None = None) -> list[Part]:
        """Key ranges of about `size` records."""
        first, last = (within.first, within.last) if within else (None, None)
        return [Part(*row) for row in self.conn.execute(_PARTS, (size, first, last)).fetchall()]

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
            {"insert": self._created, "update": self._written, "delete": self._deleted}[self.step](counts)
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
        self.conn.execute(self._names(_STILL_CREATED), (self.undone, self.stream.mapping))
        self.conn.execute(_COMPARE_CREATED, self._ids())
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
        self.conn.execute(self._names(_UNCOUPLE), (self.stream.mapping,))

    def _deleted(self, counts: Counts) -> None:
        self.conn.execute(_COMPARE_DELETED)
        self.conn.execute(self._names(_ALREADY_THERE), (self.stream.mapping,))
        counts.inserted, counts.skipped = self._count()
        if not counts.inserted:
            return
        self._send(counts.inserted)
        counts.coupled = self.conn.execute(self._names(_COUPLE), (self.stream.mapping, self.pass_id)).rowcount
        self.conn.execute(self._names(_UNCOUPLED), (self.stream.mapping,))

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
        if self.step == "update":
            return self.conn.execute(_LEFT_FIELDS, (*values, self.columns)).rowcount
        return self.conn.execute(_LEFT_ROWS, values).rowcount

    def _ids(self) -> tuple[int, str, str]:
        return self.undone, self.stream.mapping, self.stream.direction

    def _names(self, text: str) -> sql.Composed:
        """The text with the columns of sync.coupling by the roles of the two sides."""
        side = self.stream.route.side
        return sql.SQL(text).format(
            own=sql.Identifier(f"{side}_key"),
            other=sql.Identifier(f"{side.other}_key"),
            side=sql.Literal(side.other.value),
            order=sql.SQL("desc" if self.step == "delete" else "asc"),
        )
