"""The working tables of a batch, as they stand in a statement: stage `s`, decision `d`, clash `c`."""

from __future__ import annotations

from sqlglot import exp

from pysync.route import Route
from pysync.statements import fragment, temp_table


def stage(route: Route) -> exp.Table:
    """One row per claimed record, as `s`."""
    return temp_table(route.working("stage"), "s")


def decision(route: Route) -> exp.Table:
    """One row per held target row, as `d`."""
    return temp_table(route.working("decision"), "d")


def clash(route: Route) -> exp.Table:
    """One row per record in conflict, as `c`."""
    return temp_table(route.working("clash"), "c")


def decided(route: Route) -> exp.Table:
    """Decision `d` joined with its stage row `s`."""
    return _joined(decision(route), route, "s.row_no = d.row_no")


def clashing(route: Route) -> exp.Table:
    """Clash `c` joined with its stage row `s`."""
    return _joined(clash(route), route, "s.row_no = c.row_no")


def _joined(table: exp.Table, route: Route, condition: str) -> exp.Table:
    table.set("joins", [exp.Join(this=stage(route), on=fragment(condition))])
    return table


def over_stage(route: Route, tree: exp.Expr) -> exp.Expr:
    """The tree with its table `stage AS s` turned into the stage of the route."""
    return tree.transform(lambda n: stage(route) if isinstance(n, exp.Table) and n.name == "stage" else n)


def empty(route: Route) -> exp.Expr:
    """Delete what the last batch left in the three tables."""
    tables = {"decision": decision(route), "clash": clash(route), "stage": stage(route)}
    tree = fragment("WITH d AS (DELETE FROM decision), c AS (DELETE FROM clash) DELETE FROM stage")
    return tree.transform(lambda n: tables.get(n.name, n) if isinstance(n, exp.Table) else n)
