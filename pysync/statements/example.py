"""Examples: the source rows of sync.mapping_example, sent through the same trees as a pass would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from pysync.model import Column, Endpoint, FieldMapping
from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    as_text,
    case,
    cast,
    coalesce,
    column,
    differing,
    fenced,
    fragment,
    is_null,
    lateral,
    literal,
    negated,
    not_null,
    number,
    plain,
    query,
    render,
    resolve,
)
from pysync.statements.fit import constant_default


@dataclass(frozen=True, slots=True)
class Given:
    """A target column with the value it gets, and the condition that its reference or option was not found."""

    no: int
    target: Column
    value: exp.Expr
    unresolved: exp.Expr
    source: FieldMapping | None = None


def given(route: Route) -> tuple[Given, ...]:
    """What writes the columns of the target: fields, else the key of a new row, else a default of a new row."""
    found = {f.target.name: _of_field(f) for f in route.staged()}
    key = route.target.key
    if route.mapping.new_key(route.target.side) is not None and len(key) == 1 and route.new_key[0] is not None:
        found.setdefault(key[0].name, Given(0, key[0], route.new_key[0], exp.false()))
    for default in route.defaults:
        found.setdefault(default.target.name, Given(0, default.target, default.value, exp.false()))
    return tuple(found.values())


def _of_field(f: Field) -> Given:
    looked_up = [g for g in f.rows if g.is_translated and g.mapping.on_unresolved != "null"]
    unresolved = any_of(
        all_of([not_null(plain(f"x_{g.no}", "x")), is_null(plain("value", f"r_{g.no}"))]) for g in looked_up
    )
    return Given(f.no, f.target, resolve.value(f), unresolved, f.mapping)


def results(route: Route) -> str:
    """Examples of mapping $1 in direction $2, or just number $3: a row for the filter (column null) and one for each
    expected column, with what was expected, what came, whether they agree, and the key that was not found."""
    body = (
        query(
            "SELECT e.example_no, e.description, v.no, v.name, v.expected, v.given, v.agrees, v.lacking"
            " FROM sync.mapping_example AS e"
        )
        .join(lateral(_row(route.source, _completed(route.source)), "s"), copy=False)
        .join(lateral(_row(route.target, plain("expected", "e")), "t"), copy=False)
        .join(lateral(_before_translation(route), "x"), copy=False)
    )
    for f in route.fields:
        if f.is_translated:
            body = body.join(lateral(_translation(route, f), f"r_{f.no}", outer=True), copy=False)
    values = query("SELECT 1 FROM z CROSS JOIN LATERAL (VALUES (1)) AS v(no, name, expected, given, agrees, lacking)")
    join = values.args["joins"][0]
    join.find(exp.Values).set("expressions", list(_compared(route)))
    wanted = fragment(
        "e.mapping_name = $1 AND e.direction = $2 AND ($3::int IS NULL OR e.example_no = $3)"
        " AND (v.name IS NULL OR NOT (e.expected -> v.name) IS NULL)"
    )
    return render(body.join(join, copy=False).where(wanted, copy=False).order_by("e.example_no", "v.no", "v.name"))


def _row(end: Endpoint, values: exp.Expr) -> exp.Select:
    """The object as a row of the table, so that every value has the type of its column."""
    names = [exp.to_identifier(text, quoted=True).sql("postgres") for text in (end.table.schema, end.table.name)]
    row = exp.Anonymous(this="jsonb_populate_record", expressions=[cast(exp.null(), ".".join(names)), values])
    return fenced(exp.select(fragment("p.*")).from_(aliased(row, "p"), copy=False))


def _completed(end: Endpoint) -> exp.Expr:
    """The source object; columns left out have their constant default, as in a new row."""
    pairs: list[exp.Expr] = []
    for found in end.table.columns:
        default = constant_default(found)
        if default is not None:
            pairs += [literal(found.name), cast(default, found.base_type)]
    # A function takes at most a hundred arguments.
    tree: exp.Expr = plain("source", "e")
    for start in range(0, len(pairs), 100):
        defaults = exp.Anonymous(this="jsonb_build_object", expressions=pairs[start : start + 100])
        tree = exp.DPipe(this=defaults, expression=tree)
    return tree


def _before_translation(route: Route) -> exp.Select:
    columns = [
        aliased(f.value.copy() if f.condition is None else case((f.condition.copy(), f.value.copy())), f"x_{f.no}")
        for f in route.fields
    ]
    return fenced(exp.select(exp.alias_(number(1), "one"), *columns))


def _translation(route: Route, f: Field) -> exp.Select:
    if f.mapping.option_set:
        return resolve.lookup(route, f)
    scope, key = literal(f.mapping.reference or ""), plain(f"x_{f.no}", "x")
    return exp.select(fragment("(e.couplings -> :scope) ->> :key AS value", scope=scope, key=key))


def _compared(route: Route) -> Iterator[exp.Expr]:
    within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
    nothing: exp.Expr = cast(exp.null(), "text")
    agrees: exp.Expr = exp.EQ(this=within.copy(), expression=exp.paren(fragment("NOT e.expected IS NULL")))
    yield _tuple(number(-1), nothing, nothing, cast(exp.paren(within), "text"), agrees, nothing)
    for one in given(route):
        held, value = column(one.target.name, "t"), cast(one.value.copy(), one.target.type_name)
        differs = differing(one.target, held, value)
        lacking: exp.Expr = nothing
        if one.source is not None and (one.source.reference or one.source.option_set):
            lacking = exp.Case(ifs=[exp.If(this=one.unresolved.copy(), true=as_text(plain(f"x_{one.no}", "x")))])
        agrees = all_of([negated(differs), negated(one.unresolved.copy())])
        yield _tuple(number(one.no), literal(one.target.name), as_text(held), as_text(value.copy()), agrees, lacking)


def _tuple(*items: exp.Expr) -> exp.Expr:
    return exp.Tuple(expressions=[item.copy() for item in items])
