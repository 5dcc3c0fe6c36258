"""Undo: put back in a target table what a pass wrote, from the session's tables undo_write and undo_row.

undo_write holds a row per target row the pass wrote: the columns written, with their old and new values. undo_row holds
the part that is worked on, with the row as it is now, its `state`, and in `undone` the columns that go back.
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
    fenced,
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


def take(end: Endpoint, columns: Sequence[str]) -> exp.Expr:
    """Put the targets from $1 to $2 into undo_row: hold the rows that nobody else holds, where rows can be held.

    `current` gets their columns as text, `version` who wrote them, `undone` the columns still as the pass wrote them.
    """
    version = as_text(plain("xmin", "t")) if has_versions(end.table) else cast(exp.null(), "text")
    target = (
        exp.select(aliased(array([as_text(column(c, "t")) for c in columns]), "texts"), exp.alias_(version, "version"))
        .from_(table_of(end.table, "t"))
        .where(key_match(end, "t", plain("target_key", "w")), copy=False)
    )
    if end.table.is_lockable:
        target.set("locks", [exp.Lock(update=True, wait=False)])
    undone = query(
        """
        SELECT ARRAY(
          SELECT v.name FROM UNNEST(w.columns, w.new_values) AS v(name, value)
          WHERE NOT t.texts IS NULL AND v.name = ANY(:columns)
            AND t.texts[ARRAY_POSITION(:columns, v.name)] IS NOT DISTINCT FROM v.value
        ) AS undone
        """,
        columns=array([literal(c) for c in columns]),
    )
    rows = (
        query(
            """
            SELECT w.record_key, w.target_key, w.columns, w.old_values, w.new_values, t.texts, t.version, u.undone,
              CASE WHEN t.texts IS NULL THEN NULL WHEN CARDINALITY(u.undone) > 0 THEN 'undone' ELSE 'changed' END
            FROM pg_temp.undo_write AS w
            """
        )
        .join(lateral(target, "t", outer=True), copy=False)
        .join(lateral(fenced(undone), "u"), copy=False)
        .where(fragment("w.target_key BETWEEN $1 AND $2"), copy=False)
    )
    insert = fragment(
        """
        INSERT INTO pg_temp.undo_row
          (record_key, target_key, columns, old_values, new_values, current, version, undone, state) SELECT 1
        """
    )
    insert.set("expression", rows)
    return insert


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
    """Write the old values of the columns that are still as the pass wrote them."""
    assignments = [
        equal(
            exp.column(name(text)),
            case(
                (fragment(":name = ANY(r.undone)", name=literal(text)), _old_value(end.table, text)),
                default=column(text, "t"),
            ),
        )
        for text in columns
    ]
    return exp.Update(
        this=table_of(end.table, "t"),
        expressions=assignments,
        from_=exp.From(this=temp_table("undo_row", "r")),
        where=exp.Where(this=all_of([key_match(end, "t", plain("target_key", "r")), fragment("r.state = 'undone'")])),
    )


def _old_value(table: Table, text: str) -> exp.Expr:
    found = table.column(text)
    assert found is not None
    return cast(fragment("r.old_values[ARRAY_POSITION(r.columns, :name)]", name=literal(text)), found.base_type)


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
    values = [_old_value(end.table, text) for text in columns]
    body: exp.Expr = exp.select(*values).from_(temp_table("undo_row", "r")).where(fragment("r.state = 'undone'"))
    if any(c.identity == "a" for c in stored(end.table)):
        body = OverridingSystemValue(this=body)
    return exp.Insert(
        this=exp.Schema(this=table_of(end.table, "t"), expressions=[name(c) for c in columns]), expression=body
    )


def columns_of(table: Table) -> list[str]:
    """What a row can be made again from, by name."""
    return [c.name for c in stored(table)]
