"""Match: which uncoupled rows of the two sides belong together by value, in joins that grow with the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from pysync.errors import MappingError
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
    coalesce,
    column,
    create_working_table,
    equal,
    fragment,
    is_null,
    literal,
    name,
    negated,
    not_null,
    number,
    plain,
    query,
    record_key,
    table_of,
    temp_table,
)
from pysync.statements.fit import coerced

# Rows of each side with their match values; couples found; agreements of one priority; rows with several partners.
TABLES = ("match_left", "match_right", "match_pair", "match_hit", "match_open")
SHOWN_CANDIDATES = 10
_HIT = "INSERT INTO pg_temp.match_hit (right_key, left_key, lefts, rights) SELECT 1"
_OPEN = "INSERT INTO pg_temp.match_open (side, record_key, priority, partners) SELECT 1"
_ASK = "INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by) SELECT 1"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A field to match by; `source` is the side whose value is transformed into the other side's."""

    field: Field
    priority: int
    source: Side

    @property
    def no(self) -> int:
        """Number of the field mapping."""
        return self.field.no

    @property
    def is_text(self) -> bool:
        """Whether values are compared as texts."""
        return self.field.target.category in ("S", "E") or not self.field.target.has_equality


# The fields of one priority that have a value on the left, and those that are blank there.
Shape = tuple[tuple[Criterion, ...], tuple[Criterion, ...]]


def criteria(routes: dict[Side, Route]) -> tuple[Criterion, ...]:
    """The fields a mapping is matched by, in order of priority. Raises MappingError when there are none."""
    mapping = routes[Side.LEFT].mapping
    found = []
    for row in mapping.fields:
        if row.match_priority is None or not row.is_enabled:
            continue
        bound = [(side, f) for side in Side for f in routes[side].fields if f.no == row.field_no and not f.is_constant]
        if not bound:
            raise MappingError(
                f"mapping {mapping.mapping_name}, field {row.field_no}: a constant, or a field that travels nowhere, "
                "cannot be matched by",
                hint="set its match_priority in sync.field_mapping to null",
            )
        side, field = bound[0]
        found.append(Criterion(field, row.match_priority, side))
    if not found:
        raise MappingError(
            f"mapping {mapping.mapping_name} has no field to match by",
            hint="set match_priority of the fields that must agree in sync.field_mapping",
        )
    return tuple(sorted(found, key=lambda c: (c.priority, c.no)))


_KEY = 'text collate "C"'
_RESULTS = {
    "match_pair": (("left_key", _KEY), ("right_key", _KEY), ("priority", "integer")),
    "match_hit": (("right_key", _KEY), ("left_key", _KEY), ("lefts", "bigint"), ("rights", "bigint")),
    "match_open": (("side", "text"), ("record_key", _KEY), ("priority", "integer"), ("partners", "bigint")),
}


def create_results() -> list[exp.Expr]:
    """Create the tables for what is found; stage() makes those for the rows."""
    return [create_working_table(table, columns) for table, columns in _RESULTS.items()]


def stage(route: Route, found: Sequence[Criterion]) -> exp.Expr:
    """Create the table of one side: uncoupled rows inside the filter of mapping $1, with their match values m_n.

    u_p says that a row has a value which cannot be translated: it agrees with nothing at priority p.
    """
    side = route.side
    rows = _rows(route, [c for c in found if c.source is side], [c for c in found if c.source is not side])
    body = exp.select(plain("record_key", "s")).from_(_as(rows, "s"))
    for c in found:
        if _is_translated(c, side):
            body = body.join(_translation(c, side), copy=False)
        body = body.select(aliased(_normal(c, side), f"m_{c.no}"), copy=False)
    for priority in priorities(found):
        lost = [_unresolved(c) for c in found if c.priority == priority and _is_translated(c, side)]
        body = body.select(aliased(any_of(lost), f"u_{priority}"), copy=False)
    create = fragment("CREATE TABLE pg_temp.t AS SELECT 1")
    create.set("this", temp_table(f"match_{side}"))
    create.set("expression", body)
    return create


def priorities(found: Sequence[Criterion]) -> list[int]:
    """The priorities in the order they are tried."""
    return sorted({c.priority for c in found})


def _rows(route: Route, own: list[Criterion], other: list[Criterion]) -> exp.Select:
    key = record_key([column(k.name, "s") for k in route.source.key])
    coupled = query(
        "SELECT 1 FROM sync.coupling AS c WHERE c.mapping_name = :mapping AND :own_key = :record_key",
        mapping=literal(route.name),
        own_key=plain(f"{route.side}_key", "c"),
        record_key=_in_c(key.copy()),
    )
    columns = [aliased(_in_c(key), "record_key")]
    columns += [aliased(c.field.value.copy(), f"x_{c.no}") for c in own]
    columns += [aliased(column(c.field.target.name, "s"), f"x_{c.no}") for c in other]
    within = coalesce(route.filter.copy(), exp.false()) if route.filter is not None else exp.true()
    keyed = all_of(not_null(column(k.name, "s")) for k in route.source.key)
    rows = exp.select(*columns).from_(table_of(route.source.table, "s"))
    return rows.where(within, keyed, negated(exp.Exists(this=coupled)), copy=False)


def _in_c(tree: exp.Expr) -> exp.Expr:
    return exp.Collate(this=tree, expression=name("C"))


def _is_translated(c: Criterion, side: Side) -> bool:
    return c.source is side and c.field.is_translated


def _translation(c: Criterion, side: Side) -> exp.Join:
    alias, row = f"r_{c.no}", c.field.mapping
    if row.reference:
        rows, scope, key = "SELECT 1 FROM sync.coupling AS c WHERE c.mapping_name = :scope", row.reference, "key"
    else:
        rows = "SELECT 1 FROM sync.option_mapping AS c WHERE c.option_set = :scope"
        scope, key = row.option_set or "", "value"
    columns = [aliased(plain(f"{side}_{key}", "c"), "given"), aliased(plain(f"{side.other}_{key}", "c"), "value")]
    select = query(rows, scope=literal(scope)).select(*columns, append=False, copy=False)
    collation = name("C" if row.reference else "default")
    value = exp.Collate(this=plain(f"x_{c.no}", "s"), expression=collation)
    return exp.Join(
        this=_as(select, alias),
        side="LEFT",
        on=equal(plain("given", alias), value),
    )


def _unresolved(c: Criterion) -> exp.Expr:
    return all_of([not_null(plain(f"x_{c.no}", "s")), is_null(plain("value", f"r_{c.no}"))])


def _normal(c: Criterion, side: Side) -> exp.Expr:
    """The value as it is compared; blank is null."""
    value: exp.Expr = plain("value", f"r_{c.no}") if _is_translated(c, side) else plain(f"x_{c.no}", "s")
    if not c.is_text:
        # Both sides in the type of the written side, so that 1.0 is 1.00.
        return cast(value, coerced(c.field.target))
    text = as_text(value)
    if not c.field.mapping.match_case_sensitive:
        folded = exp.Collate(this=text, expression=name("default"))
        text = exp.Lower(this=folded)
    text = _in_c(exp.paren(text))
    filled = fragment("BTRIM(:value) <> ''", value=text.copy())
    return case((filled, text))


def shapes(found: Sequence[Criterion], priority: int) -> exp.Expr:
    """Which combinations of filled and blank fields the left rows that are still alone have: arrays of booleans."""
    mine = [c for c in found if c.priority == priority]
    filled = [not_null(plain(f"m_{c.no}", "l")) for c in mine]
    rows = exp.select(aliased(array(filled, "boolean[]"), "filled")).distinct(copy=False)
    return rows.from_(temp_table("match_left", "l")).where(_alone(Side.LEFT), _translated(priority), copy=False)


def shape_of(found: Sequence[Criterion], priority: int, filled: Sequence[bool]) -> Shape:
    """The shape for a row of shapes()."""
    mine = [c for c in found if c.priority == priority]
    with_value = tuple(c for c, has in zip(mine, filled, strict=True) if has)
    return with_value, tuple(c for c in mine if c not in with_value)


def _translated(priority: int) -> exp.Expr:
    return negated(plain(f"u_{priority}", "l"))


def _has_shape(shape: Shape) -> exp.Expr:
    filled, blank = shape
    return all_of(
        [
            _translated(filled[0].priority),
            *(not_null(plain(f"m_{c.no}", "l")) for c in filled),
            *(is_null(plain(f"m_{c.no}", "l")) for c in blank),
        ]
    )


def _alone(side: Side) -> exp.Expr:
    """Not coupled in this run, for match_left `l` or match_right `r`."""
    alias = side.value[0]
    pair = query(
        "SELECT 1 FROM pg_temp.match_pair AS p WHERE :pair_key = :own_key",
        pair_key=plain(f"{side}_key", "p"),
        own_key=plain("record_key", alias),
    )
    return negated(exp.Exists(this=pair))


def _groups(side: Side, shape: Shape, alias: str) -> exp.Subquery:
    """The rows of a side that are alone, by their values: how many, and the first key."""
    inner = side.value[0]
    values = [plain(f"m_{c.no}", inner) for c in shape[0]]
    select = exp.select(*values).from_(temp_table(f"match_{side}", inner))
    select = select.select(
        aliased(exp.Min(this=plain("record_key", inner)), "record_key"), fragment("COUNT(*) AS members"), copy=False
    )
    conditions = [_alone(side)]
    if side is Side.LEFT:
        conditions.append(_has_shape(shape))
    else:
        conditions += [not_null(v.copy()) for v in values]
    select = select.where(*conditions, copy=False).group_by(*[v.copy() for v in values], copy=False)
    return _as(select, alias)


def _agree(shape: Shape, one: str, other: str) -> exp.Expr:
    return all_of(equal(plain(f"m_{c.no}", one), plain(f"m_{c.no}", other)) for c in shape[0])


def hits(shape: Shape) -> exp.Expr:
    """Note for each right row how many left rows of this shape agree with it, and how many right rows share its values.

    Groups are joined, never rows with rows: a value that a million rows have is still one group.
    """
    body = (
        exp.select(plain("record_key", "r"), plain("record_key", "a"), plain("members", "a"), plain("members", "b"))
        .from_(temp_table("match_right", "r"))
        .join(exp.Join(this=_groups(Side.LEFT, shape, "a"), on=_agree(shape, "a", "r")), copy=False)
        .join(exp.Join(this=_groups(Side.RIGHT, shape, "b"), on=_agree(shape, "b", "r")), copy=False)
    )
    return _insert(_HIT, body.where(_alone(Side.RIGHT), copy=False))


def pairs(priority: int) -> exp.Expr:
    """The agreements with exactly one row on either side become couples."""
    return fragment(
        """
        INSERT INTO pg_temp.match_pair (left_key, right_key, priority)
        SELECT MIN(h.left_key), h.right_key, :priority
        FROM pg_temp.match_hit AS h
        GROUP BY h.right_key
        HAVING SUM(h.lefts) = 1 AND MAX(h.rights) = 1
        """,
        priority=number(priority),
    )


def _insert(into: str, body: exp.Expr) -> exp.Expr:
    insert = fragment(into)
    insert.set("expression", body)
    return insert


def open_rows(side: Side, shape: Shape) -> exp.Expr:
    """Note the rows of a side that agree with somebody and are not coupled all the same."""
    own, other = side.value[0], side.other.value[0]
    body = (
        exp.select(literal(side), plain("record_key", own), number(shape[0][0].priority), plain("members", f"{other}g"))
        .from_(temp_table(f"match_{side}", own))
        .join(exp.Join(this=_groups(side.other, shape, f"{other}g"), on=_agree(shape, f"{other}g", own)), copy=False)
    )
    conditions = [_alone(side), _not_open(side)]
    if side is Side.LEFT:
        conditions.append(_has_shape(shape))
    return _insert(_OPEN, body.where(*conditions, copy=False))


def couple() -> exp.Expr:
    """Couple what was found ($1 mapping), but what somebody coupled meanwhile; in key order, as passes read them."""
    return fragment(
        "INSERT INTO sync.coupling (mapping_name, left_key, right_key)"
        " SELECT $1, p.left_key, p.right_key FROM pg_temp.match_pair AS p ORDER BY p.left_key ON CONFLICT DO NOTHING"
    )


def candidates(shape: Shape) -> exp.Expr:
    """Left rows of a shape that agree with several, at most $1, each with its values and some of its candidates."""
    filled = shape[0]
    values = array([as_text(plain(f"m_{c.no}", "l")) for c in filled])
    listed = exp.select(
        plain("record_key", "l"),
        aliased(plain("partners", "o"), "partners"),
        aliased(values, "shown"),
        *(plain(f"m_{c.no}", "l") for c in filled),
    )
    listed = (
        listed.from_(temp_table("match_open", "o"))
        .join(exp.Join(this=temp_table("match_left", "l"), on=fragment("l.record_key = o.record_key")), copy=False)
        .where(
            fragment("o.side = 'left' AND o.priority = :p", p=number(filled[0].priority)), _has_shape(shape), copy=False
        )
        .order_by(plain("record_key", "l"), copy=False)
        .limit(exp.Parameter(this=exp.Literal.number(1)), copy=False)
    )
    rank = fragment("ROW_NUMBER() OVER (PARTITION BY x ORDER BY r.record_key)")
    rank.set("partition_by", [plain(f"m_{c.no}", "r") for c in filled])
    ranked = exp.select(plain("record_key", "r"), aliased(rank, "n"), *(plain(f"m_{c.no}", "r") for c in filled))
    ranked = ranked.from_(temp_table("match_right", "r")).where(_alone(Side.RIGHT), copy=False)
    return (
        query("SELECT o.record_key, o.partners, o.shown, ARRAY_AGG(c.record_key ORDER BY c.record_key)")
        .from_(_as(listed, "o"))
        .join(
            exp.Join(
                this=_as(ranked, "c"),
                on=all_of(
                    [exp.LTE(this=plain("n", "c"), expression=number(SHOWN_CANDIDATES)), _agree(shape, "c", "o")]
                ),
            ),
            copy=False,
        )
        .group_by(plain("record_key", "o"), plain("partners", "o"), plain("shown", "o"), copy=False)
        .order_by(plain("record_key", "o"), copy=False)
    )


def unmatched(side: Side) -> exp.Select:
    """Keys of the rows of a side that agree with nobody."""
    alias = side.value[0]
    rows = exp.select(plain("record_key", alias)).from_(temp_table(f"match_{side}", alias))
    return rows.where(_alone(side), _not_open(side), copy=False)


def _not_open(side: Side) -> exp.Expr:
    noted = query(
        "SELECT 1 FROM pg_temp.match_open AS o WHERE o.side = :side AND o.record_key = :own_key",
        side=literal(side),
        own_key=plain("record_key", side.value[0]),
    )
    return negated(exp.Exists(this=noted))


def counted(rows: exp.Select) -> exp.Expr:
    """How many rows a select gives."""
    return exp.select(exp.Count(this=exp.Star())).from_(_as(rows, "x"))


def first(rows: exp.Select) -> exp.Expr:
    """The first $1 keys a select gives."""
    return rows.order_by(exp.Literal.number(1)).limit(exp.Parameter(this=exp.Literal.number(1)))


def ask_unmatched(side: Side) -> exp.Expr:
    """Ask for new rows ($1 mapping, $2 side) on the other side."""
    return _ask(unmatched(side), "record_key", side, "create")


def ask_matched(side: Side, operation: str) -> exp.Expr:
    """Ask for the rows just coupled ($1 mapping, $2 side) to be synchronised."""
    return _ask(query("SELECT p.left_key, p.right_key FROM pg_temp.match_pair AS p"), f"{side}_key", side, operation)


def _ask(rows: exp.Select, key: str, side: Side, operation: str) -> exp.Expr:
    # One layout for all rows: the function is not called for each.
    body = query(
        "SELECT $1, $2, :key, :operation, (SELECT sync_private.newest_layout($1, $2)), SESSION_USER",
        key=plain(key, "k"),
        operation=literal(operation),
    )
    return _insert(_ASK, body.from_(_as(rows, "k")))


def _as(rows: exp.Select, alias: str) -> exp.Subquery:
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(alias)))
