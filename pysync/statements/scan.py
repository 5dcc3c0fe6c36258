"""Scan: the source table read by key range becomes stage rows, as if every row had been asked for, without an entry."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from pysync.model import Side, TableMapping
from pysync.route import Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    case,
    coalesce,
    collated,
    column,
    element,
    exists,
    fenced,
    fragment,
    key_values,
    lateral,
    literal,
    name,
    negated,
    not_null,
    number,
    parameter,
    plain,
    query,
    read,
    record_key,
    resolve,
    table_of,
    working,
)

# Parameters, by position.
RANGE_PARAMETERS = ("mapping", "side", "first_key", "last_key")
PARAMETERS = (*RANGE_PARAMETERS, "least", "greatest")


def page_parameters(is_first: bool) -> tuple[str, ...]:
    """What page() binds."""
    return ("limit",) if is_first else ("limit", "after")


def page(route: Route, *, is_first: bool) -> exp.Expr:
    """First key, last key and number of the next $1 rows in the order of the key, after the key $2 if not the first.

    Then the least and the greatest of the keys as texts, which need not be in that order. No row when there are none.
    """
    key = exp.Collate(this=record_key(_keys(route)), expression=name("C"))
    rows = exp.select(aliased(key, "record_key")).from_(table_of(route.source.table, "s"))
    rows = rows.where(_has_key(route), copy=False)
    if not is_first:
        rows = rows.where(_beyond(route, exp.GT, parameter(2)), copy=False)
    rows = rows.order_by(*_keys(route), copy=False)
    rows.set("limit", exp.Limit(expression=parameter(1)))
    found = exp.paren(fragment("ARRAY_AGG(x.record_key)"))
    last = exp.Bracket(this=found.copy(), expressions=[fragment("COUNT(*)")], offset=1)
    return query(
        """
        SELECT :first AS first_key, :last AS last_key, COUNT(*) AS records, MIN(x.record_key) AS least,
          MAX(x.record_key) AS greatest
        FROM :page AS x HAVING COUNT(*) > 0
        """,
        first=element(found, 1),
        last=last,
        page=exp.Subquery(this=rows),
    )


def scan(route: Route) -> exp.Expr:
    """Stage the rows from the key $3 to the key $4 as if each had been asked for by `create`.

    $5 and $6 are the least and the greatest of their record keys, as far as known: where no couple lies between them,
    none is looked up. A row with changes or a parked record of its own gets the disposition `ask`: only the claim
    knows its base.
    """
    body = (
        exp.select()
        .from_(exp.Subquery(this=_source_rows(route), alias=exp.TableAlias(this=exp.to_identifier("s"))))
        .join(lateral(_record(route), "e"), copy=False)
        .join(lateral(_coupling(route), "k", outer=True), copy=False)
        .join(lateral(_facts(route), "f"), copy=False)
        .join(lateral(_values(route), "x"), copy=False)
    )
    for f in route.fields:
        if f.is_translated:
            body = body.join(lateral(resolve.translation(route, f), f"r_{f.no}", outer=True), copy=False)
    body = body.join(lateral(resolve.new_key(route), "n"), copy=False)
    body = body.join(lateral(resolve.dispositions(route, plain("is_waiting", "e")), "d"), copy=False)
    if _follows(route):
        body = body.where(_looked_along(route), copy=False)
    if not _creates(route):
        body = body.where(fragment("k.target_key IS NOT NULL"), copy=False)
    return read.into_stage(route, body.order_by(*_keys(route), copy=False))


def leading(mapping: TableMapping) -> Side:
    """The side whose values couples take: the left, unless the right wins conflicts or is the only source."""
    side = Side.RIGHT if mapping.update_conflict == "right_wins" else Side.LEFT
    return side if side in mapping.sources() else mapping.sources()[0]


def in_turn(mapping: TableMapping) -> list[Side]:
    """The sides a full synchronisation scans: the leading one first, or it would look at what it has just created."""
    lead = leading(mapping)
    return [side for side in (lead, lead.other) if side in mapping.sources()]


def _follows(route: Route) -> bool:
    """Whether couples are looked at from the other side, and from here only for what the other side cannot send."""
    return route.side is not leading(route.mapping)


def _looked_along(route: Route) -> exp.Expr:
    """Rows of the side that follows: the uncoupled ones, and couples of which it alone sends a field.

    Not a couple with changes of its own, for they are on their way. Not a row that a pass created: what was not sent
    to it is blank, and would blank the other side.
    """
    uncoupled = fragment("k.target_key IS NULL")
    if not route.sends_alone:
        return uncoupled
    return any_of([uncoupled, all_of([fragment("NOT e.is_waiting"), negated(exists(_created(route, "e")))])])


def _created(route: Route, alias: str) -> exp.Select:
    """The couple of the record `alias` whose row here a pass created."""
    return _couple(route, alias).where(fragment("c.created_side = :side", side=literal(route.side)), copy=False)


def _couple(route: Route, alias: str) -> exp.Select:
    key, own = plain("record_key", alias), plain(f"{route.side}_key", "c")
    return query("SELECT 1 FROM sync.coupling AS c WHERE c.mapping_name = $1 AND :own = :key", own=own, key=key)


def _creates(route: Route) -> bool:
    """Whether rows that are not coupled are looked at: they would be created."""
    return route.mapping.full_sync != "update"


def sparing(route: Route) -> Route:
    """The route without the records that sync_private.full_sync_open names: they match several, nothing is created."""
    spared = query(
        "SELECT 1 FROM sync_private.full_sync_open AS q WHERE q.mapping_name = :mapping AND q.side = :side"
        " AND q.record_key = :key",
        mapping=literal(route.name),
        side=literal(route.side),
        key=exp.Collate(this=record_key(_keys(route)), expression=name("C")),
    )
    others = negated(exp.Exists(this=spared))
    return replace(route, filter=others if route.filter is None else all_of([exp.paren(route.filter), others]))


def _keys(route: Route) -> list[exp.Expr]:
    return [column(k.name, "s") for k in route.source.key]


def _has_key(route: Route) -> exp.Expr:
    """A row whose key has a null has no record key."""
    return all_of(not_null(column(k.name, "s")) for k in route.source.key)


def _beyond(route: Route, comparison: type[exp.Binary], record: exp.Expr) -> exp.Expr:
    """The row's key compared with a record key, in the key's own order: a range of its index."""
    values = [collated(k, v) for k, v in zip(route.source.key, key_values(route.source.key, record), strict=True)]
    if len(values) == 1:
        return comparison(this=_keys(route)[0], expression=values[0])
    return comparison(this=exp.Tuple(expressions=_keys(route)), expression=exp.Tuple(expressions=values))


def _within(route: Route) -> exp.Expr:
    first, last = (_beyond(route, c, parameter(n)) for c, n in ((exp.GTE, 3), (exp.LTE, 4)))
    return all_of([_has_key(route), first, last])


def _source_rows(route: Route) -> exp.Select:
    columns = [column(c.name, "s") for c in route.source_columns]
    select = exp.select(fragment("TRUE AS is_present"), *columns).from_(table_of(route.source.table, "s"))
    return select.where(_within(route), copy=False)


def _record(route: Route) -> exp.Select:
    """What an entry of the operation `create` would tell."""
    key = exp.Collate(this=record_key(_keys(route)), expression=name("C"))
    known = fenced(exp.select(aliased(key, "record_key")))
    return fenced(
        query(
            """
            SELECT g.record_key, :is_waiting AS is_waiting, (SELECT NEXTVAL('sync.outbox_entry_id_seq')) AS entry_id,
              :operation AS operation, :operation AS asked, :layout_no AS layout_no,
              CAST(NULL AS TEXT[]) AS before,
              CAST(NULL AS TEXT) AS origin, CAST(0 AS SMALLINT) AS hop, PG_CURRENT_XACT_ID() AS xid,
              NOW() AS captured_at, (SELECT SESSION_USER) AS captured_by, 0 AS attempts,
              CAST(NULL AS TIMESTAMPTZ) AS parked_at,
              FALSE AS is_forced, TRUE AS is_created, FALSE AS is_retried
            """,
            operation=_operation(route),
            layout_no=number(route.source_layout),
            is_waiting=_is_waiting(),
        ).from_(exp.Subquery(this=known, alias=exp.TableAlias(this=exp.to_identifier("g"))), copy=False)
    )


def _coupling(route: Route) -> exp.Select:
    """The partner of record `e`. A first load is spared a look-up a row."""
    between = query(
        "SELECT TRUE FROM sync.coupling AS z WHERE z.mapping_name = $1 AND :own >= $5 AND :own <= $6 LIMIT 1",
        own=plain(f"{route.side}_key", "z"),
    )
    is_known = any_of([fragment("e.record_key < $5 OR e.record_key > $6"), exp.Subquery(this=between)])
    return read.coupling_of(route).where(is_known, copy=False)


def _operation(route: Route) -> exp.Expr:
    """As what a record comes back that is put back or parked.

    A couple seen from the side that follows must not come back as `create`: its shared values would count as changed.
    As `answer` it brings what only this side sends.
    """
    if not _follows(route):
        return literal("create")
    return case((exists(_couple(route, "g")), literal("answer")), default=literal("create"))


def _is_waiting() -> exp.Expr:
    # Whether anything waits at all is asked once: a first load is then spared two lookups a row.
    return fragment(
        """
        (
          (EXISTS(SELECT 1 FROM sync.outbox AS o WHERE o.mapping_name = $1 AND o.side = $2)
            AND EXISTS(SELECT 1 FROM sync.outbox AS o
              WHERE o.mapping_name = $1 AND o.side = $2 AND o.record_key = g.record_key))
          OR (EXISTS(SELECT 1 FROM sync.parked AS p WHERE p.mapping_name = $1 AND p.side = $2)
            AND EXISTS(SELECT 1 FROM sync.parked AS p
              WHERE p.mapping_name = $1 AND p.side = $2 AND p.record_key = g.record_key))
          OR g.record_key IN (SELECT r.new_key FROM sync.outbox AS r
            WHERE r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL)
        )
        """
    )


def _facts(route: Route) -> exp.Select:
    """As for an entry that has no base: the row is looked at whole."""
    was = fragment("TRUE AS was_in_filter")
    if route.filter is None:
        return exp.select(fragment("TRUE AS in_filter"), was)
    return fenced(exp.select(aliased(coalesce(route.filter.copy(), exp.false()), "in_filter"), was))


def _values(route: Route) -> exp.Select:
    columns: list[exp.Expr] = [exp.alias_(number(1), "one")]
    for f in route.fields:
        columns.append(aliased(read.arriving(f), f"x_{f.no}"))
        changed = case(*read.withheld(f), default=exp.true())
        if f.is_shared and _follows(route):
            changed = all_of([fragment("k.target_key IS NULL"), changed])
        columns.append(aliased(changed, f"y_{f.no}"))
    return fenced(exp.select(*columns))


def ask_staged(route: Route) -> exp.Expr:
    """Put an entry into the outbox ($1 mapping, $2 side) for the staged rows that are to be asked for there."""
    body = query("SELECT $1, $2, s.record_key, 'create', s.layout_no, s.captured_by")
    return _asking(body.from_(working.stage(route)).where(fragment("s.disposition = 'ask'"), copy=False))


def ask_range(route: Route) -> exp.Expr:
    """Put an entry into the outbox for every row of a key range: what a scan of it would have looked at."""
    key = exp.Collate(this=record_key(_keys(route)), expression=name("C"))
    rows = exp.select(aliased(key, "record_key")).from_(table_of(route.source.table, "s"))
    rows = rows.where(_within(route), copy=False)
    layout_no = number(route.source_layout)
    body = query(
        "SELECT $1, $2, g.record_key, :operation, :layout_no, SESSION_USER",
        operation=_operation(route),
        layout_no=layout_no,
    ).from_(exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier("g"))), copy=False)
    if _follows(route):
        uncoupled = negated(exists(_couple(route, "g")))
        own = all_of([negated(_is_waiting()), negated(exists(_created(route, "g")))])
        body = body.where(any_of([uncoupled, own]) if route.sends_alone else uncoupled, copy=False)
    if not _creates(route):
        body = body.where(exists(_couple(route, "g")), copy=False)
    return _asking(body)


def _asking(body: exp.Expr) -> exp.Expr:
    insert = fragment(
        "INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by) SELECT 1"
    )
    insert.set("expression", body)
    return insert
