"""Describe: the row and field changes a batch is about to make, for dry runs and for `why`."""

from __future__ import annotations

from sqlglot import exp

from pysync.route import Field, Route
from pysync.statements import (
    as_text,
    cast,
    column,
    fenced,
    fragment,
    key_match,
    lateral,
    literal,
    number,
    plain,
    query,
    table_of,
    working,
)
from pysync.statements.decide import sent_text


def changes(route: Route) -> exp.Expr:
    """One row per field to be written, and one per row to be deleted, in key order."""
    rows = [_row(route, f) for f in route.staged()] or [_nothing()]
    values = query("""
        SELECT 1 FROM z CROSS JOIN LATERAL (VALUES (1))
          AS v(field_no, source_column, target_column, old_value, new_value, is_written)
    """).args["joins"][0]
    values.find(exp.Values).set("expressions", rows)
    target = fenced(
        exp.select(*(column(c.name, "t") for c in route.target.table.columns))
        .from_(table_of(route.target.table, "t"))
        .where(key_match(route.target, "t", plain("target_key", "s")), copy=False)
    )
    decision = exp.Join(this=working.decision(route), side="LEFT", on=fragment("d.row_no = s.row_no"))
    written = (
        query(
            """
            SELECT s.record_key, s.target_key, s.disposition AS action, v.field_no, v.source_column, v.target_column,
              CASE WHEN s.disposition = 'update' THEN v.old_value END AS old_value, v.new_value
            """
        )
        .from_(working.stage(route))
        .join(decision, copy=False)
        .join(lateral(target, "t", outer=True), copy=False)
        .join(values, copy=False)
        .where(fragment("s.disposition IN ('update', 'insert') AND v.is_written"), copy=False)
    )
    deleted = query(
        """
        SELECT s.record_key, s.target_key, s.disposition, NULL, NULL, NULL, NULL, NULL
        """
    )
    deleted = deleted.from_(working.stage(route)).where(fragment("s.disposition = 'gone'"), copy=False)
    both = exp.union(written, deleted, distinct=False)
    return both.order_by(fragment("record_key"), fragment("field_no"), copy=False)


def _row(route: Route, f: Field) -> exp.Expr:
    own = f.mapping.column(route.side)
    is_update = fragment("s.disposition = 'update'")
    arrives = plain(f"d_{f.no}", "d") if f.mapping.write_on != "insert" else exp.false()
    created = exp.false() if f.mapping.write_on == "update" else exp.Not(this=exp.paren(_is_null(f)))
    return exp.Tuple(
        expressions=[
            number(f.no),
            literal(own or ("(constant)" if f.is_constant else "(expression)")),
            literal(f.target.name),
            as_text(column(f.target.name, "t")),
            sent_text(f),
            exp.Case(ifs=[exp.If(this=is_update, true=arrives)], default=created),
        ]
    )


def _is_null(f: Field) -> exp.Expr:
    return exp.Is(this=plain(f"v_{f.no}", "s"), expression=exp.null())


def _nothing() -> exp.Expr:
    empty = cast(exp.null(), "text")
    return exp.Tuple(expressions=[number(0), empty.copy(), empty.copy(), empty.copy(), empty.copy(), exp.false()])


def records(route: Route) -> exp.Expr:
    """What was decided for each staged record, and why."""
    return (
        query("SELECT s.record_key, s.target_key, s.disposition, s.message")
        .from_(working.stage(route))
        .order_by(fragment("s.record_key"), copy=False)
    )
