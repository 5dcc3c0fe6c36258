"""Undo: put back in a target table what a pass wrote, from the session's tables undo_row and undo_field.

undo_row holds a target key per record with its `state`; undo_field the old and the written value of each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from pysync.model import Endpoint, Table
from pysync.statements import (
    OverridingSystemValue,
    aliased,
    all_of,
    array,
    as_text,
    case,
    cast,
    column,
    equal,
    exists,
    fragment,
    key_match,
    lateral,
    literal,
    name,
    plain,
    query,
    table_of,
    temp_table,
)
from pysync.statements.journal import has_versions, stored


def look(end: Endpoint, columns: Sequence[str]) -> exp.Expr:
    """Hold the rows that nobody else holds and note in `current` their columns as text, in `version` who wrote them."""
    version = as_text(plain("xmin", "t")) if has_versions(end.table) else cast(exp.null(), "text")
    target = (
        exp.select(aliased(array([as_text(column(c, "t")) for c in columns]), "texts"), exp.alias_(version, "version"))
        .from_(table_of(end.table, "t"))
        .where(key_match(end, "t", plain("target_key", "r")), copy=False)
    )
    target.set("locks", [exp.Lock(update=True, wait=False)])
    held = (
        query("SELECT r.target_key, t.texts, t.version")
        .from_(temp_table("undo_row", "r"))
        .join(lateral(target, "t"), copy=False)
    )
    update = fragment(
        """
        UPDATE pg_temp.undo_row AS u SET current = h.texts, version = h.version
        FROM held AS h WHERE h.target_key = u.target_key
        """
    )
    assert isinstance(update, exp.Update)
    return update.with_("held", as_=held, copy=False)


def there(end: Endpoint) -> exp.Expr:
    """Mark the rows that could not be held: `held` by an application, or `gone`."""
    found = exp.Exists(
        this=exp.select(exp.Literal.number(1))
        .from_(table_of(end.table, "t"))
        .where(key_match(end, "t", plain("target_key", "u")), copy=False)
    )
    return fragment(
        "UPDATE pg_temp.undo_row AS u SET state = :state WHERE u.current IS NULL",
        state=case((found, literal("held")), default=literal("gone")),
    )


def put_back(end: Endpoint, columns: Sequence[str]) -> exp.Expr:
    """Write the old values of the fields that are still as the pass wrote them."""
    assignments = [
        equal(
            exp.column(name(text)),
            case((plain(f"d_{i}", "w"), _typed(end.table, text, i)), default=column(text, "t")),
        )
        for i, text in enumerate(columns, 1)
    ]
    return exp.Update(
        this=table_of(end.table, "t"),
        expressions=assignments,
        from_=exp.From(this=_rows(columns)),
        where=exp.Where(this=key_match(end, "t", plain("target_key", "w"))),
    )


def _rows(columns: Sequence[str]) -> exp.Subquery:
    """One row per target row to be undone: o_n the old value of column n, d_n whether it was written."""
    rows = query("SELECT f.target_key FROM pg_temp.undo_field AS f WHERE f.state = 'undone' GROUP BY f.target_key")
    for i, text in enumerate(columns, 1):
        mine = fragment("f.column_name = :name", name=literal(text))
        old = exp.Filter(this=fragment("MAX(f.old_value)"), expression=exp.Where(this=mine.copy()))
        rows = rows.select(aliased(old, f"o_{i}"), aliased(exp.LogicalOr(this=mine), f"d_{i}"), copy=False)
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier("w")))


def _typed(table: Table, text: str, position: int) -> exp.Expr:
    found = table.column(text)
    assert found is not None
    return cast(plain(f"o_{position}", "w"), found.base_type)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """What a deletion takes along or blanks: `columns` of another table refer to the `referred` ones of the row."""

    schema: str
    table: str
    columns: tuple[str, ...]
    referred: tuple[str, ...]


def spare_parents(end: Endpoint, key: ForeignKey) -> exp.Expr:
    """Leave alone a created row that another row refers to by now: deleting it would take that along, or blank it."""
    child = exp.Table(this=name(key.table), db=name(key.schema), alias=exp.TableAlias(this=exp.to_identifier("c")))
    pairs = zip(key.columns, key.referred, strict=True)
    referring = (
        query("SELECT 1")
        .from_(table_of(end.table, "t"))
        .join(exp.Join(this=child, on=all_of(equal(column(a, "c"), column(b, "t")) for a, b in pairs)), copy=False)
        .where(key_match(end, "t", plain("target_key", "r")), copy=False)
    )
    return exp.Update(
        this=temp_table("undo_row", "r"),
        expressions=[equal(exp.column("state"), literal("referred to"))],
        where=exp.Where(this=all_of([fragment("r.state = 'undone'"), exists(referring)])),
    )


def delete(end: Endpoint) -> exp.Expr:
    """Delete the rows that the pass created and nobody touched."""
    return exp.Delete(
        this=table_of(end.table, "t"),
        using=[temp_table("undo_row", "r")],
        where=exp.Where(this=all_of([key_match(end, "t", plain("target_key", "r")), fragment("r.state = 'undone'")])),
    )


def make_again(end: Endpoint, columns: Sequence[str]) -> exp.Expr:
    """Create the deleted rows anew from what the journal kept."""
    values = [_typed(end.table, text, i) for i, text in enumerate(columns, 1)]
    body: exp.Expr = exp.select(*values).from_(_rows(columns))
    if any(c.identity == "a" for c in stored(end.table)):
        body = OverridingSystemValue(this=body)
    return exp.Insert(
        this=exp.Schema(this=table_of(end.table, "t"), expressions=[name(c) for c in columns]), expression=body
    )


def columns_of(table: Table) -> list[str]:
    """What a row can be made again from, by name."""
    return [c.name for c in stored(table)]
