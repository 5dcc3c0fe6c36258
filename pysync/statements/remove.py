"""Remove: what a mapping's delete policy does when a coupled source row is gone."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Side
from pysync.route import Route
from pysync.statements import (
    all_of,
    any_of,
    clash,
    equal,
    exists,
    fragment,
    lateral,
    literal,
    negated,
    number,
    plain,
    query,
    table_of,
    working,
)
from pysync.statements.decide import is_of, is_target


def policy(route: Route) -> str:
    """What the mapping does when a coupled row of the source side is deleted."""
    return route.mapping.on_delete(route.side)


def apply_policy(route: Route) -> exp.Expr:
    """Turn `gone` into the mapping's policy; one that fails is parked with what a person can do."""
    chosen = policy(route)
    message = "the {side} record was deleted; it is still coupled"
    return exp.Update(
        this=working.stage(route),
        expressions=[
            equal(
                exp.column("disposition"),
                literal({"fail": "deleted", "uncouple": "leave", "restore": "revive"}.get(chosen, "gone")),
            ),
            equal(exp.column("message"), literal(message.format(side=route.side))),
        ],
        where=exp.Where(this=fragment("s.disposition = 'gone'")),
    )


def delete(route: Route) -> exp.Expr:
    """Delete the held target rows of one hop count ($1)."""
    return exp.Delete(
        this=table_of(route.target.table, "t"),
        using=[working.decided(route)],
        where=exp.Where(
            this=all_of(
                [
                    is_target(route),
                    is_of(route, "gone", "s.hop = $1"),
                ]
            )
        ),
    )


def forget_own(route: Route) -> exp.Expr:
    """Drop the entries ($1 mapping, $2 other side) that capture made of the pass's own deletes in this transaction."""
    tree = fragment(
        """
        DELETE FROM sync.outbox AS o USING stage AS s
        WHERE o.mapping_name = $1 AND o.side = $2 AND o.record_key = s.target_key AND s.disposition = 'gone'
          AND o.operation = 'delete' AND o.xid = PG_CURRENT_XACT_ID()
        """
    )
    return working.over_stage(route, tree)


def uncouple(route: Route) -> exp.Expr:
    """Drop the couplings ($1 mapping) of records that are gone, left alone or about to be revived.

    Unless they have been set aside meanwhile: nothing may be done by them then.
    """
    side = route.side
    tree = fragment(
        """
        DELETE FROM sync.coupling AS c USING stage AS s
        WHERE c.mapping_name = $1 AND :own_key = s.record_key AND s.disposition IN ('gone', 'leave', 'revive')
          AND NOT c.is_skipped
        """,
        own_key=plain(f"{side}_key", "c"),
    )
    return working.over_stage(route, tree)


def uncouple_lines(route: Route) -> exp.Expr:
    """Drop the couplings of the lines of headers ($1 mapping) that are gone or left alone; a revived one keeps them."""
    tree = fragment(
        """
        SELECT sync_private.uncouple_lines($1, ARRAY_AGG(:left_key), ARRAY_AGG(:right_key))
        FROM stage AS s WHERE s.disposition IN ('gone', 'leave')
        """,
        left_key=clash.key_of(route.side, Side.LEFT, "s"),
        right_key=clash.key_of(route.side, Side.RIGHT, "s"),
    )
    return working.over_stage(route, tree)


def revive(route: Route) -> exp.Expr:
    """Ask for the surviving target rows to be created anew on the source side ($1 mapping, $2 other side)."""
    tree = fragment(
        """
        INSERT INTO sync.outbox (mapping_name, side, record_key, operation, layout_no, hop, captured_by)
        SELECT $1, $2, s.target_key, 'restore', :layout_no, s.hop, SESSION_USER
        FROM stage AS s WHERE s.disposition = 'revive'
        """,
        layout_no=number(route.target_layout),
    )
    return working.over_stage(route, tree)


def settle_conflicts(route: Route) -> exp.Expr:
    """Close the open conflicts ($1 mapping) of couples that ended."""
    side = route.side
    tree = fragment(
        """
        UPDATE sync.conflict AS q
        SET resolved_at = NOW(), resolution = COALESCE(q.resolution, 'uncoupled')
        FROM stage AS s
        WHERE q.mapping_name = $1 AND :own_key = s.record_key AND q.resolved_at IS NULL
          AND s.disposition IN ('gone', 'leave', 'revive')
        """,
        own_key=plain(f"{side}_key", "q"),
    )
    return working.over_stage(route, tree)


def release(route: Route) -> exp.Expr:
    """Make changes of the other side that were parked for the lost partner due again ($1 mapping, $2 other side)."""
    tree = fragment(
        """
        UPDATE sync.parked AS p SET next_attempt_at = NOW()
        FROM stage AS s
        WHERE p.mapping_name = $1 AND p.side = $2 AND p.record_key = s.target_key
          AND s.disposition IN ('gone', 'leave', 'revive')
        """
    )
    return working.over_stage(route, tree)


def row_conflict(route: Route) -> exp.Expr:
    """A deletion that meets an edit of the other side ($1 mapping, $2 other side, $3 pass): kept or settled."""
    side = route.side
    edited = any_of(clash.moved(route, f) for f in clash.shared(route))
    chosen = route.mapping.update_conflict
    verdict = {
        "fail": literal("clash"),
        f"{side}_wins": literal("gone"),
        f"{side.other}_wins": literal("revive"),
        "newest_wins": fragment("CASE WHEN s.captured_at >= x.captured_at THEN 'gone' ELSE 'revive' END"),
    }[chosen]
    decided = query(
        """
        SELECT 1 FROM sync.conflict AS q
        WHERE q.mapping_name = $1 AND q.field_no = 0 AND q.resolution = :side AND q.resolved_at IS NULL
          AND :own_key = s.record_key
        """,
        side=literal(side),
        own_key=plain(f"{side}_key", "q"),
    )
    # Nobody has decided yet, and the edit may have been worked off since (a filter leaves it alone, say).
    undecided = query(
        """
        SELECT 1 FROM sync.conflict AS q
        WHERE q.mapping_name = $1 AND q.field_no = 0 AND q.resolution IS NULL AND q.resolved_at IS NULL
          AND :own_key = s.record_key
        """,
        own_key=plain(f"{side}_key", "q"),
    )
    found = (
        query("SELECT s.row_no, w.captured_at")
        .from_(working.stage(route))
        .join(lateral(clash.target_row(route), "t"), copy=False)
        .join(lateral(clash.waiting(), "w", outer=True), copy=False)
        .where(
            fragment("s.disposition = 'gone' AND NOT s.is_forced"),
            any_of([edited, exists(undecided)]),
            negated(exists(decided)),
            copy=False,
        )
    )
    changed = exp.Update(
        this=working.stage(route),
        expressions=[equal(exp.column("disposition"), verdict)],
        from_=exp.From(
            this=exp.Table(this=exp.to_identifier("found"), alias=exp.TableAlias(this=exp.to_identifier("x")))
        ),
        where=exp.Where(this=fragment("x.row_no = s.row_no")),
        returning=exp.Returning(expressions=[fragment(c) for c in ("s.record_key", "s.target_key", "s.disposition")]),
    )
    insert = fragment(
        """
        INSERT INTO sync.conflict (mapping_name, left_key, right_key, field_no, left_value, right_value, policy,
          resolution, resolved_at, pass_id)
        SELECT $1, :left_key, :right_key, 0, :left_value, :right_value, :policy,
          CASE z.disposition WHEN 'gone' THEN :side WHEN 'revive' THEN :other END,
          CASE WHEN z.disposition <> 'clash' THEN NOW() END, $3
        FROM changed AS z
        ON CONFLICT (mapping_name, left_key, field_no) WHERE resolved_at IS NULL DO NOTHING
        """,
        left_key=clash.key_of(side, Side.LEFT, "z"),
        right_key=clash.key_of(side, Side.RIGHT, "z"),
        left_value=literal("(deleted)" if side is Side.LEFT else "(changed)"),
        right_value=literal("(changed)" if side is Side.LEFT else "(deleted)"),
        policy=literal(chosen),
        side=literal(side),
        other=literal(side.other),
    )
    assert isinstance(insert, exp.Insert)
    return insert.with_("found", as_=found, copy=False).with_("changed", as_=changed, copy=False)
