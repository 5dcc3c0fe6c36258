"""Journal: keep what a batch is about to write over, in the same transaction, for `pysync undo`."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column, Table
from pysync.route import Field, Route
from pysync.statements import (
    all_of,
    array,
    as_text,
    case,
    cast,
    column,
    equal,
    fragment,
    key_match,
    literal,
    plain,
    query,
    table_of,
    working,
)
from pysync.statements.decide import has_position, is_of, sent_text, written_any

# Parameters of every statement of this room, by position.
PARAMETERS = ("pass_id", "mapping", "direction", "hop")
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


def updates(route: Route, fields: tuple[Field, ...]) -> exp.Expr:
    """The fields that one hop count's update will write; it runs before, while the old values stand."""
    by_column = {f.target.name: f for f in fields}
    old = [case((plain(f"d_{f.no}", "d"), as_text(column(n, "t")))) for n, f in by_column.items()]
    new = [case((plain(f"d_{f.no}", "d"), sent_text(f))) for f in by_column.values()]
    body = _body(route, "update", list(by_column), array(old), array(new))
    condition = is_of(route, "update", "s.hop = $4")
    return _insert(_from_held(route, body).where(condition, written_any(route, fields), copy=False))


def deletes(route: Route) -> exp.Expr:
    """The whole target rows that one hop count's delete will take away."""
    columns = [c.name for c in stored(route.target.table)]
    old = array([as_text(column(n, "t")) for n in columns])
    body = _body(route, "delete", columns, old, None)
    return _insert(_from_held(route, body).where(is_of(route, "gone", "s.hop = $4"), copy=False))


def inserts(route: Route) -> exp.Expr:
    """The rows created in a view: it has no row versions by which untouched ones could be told."""
    by_column = {f.target.name: f for f in route.inserted()}
    new = array([sent_text(f) for f in by_column.values()])
    body = _body(route, "insert", list(by_column), None, new).from_(working.stage(route))
    return _insert(body.where(fragment("s.disposition = 'insert' AND s.hop = $4"), copy=False))


def has_versions(table: Table) -> bool:
    """Whether a row's system columns tell which transaction wrote it: in tables, not in views."""
    return table.kind in ("r", "p")


def stored(table: Table) -> tuple[Column, ...]:
    """Columns that a row can be made again from."""
    return tuple(c for c in table.columns if not c.is_generated)


def _body(route: Route, action: str, columns: list[str], old: exp.Expr | None, new: exp.Expr | None) -> exp.Select:
    # In thousands, so that no row grows to what a value may hold at most.
    return query(
        """
        SELECT $1, $2, $3, :action, :columns, ARRAY_AGG(s.record_key), ARRAY_AGG(s.target_key),
          ARRAY_AGG(s.captured_by), :old_values, :new_values
        FROM z GROUP BY s.row_no / 1000
        """,
        action=literal(action),
        columns=array([literal(c) for c in columns]),
        old_values=_collected(old),
        new_values=_collected(new),
    )


def _collected(values: exp.Expr | None) -> exp.Expr:
    return cast(exp.null(), "text[]") if values is None else exp.ArrayAgg(this=values)


def _from_held(route: Route, body: exp.Select) -> exp.Select:
    body = body.from_(working.decided(route))
    if has_position(route):
        match = equal(plain("ctid", "t"), plain("target_tid", "d"))
    else:
        match = key_match(route.target, "t", plain("target_key", "s"))
    return body.join(exp.Join(this=table_of(route.target.table, "t"), on=all_of([match])), copy=False)


def _insert(body: exp.Expr) -> exp.Insert:
    return exp.Insert(
        this=exp.Schema(
            this=exp.Table(this=exp.to_identifier("journal"), db=exp.to_identifier("sync_private")),
            expressions=[exp.to_identifier(c) for c in _COLUMNS],
        ),
        expression=body,
    )
