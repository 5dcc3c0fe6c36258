"""Conflicts: fields that both sides changed, settled by policy with the losing value kept."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Side
from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    array,
    as_text,
    case,
    cast,
    column,
    create_working_table,
    differing,
    element,
    equal,
    exists,
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
from pysync.statements.decide import differs, insert_into, is_of, is_target, sent_text

_COLUMNS = (
    ("row_no", "integer primary key"),
    ("collided", "integer[]"),
    ("differing", "integer[]"),
    ("opened", "integer[]"),
    ("won", "integer[]"),
    ("lost", "integer[]"),
    ("source_is_newer", "boolean"),
    ("target_before", "text[]"),
    ("target_layout", "integer"),
)


def create_clash(route: Route) -> exp.Expr:
    """One row per record with a field in conflict, new or still open; holds field numbers."""
    return create_working_table(route.working("clash"), _COLUMNS)


def shared(route: Route) -> tuple[Field, ...]:
    """Fields both sides may write: the only ones that can be in conflict."""
    return tuple(f for f in route.written() if f.is_shared)


def look(route: Route) -> exp.Expr:
    """Whether an entry of the other side ($1 mapping, $2 other side) waits for one of the rows held, row by row."""
    entry = fenced(
        query(
            "SELECT 1 FROM sync.outbox AS o WHERE o.mapping_name = $1 AND o.side = $2 AND o.record_key = s.target_key"
        )
    )
    waits = exp.select(number(1)).from_(working.decided(route)).join(lateral(entry, "w"), copy=False)
    return exp.select(aliased(exists(waits), "waits"))


def detect(route: Route) -> exp.Expr:
    """Compare with the entries that wait on the other side ($1 mapping, $2 other side) and the open conflicts.

    $3 and $4 say whether the other side has parked records and the mapping open conflicts, so that none are looked for.
    """
    is_dated = route.mapping.asks_time and route.target_modified_at is None
    edits = [(f, moved(route, f)) for f in shared(route)]
    body = (
        exp.select()
        .from_(working.decided(route))
        .join(lateral(target_row(route, is_held=True), "t"), copy=False)
        .join(lateral(waiting(gate="$3", is_dated=is_dated), "w", outer=True), copy=False)
        .join(lateral(_open_conflicts(route), "q"), copy=False)
        .join(lateral(_collisions(route, edits), "x"), copy=False)
        # A source row that is gone has no values to compare: they would read as null.
        .where(is_of(route, "update"), fragment("(CARDINALITY(x.collided) > 0 OR NOT q.known IS NULL)"), copy=False)
    )
    newer = fragment("s.modified_at >= w.captured_at")
    if route.target_modified_at is not None:
        newer = exp.GTE(this=plain("modified_at", "s"), expression=cast(route.target_modified_at.copy(), "timestamptz"))
    columns = [
        ("row_no", plain("row_no", "d")),
        ("collided", plain("collided", "x")),
        ("differing", _numbers([(f, differs(f)) for f, _ in edits])),
        ("opened", fragment("CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END")),
        ("won", fragment("CASE WHEN s.is_forced THEN q.known ELSE q.won END")),
        ("lost", fragment("CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END")),
        ("source_is_newer", exp.Coalesce(this=newer, expressions=[exp.true()])),
        ("target_before", plain("before", "w")),
        ("target_layout", plain("layout_no", "w")),
    ]
    body = body.select(*[tree for _, tree in columns], append=False, copy=False)
    return insert_into(route.working("clash"), [text for text, _ in columns], body)


def target_row(route: Route, *, is_held: bool = False) -> exp.Select:
    """The target row of stage row `s`; if it is held, by the position in decision row `d`."""
    match = is_target(route) if is_held else key_match(route.target, "t", plain("target_key", "s"))
    columns = (column(c.name, "t") for c in route.target.table.columns)
    return fenced(exp.select(*columns).from_(table_of(route.target.table, "t")).where(match, copy=False))


def waiting(*, gate: str = "TRUE", is_dated: bool = True) -> exp.Select:
    """The other side's base: its earliest entry, waiting or, if the gate is open, parked; dated: by its last one."""
    return query(
        """
        SELECT z.before, z.layout_no, z.operation, :captured_at AS captured_at
        FROM (
          SELECT o.before, o.layout_no, o.operation, o.captured_at, o.entry_id
          FROM sync.outbox AS o
          WHERE o.mapping_name = $1 AND o.side = $2 AND o.record_key = s.target_key
          UNION ALL
          SELECT p.before, p.layout_no, p.operation, p.captured_at, p.entry_id
          FROM sync.parked AS p
          WHERE :gate AND p.mapping_name = $1 AND p.side = $2 AND p.record_key = s.target_key
        ) AS z
        ORDER BY z.operation IN ('retry', 'answer') AND z.before IS NULL, z.entry_id
        LIMIT 1
        """,
        gate=fragment(gate),
        captured_at=fragment("MAX(z.captured_at) OVER ()" if is_dated else "z.captured_at"),
    )


def _open_conflicts(route: Route) -> exp.Select:
    side = route.side
    return query(
        """
        SELECT
          ARRAY_AGG(c.field_no) AS known,
          COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE c.resolution IS NULL), '{}') AS opened,
          COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE c.resolution = :side), '{}') AS won,
          COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE c.resolution = :other), '{}') AS lost
        FROM sync.conflict AS c
        WHERE $4 AND c.mapping_name = $1 AND c.resolved_at IS NULL AND :own_key = s.record_key
        """,
        side=literal(side),
        other=literal(side.other),
        own_key=plain(f"{side}_key", "c"),
    )


def moved(route: Route, f: Field) -> exp.Expr:
    """Whether the other side changed the field since both were in step."""
    branches: list[tuple[exp.Expr, exp.Expr]] = [
        (fragment("w.operation IS NULL OR (w.operation IN ('retry', 'answer') AND w.before IS NULL)"), exp.false()),
        (fragment("w.before IS NULL"), exp.true()),
    ]
    for layout_no, columns in sorted(route.target_layouts.items(), reverse=True):
        if f.target.name not in columns:
            continue
        old = cast(element(plain("before", "w"), columns.index(f.target.name) + 1), f.target.base_type)
        changed = differing(f.target, column(f.target.name, "t"), old)
        branches.append((equal(plain("layout_no", "w"), number(layout_no)), changed))
    return case(*branches, default=exp.false())


def _collisions(route: Route, edits: list[tuple[Field, exp.Expr]]) -> exp.Select:
    if is_by_row(route):
        sent = any_of(plain(f"d_{f.no}", "d") for f, _ in edits)
        hit = any_of([any_of(tree.copy() for _, tree in edits), fragment("CARDINALITY(q.opened) > 0")])
        still = [
            (f, all_of([sent.copy(), hit.copy(), any_of([plain(f"d_{f.no}", "d"), all_of([tree, differs(f)])])]))
            for f, tree in edits
        ]
    else:
        still = [(f, all_of([plain(f"d_{f.no}", "d"), any_of([tree, _is_open(f)])])) for f, tree in edits]
    unforced = case((fragment("s.is_forced"), fragment("CAST('{}' AS INT[])")), default=_numbers(still))
    return fenced(exp.select(aliased(unforced, "collided")))


def is_by_row(route: Route) -> bool:
    """Whether edits of different fields of one record conflict, and the winner's whole row counts."""
    return route.mapping.conflict_scope == "row"


def _is_open(f: Field) -> exp.Expr:
    return _contains("q", "opened", f.no)


def _numbers(items: list[tuple[Field, exp.Expr]]) -> exp.Expr:
    """Array of the field numbers whose condition holds."""
    chosen = [case((condition, number(f.no))) for f, condition in items]
    return exp.Anonymous(this="array_remove", expressions=[array(chosen, "int[]"), exp.null()])


def _contains(alias: str, array_name: str, value: int) -> exp.Expr:
    return equal(number(value), exp.Any(this=exp.paren(plain(array_name, alias))))


def policy(route: Route, f: Field) -> str:
    """The field's conflict policy, or the mapping's."""
    return f.mapping.conflict or route.mapping.update_conflict


def _loses(route: Route, f: Field) -> exp.Expr:
    """Whether the source's value is held back in a collision."""
    chosen = policy(route, f)
    if chosen == "newest_wins":
        return fragment("NOT c.source_is_newer")
    return exp.false() if chosen == f"{route.side}_wins" else exp.true()


def record(route: Route) -> exp.Expr:
    """Keep both values and the base ($1 mapping, $2 pass) of every collision; an open one is brought up to date."""
    side = route.side
    rows = [exp.Tuple(expressions=_conflict_row(route, f)) for f in shared(route)]
    values = query("""
        SELECT 1 FROM z CROSS JOIN LATERAL (VALUES (1))
          AS v(field_no, left_column, right_column, source_value, target_value, base_value, policy, loses)
    """).args["joins"][0]
    values.find(exp.Values).set("expressions", rows)
    body = (
        query(
            """
            SELECT $1, :left_key, :right_key, v.field_no, v.left_column, v.right_column,
              :left_value, :right_value, v.base_value, v.policy,
              CASE WHEN v.policy = 'fail' THEN NULL WHEN v.loses THEN :other ELSE :side END,
              CASE WHEN v.policy <> 'fail' THEN NOW() END, $2
            """,
            left_key=key_of(side, Side.LEFT, "s"),
            right_key=key_of(side, Side.RIGHT, "s"),
            left_value=plain("source_value" if side is Side.LEFT else "target_value", "v"),
            right_value=plain("target_value" if side is Side.LEFT else "source_value", "v"),
            side=literal(side),
            other=literal(side.other),
        )
        .from_(working.clashing(route))
        .join(lateral(target_row(route), "t"), copy=False)
        .join(values, copy=False)
        # What a decision overwrites may have changed since it was made: the last value is the one kept.
        .where(
            fragment("v.field_no = ANY(c.collided) OR (v.field_no = ANY(c.won) AND v.field_no = ANY(c.differing))"),
            copy=False,
        )
    )
    insert = fragment("""
        INSERT INTO sync.conflict (mapping_name, left_key, right_key, field_no, left_column, right_column,
          left_value, right_value, base_value, policy, resolution, resolved_at, pass_id)
        SELECT 1
        ON CONFLICT (mapping_name, left_key, field_no) WHERE resolved_at IS NULL
        DO UPDATE SET left_value = excluded.left_value, right_value = excluded.right_value
    """)
    insert.set("expression", body)
    # One row per collision, true if it is new: an open conflict that is merely seen again is not counted again.
    insert.set("returning", exp.Returning(expressions=[fragment("xmax = 0")]))
    return insert


def key_of(source: Side, side: Side, alias: str) -> exp.Expr:
    """The stage column that holds the key of a side's record."""
    return plain("record_key" if side is source else "target_key", alias)


def _conflict_row(route: Route, f: Field) -> list[exp.Expr]:
    left, right = (f.mapping.column(s) for s in Side)
    return [
        number(f.no),
        literal(left or ""),
        literal(right or ""),
        sent_text(f),
        as_text(column(f.target.name, "t")),
        _base_text(route, f),
        literal(policy(route, f)),
        _loses(route, f),
    ]


def _base_text(route: Route, f: Field) -> exp.Expr:
    branches = [
        (
            equal(plain("target_layout", "c"), number(layout_no)),
            element(plain("target_before", "c"), columns.index(f.target.name) + 1),
        )
        for layout_no, columns in sorted(route.target_layouts.items(), reverse=True)
        if f.target.name in columns
    ]
    return case(*branches, default=cast(exp.null(), "text"))


def settle(route: Route) -> exp.Expr:
    """Take back the writes that lost, and add those a person decided for."""
    assignments = []
    for f in shared(route):
        collided = _contains("c", "collided", f.no)
        branches = [
            (_contains("c", "won", f.no), _contains("c", "differing", f.no)),
            (any_of([_contains("c", "lost", f.no), all_of([collided, _loses(route, f)])]), exp.false()),
        ]
        if is_by_row(route):
            branches.append((collided.copy(), _contains("c", "differing", f.no)))
        assignments.append(equal(exp.column(f"d_{f.no}"), case(*branches, default=plain(f"d_{f.no}", "d"))))
    return exp.Update(
        this=working.decision(route),
        expressions=assignments,
        from_=exp.From(this=working.clash(route)),
        where=exp.Where(this=fragment("c.row_no = d.row_no")),
    )


def hand_over(route: Route) -> exp.Expr:
    """By row, where the other side wins: ask for its whole row ($1 mapping, $2 other side)."""
    insert = fragment(
        """
        INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, hop, captured_by)
        SELECT 1
        """
    )
    chosen = route.mapping.update_conflict
    loses = {
        "fail": exp.false(),
        "newest_wins": fragment("NOT c.source_is_newer"),
        f"{route.side}_wins": exp.false(),
    }.get(chosen, exp.true())
    body = (
        query(
            "SELECT $1, $2, s.target_key, 'request', :layout_no, s.hop, SESSION_USER",
            layout_no=number(route.target_layout),
        )
        .from_(working.clashing(route))
        .where(fragment("CARDINALITY(c.collided) > 0"), loses, copy=False)
    )
    insert.set("expression", body)
    return insert


def close(route: Route) -> exp.Expr:
    """Close conflicts that the winner's value has reached, or that have gone because both sides agree ($1 mapping)."""
    side = route.side
    update = fragment(
        """
        UPDATE sync.conflict AS q
        SET resolved_at = NOW(),
          resolution = CASE WHEN q.field_no = ANY(c.won) THEN :side ELSE 'equal' END,
          resolved_by = COALESCE(q.resolved_by, SESSION_USER)
        WHERE q.mapping_name = $1 AND q.resolved_at IS NULL AND q.field_no <> 0 AND :own_key = s.record_key
          AND (q.field_no = ANY(c.won) OR NOT (q.field_no = ANY(c.differing)))
        """,
        side=literal(side),
        own_key=plain(f"{side}_key", "q"),
    )
    update.set("from_", exp.From(this=working.clashing(route)))
    return update
