"""Faults that only the live database shows: rights, capture, and values that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

from pysync import catalog
from pysync.check.pieces import Piece
from pysync.check.subject import Subject, found, listed, many, near, quoted
from pysync.errors import from_database
from pysync.model import Fault, Side, Table
from pysync.statements import probe

Connection = psycopg.Connection[Any]

SAMPLE = 100

_NEAR = """
select format('%I.%I', n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'sync_private')
   and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'
"""
_RIGHTS = """
select n.nspname, c.relname, has_schema_privilege(n.oid, 'usage'),
       has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'),
       has_table_privilege(c.oid, 'insert') or has_any_column_privilege(c.oid, 'insert'),
       has_table_privilege(c.oid, 'update') or has_any_column_privilege(c.oid, 'update'),
       has_table_privilege(c.oid, 'delete')
  from unnest($1::text[], $2::text[]) w (schema_name, table_name)
  join pg_namespace n on n.nspname = w.schema_name
  join pg_class c on c.relnamespace = n.oid and c.relname = w.table_name
"""
_CAPTURE = """
select m.mapping_name from sync.table_mapping m
  left join sync_private.capture_state s on s.mapping_name = m.mapping_name
 where m.mapping_name = any ($1::text[]) and m.is_enabled and s.is_enabled is not true
"""
_STREAMS = """
select mapping_name, side, table_name, state, detail, next_command
  from sync.capture_status
 where state <> 'present' and mapping_name = any ($1::text[]) order by mapping_name, side, table_name
"""

Rights = Mapping[tuple[str, str], frozenset[str]]


def rights(conn: Connection, tables: Iterable[Table]) -> Rights:
    """What the current role may do with each table."""
    names = sorted({(t.schema, t.name) for t in tables})
    rows = conn.execute(_RIGHTS, [[s for s, _ in names], [n for _, n in names]])
    kinds = ("usage", "select", "insert", "update", "delete")
    return {(row[0], row[1]): frozenset(k for k, has in zip(kinds, row[2:], strict=True) if has) for row in rows}


def missing_tables(conn: Connection, subject: Subject) -> Iterator[Fault]:
    """Sides whose text names no table."""
    for side in Side:
        if side in subject.tables:
            continue
        text = subject.mapping.table(side)
        known = [name for (name,) in conn.execute(_NEAR)]
        otherwise = "create it, or correct the name"
        if catalog.split_name(text) is None:
            otherwise = 'write it as schema.table, odd names quoted: erp."Sales Line"'
        yield subject.error(f"there is no table {text}", near(text, known, otherwise), f"{side}_table")


def missing_rights(conn: Connection, subject: Subject, given: Rights) -> Iterator[Fault]:
    """Rights that a pass of this mapping needs and the current role lacks."""
    for side, table in subject.tables.items():
        has = given.get((table.schema, table.name), frozenset())
        lacking = sorted(_needed(subject, side) - has)
        if lacking:
            (role,) = conn.execute("select quote_ident(current_user)").fetchone() or ("",)
            if lacking == ["usage"] or "usage" in lacking:
                hint = f"type: grant usage on schema {_name(table.schema)} to {role}"
            else:
                hint = f"type: grant {', '.join(lacking)} on {_name(table.schema)}.{_name(table.name)} to {role}"
            yield subject.error(f"role {role} lacks {', '.join(lacking)} on {table}", hint, f"{side}_table")


def _needed(subject: Subject, side: Side) -> set[str]:
    needed = {"usage", "select"}
    if any(f.write_on != "insert" for f in subject.fields(side.other)):
        needed.add("update")
    if subject.creates(side) or subject.mapping.on_delete(side) == "restore":
        needed.add("insert")
    if subject.mapping.on_delete(side.other) == "delete" and side.other in subject.mapping.sources():
        needed.add("delete")
    return needed


def _name(text: str) -> str:
    return text if text.isidentifier() and text == text.lower() else '"' + text.replace('"', '""') + '"'


def capture(conn: Connection, subjects: Sequence[Subject]) -> Iterator[Fault]:
    """Mappings whose changes are not captured, or by triggers made for something else."""
    by_name = {s.name: s for s in subjects}
    for (name,) in conn.execute(_CAPTURE, [list(by_name)]).fetchall():
        hint = f"type: select sync.enable_capture({quoted(name)})"
        yield by_name[name].warning("capture is off: changes are not seen", hint)
    try:
        with conn.transaction():
            rows = conn.execute(_STREAMS, [list(by_name)]).fetchall()
    except psycopg.Error as exc:
        # A mapping that names what does not exist stops the view; the other checks say which.
        fault = from_database(exc)
        if subjects:
            yield subjects[0].warning(
                f"the state of capture could not be read: {fault.message}", fault.hint or "mend the other faults first"
            )
        return
    for name, side, table, state, detail, command in rows:
        if command and command.startswith("pysync check"):
            continue
        hint = f"type: {command}" if command else "look at sync.capture_status"
        yield by_name[name].warning(f"capture of {side} table {table} is {state}: {detail}", hint)


def views(subject: Subject) -> Iterator[Fault]:
    """Views whose changes nobody would tell."""
    for side in subject.mapping.sources():
        table = subject.tables.get(side)
        if table is None or table.kind not in ("v", "m", "f"):
            continue
        if not any(s.side is side for s in subject.mapping.capture_sources):
            yield subject.warning(
                f"{side} table {table} is a view and no row of sync.capture_source names the tables it reads: "
                "its changes are seen by a full synchronisation only",
                "add a row to sync.capture_source for each table the view reads",
                f"{side}_table",
            )


def capture_sources(conn: Connection, subject: Subject) -> Iterator[Fault]:
    """Rows of sync.capture_source that name what does not exist."""
    tables = catalog.read_tables(conn, [s.table_name for s in subject.mapping.capture_sources])
    for row in subject.mapping.capture_sources:
        table = tables.get(row.table_name)
        if table is None:
            known = [name for (name,) in conn.execute(_NEAR)]
            hint = near(row.table_name, known, "create it, or correct the row")
            yield subject.error(f"there is no table {row.table_name}", hint, "capture_source")
            continue
        names = key_names(row.key_expression, table)
        for name in names:
            if found(table, name) is None:
                hint = near(name, (c.name for c in table.columns), "key_expression lists columns, exact names")
                yield subject.error(f"there is no column {name} in {table}", hint, "capture_source")
        wanted = subject.key(row.side)
        if wanted and len(names) != len(wanted):
            yield subject.error(
                f"{row.key_expression} gives {len(names)} columns, but the {row.side} key has {len(wanted)}",
                f"list one column of {table} for each of {', '.join(wanted)}",
                "capture_source",
            )


def key_names(text: str, table: Table) -> tuple[str, ...]:
    """The columns a key_expression lists: the text itself if a column has that name."""
    if table.column(text) is not None:
        return (text,)
    return tuple(part.strip() for part in text.split(","))


def values(conn: Connection, subject: Subject, pieces: Sequence[Piece]) -> Iterator[Fault]:
    """Values now in the tables that are too long, or that an option set has no row for."""
    for side in subject.readable & subject.tables.keys():
        mine = [p for p in pieces if p.side is side]
        only = next((p.value for p in mine if p.column == f"{side}_filter"), None)
        yield from _too_long(conn, subject, side, [p for p in mine if p.field], only)
        for piece in mine:
            if piece.field and piece.field.option_set:
                yield from _unmapped(conn, subject, piece, only)


def _too_long(conn: Connection, subject: Subject, side: Side, pieces: Sequence[Piece], only: Any) -> Iterator[Fault]:
    limited = []
    for piece in pieces:
        target = found(subject.tables[side.other], piece.field.column(side.other)) if piece.field else None
        if piece.field is None or target is None or target.max_length is None:
            continue
        given = found(subject.tables[side], piece.field.column(side))
        is_copy = piece.text is None and not piece.field.rule(side)
        if piece.field.reference or piece.field.option_set:
            continue
        if is_copy and given is not None and given.max_length is not None:
            continue
        limited.append((piece, target))
    if not limited:
        return
    query = probe.lengths(subject.tables[side], [(p.value, t.max_length or 0) for p, t in limited], only)
    rows = _ask(conn, query)
    for (piece, target), count in zip(limited, rows[0] if rows else (), strict=False):
        if count:
            yield subject.warning(
                f"{many(count, 'value')} of more than the {target.max_length} characters {target.name} takes: "
                "parked when they travel",
                f"widen {target.name}, or cut them in {side.direction} with left(.., {target.max_length})",
                piece.column,
                piece.field_no,
            )


def _unmapped(conn: Connection, subject: Subject, piece: Piece, only: Any) -> Iterator[Fault]:
    assert piece.field is not None
    query = probe.unmapped(subject.tables[piece.side], piece.value, f"{piece.side}_value", only)
    rows = _ask(conn, query, [piece.field.option_set, SAMPLE])
    if rows:
        at_least = "at least " if len(rows) == SAMPLE else ""
        shown = listed((f"{quoted(value)} ({many(count, 'row')})" for value, count in rows), 5)
        yield subject.warning(
            f"option set {piece.field.option_set} has no row for {at_least}{many(len(rows), 'value')} in use: {shown}",
            "add rows to sync.option_mapping (option_set, left_value, right_value)",
            "option_set",
            piece.field_no,
        )


def _ask(conn: Connection, query: str, parameters: list[Any] | None = None) -> list[Any]:
    """The rows, or none when the data will not be computed or takes too long: that is no fault of the mapping."""
    try:
        with conn.transaction():
            return conn.execute(query.encode(), parameters).fetchall()
    except psycopg.Error:
        return []


def option_sets(conn: Connection, subject: Subject) -> Iterator[Fault]:
    """Option sets in use that have no rows at all."""
    used = {f.option_set for f in subject.mapping.fields if f.is_enabled and f.option_set}
    known = {name for (name,) in conn.execute("select distinct option_set from sync.option_mapping")}
    for row in subject.mapping.fields:
        if row.is_enabled and row.option_set in used - known:
            yield subject.error(
                f"option set {row.option_set} has no rows",
                near(
                    row.option_set or "", known, "add rows to sync.option_mapping (option_set, left_value, right_value)"
                ),
                "option_set",
                row.field_no,
            )
