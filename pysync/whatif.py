"""What an edit of mapping rows would do to real data: tried in one transaction, told, rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from pysync import check, dump, edit
from pysync.compiler import Compiler
from pysync.edit import RowChange
from pysync.errors import PysyncError, from_database
from pysync.model import Fault, Side
from pysync.outbox import Connection
from pysync.route import Route
from pysync.statements import compare, whatif

# An edit waits for nobody: it is only tried.
_LOCK_TIMEOUT = "2s"
_TOUCHED = """
select coalesce(n.mapping_name, o.mapping_name), o.mapping_name is not null, n.mapping_name is not null
  from {0} o full join sync.table_mapping n on n.mapping_name = o.mapping_name
 where o.revision is distinct from n.revision
    or exists (select from sync.field_mapping f where f.mapping_name = n.mapping_name and f.option_set = any ($1))
 order by 1
"""
_FIELDS = """
select x.no, count(*) filter (where x.was), count(*) filter (where x.now), count(*) filter (where x.now and not x.was)
  from (select d.left_key, f.no, bool_or(d.phase = 'before') as was, bool_or(d.phase = 'after') as now
          from pg_temp.whatif d cross join lateral unnest(d.fields) as f (no)
         where d.mapping_name = $1 and d.direction = $2 and d.state = 'differs'
         group by d.left_key, f.no) x
 group by x.no order by x.no
"""
# By `except`, which hashes or sorts: an anti join over tables without statistics may be quadratic.
_FIELD_KEYS = """
select a.left_key from pg_temp.whatif a
 where a.phase = 'after' and a.mapping_name = $1 and a.direction = $2 and a.state = 'differs' and $3 = any (a.fields)
except
select b.left_key from pg_temp.whatif b
 where b.phase = 'before' and b.mapping_name = $1 and b.direction = $2 and b.state = 'differs' and $3 = any (b.fields)
 order by left_key limit $4
"""
_CREATED = """
with created as (
    select a.left_key from pg_temp.whatif a
     where a.phase = 'after' and a.mapping_name = $1 and a.direction = $2 and a.state = 'create'
    except
    select b.left_key from pg_temp.whatif b
     where b.phase = 'before' and b.mapping_name = $1 and b.direction = $2 and b.state = 'create'
)
select (select count(*) from created), array(select c.left_key from created c order by 1 limit $3)
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A couple with a field that the edit lets differ: what the target holds, and what it would get."""

    left_key: str
    right_key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class FieldEffect:
    """Couples in which a field differs, before and after the edit; `added` are those in step before it."""

    field_no: int
    column: str
    before: int
    after: int
    added: int
    samples: tuple[Sample, ...] = ()


@dataclass(slots=True)
class Effect:
    """What an edit does to the records of one mapping in one direction; keys are those of the source side."""

    mapping: str
    direction: str
    entering: int = 0
    leaving: int = 0
    entering_keys: list[str] = field(default_factory=list)
    leaving_keys: list[str] = field(default_factory=list)
    created: int = 0
    created_keys: list[str] = field(default_factory=list)
    fields: list[FieldEffect] = field(default_factory=list)
    fault: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the edit changes nothing here."""
        moved = self.entering or self.leaving or self.created or self.fault
        return not moved and all(f.before == f.after and not f.added for f in self.fields)


@dataclass(slots=True)
class Outcome:
    """The edit as rows, its effects, and the faults that a check finds because of it or no longer."""

    changes: list[RowChange] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    mended: list[Fault] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether the edit makes an error."""
        return any(f.severity == "error" for f in self.faults)


Routes = dict[tuple[str, Side], Route | str]


def look(conn: Connection, text: str, *, samples: int = 5, only: str | None = None) -> Outcome:
    """Try a file of edits, or of whole mappings, and tell what it would do. Changes nothing.

    Raises UsageError for a file that is no edit, and what the database says of an edit it refuses.
    """
    with conn.transaction(force_rollback=True):
        conn.execute("select set_config('lock_timeout', $1, true)", [_LOCK_TIMEOUT])
        tables = dump.tables(conn)
        prefix = edit.copy(conn, tables)
        conn.execute(whatif.CREATE)
        outcome = Outcome()
        # What is touched is known after the edit only: it is tried, taken back, and tried again.
        with conn.transaction(force_rollback=True):
            edit.attempt(conn, text)
            outcome.changes = edit.changes(conn, tables, prefix)
            touched = _touched(conn, outcome.changes, only)
        before = [name for name, was, _ in touched if was]
        after = [name for name, _, will in touched if will]
        were = _file(conn, before, "before")
        found = set(check.check(conn, before)) if before else set()
        edit.attempt(conn, text)
        are = _file(conn, after, "after")
        finds = check.check(conn, after) if after else ()
        outcome.faults = [f for f in finds if f not in found and not _is_stale(f)]
        outcome.mended = [f for f in sorted(found, key=lambda f: f.message) if f not in finds and not _is_stale(f)]
        conn.execute("analyze pg_temp.whatif")
        outcome.effects = list(_effects(conn, were, are, samples))
    return outcome


def _is_stale(fault: Fault) -> bool:
    """Triggers of the mapping as it was: the next pass makes them anew."""
    return fault.severity == "warning" and " is stale: " in fault.message


def _touched(conn: Connection, changes: list[RowChange], only: str | None) -> list[tuple[str, bool, bool]]:
    options = [c.key[0] for c in changes if c.table == "option_mapping"]
    query = edit.with_copy(_TOUCHED, "table_mapping")
    return [row for row in conn.execute(query, [options]).fetchall() if only in (None, row[0])]


def _file(conn: Connection, names: list[str], phase: str) -> Routes:
    """Bind each mapping and file what a comparison finds; a mapping that cannot run gives its fault instead."""
    compiler = Compiler(conn)
    compiler.refresh()
    routes: Routes = {}
    for name in names:
        row = compiler.mappings[name]
        for side in row.sources() if row.is_enabled else ():
            try:
                with conn.transaction():
                    routes[name, side] = route = compiler.bind(name, side)
                    conn.execute(whatif.drift(route, phase).encode(), [name])
                    if not row.coupled_only:
                        conn.execute(whatif.creations(route, phase).encode(), [name])
            except PysyncError as exc:
                routes[name, side] = exc.message
            except psycopg.Error as exc:
                routes[name, side] = from_database(exc).message
    return routes


def _effects(conn: Connection, were: Routes, are: Routes, samples: int) -> Iterator[Effect]:
    for name, side in sorted({*were, *are}):
        effect = Effect(name, side.direction)
        old, new = were.get((name, side)), are.get((name, side))
        if isinstance(new, str):
            effect.fault = new
        else:
            _filters(conn, effect, old if isinstance(old, Route) else None, new, samples)
        if isinstance(new, Route):
            _created(conn, effect, samples)
            effect.fields = list(_fields(conn, new, samples))
        yield effect


def _filters(conn: Connection, effect: Effect, old: Route | None, new: Route | None, samples: int) -> None:
    """Rows that enter and leave; a side that is another table now is looked at as two."""
    if old is not None and new is not None:
        if (old.source.table, old.source.key) != (new.source.table, new.source.key):
            _filters(conn, effect, old, None, samples)
            _filters(conn, effect, None, new, samples)
            return
        if old.filter == new.filter:
            return
    if old is None and new is None:
        return
    row = conn.execute(whatif.filtered(old, new, keys=False).encode()).fetchone()
    entering, leaving = row or (0, 0)
    effect.entering += entering
    effect.leaving += leaving
    if entering or leaving:
        for key, now in conn.execute(whatif.filtered(old, new, keys=True).encode(), [samples]).fetchall():
            (effect.entering_keys if now else effect.leaving_keys).append(key)


def _created(conn: Connection, effect: Effect, samples: int) -> None:
    row = conn.execute(_CREATED.encode(), [effect.mapping, effect.direction, samples]).fetchone()
    effect.created, effect.created_keys = row or (0, [])


def _fields(conn: Connection, route: Route, samples: int) -> Iterator[FieldEffect]:
    scope = [route.name, route.side.direction]
    columns = {f.no: f.target.name for f in compare.compared(route)}
    counted = conn.execute(_FIELDS.encode(), scope).fetchall()
    for no, before, after, added in counted:
        found: tuple[Sample, ...] = ()
        if added and samples:
            keys = [k for (k,) in conn.execute(_FIELD_KEYS.encode(), [*scope, no, samples]).fetchall()]
            rows = conn.execute(whatif.values(route).encode(), [route.name, keys]).fetchall()
            found = tuple(Sample(left, right, old, new) for left, right, n, old, new in rows if n == no)
        yield FieldEffect(no, columns.get(no, "(no longer mapped)"), before, after, added, found)
