"""Mapping rows as an SQL script: the same rows give the same text, in whatever order they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from pysync import catalog, mapping
from pysync.outbox import Connection

# In the order in which rows may be inserted; further tables of a mapping's parts follow by name.
_ORDER = (
    "system",
    "transformation_rule",
    "option_mapping",
    "setting",
    "table_mapping",
    "mapping_dependency",
    "field_mapping",
    "insert_default",
    "capture_source",
    "mapping_example",
)
# Counters and switches of this database, not what a DBA wrote down.
STATE = {"table_mapping": ("is_paused", "revision"), "schedule": ("status", "last_run_at", "next_run_at")}
# A part is what goes with its mapping, referring to it with `on delete cascade`, and is not written by passes.
_TABLES = """
select c.relname, t.columns, t.types, t.defaults, k.key, p.parent,
       exists (select from pg_constraint f join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
                where f.conrelid = c.oid and f.contype = 'f' and f.confdeltype = 'c'
                  and f.confrelid = 'sync.table_mapping'::regclass and a.attname = 'mapping_name')
       and not has_table_privilege('sync_engine', c.oid, 'insert')
  from pg_class c
 cross join lateral (
       select array_agg(a.attname::text order by a.attnum), array_agg(a.atttypid::regtype::text order by a.attnum),
              array_agg(coalesce(pg_get_expr(d.adbin, d.adrelid), 'null') order by a.attnum)
         from pg_attribute a
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ) as t (columns, types, defaults)
  left join lateral (
       select array_agg(a.attname::text order by x.n)
         from pg_constraint u cross join lateral unnest(u.conkey) with ordinality as x (attnum, n)
         join pg_attribute a on a.attrelid = u.conrelid and a.attnum = x.attnum
        where u.conrelid = c.oid and u.contype = 'p'
       ) as k (key) on true
  left join lateral (
       select min(a.attname::text)
         from pg_constraint f
         join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid = c.oid
       ) as p (parent) on true
 where c.relnamespace = 'sync'::regnamespace and c.relkind = 'r'
"""
_BARE = ("boolean", "smallint", "integer", "bigint", "numeric")
_HEAD = """\
-- Mapping rows, as `pysync mapping dump` prints them. `pysync mapping apply FILE` brings a
-- database to just these; `psql -1 -f FILE` fills an empty one.
"""


@dataclass(frozen=True, slots=True)
class MappingTable:
    """A table of mapping rows; `parent` is its column that refers to the table itself, `scope` what tells rows apart
    that belong together."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    defaults: tuple[str, ...]
    key: tuple[str, ...]
    parent: str | None
    is_part: bool

    @property
    def scope(self) -> str:
        """The column whose values say what belongs together: a mapping, an option set, or the row itself."""
        return "option_set" if self.name == "option_mapping" else self.key[0]

    @property
    def identifier(self) -> sql.Identifier:
        """The table, qualified."""
        return sql.Identifier("sync", self.name)


@dataclass(frozen=True, slots=True)
class _Row:
    key: tuple[str, ...]
    parent: str | None
    values: tuple[str | None, ...]


def tables(conn: Connection) -> tuple[MappingTable, ...]:
    """The tables that hold mapping rows, in the order in which rows may be inserted."""
    found = {}
    for name, columns, types, defaults, key, parent, is_part in conn.execute(_TABLES.encode()).fetchall():
        if name in _ORDER or is_part:
            kept = [i for i, column in enumerate(columns) if column not in STATE.get(name, ())]
            columns, types, defaults = (tuple(row[i] for i in kept) for row in (columns, types, defaults))
            found[name] = MappingTable(name, columns, types, defaults, tuple(key), parent, is_part)
    later = sorted(found.keys() - set(_ORDER))
    return tuple(found[name] for name in (*_ORDER, *later) if name in found)


def dump(conn: Connection, names: Sequence[str] = ()) -> str:
    """The script for the named mappings with the rules, options and systems they use, or for all mapping rows."""
    chosen = mapping.load(conn, names)
    wanted = sorted(m.mapping_name for m in chosen) if names else None
    parts = [_HEAD]
    if names and (
        missing := sorted({f.reference for m in chosen for f in m.fields if f.reference} - set(wanted or ()))
    ):
        parts.append(f"-- They refer to mappings that must be there already: {', '.join(map(_comment, missing))}\n")
    by_mapping: dict[str, list[str]] = {}
    for table in tables(conn):
        rows = _rows(conn, table, _scope(conn, table, names, wanted))
        if table.is_part:
            for row in rows:
                by_mapping.setdefault(row.key[table.key.index("mapping_name")], []).append(_statement(table, [row]))
        elif rows:
            groups = _in_order(rows) if table.parent else ([row] for row in rows)
            parts += [f"\n-- {table.name}\n", *(_statement(table, group) for group in groups)]
    for name in sorted(by_mapping):
        parts += [f"\n-- {_comment(name)}\n", *by_mapping[name]]
    return "".join(parts)


def _comment(name: str) -> str:
    return " ".join(name.split())


def _scope(conn: Connection, table: MappingTable, names: Sequence[str], wanted: list[str] | None) -> list[str] | None:
    """Values of the scope column that belong to the wanted mappings; None: all."""
    if wanted is None or table.scope == "mapping_name":
        return wanted
    if table.name == "setting":
        return []
    chosen = mapping.load(conn, names)
    if table.name == "system":
        texts = (text for m in chosen for text in (m.left_table, m.right_table))
        schemas = [found[0] for text in texts if (found := catalog.split_name(text))]
        rows = conn.execute("select system_name from sync.system where schema_name = any ($1)", [schemas])
        return [row[0] for row in rows]
    fields = [f for m in chosen for f in m.fields]
    if table.name == "option_mapping":
        return sorted({f.option_set for f in fields if f.option_set})
    rules, codes = mapping.load_rules(conn), {r for f in fields for r in (f.rule_to_right, f.rule_to_left) if r}
    while following := {n for c in codes if c in rules and (n := rules[c].next_rule)} - codes:
        codes |= following
    return sorted(codes)


def _rows(conn: Connection, table: MappingTable, scope: list[str] | None) -> list[_Row]:
    """Rows in the order of their keys; a value is its SQL literal, null where it is the column's default."""
    query = sql.SQL(
        "select array[{key}], {parent}, array[{values}]::text[] from {table} r where {scope} order by {order}"
    ).format(
        key=sql.SQL(", ").join(sql.SQL("r.{}::text").format(sql.Identifier(k)) for k in table.key),
        parent=sql.SQL("r.{}").format(sql.Identifier(table.parent)) if table.parent else sql.SQL("null"),
        values=sql.SQL(", ").join(_literals(table)),
        table=table.identifier,
        scope=sql.SQL("r.{} = any ($1)").format(sql.Identifier(table.scope)) if scope is not None else sql.SQL("true"),
        order=sql.SQL(", ").join(_order(table)),
    )
    return [
        _Row(tuple(key), parent, tuple(values))
        for key, parent, values in conn.execute(query, [scope] if scope is not None else None).fetchall()
    ]


def _literals(table: MappingTable) -> Iterator[sql.Composable]:
    for name, kind, default in zip(table.columns, table.types, table.defaults, strict=True):
        form = "r.{0}::text" if kind in _BARE else "quote_literal(r.{0}::text)"
        text = sql.SQL("case when r.{0} is distinct from ({1}) then coalesce(" + form + ", 'null') end")
        yield text.format(sql.Identifier(name), sql.SQL(default))


def _order(table: MappingTable) -> Iterator[sql.Composable]:
    """By the key; texts by their bytes, which no server's locale changes."""
    kinds = dict(zip(table.columns, table.types, strict=True))
    for name in table.key:
        by_bytes = sql.SQL(' collate "C"') if kinds[name] == "text" else sql.SQL("")
        yield sql.SQL("r.{}").format(sql.Identifier(name)) + by_bytes


def _in_order(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Rows with a key of one column after those they refer to; what goes round in a circle comes in one statement."""
    left = {row.key[0]: row for row in rows}
    while left:
        ready = [row for row in left.values() if row.parent not in left or row.parent == row.key[0]]
        for row in ready:
            yield [row]
            del left[row.key[0]]
        if not ready:
            yield list(left.values())
            return


def _statement(table: MappingTable, rows: list[_Row]) -> str:
    """An insert of the columns in which a row differs from the defaults. Text for a file: nothing here is run."""
    used = [i for i in range(len(table.columns)) if any(row.values[i] is not None for row in rows)]
    lines = [", ".join("default" if row.values[i] is None else str(row.values[i]) for i in used) for row in rows]
    head = ["insert into", f"sync.{table.name}", f"({', '.join(table.columns[i] for i in used)})"]
    return " ".join(head) + "\nvalues " + ",\n       ".join(f"({text})" for text in lines) + ";\n"
