"""Resolve: references and options become target values, and each record gets its disposition."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column
from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    array,
    as_text,
    case,
    cast,
    coalesce,
    column,
    fenced,
    fragment,
    literal,
    name,
    not_null,
    number,
    plain,
    query,
)
from pysync.statements.fit import coerced, fitted

# What becomes of a record; each needs a later statement, but for the last line.
UPDATE, INSERT, GONE = "update", "insert", "gone"
WAIT, FAIL, LOOP, SKIPPED = "wait", "fail", "loop", "skipped"
UNCHANGED, FILTERED, UNCOUPLED, NOTHING = "unchanged", "filtered", "uncoupled", "nothing"

MAX_HOPS = 8


def translation(route: Route, f: Field) -> exp.Select:
    """The coupled key or the mapped option for x_n, looked up when the field changed or may be in conflict."""
    wanted: list[exp.Expr] = [plain(f"y_{f.no}", "x")]
    if f.is_answer:
        wanted.append(born("e"))
    if f.is_shared:
        wanted.append(_is_in_conflict(route))
    return lookup(route, f, any_of(wanted))


def _is_in_conflict(route: Route) -> exp.Expr:
    """Whether a conflict of the record is open: it is closed when both sides agree, which the value must tell.

    Whether there is any open conflict is asked once.
    """
    return fragment(
        """
        (
          EXISTS(SELECT 1 FROM sync.conflict AS o WHERE o.mapping_name = $1 AND o.resolved_at IS NULL)
          AND EXISTS(SELECT 1 FROM sync.conflict AS o
            WHERE o.mapping_name = $1 AND o.resolved_at IS NULL AND :own_key = e.record_key)
        )
        """,
        own_key=plain(f"{route.side}_key", "o"),
    )


def lookup(route: Route, f: Field, *conditions: exp.Expr) -> exp.Select:
    """The coupled key or the mapped option for x_n."""
    side, other = route.side, route.side.other
    if f.mapping.reference:
        select = query("SELECT 1 FROM sync.coupling AS c").select(
            aliased(plain(f"{other}_key", "c"), "value"), append=False
        )
        scope, key = exp.EQ(this=plain("mapping_name", "c"), expression=literal(f.mapping.reference)), f"{side}_key"
    else:
        select = query("SELECT 1 FROM sync.option_mapping AS c").select(
            aliased(plain(f"{other}_value", "c"), "value"), append=False
        )
        scope = exp.EQ(this=plain("option_set", "c"), expression=literal(f.mapping.option_set or ""))
        key = f"{side}_value"
    collation = name("C" if f.mapping.reference else "default")
    match = exp.EQ(this=plain(key, "c"), expression=exp.Collate(this=plain(f"x_{f.no}", "x"), expression=collation))
    return fenced(select.where(all_of([scope, match, *conditions]), copy=False))


def born(alias: str) -> exp.Expr:
    """Whether the entry says that a pass of this very mapping created the row (statements/write.py notes it)."""
    return fragment(f"{alias}.operation = 'insert' AND NOT {alias}.before IS NULL")


def _unresolved(f: Field) -> exp.Expr:
    return all_of(
        [
            plain(f"y_{f.no}", "x"),
            not_null(plain(f"x_{f.no}", "x")),
            exp.Is(this=plain("value", f"r_{f.no}"), expression=exp.null()),
        ]
    )


def value(f: Field) -> exp.Expr:
    """v_n. Of rows that write a column in turn the first value: one whose condition does not hold has none."""
    arrived = [plain("value", f"r_{g.no}") if g.is_translated else plain(f"x_{g.no}", "x") for g in f.rows]
    if not f.others:
        return fitted(f.target, arrived[0])
    return fitted(f.target, coalesce(*(cast(tree, coerced(f.target)) for tree in arrived)))


def travels(f: Field) -> exp.Expr:
    """c_n: changed, and nothing in the field mapping says to keep the target's value."""
    return any_of(_travels(g) for g in f.rows)


def _travels(f: Field) -> exp.Expr:
    conditions: list[exp.Expr] = [plain(f"y_{f.no}", "x")]
    if f.mapping.when_null == "keep":
        # A value that cannot be translated yet is a change to wait for, not a null to keep away.
        is_looked_up = f.is_translated and f.mapping.on_unresolved in ("null", "keep")
        conditions.append(not_null(plain("value", f"r_{f.no}") if is_looked_up else plain(f"x_{f.no}", "x")))
    if f.is_translated and f.mapping.on_unresolved == "keep":
        conditions.append(exp.Not(this=exp.paren(_unresolved(f))))
    return all_of(conditions)


def new_key(route: Route) -> exp.Select:
    """Key of the row to create; evaluated for such rows only, since defaults draw numbers."""
    # Naming the record keeps the planner from remembering one row's drawn key for the next (Memoize looks at what the
    # subquery takes in, and does not see the volatile default inside).
    wanted = all_of(
        [
            fragment("NOT e.record_key IS NULL AND k.target_key IS NULL AND s.is_present AND f.in_filter"),
            _may_insert(route),
        ]
    )
    columns: list[exp.Expr] = [exp.alias_(number(1), "one")]
    for i, (key, given) in enumerate(_key_sources(route), 1):
        tree = given if given is not None else exp.null()
        columns.append(aliased(cast(case((wanted.copy(), tree)), key.base_type), f"k_{i}"))
    return fenced(exp.select(*columns))


def _key_sources(route: Route) -> list[tuple[Column, exp.Expr | None]]:
    by_column = {f.target.name: f for f in route.inserted()}
    result: list[tuple[Column, exp.Expr | None]] = []
    for i, key in enumerate(route.target.key):
        chosen = route.new_key[i] if i < len(route.new_key) else None
        given = chosen.copy() if chosen is not None else None
        if given is None and key.name in by_column:
            given = value(by_column[key.name])
        result.append((key, given))
    return result


def _may_insert(route: Route) -> exp.Expr:
    if route.side not in route.mapping.sources():
        return exp.false()
    return fragment("e.is_created") if route.mapping.coupled_only else exp.true()


def dispositions(route: Route, is_waiting: exp.Expr | None = None) -> exp.Select:
    """What to do with the record, and why it waits or fails; `ask` where it has changes waiting that a scan leaves."""
    waits = [f for f in route.fields if f.is_translated and f.mapping.on_unresolved == "wait"]
    fails = [f for f in route.fields if f.is_translated and f.mapping.on_unresolved == "fail"]
    waiting = [(_waits(f), f) for f in waits]
    failing = [(_unresolved(f), f) for f in fails]
    keyless = any_of(
        exp.Is(this=plain(f"k_{i}", "n"), expression=exp.null()) for i in range(1, len(route.target.key) + 1)
    )
    changed = any_of(
        [
            *(travels(f) for f in route.staged()),
            *([exp.paren(born("e"))] if route.answering() else []),
            fragment("e.is_retried"),
        ]
    )
    gone = fragment("s.is_present IS NULL")
    coupled = fragment("k.target_key IS NOT NULL")
    disposition = case(
        *([(is_waiting, literal("ask"))] if is_waiting is not None else []),
        (all_of([gone, exp.Not(this=exp.paren(coupled.copy()))]), literal(NOTHING)),
        (fragment("k.is_skipped"), literal(SKIPPED)),
        (all_of([gone.copy(), fragment("NOT f.was_in_filter")]), literal("leave")),
        (gone.copy(), literal(GONE)),
        (fragment("NOT f.in_filter"), literal(FILTERED)),
        (
            all_of([exp.Not(this=exp.paren(coupled.copy())), exp.Not(this=exp.paren(_may_insert(route)))]),
            literal(UNCOUPLED),
        ),
        (exp.Not(this=exp.paren(changed)) if route.fields else fragment("NOT e.is_retried"), _unchanged()),
        (_is_loop(), literal(LOOP)),
        (any_of(c.copy() for c, _ in failing), literal(FAIL)),
        (any_of(c.copy() for c, _ in waiting), literal(WAIT)),
        (coupled.copy(), literal(UPDATE)),
        (keyless, literal(FAIL)),
        default=literal(INSERT),
    )
    later = [(f, all_of([fragment("k.target_key IS NULL"), _unresolved(f)])) for f in route.fields if f.waits_later]
    columns = [
        aliased(disposition, "disposition"),
        aliased(_message(route, failing, waiting), "message"),
        aliased(case(*[(c.copy(), literal(_awaited(f))) for c, f in waiting]), "waits_for_mapping"),
        aliased(case(*[(c.copy(), plain(f"x_{f.no}", "x")) for c, f in waiting]), "waits_for_key"),
        aliased(case(*[(c.copy(), literal(_awaited(f))) for f, c in later]), "later_mapping"),
        aliased(case(*[(c.copy(), plain(f"x_{f.no}", "x")) for f, c in later]), "later_key"),
        aliased(_later_before(route, later), "later_before"),
    ]
    return fenced(exp.select(*columns))


def _unchanged() -> exp.Expr:
    # An uncoupled row that may be created is created even when none of its fields has a value to bring.
    return case((fragment("k.target_key IS NULL"), literal(INSERT)), default=literal(UNCHANGED))


def _is_loop() -> exp.Expr:
    return exp.GT(this=plain("hop", "e"), expression=number(MAX_HOPS))


def _waits(f: Field) -> exp.Expr:
    """Unresolved, and not a reference that a new row can do without until later."""
    if f.waits_later:
        return all_of([_unresolved(f), fragment("k.target_key IS NOT NULL")])
    return _unresolved(f)


def _awaited(f: Field) -> str:
    return f.mapping.reference or f.mapping.option_set or ""


def _message(route: Route, failing: list[tuple[exp.Expr, Field]], waiting: list[tuple[exp.Expr, Field]]) -> exp.Expr:
    """In the order of the dispositions: what is told is why the record got its own."""
    branches: list[tuple[exp.Expr, exp.Expr]] = [
        (fragment("k.is_skipped"), literal("the couple is marked as skipped")),
        (_is_loop(), literal("the change came through too many mappings: they form a loop")),
    ]
    for condition, f in [*failing, *waiting]:
        own = f.mapping.column(route.side) or f.target.name
        kind = "must be coupled in" if f.mapping.reference else "has no row in option set"
        text = exp.DPipe(
            this=exp.DPipe(this=literal(f"{own} "), expression=plain(f"x_{f.no}", "x")),
            expression=literal(f" {kind} {_awaited(f)}"),
        )
        branches.append((condition.copy(), text))
    if route.new_key_fault:
        return case(*branches, default=literal(route.new_key_fault))
    return case(*branches, default=literal("the key of the new row is null"))


def _later_before(route: Route, later: list[tuple[Field, exp.Expr]]) -> exp.Expr:
    """The row as it is now with the awaited references blank: the base that makes only them count as changed."""
    if not later or not route.source_layouts:
        return cast(exp.null(), "text[]")
    # All that an expression computes the reference from: blank, it gives none.
    blank = {c.name for f, _ in later for c in f.value.find_all(exp.Column) if c.table == "s"}
    columns = route.source_layouts[route.source_layout]
    known = {c.name for c in route.source_columns}
    return case(
        (
            any_of(c.copy() for _, c in later),
            array([exp.null() if c in blank or c not in known else as_text(column(c, "s")) for c in columns]),
        )
    )
