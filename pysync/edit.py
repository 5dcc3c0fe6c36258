"""Edits of mapping rows from a file: tried in a transaction and told, or applied."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from pysync import dump
from pysync.dump import MappingTable
from pysync.errors import MappingError, UsageError, command, from_database
from pysync.outbox import Connection
from pysync.statements import script

# Others' rows keep what refers to them; these are replaced, so that values may change places.
_REFERRED_TO = ("system", "transformation_rule", "table_mapping")
_COPY = "before_"
# The keys a dump of what is there already runs into.
_WHOLE = ("table_mapping_pkey", "system_pkey", "transformation_rule_pkey", "option_mapping_pkey")
_STRAY = "select distinct mapping_name from {} where mapping_name <> all ($1) order by 1"
_TORN = """
select m.mapping_name, format('select sync.uncouple(%L)', m.mapping_name)
  from sync.table_mapping m join pg_temp.table_mapping n using (mapping_name)
 where exists (select from sync.coupling c where c.mapping_name = m.mapping_name)
   and (m.left_key is distinct from n.left_key or m.right_key is distinct from n.right_key
        or coalesce(sync_private.find_table(m.left_table)::text, m.left_table)
           <> coalesce(sync_private.find_table(n.left_table)::text, n.left_table)
        or coalesce(sync_private.find_table(m.right_table)::text, m.right_table)
           <> coalesce(sync_private.find_table(n.right_table)::text, n.right_table))
 order by 1 limit 1
"""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A mapping row that an edit adds, removes or changes: its columns with old and new value, as text."""

    table: str
    action: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str | None, str | None], ...]


def diff(conn: Connection, text: str) -> list[RowChange]:
    """What apply() would change. Changes nothing."""
    with conn.transaction(force_rollback=True):
        return _applied(conn, text)


def apply(conn: Connection, text: str) -> list[RowChange]:
    """Bring the mappings, option sets, rules and systems of a file of inserts to just what it says; gives the changes.

    Raises UsageError for a file of something else, MappingError when couplings would lose the table they are of.
    """
    with conn.transaction():
        return _applied(conn, text)


def _applied(conn: Connection, text: str) -> list[RowChange]:
    # What the database refuses, a diff shall tell, too: so it is done before it is compared.
    tables = dump.tables(conn)
    before = copy(conn, tables)
    _bring(conn, text, tables)
    return changes(conn, tables, before)


def _bring(conn: Connection, text: str, tables: tuple[MappingTable, ...]) -> None:
    _load(conn, text, tables)
    scopes = {table.name: _scope(conn, table) for table in tables}
    if torn := conn.execute(_TORN).fetchone():
        raise MappingError(
            f"mapping {torn[0]} has couplings, and the file gives it another table or key",
            hint=f"end them first, if they shall end: {torn[1]}",
        )
    try:
        _replace(conn, tables, scopes)
    except psycopg.Error as exc:
        raise from_database(exc) from exc


def _load(conn: Connection, text: str, tables: tuple[MappingTable, ...]) -> None:
    """The rows of the file in temporary tables like ours."""
    inserts = list(script.redirected(text, {table.name for table in tables}))
    for table in tables:
        create = sql.SQL("create temp table {} (like {} including defaults including constraints including indexes)")
        conn.execute(
            create.format(sql.Identifier("pg_temp", table.name), table.identifier) + sql.SQL(" on commit drop")
        )
    for insert in inserts:
        run(conn, insert)
    names = [name for (name,) in conn.execute("select mapping_name from pg_temp.table_mapping")]
    for table in tables:
        if table.is_part:
            query = sql.SQL(_STRAY).format(sql.Identifier("pg_temp", table.name))
            if stray := conn.execute(query, [names]).fetchone():
                raise UsageError(
                    f"the file has rows of {table.name} for mapping {stray[0]}, but no row of table_mapping",
                    hint=f"dump it whole: {command('mapping', 'dump', stray[0])}",
                )


def attempt(conn: Connection, text: str) -> None:
    """Make the edits of a file; whole mappings that exist already are brought to what the file says.

    The caller takes it back. Raises UsageError, MappingError, and what the database says of an edit it refuses.
    """
    found = script.edits(text)
    try:
        with conn.transaction():
            for part in found:
                conn.execute(part.text.encode(), prepare=True)
    except psycopg.errors.UniqueViolation as exc:
        if exc.diag.constraint_name not in _WHOLE:
            raise from_database(exc) from exc
        _bring(conn, text, dump.tables(conn))
    except psycopg.Error as exc:
        raise from_database(exc) from exc


def run(conn: Connection, statement: str) -> None:
    """Run one statement of a file: the protocol of prepared statements takes no second one along."""
    try:
        conn.execute(statement.encode(), prepare=True)
    except psycopg.Error as exc:
        raise from_database(exc) from exc


def _scope(conn: Connection, table: MappingTable) -> list[str]:
    source = "table_mapping" if table.is_part else table.name
    query = sql.SQL("select distinct {}::text from {}")
    return [v for (v,) in conn.execute(query.format(sql.Identifier(table.scope), sql.Identifier("pg_temp", source)))]


def copy(conn: Connection, tables: tuple[MappingTable, ...]) -> str:
    """The mapping rows as they are now, in temporary tables whose names begin with what is returned."""
    for table in tables:
        query = sql.SQL("create temp table {} on commit drop as table {}")
        conn.execute(query.format(sql.Identifier("pg_temp", _COPY + table.name), table.identifier))
    return _COPY


def with_copy(text: str, name: str) -> sql.Composed:
    """A query of ours in which {0} stands for the copy of a mapping table."""
    return sql.SQL(text).format(sql.Identifier("pg_temp", _COPY + name))


def _replace(conn: Connection, tables: tuple[MappingTable, ...], scopes: dict[str, list[str]]) -> None:
    for table in reversed(tables):
        if table.name not in _REFERRED_TO:
            conn.execute(_filled(_DELETE, table), [scopes[table.name]])
    for table in tables:
        if table.name in _REFERRED_TO:
            conn.execute(_filled(_UPDATE, table))
        conn.execute(_filled(_INSERT, table))


_DELETE = (
    "delete from {table} o where o.{scope}::text = any ($1)"
    " and not exists (select from {new} n where {keys} and {same})"
)
_UPDATE = "update {table} o set ({columns}) = row ({values}) from {new} n where {keys} and not {same}"
_INSERT = (
    "insert into {table} ({columns}) select {values} from {new} n where not exists (select from {table} o where {keys})"
)
_CHANGES = """
select case when o.key is null then 'add' when n.key is null then 'remove' else 'change' end,
       coalesce(n.key, o.key), o.vals, n.vals
  from (select array[{keys}] as key, array[{values}] as vals from {old} r) o
  full join (select array[{keys}] as key, array[{values}] as vals from {table} r) n on n.key = o.key
 where o.vals is distinct from n.vals
 order by {order}
"""


def _filled(text: str, table: MappingTable) -> sql.Composed:
    def each(form: str, names: tuple[str, ...], between: str = ", ") -> sql.Composed:
        return sql.SQL(between).join(sql.SQL(form).format(sql.Identifier(name)) for name in names)

    rows = [each(alias + ".{}", table.columns) for alias in ("o", "n")]
    return sql.SQL(text).format(
        table=table.identifier,
        new=sql.Identifier("pg_temp", table.name),
        scope=sql.Identifier(table.scope),
        columns=each("{}", table.columns),
        values=rows[1],
        keys=each("o.{0} = n.{0}", table.key, " and "),
        same=sql.SQL("(({}) is not distinct from ({}))").format(*(sql.SQL("row ({})").format(row) for row in rows)),
    )


def changes(conn: Connection, tables: tuple[MappingTable, ...], prefix: str) -> list[RowChange]:
    """Rows of the mapping tables that are not as in their copies."""
    found = []
    for table in tables:
        texts = [sql.SQL('r.{}::text collate "C"').format(sql.Identifier(name)) for name in table.columns]
        keys = [sql.SQL('r.{}::text collate "C"').format(sql.Identifier(name)) for name in table.key]
        numbers = [i for i, name in enumerate(table.key, 1) if name.endswith("_no") or name == "priority"]
        order = [
            sql.SQL("(coalesce(n.key, o.key))[{}]{}").format(
                sql.Literal(i), sql.SQL("::int") if i in numbers else sql.SQL("")
            )
            for i in range(1, len(table.key) + 1)
        ]
        query = sql.SQL(_CHANGES).format(
            keys=sql.SQL(", ").join(keys),
            values=sql.SQL(", ").join(texts),
            old=sql.Identifier("pg_temp", prefix + table.name),
            table=table.identifier,
            order=sql.SQL(", ").join(order),
        )
        for action, key, old, new in conn.execute(query).fetchall():
            found.append(_change(table, action, key, old, new))
    return found


def _change(
    table: MappingTable, action: str, key: list[str], old: list[str | None] | None, new: list[str | None] | None
) -> RowChange:
    nothing: list[str | None] = [None] * len(table.columns)
    values = zip(table.columns, old or nothing, new or nothing, strict=True)
    told = tuple((name, was, now) for name, was, now in values if was != now and name not in table.key)
    return RowChange(table.name, action, tuple(key), told)
