"""One transaction of an undo: find what still is as the pass left it, put that back, list the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from pysync import outbox
from pysync.batch import LOCK_TIMEOUT, RowsRefused
from pysync.outbox import Connection, Counts
from pysync.route import Route
from pysync.statements import render, undo

_TABLES = """
create temp table if not exists undo_write (
    record_key text collate "C", target_key text collate "C", column_name text, old_value text, new_value text,
    written_at timestamptz);
create index if not exists undo_write_idx on pg_temp.undo_write (target_key);
create temp table if not exists undo_row (
    record_key text collate "C", target_key text collate "C" primary key, current text[], version text, state text);
create temp table if not exists undo_field (
    target_key text collate "C", column_name text, old_value text, new_value text, state text,
    primary key (target_key, column_name));
truncate pg_temp.undo_write;
"""
# Taken out of the journal once: its rows hold a thousand records each.
_COPY = """
insert into pg_temp.undo_write (record_key, target_key, column_name, old_value, new_value, written_at)
select j.record_key, j.target_key, j.column_name, j.old_value, j.new_value, j.written_at
from sync.journal j where j.pass_id = $1 and j.mapping_name = $2 and j.direction = $3 and j.action = $4
"""
_WRITTEN = "select w.target_key from pg_temp.undo_write w"
_CREATED = """
select c.{other} from sync.coupling c
where c.pass_id = {undone} and c.mapping_name = {mapping} and c.created_side = {side}
"""
_PARTS = """
select min(n.key), max(n.key), count(*)
from (
    select d.key, (row_number() over (order by d.key) - 1) / $1 as part
    from (select distinct k.key from ({keys}) as k (key)) d
    where $2::text is null or d.key between $2 and $3
) n
group by n.part order by n.part
"""
# The couple follows changed keys: the row is looked for under the key it has now.
_FILL_UPDATE = """
with written as (
    select w.record_key, coalesce(c.{other}, w.target_key) as target_key, w.column_name, w.old_value, w.new_value,
        w.written_at
    from pg_temp.undo_write w
    left join sync.coupling c on c.mapping_name = $2 and c.{own} = w.record_key
    where w.target_key between $3 and $4
        and (c.pass_id is distinct from $1 or c.created_side is distinct from {side})
), field as (
    select max(w.record_key) as record_key, w.target_key, w.column_name as name,
        (array_agg(w.old_value order by w.written_at))[1] as old,
        (array_agg(w.new_value order by w.written_at desc))[1] as new
    from written w group by w.target_key, w.column_name
), kept as (
    insert into pg_temp.undo_field (target_key, column_name, old_value, new_value)
    select f.target_key, f.name, f.old, f.new from field f where f.old is distinct from f.new
    returning target_key
)
insert into pg_temp.undo_row (record_key, target_key)
select max(f.record_key), f.target_key from field f where f.old is distinct from f.new group by f.target_key
"""
_FILL_INSERT = """
with created as (
    insert into pg_temp.undo_row (record_key, target_key)
    select c.{own}, c.{other} from sync.coupling c
    where c.pass_id = $1 and c.mapping_name = $2 and c.created_side = {side} and c.{other} between $3 and $4
)
insert into pg_temp.undo_field (target_key, column_name, new_value)
select distinct on (w.target_key, w.column_name) w.target_key, w.column_name, w.new_value
from pg_temp.undo_write w where w.target_key between $3 and $4
order by w.target_key, w.column_name, w.written_at desc
"""
_FILL_DELETE = """
with field as (
    select distinct on (w.target_key, w.column_name) w.record_key, w.target_key, w.column_name, w.old_value
    from pg_temp.undo_write w where w.target_key between $3 and $4 and $1 > 0 and $2 <> ''
    order by w.target_key, w.column_name, w.written_at desc
), kept as (
    insert into pg_temp.undo_field (target_key, column_name, old_value)
    select f.target_key, f.column_name, f.old_value from field f
)
insert into pg_temp.undo_row (record_key, target_key) select max(f.record_key), f.target_key from field f group by 2
"""
_COMPARE = """
update pg_temp.undo_field f set state = case
    when r.current is null then r.state
    when p.name is null then 'column is gone'
    when r.current[p.n] is not distinct from f.new_value then 'undone' else 'changed' end
from pg_temp.undo_field g
join pg_temp.undo_row r on r.target_key = g.target_key
left join unnest($1::text[]) with ordinality as p (name, n) on p.name = g.column_name
where f.target_key = g.target_key and f.column_name = g.column_name
"""
# A row version tells whether anybody wrote since; a view has none, so its values must do.
_COMPARE_CREATED = """
update pg_temp.undo_row r set state = case
    when r.current is null then r.state
    when r.version in (
        select x::xid::text from sync.pass_mapping m cross join unnest(m.xids) x
        where m.pass_id = $1 and m.mapping_name = $2 and m.direction = $3) then 'undone'
    when r.version is null and exists (select from pg_temp.undo_field f where f.target_key = r.target_key)
        and not exists (select from pg_temp.undo_field f where f.target_key = r.target_key
            and f.state is distinct from 'undone') then 'undone'
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
_COMPARE_DELETED = """
with row as (
    update pg_temp.undo_row r set state = case r.state when 'gone' then 'undone' else 'there' end
    returning r.target_key, r.state
)
update pg_temp.undo_field f set state = r.state from row r where r.target_key = f.target_key
"""
_REBASE = """
update sync.{queue} o set before = (
    select array_agg(case when f.state = 'undone' then f.old_value else b.value end order by b.n)
    from unnest(o.before) with ordinality as b (value, n)
    left join pg_temp.undo_field f on f.target_key = o.record_key and f.column_name = l.columns[b.n])
from sync_private.layout l
where o.mapping_name = $1 and o.side = $2 and o.before is not null
    and l.mapping_name = $1 and l.side = $2 and l.layout_no = o.layout_no
    and o.record_key in (select f.target_key from pg_temp.undo_field f where f.state = 'undone')
"""
_JOURNAL_UPDATE = """
insert into sync_private.journal (pass_id, mapping_name, direction, action, columns, record_keys, target_keys,
    captured_by, old_values, new_values)
select $1, $2, $3, 'update', array[f.column_name], array_agg(r.record_key), array_agg(r.target_key),
    array_agg(session_user::text), array_agg(array[f.new_value]), array_agg(array[f.old_value])
from pg_temp.undo_row r join pg_temp.undo_field f on f.target_key = r.target_key
where f.state = 'undone' group by f.column_name
"""
_JOURNAL_DELETE = """
insert into sync_private.journal (pass_id, mapping_name, direction, action, columns, record_keys, target_keys,
    captured_by, old_values)
select $1, $2, $3, 'delete', $4::text[], array_agg(r.record_key), array_agg(r.target_key),
    array_agg(session_user::text), array_agg(r.current)
from pg_temp.undo_row r where r.state = 'undone'
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
    select from sync.coupling c where c.mapping_name = $1 and c.{own} = r.record_key and c.{other} = r.target_key)
"""
_LEFT_FIELDS = """
select r.record_key, f.target_key, f.column_name, f.state
from pg_temp.undo_field f join pg_temp.undo_row r on r.target_key = f.target_key
where f.state <> 'undone' order by f.target_key, f.column_name
"""
_LEFT_ROWS = """
select r.record_key, r.target_key, null, r.state from pg_temp.undo_row r where r.state <> 'undone' order by 2
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


@dataclass(frozen=True, slots=True)
class Batch:
    """Undoes what one pass did in one direction by one kind of write: insert, update or delete."""

    conn: Connection
    stream: Stream
    undone: int
    pass_id: int
    step: str

    def open(self) -> None:
        """Take what the pass wrote out of the journal; before parts()."""
        self.conn.execute(_TABLES.encode(), prepare=False)
        self.conn.execute(_COPY, (self.undone, self.stream.mapping, self.stream.direction, self.step))
        self.conn.execute("analyze pg_temp.undo_write")

    def parts(self, size: int, within: Part | None = None) -> list[Part]:
        """Key ranges of about `size` records."""
        first, last = (within.first, within.last) if within else (None, None)
        keys = self._names(_CREATED if self.step == "insert" else _WRITTEN)
        query = sql.SQL(_PARTS).format(keys=keys)
        return [Part(*row) for row in self.conn.execute(query, (size, first, last)).fetchall()]

    def run(self, part: Part) -> tuple[Counts, list[Left]]:
        """Undo one part in one transaction; gives its counters and what was left alone. Raises Busy."""
        started = time.monotonic()
        with self.conn.transaction():
            if not outbox.begin_batch(self.conn, self.stream.mapping, LOCK_TIMEOUT):
                raise Busy(self.stream.mapping)
            self.conn.execute("truncate pg_temp.undo_row, pg_temp.undo_field")
            counts = Counts(batches=1)
            {"insert": self._created, "update": self._written, "delete": self._deleted}[self.step](part, counts)
            left = self._left()
            counts.duration_ms = round((time.monotonic() - started) * 1000)
            outbox.log_batch(self.conn, self.pass_id, self.stream.mapping, self.stream.direction, counts)
        return counts, left

    def _written(self, part: Part, counts: Counts) -> None:
        route = self.stream.route
        self._fill(_FILL_UPDATE, part)
        columns = self._columns()
        self._look(columns)
        self.conn.execute(_COMPARE, (columns,))
        counts.modified = self._count("undo_field")
        counts.skipped = self._total() - counts.modified
        if not counts.modified:
            return
        self._send(undo.put_back(route.target, columns), counts.modified)
        for queue in ("outbox", "parked"):
            rebase = sql.SQL(_REBASE).format(queue=sql.Identifier(queue))
            self.conn.execute(rebase, (self.stream.mapping, route.side.other.value))
        if route.mapping.is_journaled:
            self.conn.execute(_JOURNAL_UPDATE, (self.pass_id, self.stream.mapping, self.stream.direction))

    def _referring(self) -> list[undo.ForeignKey]:
        """Foreign keys that take rows of other tables along, or blank them, when a target row is deleted."""
        table = self.stream.route.target.table
        rows = self.conn.execute(_REFERRING, (table.schema, table.name)).fetchall()
        return [undo.ForeignKey(schema, name, tuple(own), tuple(other)) for schema, name, own, other in rows]

    def _created(self, part: Part, counts: Counts) -> None:
        route = self.stream.route
        self._fill(_FILL_INSERT, part)
        columns = undo.columns_of(route.target.table)
        self._look(columns)
        self.conn.execute(_COMPARE, (columns,))
        self.conn.execute(_COMPARE_CREATED, self._ids())
        for found in self._referring():
            self.conn.execute(render(undo.spare_parents(route.target, found)).encode())
        counts.deleted = counts.uncoupled = self._count("undo_row")
        counts.skipped = self._total() - counts.deleted
        if not counts.deleted:
            return
        if route.mapping.is_journaled:
            values = (self.pass_id, self.stream.mapping, self.stream.direction, columns)
            self.conn.execute(_JOURNAL_DELETE, values)
        self._send(undo.delete(route.target), counts.deleted)
        self.conn.execute(self._names(_UNCOUPLE), (self.stream.mapping,))

    def _deleted(self, part: Part, counts: Counts) -> None:
        route = self.stream.route
        self._fill(_FILL_DELETE, part)
        self._look([route.target.key[0].name])
        self.conn.execute(_COMPARE_DELETED)
        counts.inserted = self._count("undo_row")
        counts.skipped = self._total() - counts.inserted
        if not counts.inserted:
            return
        self._send(undo.make_again(route.target, self._columns()), counts.inserted)
        counts.coupled = self.conn.execute(self._names(_COUPLE), (self.stream.mapping, self.pass_id)).rowcount
        self.conn.execute(self._names(_UNCOUPLED), (self.stream.mapping,))

    def _fill(self, text: str, part: Part) -> None:
        self.conn.execute(self._names(text), (self.undone, self.stream.mapping, part.first, part.last))

    def _columns(self) -> list[str]:
        """Columns the fields name that the table still has and takes values for."""
        known = set(undo.columns_of(self.stream.route.target.table))
        found = self.conn.execute("select distinct column_name from pg_temp.undo_field order by 1").fetchall()
        return [name for (name,) in found if name in known]

    def _look(self, columns: list[str]) -> None:
        end = self.stream.route.target
        self.conn.execute(render(undo.look(end, columns)).encode())
        self.conn.execute(render(undo.there(end)).encode())

    def _send(self, tree: Any, expected: int) -> None:
        written = self.conn.execute(render(tree).encode()).rowcount
        if written != expected:
            table = self.stream.route.target.table
            raise RowsRefused(f"{table} took {written} of {expected} rows", sqlstate="SY020")

    def _count(self, table: str) -> int:
        query = sql.SQL("select count(distinct target_key) from {} where state = 'undone'")
        row = self.conn.execute(query.format(sql.Identifier("pg_temp", table))).fetchone()
        return int(row[0]) if row else 0

    def _total(self) -> int:
        row = self.conn.execute("select count(*) from pg_temp.undo_row").fetchone()
        return int(row[0]) if row else 0

    def _left(self) -> list[Left]:
        query = _LEFT_FIELDS if self.step == "update" else _LEFT_ROWS
        return [Left(self.stream.mapping, self.stream.direction, *row) for row in self.conn.execute(query).fetchall()]

    def _ids(self) -> tuple[int, str, str]:
        return self.undone, self.stream.mapping, self.stream.direction

    def _names(self, text: str) -> sql.Composed:
        """The text with the columns of sync.coupling by the roles of the two sides."""
        side = self.stream.route.side
        return sql.SQL(text).format(
            own=sql.Identifier(f"{side}_key"),
            other=sql.Identifier(f"{side.other}_key"),
            side=sql.Literal(side.other.value),
            undone=sql.Literal(self.undone),
            mapping=sql.Literal(self.stream.mapping),
        )
