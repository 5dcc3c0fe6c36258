"""Reads mapping rows and transformation rules from the sync schema into the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields as fields_of
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from pysync import expression
from pysync.errors import MappingError
from pysync.model import CaptureSource, FieldMapping, InsertDefault, Side, TableMapping, TransformationRule

_PARTS = frozenset({"fields", "insert_defaults", "capture_sources", "depends_on"})

_WAKE = """
select case when $2 then format('select sync.resume(%L)', $1::text)
            else format('update sync.table_mapping set is_enabled = true where mapping_name = %L', $1::text) end
"""


def load(conn: psycopg.Connection[Any], names: Sequence[str] = ()) -> tuple[TableMapping, ...]:
    """All mappings by name, or the named ones in the order given; raises MappingError for an unknown name."""
    wanted = list(dict.fromkeys(names))
    fields, defaults, sources = (defaultdict[str, list[Any]](list) for _ in range(3))
    depends: defaultdict[str, list[str]] = defaultdict(list)
    # Mappings first: an edit that comes between raises the revision after the one read here.
    rows = {row["mapping_name"]: row for row in _rows(conn, "table_mapping", TableMapping, wanted)}
    for row in _rows(conn, "field_mapping", FieldMapping, wanted, "field_no"):
        fields[row.pop("mapping_name")].append(FieldMapping(**row))
    for row in _rows(conn, "insert_default", InsertDefault, wanted, "side", "column_name", "priority"):
        defaults[row.pop("mapping_name")].append(InsertDefault(**{**row, "side": Side(row["side"])}))
    for row in _rows(conn, "capture_source", CaptureSource, wanted, "side", "table_name"):
        sources[row.pop("mapping_name")].append(CaptureSource(**{**row, "side": Side(row["side"])}))
    for name, depends_on in conn.execute(
        "select mapping_name, depends_on from sync.mapping_dependency order by mapping_name, depends_on"
    ):
        depends[name].append(depends_on)
    if unknown := [name for name in wanted if name not in rows]:
        raise _unknown(conn, unknown)
    return tuple(
        TableMapping(
            **_frozen(rows[name]),
            fields=tuple(fields[name]),
            insert_defaults=tuple(defaults[name]),
            capture_sources=tuple(sources[name]),
            depends_on=tuple(depends[name]),
        )
        for name in wanted or rows
    )


def require_running(conn: psycopg.Connection[Any], rows: Iterable[TableMapping]) -> None:
    """Refuse a mapping that passes leave alone; the hint wakes it."""
    for row in rows:
        if row.is_enabled and not row.is_paused:
            continue
        found = conn.execute(_WAKE, [row.mapping_name, row.is_enabled]).fetchone()
        state = "paused" if row.is_enabled else "disabled"
        raise MappingError(f"mapping {row.mapping_name} is {state}", hint=found[0] if found else None)


def load_rules(conn: psycopg.Connection[Any]) -> dict[str, TransformationRule]:
    """Every transformation rule by its code."""
    return {
        row["rule_code"]: TransformationRule(**{**row, "rounding": _text(row["rounding"])})
        for row in _select(conn, "transformation_rule", _columns(TransformationRule), None, "rule_code")
    }


def revisions(conn: psycopg.Connection[Any]) -> dict[str, int]:
    """The revision of every mapping: what a compiled plan was made for."""
    return dict(conn.execute("select mapping_name, revision from sync.table_mapping order by mapping_name").fetchall())


def _columns(kind: type[Any]) -> list[str]:
    return [f.name for f in fields_of(kind) if f.name not in _PARTS]


def _rows(
    conn: psycopg.Connection[Any], table: str, kind: type[Any], wanted: list[str], *order: str
) -> Iterator[dict[str, Any]]:
    columns = list(dict.fromkeys(["mapping_name", *_columns(kind)]))
    return _select(conn, table, columns, wanted, "mapping_name", *order)


def _select(
    conn: psycopg.Connection[Any], table: str, columns: list[str], wanted: list[str] | None, *order: str
) -> Iterator[dict[str, Any]]:
    query = sql.SQL("select {columns} from {table} {where} order by {order}").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier("sync", table),
        where=sql.SQL("where mapping_name = any ($1::text[])") if wanted else sql.SQL(""),
        order=sql.SQL(", ").join(map(sql.Identifier, order)),
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(query, [wanted] if wanted else None)


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _unknown(conn: psycopg.Connection[Any], names: list[str]) -> MappingError:
    known = list(revisions(conn))
    near = dict.fromkeys(likely for name in names for likely in expression.near(name, known))
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"the mappings are {', '.join(known)}" if known else "insert a row into sync.table_mapping first"
    return MappingError(f"there is no mapping {', '.join(names)}", hint=hint)
