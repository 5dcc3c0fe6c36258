"""Couple, park and put back: where every staged record ends up."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Side
from pysync.route import Route
from pysync.statements import OverridingSystemValue, all_of, fragment, literal, number, plain, query, working
from pysync.statements.decide import is_of, written_any


def couple(route: Route) -> exp.Expr:
    """Couple the rows just created ($1 mapping, $2 pass)."""
    keys = {route.side: "record_key", route.side.other: "target_key"}
    body = (
        query("SELECT $1")
        .select(plain(keys[Side.LEFT], "s"), plain(keys[Side.RIGHT], "s"), copy=False)
        .select(fragment("NOW()"), fragment("$2"), literal(route.side.other), copy=False)
        .from_(working.stage(route))
        .where(fragment("s.disposition = 'insert'"), copy=False)
    )
    insert = fragment(
        """
        INSERT INTO sync.coupling (mapping_name, left_key, right_key, last_synced_at, pass_id, created_side) SELECT 1
        """
    )
    insert.set("expression", body)
    return insert


def touch(route: Route) -> exp.Expr:
    """Note on the couplings ($1 mapping) that their records were written.

    Found by position. Compared by `=`, the names would let the planner read all couplings of the mapping instead.
    """
    update = fragment(
        """
        UPDATE sync.coupling AS c SET last_synced_at = NOW()
        WHERE c.ctid = s.coupling_tid AND c.mapping_name IS NOT DISTINCT FROM $1
          AND :own_key IS NOT DISTINCT FROM s.record_key
        """,
        own_key=plain(f"{route.side}_key", "c"),
    )
    update.set("from_", exp.From(this=working.decided(route)))
    conditions = [update.args["where"].this, is_of(route, "update"), written_any(route)]
    update.set("where", exp.Where(this=all_of(conditions)))
    return update


def park(route: Route) -> exp.Expr:
    """Set aside with a reason ($1 mapping, $2 side) what can't be applied now; time doubles up to an hour."""
    body = query(
        """
        SELECT $1, $2, s.record_key, s.target_key, COALESCE(s.asked, s.operation), s.layout_no, s.before, s.origin,
          s.hop, s.entry_id, s.captured_at, s.captured_by,
          CASE s.disposition WHEN 'wait' THEN :wait WHEN 'fail' THEN 'error' ELSE s.disposition END,
          s.message, s.waits_for_mapping, s.waits_for_key,
          s.attempts + 1, COALESCE(s.parked_at, NOW()),
          CASE WHEN s.disposition IN ('wait', 'fail', 'missing')
            THEN NOW() + LEAST(INTERVAL '1 HOUR', INTERVAL '1 MINUTE' * POWER(2, LEAST(s.attempts, 10))) END
        """,
        wait=_wait_reason(route),
    )
    body = body.from_(working.stage(route)).where(
        fragment("s.disposition IN ('wait', 'fail', 'loop', 'skipped', 'deleted', 'missing')"), copy=False
    )
    insert = fragment(
        """
        INSERT INTO sync.parked (mapping_name, side, record_key, target_key, operation, layout_no, before, origin, hop,
          entry_id, captured_at, captured_by, reason, message, waits_for_mapping, waits_for_key, attempts, parked_at,
          next_attempt_at)
        SELECT 1
        """
    )
    insert.set("expression", body)
    return insert


def _wait_reason(route: Route) -> exp.Expr:
    sets = sorted({f.mapping.option_set for f in route.fields if f.mapping.option_set})
    if not sets:
        return literal("reference")
    listed = exp.In(this=plain("waits_for_mapping", "s"), expressions=[literal(s) for s in sets])
    return exp.Case(ifs=[exp.If(this=listed, true=literal("option"))], default=literal("reference"))


def park_later(route: Route) -> exp.Expr:
    """Note the references a new row was created without ($1 mapping, $2 side): the second phase."""
    insert = fragment(
        """
        INSERT INTO sync.parked (mapping_name, side, record_key, target_key, operation, layout_no, before, origin, hop,
          entry_id, captured_at, captured_by, reason, message, waits_for_mapping, waits_for_key, next_attempt_at)
        SELECT 1
        """
    )
    body = query(
        """
        SELECT $1, $2, s.record_key, s.target_key, 'update', :layout_no, s.later_before, s.origin, s.hop,
          s.entry_id, s.captured_at, s.captured_by, 'reference',
          s.later_key || ' must be coupled in ' || s.later_mapping, s.later_mapping, s.later_key,
          NOW() + INTERVAL '1 MINUTE'
        """,
        layout_no=number(route.source_layout),
    )
    insert.set(
        "expression",
        body.from_(working.stage(route)).where(
            fragment("s.disposition = 'insert' AND NOT s.later_mapping IS NULL"), copy=False
        ),
    )
    return insert


def put_back(route: Route) -> exp.Expr:
    """Return to the outbox ($1 mapping, $2 side) the records whose target row somebody holds."""
    insert = fragment(
        """
        INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, before, origin, hop, xid,
          captured_at, captured_by, entry_id)
        SELECT 1
        """
    )
    body = query(
        """
        SELECT $1, $2, s.record_key,
          CASE WHEN s.is_retried AND s.asked IS NULL AND s.operation = 'update' AND NOT s.before IS NULL THEN 'retry'
            ELSE COALESCE(s.asked, s.operation) END,
          s.layout_no, s.before, s.origin, s.hop, s.xid, s.captured_at, s.captured_by, s.entry_id
        """
    )
    body = body.from_(working.stage(route)).where(fragment("s.disposition = 'held'"), copy=False)
    # The entry keeps its number: it must stay older than changes captured meanwhile, or their base would hide it.
    # And its transaction: sync.wait_until_synced tells by it what was committed before the call.
    # And that it was asked to be tried again: its base may show no change, and a person's decision would go unheeded.
    insert.set("expression", OverridingSystemValue(this=body))
    return insert


def log_errors(route: Route) -> exp.Expr:
    """Note the records that failed ($1 mapping, $2 direction, $3 pass)."""
    insert = fragment(
        "INSERT INTO sync.pass_error (pass_id, mapping_name, direction, record_key, target_key, message) SELECT 1"
    )
    insert.set(
        "expression",
        query("SELECT $3, $1, $2, s.record_key, s.target_key, s.message")
        .from_(working.stage(route))
        .where(fragment("s.disposition IN ('fail', 'loop', 'deleted', 'missing')"), copy=False),
    )
    return insert
