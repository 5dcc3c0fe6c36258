"""Run a plan on the entries of a key range, and find the guilty record when the database refuses."""

from __future__ import annotations

import logging

import psycopg

from pysync import batch, errors, outbox
from pysync.batch import RowsRefused
from pysync.outbox import Connection, Counts, KeyRange
from pysync.plan import Plan
from pysync.session import OverLimit, Session

log = logging.getLogger(__name__)
Refusal = psycopg.Error | RowsRefused

_DEADLOCK_RETRIES = 3
# Where PostgreSQL refuses one row whatever the SQLSTATE: row security, and RAISE in a trigger of the target's own.
_ABOUT_A_ROW = ("ExecWithCheckOptions", "exec_stmt_raise")
MOST_LOCK_WAITS = 20


def apply(session: Session, plan: Plan, keys: KeyRange, *, with_deletes: bool) -> Counts:
    """Work on a key range; a range the database refuses is halved until the guilty records stand alone.

    Raises MappingBusy, PlanOutdated, OverLimit, DatabaseUnavailable, and ApplyError when the mapping as a whole cannot
    run.
    """
    return _attempt(session, plan, keys, with_deletes, 0)


def claim(keys: KeyRange, with_deletes: bool, *, ignore_base: bool) -> batch.Take:
    """What a batch takes from the outbox."""
    values = {
        "first_key": keys.first,
        "last_key": keys.last,
        "ignore_base": ignore_base,
        "with_deletes": with_deletes,
    }
    return batch.Take("claim", values, keys.entries)


def _attempt(session: Session, plan: Plan, keys: KeyRange, with_deletes: bool, tries: int) -> Counts:
    try:
        return batch.run(session, plan, claim(keys, with_deletes, ignore_base=False))
    except (psycopg.Error, RowsRefused) as exc:
        kind = kind_of(session.conn, exc)
        if kind == "again" and tries < _DEADLOCK_RETRIES:
            return _attempt(session, plan, keys, with_deletes, tries + 1)
        if kind == "mapping":
            raise as_ours(exc) from exc
        return _divide(session, plan, keys, with_deletes, exc, kind)


def _divide(session: Session, plan: Plan, keys: KeyRange, with_deletes: bool, exc: Refusal, kind: str) -> Counts:
    session.lock_waits += kind == "held"
    if kind == "held" and session.lock_waits > MOST_LOCK_WAITS:
        # Somebody locks more than rows: looking for the one that is free would wait for each of them.
        return Counts(held=max(keys.entries, 1))
    parts = outbox.halves(session.conn, plan.mapping, plan.route.side, keys)
    if len(parts) > 1:
        total = Counts()
        for part in parts:
            try:
                total.add(_attempt(session, plan, part, with_deletes, 0))
            except OverLimit as over:
                over.done.add(total)
                raise
        return total
    if not parts:
        return Counts()
    if kind in ("held", "again"):
        return Counts(held=1)
    return _single(session, plan, parts[0], with_deletes, exc)


def _single(session: Session, plan: Plan, keys: KeyRange, with_deletes: bool, exc: Refusal) -> Counts:
    """One record that fails: try without its base (an old value may be the unreadable one), then park it.

    A record that a person has just coupled is tried as it is.
    """
    is_unreadable = (exc.sqlstate or "").startswith("22")
    if is_unreadable or _is_couple(exc):
        try:
            return batch.run(session, plan, claim(keys, with_deletes, ignore_base=is_unreadable))
        except (psycopg.Error, RowsRefused) as second:
            exc = second
            if kind_of(session.conn, exc) != "row":
                return Counts(held=1)
    seen = session.seen
    try:
        with session.conn.transaction():
            batch.begin(session, plan)
            return park(session, plan, keys, exc, seen)
    except psycopg.errors.LockNotAvailable:
        return Counts(held=1)


def _is_couple(exc: Refusal) -> bool:
    """Whether one of the two records has been coupled meanwhile."""
    if not isinstance(exc, psycopg.errors.UniqueViolation):
        return False
    return (exc.diag.schema_name, exc.diag.table_name) == ("sync", "coupling")


def park(session: Session, plan: Plan, keys: KeyRange, exc: Refusal, seen: str) -> Counts:
    """Inside a batch's transaction: set aside what was refused of a record, with what the database said, and count it.

    What was captured after the snapshot `seen` was not refused: it may be what mends the record.
    """
    ours = as_ours(exc)
    message = ours.message if not ours.detail else f"{ours.message} ({ours.detail})"
    is_skipped = outbox.park_record(
        session.conn, plan.mapping, plan.route.side, keys.first, ours.sqlstate, message, session.pass_id, seen
    )
    counts = Counts(skipped=1) if is_skipped else Counts(failed=1)
    outbox.log_batch(session.conn, session.pass_id, plan.mapping, plan.direction, counts)
    log.warning("record parked", extra={"mapping": plan.mapping, "direction": plan.direction, "sqlstate": exc.sqlstate})
    return counts


def kind_of(conn: Connection, exc: Refusal) -> str:
    """row: this data is refused; held: a lock; again: retry; mapping: no row of it can run. Raises when all is lost."""
    state = exc.sqlstate or ""
    if isinstance(exc, RowsRefused):
        return "again" if state == "40001" else "row"
    if conn.closed or conn.broken or state[:2] in ("08", "53", "57", "58", "XX") or not state:
        raise errors.from_database(exc) from exc
    if state in ("40001", "40P01"):
        return "again"
    if state == "55P03":
        return "held"
    if exc.diag.source_function in _ABOUT_A_ROW:
        return "row"
    return "mapping" if state[:2] in ("42", "25", "0A", "3D", "3F", "26") else "row"


def as_ours(exc: Refusal) -> errors.PysyncError:
    """The exception as one of ours."""
    return exc if isinstance(exc, RowsRefused) else errors.from_database(exc)
