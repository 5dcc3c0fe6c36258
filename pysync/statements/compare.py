"""Compare: couples whose rows differ through the mapping, in one scan of both tables."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Side
from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    array,
    case,
    cast,
    coalesce,
    column,
    differing,
    equal,
    fragment,
    literal,
    name,
    negated,
    not_null,
    number,
    plain,
    query,
    record_key,
    table_of,
)
from pysync.statements.fit import fitted


def compared(route: Route) -> tuple[Field, ...]:
    """Fields that must agree: not constants, and not those only written when a row is created."""
    return tuple(f for f in route.fields if f.mapping.write_on != "insert" and not f.is_constant)


def differences(route: Route) -> exp.Expr:
    """Couples of mapping $1 that are not in step: keys, state, field numbers, and which side has changes waiting."""
    side, other = route.side, route.side.other
    body = (
        query(
            """
            SELECT c.left_key, c.right_key, :state AS state, :fields AS fields,
              EXISTS(SELECT 1 FROM sync.outbox AS o
                WHERE o.mapping_name = c.mapping_name AND o.side = 'left' AND o.record_key = c.left_key)
              OR EXISTS(SELECT 1 FROM sync.parked AS p
                WHERE p.mapping_name = c.mapping_name AND p.side = 'left' AND p.record_key = c.left_key) AS left_waits,
              EXISTS(SELECT 1 FROM sync.outbox AS o
                WHERE o.mapping_name = c.mapping_name AND o.side = 'right' AND o.record_key = c.right_key)
              OR EXISTS(SELECT 1 FROM sync.parked AS p
                WHERE p.mapping_name = c.mapping_name AND p.side = 'right' AND p.record_key = c.right_key)
                AS right_waits
            FROM sync.coupling AS c
            """,
            state=_state(),
            fields=_fields(route),
        )
        .join(_row(route, "s", f"{side}_key", is_source=True), copy=False)
        .join(_row(route, "t", f"{other}_key", is_source=False), copy=False)
    )
    for f in compared(route):
        if f.is_translated:
            body = body.join(translation(route, f), copy=False)
    gone = fragment("s.is_present IS NULL OR t.is_present IS NULL")
    changed = any_of(differs(f) for f in compared(route))
    within = coalesce(plain("in_filter", "s"), exp.true())
    return body.where(
        fragment("c.mapping_name = $1 AND NOT c.is_skipped"),
        any_of([exp.paren(gone), all_of([within, changed])]),
        copy=False,
    ).order_by(fragment("c.left_key"), copy=False)


def note_differences(route: Route) -> exp.Expr:
    """Note in pg_temp.drift what differences() finds ($2 direction), once for both directions.

    $3 and $4: field numbers, and what they are called.
    """
    tree = fragment(
        """
        INSERT INTO pg_temp.drift (mapping_name, direction, left_key, right_key, state, columns)
        SELECT $1, $2, d.left_key, d.right_key,
          CASE d.state WHEN 'source missing' THEN :source WHEN 'target missing' THEN :target
            WHEN 'differs' THEN CASE WHEN d.left_waits AND d.right_waits THEN 'both' WHEN d.left_waits THEN 'left newer'
              WHEN d.right_waits THEN 'right newer' ELSE 'differs' END
            ELSE d.state END,
          ARRAY(SELECT (CAST($4 AS TEXT[]))[ARRAY_POSITION(CAST($3 AS INT[]), f.no)] FROM UNNEST(d.fields) AS f(no))
        FROM found AS d
        WHERE NOT EXISTS(SELECT 1 FROM pg_temp.drift AS x WHERE x.mapping_name = $1 AND x.left_key = d.left_key)
        ORDER BY d.left_key
        """,
        source=literal(f"{route.side} missing"),
        target=literal(f"{route.side.other} missing"),
    )
    return _from_found(tree, differences(route))


def note_uncoupled(route: Route) -> exp.Expr:
    """Note in pg_temp.drift what uncoupled() finds ($2 direction)."""
    tree = fragment(
        """
        INSERT INTO pg_temp.drift (mapping_name, direction, left_key, right_key, state, columns)
        SELECT $1, $2, :left_key, :right_key, 'uncoupled', CAST(ARRAY[] AS TEXT[]) FROM found AS d ORDER BY d.record_key
        """,
        left_key=plain("record_key", "d") if route.side is Side.LEFT else exp.null(),
        right_key=plain("record_key", "d") if route.side is Side.RIGHT else exp.null(),
    )
    return _from_found(tree, uncoupled(route))


def _from_found(tree: exp.Expr, found: exp.Expr) -> exp.Expr:
    """The tree with a select of ours for its table `found`."""
    found.set("order", None)
    rows = exp.Subquery(this=found, alias=exp.TableAlias(this=exp.to_identifier("d")))
    return tree.transform(lambda n: rows if isinstance(n, exp.Table) and n.name == "found" else n)


def _state() -> exp.Expr:
    return fragment(
        """
        CASE WHEN s.is_present IS NULL AND t.is_present IS NULL THEN 'both missing'
          WHEN s.is_present IS NULL THEN 'source missing'
          WHEN t.is_present IS NULL THEN 'target missing' ELSE 'differs' END
        """
    )


def _row(route: Route, alias: str, key: str, *, is_source: bool) -> exp.Join:
    """The rows of one side with their record key, so that any join order is open to the planner."""
    end = route.source if is_source else route.target
    columns: list[exp.Expr] = [
        aliased(record_key([column(k.name, alias) for k in end.key]), "record_key"),
        fragment("TRUE AS is_present"),
    ]
    if is_source:
        within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
        columns.append(aliased(within, "in_filter"))
        columns += [aliased(f.value.copy(), f"x_{f.no}") for f in compared(route)]
        columns += [
            aliased(coalesce(f.condition.copy(), exp.false()), f"g_{f.no}") for f in compared(route) if f.condition
        ]
    else:
        held = dict.fromkeys(f.target.name for f in compared(route))
        columns += [exp.alias_(column(text, alias), name(text)) for text in held]
    rows = exp.select(*columns).from_(table_of(end.table, alias))
    match = equal(
        exp.Collate(this=plain("record_key", alias), expression=name("C")),
        plain(key, "c"),
    )
    return exp.Join(
        this=exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(alias))), side="LEFT", on=match
    )


def translation(route: Route, f: Field) -> exp.Join:
    """The coupled key or the mapped option for x_n of the source rows `s`."""
    side, other = route.side, route.side.other
    alias = f"r_{f.no}"
    value = exp.Collate(this=plain(f"x_{f.no}", "s"), expression=name("C" if f.mapping.reference else "default"))
    if f.mapping.reference:
        rows = query(
            "SELECT c.left_key, c.right_key FROM sync.coupling AS c WHERE c.mapping_name = :scope",
            scope=literal(f.mapping.reference),
        )
        key = "key"
    else:
        rows = query(
            "SELECT c.left_value, c.right_value FROM sync.option_mapping AS c WHERE c.option_set = :scope",
            scope=literal(f.mapping.option_set or ""),
        )
        key = "value"
    rows = rows.select(aliased(plain(f"{other}_{key}", "c"), "value"), copy=False)
    return exp.Join(
        this=exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(alias))),
        side="LEFT",
        on=equal(plain(f"{side}_{key}", alias), value),
    )


def differs(f: Field) -> exp.Expr:
    """The target row `t` does not hold what the field brings."""
    arriving = plain("value", f"r_{f.no}") if f.is_translated else plain(f"x_{f.no}", "s")
    value, held = fitted(f.target, arriving), column(f.target.name, "t")
    conditions = [differing(f.target, held, value)]
    if f.condition is not None:
        conditions.append(plain(f"g_{f.no}", "s"))
    if f.mapping.when_null == "keep":
        conditions.append(not_null(arriving.copy()))
    if f.is_translated and f.mapping.on_unresolved != "null":
        found = plain("value", f"r_{f.no}")
        unresolved = all_of([not_null(plain(f"x_{f.no}", "s")), exp.Is(this=found, expression=exp.null())])
        conditions.append(negated(unresolved))
    return all_of(conditions)


def _fields(route: Route) -> exp.Expr:
    here = fragment("s.is_present AND t.is_present")
    numbers = [case((all_of([here.copy(), differs(f)]), number(f.no))) for f in compared(route)]
    return exp.Anonymous(this="array_remove", expressions=[array(numbers, "int[]"), exp.null()])


def uncoupled(route: Route) -> exp.Expr:
    """Source rows inside the filter that mapping $1 should have created on the other side.

    By EXCEPT, which hashes or sorts: with statistics older than the couples, an anti join looks at every pair.
    """
    key = cast(record_key([column(k.name, "s") for k in route.source.key]), "text")
    within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
    rows = exp.select(aliased(exp.Collate(this=key, expression=name("C")), "record_key"))
    rows = rows.from_(table_of(route.source.table, "s")).where(within, copy=False)
    coupled = query(
        "SELECT :own_key FROM sync.coupling AS c WHERE c.mapping_name = $1", own_key=plain(f"{route.side}_key", "c")
    )
    order = exp.Order(expressions=[fragment("record_key")])
    return exp.Except(this=rows, expression=coupled, distinct=True, order=order)


def populated(route: Route) -> exp.Expr:
    """Whether the source side has rows inside the filter, and whether mapping $1 has not coupled some of them."""
    within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
    rows = exp.select(number(1)).from_(table_of(route.source.table, "s")).where(within, copy=False)
    alone = uncoupled(route)
    alone.set("order", None)
    return exp.select(exp.Exists(this=rows), exp.Exists(this=alone))


def ask_differing(route: Route) -> exp.Expr:
    """Ask for both rows of every couple of mapping $1 that differs although nothing waits ($2, $3 newest layouts)."""
    tree = fragment(
        """
        INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)
        SELECT $1, k.side, k.record_key, 'couple', k.layout_no, SESSION_USER
        FROM found AS d
        CROSS JOIN LATERAL (VALUES ('left', d.left_key, CAST($2 AS INT)), ('right', d.right_key, CAST($3 AS INT)))
          AS k(side, record_key, layout_no)
        WHERE d.state = 'differs' AND NOT d.left_waits AND NOT d.right_waits
        """
    )
    return _from_found(tree, differences(route))
