"""Journal: keep what a batch writes over, in the same transaction, for `pysync undo`."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column, Table
from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    array,
    as_text,
    case,
    cast,
    column,
    equal,
    key_match,
    literal,
    plain,
    query,
    table_of,
    working,
)
from pysync.statements.decide import has_position, is_of_hop, sent_text

# Parameters of every statement of this room, by position.
PARAMETERS = ("hop", "mapping", "pass_id", "direction")
_COLUMNS = (
    "pass_id",
    "mapping_name",
    "direction",
    "action",
    "columns",
    "record_keys",
    "target_keys",
    "captured_by",
    "old_values",
    "new_values",
)


def beside_old(route: Route) -> exp.Table:
    """The decided rows beside the target row `o` as it stands before it is written."""
    table = working.decided(route)
    if has_position(route):
        match = equal(plain("ctid", "o"), plain("target_tid", "d"))
    else:
        match = key_match(route.target, "o", plain("target_key", "s"))
    table.append("joins", exp.Join(this=table_of(route.target.table, "o"), on=match))
    return table


def changed(fields: tuple[Field, ...]) -> list[exp.Expr]:
    """What an update tells of a row: old and new values of the fields written, null for those that are not."""
    by_column = {f.target.name: f for f in fields}
    old = [case((plain(f"d_{f.no}", "d"), as_text(column(n, "o")))) for n, f in by_column.items()]
    new = [case((plain(f"d_{f.no}", "d"), sent_text(f))) for f in by_column.values()]
    return [aliased(array(old), "old_values"), aliased(array(new), "new_values")]


def updates(fields: tuple[Field, ...]) -> exp.Expr:
    """Keep what an update wrote over: the rows of `w`."""
    columns = list({f.target.name: f for f in fields})
    return _insert(_body("w", "update", columns, plain("old_values", "w"), plain("new_values", "w")).from_("w"))


def whole(route: Route) -> exp.Expr:
    """What a delete tells of a row: all its values."""
    return aliased(array([as_text(column(c.name, "t")) for c in stored(route.target.table)]), "old_values")


def deletes(route: Route) -> exp.Expr:
    """Keep the rows that a delete took away: those of `w`."""
    columns = [c.name for c in stored(route.target.table)]
    return _insert(_body("w", "delete", columns, plain("old_values", "w"), None).from_("w"))


def inserts(route: Route) -> exp.Expr:
    """The rows created in a view: it has no row versions by which untouched ones could be told."""
    by_column = {f.target.name: f for f in route.inserted()}
    new = array([sent_text(f) for f in by_column.values()])
    body = _body("s", "insert", list(by_column), None, new).from_(working.stage(route))
    return _insert(body.where(is_of_hop("insert"), copy=False))


def has_versions(table: Table) -> bool:
    """Whether a row's system columns tell which transaction wrote it: in tables, not in views."""
    return table.kind in ("r", "p")


def stored(table: Table) -> tuple[Column, ...]:
    """Columns that a row can be made again from."""
    return tuple(c for c in table.columns if not c.is_generated)


def _body(rows: str, action: str, columns: list[str], old: exp.Expr | None, new: exp.Expr | None) -> exp.Select:
    # In thousands, so that no row grows to what a value may hold at most.
    return query(
        """
        SELECT $3, $2, $4, :action, :columns, ARRAY_AGG(:record_key), ARRAY_AGG(:target_key),
          ARRAY_AGG(:captured_by), :old_values, :new_values
        FROM z GROUP BY :row_no / 1000
        """,
        action=literal(action),
        columns=array([literal(c) for c in columns]),
        old_values=_collected(old),
        new_values=_collected(new),
        **{text: plain(text, rows) for text in ("row_no", "record_key", "target_key", "captured_by")},
    )


def _collected(values: exp.Expr | None) -> exp.Expr:
    return cast(exp.null(), "text[]") if values is None else exp.ArrayAgg(this=values)


def _insert(body: exp.Expr) -> exp.Insert:
    return exp.Insert(
        this=exp.Schema(
            this=exp.Table(this=exp.to_identifier("journal"), db=exp.to_identifier("sync_private")),
            expressions=[exp.to_identifier(c) for c in _COLUMNS],
        ),
        expression=body,
    )
