"""What one pass wrote in one direction of a mapping: out of the journal and the couplings, one row per target row."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from pysync.outbox import Connection
from pysync.route import Route

_EMPTY = """
create temp table if not exists undo_write (
    record_key text collate "C", target_key text collate "C", columns text[], old_values text[], new_values text[],
    written_at timestamptz);
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


@dataclass(frozen=True, slots=True)
class Stream:
    """One direction of a mapping that the pass wrote in."""

    mapping: str
    direction: str
    route: Route

    def spell(self, text: str, **others: sql.Composable) -> sql.Composed:
        """The text with the columns of sync.coupling by the roles of the two sides, and what else it names."""
        side = self.route.side
        return sql.SQL(text).format(
            own=sql.Identifier(f"{side}_key"),
            other=sql.Identifier(f"{side.other}_key"),
            side=sql.Literal(side.other.value),
            **others,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Target keys from `first` to `last`, both included."""

    first: str
    last: str
    records: int


@dataclass(frozen=True, slots=True)
class Writes:
    """The writes of one kind (insert, update or delete) that pass `undone` made, in the session's table undo_write."""

    conn: Connection
    stream: Stream
    undone: int
    step: str

    @property
    def ids(self) -> tuple[int, str, str]:
        """Pass, mapping and direction."""
        return self.undone, self.stream.mapping, self.stream.direction

    def collect(self) -> None:
        """Take them out of the journal; before anything else."""
        order = sql.SQL("desc" if self.step == "delete" else "asc")
        with self.conn.transaction():
            self.conn.execute(_EMPTY.encode(), prepare=False)
            self.conn.execute(self.stream.spell(_COPY), (*self.ids, self.step))
            self.conn.execute(self.stream.spell(_MERGE, order=order), (self.step,))
            if self.step == "insert":
                self.conn.execute(self.stream.spell(_CREATED), (self.undone, self.stream.mapping))
            self.conn.execute(_INDEX.encode(), prepare=False)

    def columns(self) -> list[str]:
        """Every column written, by name."""
        return [name for (name,) in self.conn.execute(_COLUMNS).fetchall()]

    def parts(self, size: int, within: Part | None = None) -> list[Part]:
        """Key ranges of about `size` records."""
        first, last = (within.first, within.last) if within else (None, None)
        return [Part(*row) for row in self.conn.execute(_PARTS, (size, first, last)).fetchall()]
