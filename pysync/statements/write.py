"""Write: update and insert target rows from the stage, and note what the target's own triggers made of them."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column
from pysync.route import Field, Route
from pysync.statements import (
    OverridingSystemValue,
    aliased,
    all_of,
    any_of,
    array,
    as_text,
    case,
    cast,
    coalesce,
    column,
    distinct,
    element,
    equal,
    fenced,
    fragment,
    is_blank,
    lateral,
    literal,
    name,
    negated,
    number,
    plain,
    query,
    record_key,
    table_of,
    working,
)
from pysync.statements.decide import is_of, is_target, sent_text, takes_image, written_any
from pysync.statements.fit import coerced, column_default


def update(route: Route, fields: tuple[Field, ...]) -> exp.Expr:
    """Write the changed fields of one hop count ($1); each row keeps what is not its own change."""
    tree = exp.Update(
        this=table_of(route.target.table, "t"),
        expressions=[
            equal(
                exp.column(name(f.target.name)),
                case((plain(f"d_{f.no}", "d"), plain(f"v_{f.no}", "s")), default=column(f.target.name, "t")),
            )
            for f in fields
        ],
        from_=exp.From(this=working.decided(route)),
        where=exp.Where(
            this=all_of(
                [
                    is_target(route),
                    written_any(route, fields),
                    is_of(route, "update", "s.hop = $1"),
                ]
            )
        ),
    )
    if not takes_image(route):
        return tree
    tree.set("returning", exp.Returning(expressions=[plain("row_no", "s"), *_image_columns(route)]))
    sent = [_sent_on_update(route, fields, c, i) for i, c in enumerate(_watched(route), 1)]
    return _noting(route, tree, sent)


def insert(route: Route) -> exp.Expr:
    """Create the rows of one hop count ($1)."""
    columns = _insert_columns(route)
    body: exp.Expr = (
        exp.select(*[tree for _, tree in columns])
        .from_(working.stage(route))
        .where(fragment("s.disposition = 'insert' AND s.hop = $1"), copy=False)
        .order_by(plain("row_no", "s"), copy=False)
    )
    if any(k.identity == "a" for k in route.target.key):
        body = OverridingSystemValue(this=body)
    tree = exp.Insert(
        this=exp.Schema(this=table_of(route.target.table, "t"), expressions=[name(c) for c, _ in columns]),
        expression=body,
    )
    if not notes_inserts(route):
        return tree
    keys = record_key([column(k.name, "t") for k in route.target.key])
    answered = [
        aliased(any_of(negated(is_blank(column(c.name, "t"))) for c in a.given), f"a_{a.no}") for a in route.answers
    ]
    tree.set(
        "returning",
        exp.Returning(expressions=[exp.alias_(keys, "target_key", copy=False), *_image_columns(route), *answered]),
    )
    given = dict(columns)
    sent = [_sent_on_insert(route, given, c) for c in _watched(route)] if route.target.table.has_before_insert else None
    return _noting(route, tree, sent, inserted=True)


def hand_on(route: Route) -> exp.Expr:
    """Date what other mappings have just noted of these writes back to the change it came from ($1 mapping).

    Else of two edits on their way through one table the later one of the pass would win, not the newer one.
    """
    rows = [exp.Tuple(expressions=[literal(name), literal(side)]) for name, side in route.hearers]
    noted = query(
        """
        SELECT w.ctid AS position FROM sync.outbox AS w
        WHERE w.mapping_name = v.mapping_name AND w.side = v.side AND w.record_key = s.target_key
          AND w.xid = PG_CURRENT_XACT_ID() AND w.origin = $1
        """
    )
    streams = query("SELECT 1 FROM z CROSS JOIN (VALUES (1)) AS v(mapping_name, side)").args["joins"][0]
    values = streams.find(exp.Values)
    assert values is not None
    values.set("expressions", rows)
    written = working.stage(route)
    written.set("joins", [streams, lateral(fenced(noted), "w")])
    update = fragment(
        """
        UPDATE sync.outbox AS o SET captured_at = s.captured_at
        WHERE o.ctid = w.position AND s.disposition IN ('update', 'insert', 'gone')
        """
    )
    update.set("from_", exp.From(this=written))
    return update


def _insert_columns(route: Route) -> list[tuple[str, exp.Expr]]:
    """Columns of a new row: its key, its fields, and the insert defaults, which override the fields."""
    values: dict[str, exp.Expr] = {}
    for f in route.inserted():
        given = plain(f"v_{f.no}", "s")
        values[f.target.name] = given if f.condition is None else _if_it_travels(route, f, given)
    for i, d in enumerate(route.defaults, 1):
        given = plain(f"i_{i}", "s")
        earlier = values.get(d.target.name)
        values[d.target.name] = coalesce(given, earlier) if earlier is not None else _or_default(d.target, given)
    for i, key in enumerate(route.target.key, 1):
        values[key.name] = plain(f"k_{i}", "s")
    return list(values.items())


def _if_it_travels(route: Route, f: Field, given: exp.Expr) -> exp.Expr:
    default = column_default(f.target, route.target.table)
    return case((plain(f"c_{f.no}", "s"), given), default=default if default is not None else exp.null())


def _or_default(found: Column, tree: exp.Expr) -> exp.Expr:
    return coalesce(tree, cast(fragment(found.default), found.base_type)) if found.default else tree


def _watched(route: Route) -> tuple[str, ...]:
    return route.target_layouts.get(route.target_layout, ())


def notes_inserts(route: Route) -> bool:
    """Whether a new row may have something to say: its own triggers changed it, or only its side sends some field."""
    return bool(_watched(route)) and (route.target.table.has_before_insert or bool(route.answers))


def _image_columns(route: Route) -> list[exp.Expr]:
    columns = [as_text(column(c, "t")) for c in _watched(route)]
    return [exp.alias_(array(columns), "written", copy=False)]


def _sent_on_update(route: Route, fields: tuple[Field, ...], watched: str, position: int) -> exp.Expr:
    old = element(plain("image", "d"), position)
    for f in fields:
        if f.target.name == watched:
            return case((plain(f"d_{f.no}", "d"), sent_text(f)), default=old)
    return old


def _sent_on_insert(route: Route, given: dict[str, exp.Expr], watched: str) -> exp.Expr:
    found = route.target.table.column(watched)
    if watched in given and found is not None:
        return as_text(cast(given[watched].copy(), coerced(found)))
    default = column_default(found, route.target.table) if found is not None and not found.identity else None
    return as_text(default) if default is not None else exp.null()


def _noting(route: Route, tree: exp.Expr, sent: list[exp.Expr] | None, *, inserted: bool = False) -> exp.Expr:
    """Wrap a write: a row that came out otherwise than sent is a change of the target's own.

    So is what a new row has of its own, defaults say, where only its side sends the field and the source is blank. The
    entry is an `insert` with a base then: the next pass from there fills the blanks, and overwrites nothing by it.
    """
    if inserted:
        body = query("SELECT 1 FROM w").join(
            exp.Join(
                this=working.stage(route), on=fragment("s.target_key = w.target_key AND s.disposition = 'insert'")
            ),
            copy=False,
        )
    else:
        body = (
            query("SELECT 1 FROM w")
            .join(exp.Join(this=working.stage(route), on=fragment("s.row_no = w.row_no")), copy=False)
            .join(exp.Join(this=working.decision(route), on=fragment("d.row_no = w.row_no")), copy=False)
        )
    before = array(sent) if sent is not None else plain("written", "w")
    spoken = [distinct(plain("written", "w"), before.copy())] if sent is not None else []
    answers = route.answers if inserted else ()
    spoken += [all_of([plain(f"o_{a.no}", "s"), plain(f"a_{a.no}", "w")]) for a in answers]
    body = body.select(
        literal(route.name),
        literal(route.side.other.value),
        plain("target_key", "s"),
        literal("insert" if answers else "update"),
        number(route.target_layout),
        before,
        fragment("CAST(s.hop + 1 AS SMALLINT)"),
        fragment("SESSION_USER"),
        append=False,
        copy=False,
    ).where(any_of(spoken), copy=False)
    columns = ("mapping_name", "side", "record_key", "operation", "layout_no", "before", "hop", "captured_by")
    noted = exp.Insert(
        this=exp.Schema(this=exp.table_("outbox", db="sync"), expressions=[exp.to_identifier(c) for c in columns]),
        expression=body,
        returning=exp.Returning(expressions=[fragment("1")]),
    )
    final = query("SELECT (SELECT COUNT(*) FROM w) AS records, (SELECT COUNT(*) FROM noted) AS noted")
    return final.with_("w", as_=tree, copy=False).with_("noted", as_=noted, copy=False)
