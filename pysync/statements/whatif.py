"""What an edit of a mapping means for real data: rows that enter or leave the filter, fields that would be written."""

from __future__ import annotations

from sqlglot import exp

from pysync.route import Route
from pysync.statements import (
    aliased,
    as_text,
    cast,
    coalesce,
    column,
    compare,
    fenced,
    fragment,
    key_match,
    lateral,
    literal,
    number,
    plain,
    query,
    record_key,
    render,
    table_of,
)
from pysync.statements.fit import fitted

# Filled twice, before and after the edit.
CREATE = """
create temp table whatif (
    phase text, mapping_name text, direction text, state text, left_key text collate "C", right_key text collate "C",
    fields int[]
) on commit drop
"""


def drift(route: Route, phase: str) -> str:
    """File what a comparison of mapping $1 finds now; its rows say nothing of which side has changes waiting."""
    found = exp.Subquery(this=compare.differences(route), alias=exp.TableAlias(this=exp.to_identifier("d")))
    values = [literal(phase), fragment("$1"), literal(route.side.direction)]
    names = [fragment(f"d.{text}") for text in ("state", "left_key", "right_key", "fields")]
    return render(_insert(exp.select(*values, *names).from_(found)))


def creations(route: Route, phase: str) -> str:
    """File the rows of mapping $1 that would be created."""
    found = exp.Subquery(this=compare.uncoupled(route), alias=exp.TableAlias(this=exp.to_identifier("d")))
    values = [literal(phase), fragment("$1"), literal(route.side.direction), literal("create")]
    return render(_insert(exp.select(*values, fragment("d.record_key"), exp.null(), exp.null()).from_(found)))


def _insert(select: exp.Select) -> exp.Expr:
    table = exp.Table(this=exp.to_identifier("whatif"), db=exp.to_identifier("pg_temp"))
    return exp.Insert(this=table, expression=select)


def filtered(before: Route | None, after: Route | None, *, keys: bool) -> str:
    """How many source rows enter the filter and how many leave it; or up to $1 keys of each."""
    route = after or before
    assert route is not None
    inner = exp.select(
        aliased(record_key([column(k.name, "s") for k in route.source.key]), "record_key"),
        aliased(_within(before), "was"),
        aliased(_within(after), "now"),
    ).from_(table_of(route.source.table, "s"))
    rows = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("r")))
    if not keys:
        return render(
            exp.select(
                fragment("COUNT(*) FILTER (WHERE r.now AND NOT r.was)"),
                fragment("COUNT(*) FILTER (WHERE r.was AND NOT r.now)"),
            ).from_(rows)
        )
    each = [
        exp.select(fragment("r.record_key"), fragment("r.now")).from_(rows.copy()).where(fragment(text)).limit(1)
        for text in ("r.now AND NOT r.was", "r.was AND NOT r.now")
    ]
    for select in each:
        select.set("limit", exp.Limit(expression=fragment("$1")))
    return render(exp.union(*(exp.select("*").from_(_parenthesized(s)) for s in each), distinct=False))


def _parenthesized(select: exp.Select) -> exp.Subquery:
    return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier("x")))


def _within(route: Route | None) -> exp.Expr:
    """Whether the row `s` travels: false where no such direction is."""
    if route is None:
        return exp.false()
    return coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()


def values(route: Route) -> str:
    """For the couples of mapping $1 with left keys $2: each field that differs, what the target holds and would get."""
    side, other = route.side, route.side.other
    fields = compare.compared(route)
    source = exp.select(*(aliased(f.value.copy(), f"x_{f.no}") for f in fields), exp.alias_(number(1), "one"))
    gates = [aliased(coalesce(f.condition.copy(), exp.false()), f"g_{f.no}") for f in fields if f.condition]
    source = (
        source.select(*gates, copy=False)
        .from_(table_of(route.source.table, "s"))
        .where(key_match(route.source, "s", plain(f"{side}_key", "c")), copy=False)
    )
    target = exp.select(*(column(c.name, "t") for c in route.target.table.columns))
    target = target.from_(table_of(route.target.table, "t")).where(
        key_match(route.target, "t", plain(f"{other}_key", "c")), copy=False
    )
    body = (
        query("SELECT c.left_key, c.right_key, v.no, v.held, v.arrives FROM sync.coupling AS c")
        .join(lateral(fenced(source), "s"), copy=False)
        .join(lateral(fenced(target), "t"), copy=False)
    )
    rows = []
    for f in fields:
        if f.is_translated:
            body = body.join(compare.translation(route, f), copy=False)
        arriving = fitted(f.target, plain("value", f"r_{f.no}") if f.is_translated else plain(f"x_{f.no}", "s"))
        held = as_text(column(f.target.name, "t"))
        arrives = as_text(cast(arriving, f.target.type_name))
        rows.append(exp.Tuple(expressions=[number(f.no), held, arrives, compare.differs(f)]))
    listed = query("SELECT 1 FROM z CROSS JOIN LATERAL (VALUES (1)) AS v(no, held, arrives, differs)")
    join = listed.args["joins"][0]
    join.find(exp.Values).set("expressions", rows)
    wanted = fragment("c.mapping_name = $1 AND c.left_key = ANY($2::text[]) AND v.differs")
    return render(body.join(join, copy=False).where(wanted, copy=False).order_by("c.left_key", "v.no"))
