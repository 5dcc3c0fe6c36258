"""Claim and extract: the entries of a key range become stage rows, with what changed in each record."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column
from pysync.route import Field, Route, coerced
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    as_text,
    case,
    cast,
    coalesce,
    column,
    create_working_table,
    distinct,
    element,
    fenced,
    fragment,
    key_match,
    lateral,
    name,
    number,
    plain,
    query,
    record_key,
    resolve,
    table_of,
    temp_table,
)

# Parameters of the claim, by position.
PARAMETERS = ("mapping", "side", "first_key", "last_key", "ignore_base", "with_deletes")

_FIXED = (
    ("row_no", "integer"),
    ("record_key", 'text collate "C"'),
    ("target_key", 'text collate "C"'),
    ("disposition", "text"),
    ("message", "text"),
    ("waits_for_mapping", "text"),
    ("waits_for_key", "text"),
    ("later_mapping", "text"),
    ("later_key", "text"),
    ("later_before", "text[]"),
    ("is_forced", "boolean"),
    ("operation", "text"),
    ("asked", "text"),
    ("layout_no", "integer"),
    ("before", "text[]"),
    ("origin", "text"),
    ("hop", "smallint"),
    ("entry_id", "bigint"),
    ("captured_at", "timestamptz"),
    ("captured_by", "text"),
    ("modified_at", "timestamptz"),
    ("attempts", "integer"),
    ("parked_at", "timestamptz"),
)


def create_stage(route: Route) -> exp.Expr:
    """The stage: fixed columns, then k_n (new key), v_n (value), c_n (changed) and i_n (insert default)."""
    columns = list(_FIXED)
    columns += [(f"k_{i}", k.base_type) for i, k in enumerate(route.target.key, 1)]
    for f in route.fields:
        columns += [(f"v_{f.no}", coerced(f.target)), (f"c_{f.no}", "boolean")]
    columns += [(f"i_{i}", coerced(d.target)) for i, d in enumerate(route.defaults, 1)]
    return create_working_table(route.working("stage"), columns)


def claim(route: Route) -> exp.Expr:
    """Take the entries of a key range out of the outbox, one row per record, and stage what they mean."""
    body = (
        query(_ENTRY)
        .select(append=False)
        .join(lateral(_source_row(route), "s", outer=True), copy=False)
        .join(lateral(_coupling(route), "k", outer=True), copy=False)
        .join(lateral(_base_row(route), "b"), copy=False)
        .join(lateral(_facts(route), "f"), copy=False)
        .join(lateral(_values(route), "x"), copy=False)
    )
    for f in route.fields:
        if f.is_translated:
            body = body.join(lateral(resolve.translation(route, f), f"r_{f.no}", outer=True), copy=False)
    body = body.join(lateral(resolve.new_key(route), "n"), copy=False)
    body = body.join(lateral(resolve.dispositions(route), "d"), copy=False)
    selected = _selected(route)
    body = body.select(*[tree for _, tree in selected], append=False, copy=False)
    insert = exp.Insert(
        this=exp.Schema(
            this=temp_table(route.working("stage")),
            expressions=[exp.to_identifier(text) for text, _ in selected],
        ),
        expression=body,
    )
    insert.set("with_", fragment(_CLAIM + " SELECT 1").args["with_"])
    return insert


# A key that changed since the stream was prepared names another row now, or none: its entries wait for that.
_CLAIM = """
WITH renamed AS (
  SELECT k.key FROM sync.outbox AS r
  CROSS JOIN LATERAL (VALUES (r.record_key), (r.new_key)) AS k(key)
  WHERE r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL
), claimed AS (
  DELETE FROM sync.outbox AS o
  WHERE o.mapping_name = $1 AND o.side = $2 AND o.record_key >= $3 AND o.record_key <= $4
    AND ($6 OR o.operation <> 'delete') AND o.operation <> 'truncate' AND o.operation <> 'rekey'
    AND NOT o.record_key IN (SELECT v.key FROM renamed AS v)
  RETURNING o.record_key, o.entry_id, o.operation, o.layout_no, o.before, o.origin, o.hop,
    o.captured_at, o.captured_by
), unparked AS (
  DELETE FROM sync.parked AS p
  WHERE p.mapping_name = $1 AND p.side = $2 AND p.record_key >= $3 AND p.record_key <= $4
    AND EXISTS(SELECT 1 FROM claimed AS c WHERE c.record_key = p.record_key)
  RETURNING p.record_key, p.entry_id, p.operation, p.layout_no, p.before, p.origin, p.hop,
    p.captured_at, p.captured_by, p.attempts, p.parked_at
), waiting AS (
  SELECT c.*, 0 AS attempts, CAST(NULL AS TIMESTAMPTZ) AS parked_at FROM claimed AS c
  UNION ALL
  SELECT u.* FROM unparked AS u
), entry AS (
  SELECT DISTINCT ON (w.record_key)
    w.record_key, w.entry_id, w.operation, w.layout_no, w.before, w.origin, w.captured_by,
    MAX(w.hop) OVER record AS hop,
    MAX(w.captured_at) OVER record AS captured_at,
    MAX(w.attempts) OVER record AS attempts,
    MAX(w.parked_at) OVER record AS parked_at,
    BOOL_OR(w.operation = 'request') OVER record AS is_forced,
    BOOL_OR(w.operation IN ('request', 'couple', 'restore', 'create')) OVER record AS is_asked,
    BOOL_OR(w.operation IN ('restore', 'create')) OVER record AS is_created,
    BOOL_OR(w.operation = 'retry') OVER record AS is_retried,
    MAX(CASE WHEN w.operation IN ('request', 'couple', 'restore', 'create') THEN w.operation END) OVER record AS asked
  FROM waiting AS w
  WINDOW record AS (PARTITION BY w.record_key)
  ORDER BY w.record_key, w.operation = 'retry', w.entry_id
)
"""
_ENTRY = "SELECT 1 FROM entry AS e"


def _source_row(route: Route) -> exp.Select:
    """The row as it is now, looked up by key."""
    select = exp.select(fragment("TRUE AS is_present"), *(column(c.name, "s") for c in route.source_columns))
    select = select.from_(table_of(route.source.table, "s")).where(
        key_match(route.source, "s", plain("record_key", "e")), copy=False
    )
    return fenced(select)


def _coupling(route: Route) -> exp.Select:
    side, other = route.side, route.side.other
    return fenced(
        query("SELECT c.is_skipped FROM sync.coupling AS c WHERE c.mapping_name = $1")
        .select(aliased(plain(f"{other}_key", "c"), "target_key"))
        .where(exp.EQ(this=plain(f"{side}_key", "c"), expression=plain("record_key", "e")), copy=False)
    )


def _base_row(route: Route) -> exp.Select:
    """The watched columns as they were when last in step; a column the layout lacks counts as unchanged."""
    columns = [exp.alias_(_base_column(route, c), name(c.name), copy=False) for c in route.source_columns]
    return exp.select(*columns, fragment("1 AS is_base"))


def _base_column(route: Route, found: Column) -> exp.Expr:
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    for layout_no, columns in sorted(route.source_layouts.items(), reverse=True):
        if found.name in columns:
            old: exp.Expr = cast(element(plain("before", "e"), columns.index(found.name) + 1), found.base_type)
        else:
            old = column(found.name, "s")
        branches.append((exp.EQ(this=plain("layout_no", "e"), expression=number(layout_no)), old))
    if len(branches) == 1:
        return branches[0][1]
    return case(*branches, default=column(found.name, "s"))


def _facts(route: Route) -> exp.Select:
    """in_filter, was_in_filter; is_whole: every field counts as changed; has_base: values tell which did."""
    within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
    known = fragment("e.before IS NOT NULL AND NOT $5")
    if route.filter_base is not None:
        was = case((known, coalesce(route.filter_base.copy(), exp.false())), default=exp.true())
    else:
        was = exp.true()
    unknown = fragment("(e.before IS NULL AND e.operation <> 'retry') OR $5 OR e.is_asked OR k.target_key IS NULL")
    whole = any_of([exp.paren(unknown), exp.Not(this=exp.paren(was.copy()))]) if route.filter else exp.paren(unknown)
    return fenced(
        exp.select(
            aliased(within, "in_filter"),
            aliased(was, "was_in_filter"),
            aliased(all_of([fragment("s.is_present"), whole]), "is_whole"),
            fragment("s.is_present AND e.before IS NOT NULL AS has_base"),
        )
    )


def _values(route: Route) -> exp.Select:
    """Per field: x_n the value before translation, y_n whether it changed."""
    columns: list[exp.Expr] = [exp.alias_(number(1), "one")]
    for f in route.fields:
        columns += [aliased(f.value.copy(), f"x_{f.no}"), aliased(_changed(f), f"y_{f.no}")]
    select = exp.select(*columns)
    return fenced(select)


def _changed(f: Field) -> exp.Expr:
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    if f.mapping.write_on == "insert":
        branches.append((fragment("k.target_key IS NOT NULL"), exp.false()))
    elif f.mapping.write_on == "update":
        branches.append((fragment("k.target_key IS NULL"), exp.false()))
    branches.append((fragment("f.is_whole"), exp.true()))
    if f.is_constant:
        return case(*branches, default=exp.false())
    now, then = f.value.copy(), f.base.copy()
    if f.compare_as_text and not f.is_translated:
        now, then = as_text(now), as_text(then)
    branches.append((fragment("f.has_base"), distinct(exp.paren(now), exp.paren(then))))
    return case(*branches, default=exp.false())


def _selected(route: Route) -> list[tuple[str, exp.Expr]]:
    new_keys = [plain(f"k_{i}", "n") for i in range(1, len(route.target.key) + 1)]
    created = case((fragment("d.disposition = 'insert'"), record_key(new_keys)))
    result: list[tuple[str, exp.Expr]] = [
        ("row_no", fragment("CAST(ROW_NUMBER() OVER () AS INT)")),
        ("record_key", plain("record_key", "e")),
        ("target_key", coalesce(plain("target_key", "k"), created)),
    ]
    for text in ("disposition", "message", "waits_for_mapping", "waits_for_key"):
        result.append((text, plain(text, "d")))
    result += [(text, plain(text, "d")) for text in ("later_mapping", "later_key", "later_before")]
    for text in ("is_forced", "operation", "asked", "layout_no", "before", "origin", "hop", "entry_id", "captured_at"):
        result.append((text, plain(text, "e")))
    modified = route.modified_at.copy() if route.modified_at is not None else exp.null()
    result += [
        ("captured_by", plain("captured_by", "e")),
        ("modified_at", coalesce(cast(modified, "timestamptz"), plain("captured_at", "e"))),
        ("attempts", plain("attempts", "e")),
        ("parked_at", plain("parked_at", "e")),
    ]
    result += [(f"k_{i}", plain(f"k_{i}", "n")) for i in range(1, len(route.target.key) + 1)]
    for f in route.fields:
        result += [(f"v_{f.no}", resolve.value(f)), (f"c_{f.no}", resolve.travels(f))]
    result += [
        (f"i_{i}", case((fragment("d.disposition = 'insert'"), d.value.copy())))
        for i, d in enumerate(route.defaults, 1)
    ]
    return result
