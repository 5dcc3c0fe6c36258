"""Lock and classify: hold the target rows, and decide field by field what is written."""

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
    column,
    create_working_table,
    differing,
    equal,
    fragment,
    is_blank,
    key_match,
    lateral,
    literal,
    negated,
    plain,
    query,
    table_of,
    temp_table,
    working,
)
from pysync.statements.fit import coerced
from pysync.statements.resolve import born


def create_decision(route: Route) -> exp.Expr:
    """One row per target row that is held: d_n: field n is written; e_n: it changed to what is there already."""
    columns = [("row_no", "integer primary key"), ("target_tid", "tid"), ("image", "text[]")]
    columns += [(f"d_{f.no}", "boolean") for f in route.written()]
    columns += [(f"e_{f.no}", "boolean") for f in agreed(route)]
    return create_working_table(route.working("decision"), columns)


def lock(route: Route) -> exp.Expr:
    """Hold the target rows that nobody else holds; a field is written if it changed and differs.

    A row that an application holds is passed over, never waited for. The rows of some views cannot be held: their own
    triggers see to that.
    """
    position = plain("ctid", "t") if has_position(route) else cast(exp.null(), "tid")
    target = exp.select(aliased(position, "target_tid"), *(column(c.name, "t") for c in _needed(route))).from_(
        table_of(route.target.table, "t")
    )
    target = target.where(key_match(route.target, "t", plain("target_key", "s")), copy=False)
    keys = {k.name for k in route.target.key}
    moves_key = any(f.target.name in keys for f in route.written())
    if route.target.table.is_lockable:
        target.set("locks", [exp.Lock(update=True, key=None if moves_key else True, wait=False)])
    columns = [
        ("row_no", plain("row_no", "s")),
        ("target_tid", plain("target_tid", "t")),
        ("image", image(route)),
    ]
    columns += [(f"d_{f.no}", all_of([_is_sent(f), differs(f)])) for f in route.written()]
    columns += [(f"e_{f.no}", all_of([plain(f"c_{f.no}", "s"), negated(differs(f))])) for f in agreed(route)]
    body = (
        exp.select(*[tree for _, tree in columns])
        .from_(working.stage(route))
        .join(lateral(target, "t"), copy=False)
        .where(fragment("s.disposition IN ('update', 'gone')"), _keeps_its_key(route), copy=False)
    )
    return insert_into(route.working("decision"), [text for text, _ in columns], body)


def agreed(route: Route) -> tuple[Field, ...]:
    """Fields both sides may write that come back otherwise than they went: where both sides agree, nothing must."""
    return tuple(f for f in route.written() if route.shares and f.is_shared and not f.is_copied)


def _is_sent(f: Field) -> exp.Expr:
    """The field changed; or the row was born by a pass, only its side sends the field, and it fills a blank."""
    changed = plain(f"c_{f.no}", "s")
    if not f.is_answer:
        return changed
    fills = [born("s"), is_blank(column(f.target.name, "t")), negated(is_blank(plain(f"v_{f.no}", "s")))]
    return any_of([changed, all_of(fills)])


def has_position(route: Route) -> bool:
    """Whether a held target row can be found again by its position: not in a view or in one of several tables."""
    return route.target.table.kind == "r" and not route.target.table.has_children


def is_target(route: Route) -> exp.Expr:
    """Condition that `t` is the target row held for decision row `d` of stage row `s`."""
    if has_position(route):
        return equal(plain("ctid", "t"), plain("target_tid", "d"))
    return key_match(route.target, "t", plain("target_key", "s"))


def is_of(route: Route, disposition: str, condition: str = "TRUE") -> exp.Expr:
    """Condition that stage row `s` has the disposition, and the other one holds.

    As a CASE: of an equality the planner would believe that it leaves a row or two, and look up the decision of each,
    where joining all in order costs half. Not where the target row is looked up by key: it would read the whole table.
    """
    tree = "CASE WHEN s.disposition = :disposition THEN :condition END"
    if not has_position(route):
        tree = "s.disposition = :disposition AND :condition"
    return fragment(tree, disposition=literal(disposition), condition=fragment(condition))


def insert_into(table: str, columns: list[str], body: exp.Expr) -> exp.Insert:
    """`INSERT INTO` a working table."""
    return exp.Insert(
        this=exp.Schema(this=temp_table(table), expressions=[exp.to_identifier(c) for c in columns]),
        expression=body,
    )


def differs(f: Field) -> exp.Expr:
    """Whether the target's value is another than the one that arrives."""
    return differing(f.target, column(f.target.name, "t"), plain(f"v_{f.no}", "s"))


def _needed(route: Route) -> list[Column]:
    """Target columns the decision looks at."""
    wanted = {f.target.name for f in route.written()} | {k.name for k in route.target.key}
    if takes_image(route):
        wanted |= set(route.target_layouts[route.target_layout])
    return [c for c in route.target.table.columns if c.name in wanted]


def takes_image(route: Route) -> bool:
    """Whether the target's own triggers may change what is written, so that the row before is needed."""
    table = route.target.table
    watched = route.target_layouts.get(route.target_layout, ())
    computed = any(c.is_generated and c.name in watched for c in table.columns)
    return bool(watched) and (table.has_before_update or computed)


def image(route: Route) -> exp.Expr:
    """The target row's watched columns as text."""
    if not takes_image(route):
        return fragment("CAST(NULL AS TEXT[])")
    return array([as_text(column(c, "t")) for c in route.target_layouts[route.target_layout]])


def sort_out(route: Route) -> exp.Expr:
    """Records whose target row could not be held: somebody holds it, or it is not there."""
    there = exp.Exists(
        this=exp.select(exp.Literal.number(1))
        .from_(table_of(route.target.table, "t"))
        .where(key_match(route.target, "t", plain("target_key", "s")), copy=False)
    )
    update = exp.Update(
        this=working.stage(route),
        expressions=[
            equal(
                exp.column("disposition"),
                case(
                    (any_of([there, _renamed(route)]), literal("held")),
                    (fragment("s.disposition = 'gone'"), literal("leave")),
                    default=literal("missing"),
                ),
            ),
            equal(
                exp.column("message"),
                fragment("'the record is coupled to ' || s.target_key || ', which is deleted'"),
            ),
        ],
        where=exp.Where(this=all_of([fragment("s.disposition IN ('update', 'gone')"), _undecided(route)])),
    )
    return update


def _renamed(route: Route) -> exp.Expr:
    """Whether the target row has a new key that its coupling is yet to follow."""
    return fragment(
        """
        EXISTS(SELECT 1 FROM sync.outbox AS o
          WHERE o.mapping_name = :mapping AND o.side = :side AND o.record_key = s.target_key AND NOT o.new_key IS NULL)
        """,
        mapping=literal(route.name),
        side=literal(route.side.other),
    )


def _keeps_its_key(route: Route) -> exp.Expr:
    """Whether no change of the target's key waits: under the old one there may be another row by now."""
    return fragment(
        """
        NOT s.target_key IN (SELECT o.record_key FROM sync.outbox AS o
          WHERE o.mapping_name = :mapping AND o.side = :side AND NOT o.new_key IS NULL)
        """,
        mapping=literal(route.name),
        side=literal(route.side.other),
    )


def _undecided(route: Route) -> exp.Expr:
    return exp.Not(
        this=exp.Exists(
            this=query("SELECT 1 FROM d")
            .from_(working.decision(route))
            .where(fragment("d.row_no = s.row_no"), copy=False)
        )
    )


def written_any(route: Route, fields: tuple[Field, ...] | None = None) -> exp.Expr:
    """Whether any field of the decision row `d` is written."""
    return any_of(plain(f"d_{f.no}", "d") for f in (route.written() if fields is None else fields))


def summary(route: Route) -> exp.Expr:
    """What is to be done: per disposition and hop count, records, and which fields are written."""
    columns = [
        plain("disposition", "s"),
        plain("hop", "s"),
        fragment("COUNT(*) AS records"),
        fragment("COUNT(*) FILTER(WHERE d.row_no IS NULL) AS undecided"),
        aliased(exp.Filter(this=fragment("COUNT(*)"), expression=exp.Where(this=written_any(route))), "written"),
        fragment("COUNT(*) FILTER(WHERE NOT s.later_mapping IS NULL) AS later"),
    ]
    flags = [
        exp.Anonymous(this="COALESCE", expressions=[exp.LogicalOr(this=plain(f"d_{f.no}", "d")), exp.false()])
        for f in route.written()
    ]
    columns.append(
        aliased(
            exp.Array(expressions=flags, bracket_notation=True) if flags else fragment("CAST('{}' AS BOOLEAN[])"),
            "fields",
        )
    )
    return (
        exp.select(*columns)
        .from_(working.stage(route))
        .join(
            exp.Join(this=working.decision(route), side="LEFT", on=fragment("d.row_no = s.row_no")),
            copy=False,
        )
        .group_by(plain("disposition", "s"), plain("hop", "s"), copy=False)
    )


def sent_text(f: Field) -> exp.Expr:
    """The value sent, as the text the column shows it by."""
    return as_text(cast(plain(f"v_{f.no}", "s"), coerced(f.target)))
