"""Questions that a check puts to the server: is this expression accepted, does this data fit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pysync.model import Table
from pysync.statements import (
    aliased,
    as_text,
    case,
    cast,
    column,
    equal,
    not_null,
    number,
    parameter,
    query,
    render,
    table_of,
)


def accepts(table: Table, trees: Sequence[exp.Expr]) -> str:
    """A query that computes every tree over the rows `s` of a table, and returns none.

    >>> accepts(Table("erp", "t", "r", ()), [column("No.", "s")])
    'SELECT s."No." FROM "erp"."t" AS s LIMIT 0'
    """
    return render(exp.select(*(t.copy() for t in trees)).from_(table_of(table, "s")).limit(0), pretty=False)


def condition(tree: exp.Expr) -> exp.Expr:
    """A condition as a value, so that it stands in a select list and must be boolean."""
    return case((tree.copy(), number(1)))


def typed(tree: exp.Expr, type_text: str) -> exp.Expr:
    """A value cast to the type it is written as."""
    return cast(tree.copy(), type_text)


def lengths(table: Table, trees: Sequence[tuple[exp.Expr, int]], only: exp.Expr | None) -> str:
    """A query that counts for each tree the rows whose text is longer than its limit."""
    counts = [
        exp.Filter(
            this=exp.Count(this=exp.Star()),
            expression=exp.Where(
                this=exp.GT(
                    this=exp.Anonymous(this="length", expressions=[as_text(t.copy())]), expression=number(limit)
                )
            ),
        )
        for t, limit in trees
    ]
    return render(_only(exp.select(*counts).from_(table_of(table, "s")), only), pretty=False)


def unmapped(table: Table, tree: exp.Expr, option_column: str, only: exp.Expr | None) -> str:
    """A query for values that option set $1 has no row for, with counts, the commonest first; at most $2."""
    inner = _only(exp.select(aliased(as_text(tree.copy()), "v")).from_(table_of(table, "s")), only)
    outer = exp.select("v", "COUNT(*)").from_(
        exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("x")))
    )
    known = query("SELECT FROM sync.option_mapping AS o WHERE o.option_set = $1").where(
        equal(column(option_column, "o"), column("v", "x")), copy=False
    )
    outer = outer.where(not_null(column("v", "x")), exp.Not(this=exp.Exists(this=known)), copy=False)
    return render(outer.group_by("v").order_by("2 DESC", "v").limit(parameter(2)), pretty=False)


def _only(select: exp.Select, condition_tree: exp.Expr | None) -> exp.Select:
    return select.where(condition_tree.copy(), copy=False) if condition_tree is not None else select
