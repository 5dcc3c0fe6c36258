"""Blast-radius gates: a pass that would delete or change more than the mapping allows stops before it writes."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from pysync import batch, outbox, scan
from pysync.apply import as_ours, claim, kind_of
from pysync.compiler import Compiler
from pysync.errors import PysyncError
from pysync.model import Side, TableMapping
from pysync.outbox import Connection, Counts, KeyRange
from pysync.plan import Plan
from pysync.session import Allowance, Session
from pysync.statements import gate, render

log = logging.getLogger(__name__)

# What may have come on top since a person looked at the counts and approved them.
MORE_THAN_SEEN = 1.1
_PAGE = 5000

_STATE = """
select (select count(*) from sync.outbox o where o.mapping_name = m.mapping_name), m.revision, g.deletes, g.changes,
    g.entries, g.revision, g.approved_at is not null
from sync.table_mapping m left join sync.gate g on g.mapping_name = m.mapping_name and g.kind = $2
where m.mapping_name = $1
"""
_COUPLINGS = "select count(*) from (select from sync.coupling c where c.mapping_name = $1 limit $2) x"
_CLOSE = """
insert into sync.gate (mapping_name, pass_id, deletes, changes, couplings, entries, revision, kind)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (mapping_name, kind) do update set pass_id = excluded.pass_id, deletes = excluded.deletes,
    changes = excluded.changes, couplings = excluded.couplings, entries = excluded.entries,
    revision = excluded.revision, approved_at = null, approved_by = null
"""
_OPEN = "delete from sync.gate where mapping_name = $1 and kind = 'changes' and approved_at is null"
# An approval that is just being given counts for the next pass.
_USE_UP = """
delete from sync.gate where (mapping_name, kind) in (
    select g.mapping_name, g.kind from sync.gate g
    where g.mapping_name = any ($1) and g.kind = $2 and g.approved_at is not null for update skip locked)
"""


class GateClosed(PysyncError):
    """A pass would delete or change more than the mapping allows."""


@dataclass(frozen=True, slots=True)
class _State:
    """What waits, and the gate's row if it is closed or approved."""

    kind: str
    entries: int
    revision: int
    deletes: int | None
    changes: int | None
    counted_entries: int | None
    counted_revision: int | None
    is_approved: bool

    @property
    def is_known(self) -> bool:
        """Whether a pass has stopped for exactly this before."""
        return (
            self.kind == "changes"
            and not self.is_approved
            and (self.counted_entries, self.counted_revision) == (self.entries, self.revision)
        )


@dataclass(frozen=True, slots=True)
class _Count:
    """Rows that would be deleted, and coupled rows that would be changed or deleted."""

    deletes: int
    changes: int

    def __add__(self, other: _Count) -> _Count:
        return _Count(self.deletes + other.deletes, self.changes + other.changes)

    def fits(self, allowed: Allowance) -> bool:
        """Whether it is within what is allowed."""
        return self.deletes <= allowed.deletes and self.changes <= allowed.changes


def check(session: Session, compiler: Compiler, name: str, counts: dict[tuple[str, str], Counts]) -> Allowance | None:
    """Before a mapping is drained: raise GateClosed, and note it, when more waits than it allows.

    `counts` is what the pass has done so far. First bounds that cost little; only beyond them is every waiting batch
    classified and rolled back. Gives what the batches may do, for more may come in while they run; None: no limit.
    """
    row = compiler.mappings[name]
    if row.max_deletes is None and row.max_changed_share is None:
        return None
    conn = session.conn
    done = _done(counts, name)
    state = _state(conn, name)
    if state.is_known and not done.changes:
        raise _closed(session, row, state, _Count(state.deletes or 0, state.changes or 0), done)
    bound = done + _Count(state.entries, state.entries)
    # With room for as much again as waits now.
    allowed = _allowed(row, state, _couplings(conn, row, 2 * bound.changes))
    if not bound.fits(allowed) and row.max_changed_share is None:
        bound = done + _Count(_gone(conn, compiler, row), 0)
    if not bound.fits(allowed):
        bound = done + _waiting(session, compiler, name)
        allowed = _allowed(row, state, _couplings(conn, row, None))
    if not bound.fits(allowed):
        raise _closed(session, row, state, bound, done)
    _open(conn, name, state)
    return Allowance(allowed.deletes - done.deletes, allowed.changes - done.changes)


def check_scan(session: Session, row: TableMapping, plans: Sequence[Plan]) -> None:
    """Before a mapping's tables are scanned: raise GateClosed when that would change more couples than it allows."""
    if row.max_changed_share is None:
        return
    state = _state(session.conn, row.mapping_name, "full")
    allowed = _allowed(row, state, _couplings(session.conn, row, None))
    total = _Count(0, 0)
    for plan in plans:
        after = None
        while keys := scan.page_range(session, plan, after, _PAGE):
            total += _measure_page(session, plan, after, keys)
            after = keys.last
    if not total.fits(allowed):
        raise _closed(session, row, state, total, _Count(0, 0))


def _measure_page(session: Session, plan: Plan, after: str | None, keys: scan.Keys) -> _Count:
    try:
        return _Count(*batch.measure(session, plan, scan.take(keys)))
    except psycopg.Error as exc:
        if kind_of(session.conn, exc) == "mapping":
            raise as_ours(exc) from exc
    total, half = _Count(0, 0), keys.rows // 2
    # A scan leaves out the row that cannot be read: the pass after it, which it is asked for, has a gate of its own.
    for limit in (half, keys.rows - half) if half else ():
        if part := scan.page_range(session, plan, after, limit):
            total += _measure_page(session, plan, after, part)
            after = part.last
    return total


def use_up(conn: Connection, names: Collection[str], kind: str = "changes") -> None:
    """At the end of a pass, or of a scan (`full`): the approvals of mappings that went through count no more."""
    if names:
        conn.execute(_USE_UP, (list(names), kind))


def _done(counts: dict[tuple[str, str], Counts], name: str) -> _Count:
    mine = [c for (mapping, _), c in list(counts.items()) if mapping == name]
    deletes = sum(c.deleted for c in mine)
    return _Count(deletes, deletes + sum(c.modified for c in mine))


def _state(conn: Connection, name: str, kind: str = "changes") -> _State:
    row = conn.execute(_STATE, (name, kind), prepare=True).fetchone()
    assert row is not None
    return _State(kind, *row)


def _couplings(conn: Connection, row: TableMapping, changes: int | None) -> int:
    """The mapping's couples; no more of them are counted than show that so many changes are few enough."""
    if row.max_changed_share is None and changes is not None:
        return 0
    share = float(row.max_changed_share or 0)
    most = math.ceil(changes / share) + 1 if changes is not None and share else None
    found = conn.execute(_COUPLINGS, (row.mapping_name, most)).fetchone()
    return int(found[0]) if found else 0


def _allowed(row: TableMapping, state: _State, couplings: int) -> Allowance:
    """The limits, or what was approved if that is more."""
    approved = _Count(0, 0)
    if state.is_approved:
        seen = (state.deletes or 0, state.changes or 0)
        approved = _Count(*(math.ceil(n * MORE_THAN_SEEN) for n in seen))
    deletes, changes = math.inf, math.inf
    if row.max_deletes is not None:
        deletes = max(row.max_deletes, approved.deletes)
    if row.max_changed_share is not None:
        changes = max(1, math.floor(float(row.max_changed_share) * couplings), approved.changes)
    return Allowance(deletes, changes)


def _gone(conn: Connection, compiler: Compiler, row: TableMapping) -> int:
    total = 0
    for side in Side:
        if row.on_delete(side) == "delete":
            tree = gate.gone(compiler.plan(row.mapping_name, side).route)
            found = conn.execute(render(tree).encode(), (row.mapping_name, side.value)).fetchone()
            total += int(found[0]) if found else 0
    return total


def _waiting(session: Session, compiler: Compiler, name: str) -> _Count:
    """What all waiting entries of a mapping would do, batch by batch, each rolled back before the next."""
    total = _Count(0, 0)
    for side in Side:
        after = None
        plan = compiler.plan(name, side)
        while keys := outbox.next_range(session.conn, name, side, after, _PAGE, with_deletes=True):
            total += _measure(session, plan, keys)
            after = keys.last
    return total


def _measure(session: Session, plan: Plan, keys: KeyRange) -> _Count:
    try:
        return _Count(*batch.measure(session, plan, claim(keys, True, ignore_base=False)))
    except psycopg.Error as exc:
        if kind_of(session.conn, exc) == "mapping":
            raise as_ours(exc) from exc
    parts = outbox.halves(session.conn, plan.mapping, plan.route.side, keys)
    if len(parts) < 2:
        # The record that cannot even be read will be parked: it changes nothing.
        return _Count(0, 0)
    return _measure(session, plan, parts[0]) + _measure(session, plan, parts[1])


def _open(conn: Connection, name: str, state: _State) -> None:
    if state.counted_entries is not None and not state.is_approved:
        with outbox.promptly(conn, name):
            conn.execute(_OPEN, (name,))


def _closed(session: Session, row: TableMapping, state: _State, count: _Count, done: _Count) -> GateClosed:
    name = row.mapping_name
    if not state.is_known:
        couplings = _couplings(session.conn, row, None)
        values: tuple[Any, ...] = (session.pass_id or None, count.deletes, count.changes, couplings, state.entries)
        with outbox.promptly(session.conn, name):
            session.conn.execute(_CLOSE, (name, *values, state.revision, state.kind))
        log.warning("gate closed", extra={"mapping": name, "deletes": count.deletes, "changes": count.changes})
    limits = [f"max_deletes {row.max_deletes}"] if row.max_deletes is not None else []
    limits += [f"max_changed_share {row.max_changed_share}"] if row.max_changed_share is not None else []
    command = session.conn.execute("select sync_private.approve_command($1, $2)", (name, state.kind)).fetchone()
    when = "before anything was written" if done == _Count(0, 0) else f"after {done.changes} changes"
    return GateClosed(
        f"stopped {when}: {count.deletes} rows would be deleted and {count.changes} changed or "
        f"deleted ({', '.join(limits)})",
        hint=f"if that is meant: {command[0] if command else ''}",
    )
