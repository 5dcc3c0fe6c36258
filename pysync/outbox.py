"""The queue's own statements, which are the same for every mapping: find work, take ranges, park, count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from typing import Any

import psycopg

from pysync.errors import PysyncError
from pysync.model import Side

Connection = psycopg.Connection[tuple[Any, ...]]

# Longest a pass waits for a lock, inside a write (a unique key an application is just inserting, say) or before it.
LOCK_TIMEOUT = "50ms"

_HALVES = """
select min(k) filter (where n <= (total + 1) / 2), max(k) filter (where n <= (total + 1) / 2),
    min(k) filter (where n > (total + 1) / 2), max(k) filter (where n > (total + 1) / 2)
from (
    select d.k, row_number() over (order by d.k) as n, count(*) over () as total
    from (
        select distinct o.record_key as k
        from sync.outbox o
        where o.mapping_name = $1 and o.side = $2 and o.record_key between $3 and $4
    ) d
) x
"""
# Statistics of queue and working tables are always wrong; where an index serves, no guess may lead past it.
_BEGIN = """
select pg_try_advisory_xact_lock(hashtextextended('pysync.' || $1, 0)),
    set_config('sync.origin', $1, true), set_config('sync.hop', '0', true), set_config('lock_timeout', $2, true),
    set_config('enable_seqscan', 'off', true), set_config('enable_memoize', 'off', true),
    array[sync_private.newest_layout($1, 'left'), sync_private.newest_layout($1, 'right')],
    pg_current_snapshot()::text
"""
_OTHER_SIDE = """
select $3 and exists (select from sync.outbox where mapping_name = $1 and side = $2),
    exists (select from sync.parked where mapping_name = $1 and side = $2),
    exists (select from sync.conflict where mapping_name = $1 and resolved_at is null),
    extract(epoch from clock_timestamp() - statement_timestamp())::float8
"""


class MappingBusy(PysyncError):
    """Another runner works on the mapping, or somebody holds what a pass needs before it: a row of ours, a table."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another pass is working on {name}, or somebody holds a row or table it needs", hint="try again"
        )


@contextmanager
def promptly(conn: Connection, name: str) -> Iterator[None]:
    """A transaction that waits for nobody long: what somebody holds makes the mapping busy, and no other one wait."""
    try:
        with conn.transaction():
            conn.execute("select set_config('lock_timeout', $1, true)", (LOCK_TIMEOUT,), prepare=True)
            yield
    except psycopg.errors.LockNotAvailable as exc:
        raise MappingBusy(name) from exc


@dataclass(slots=True)
class Counts:
    """Counters of a batch or a pass, in records (`conflicted`: fields)."""

    inserted: int = 0
    modified: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    coupled: int = 0
    uncoupled: int = 0
    conflicted: int = 0
    waiting: int = 0
    held: int = 0
    batches: int = 0
    duration_ms: int = 0

    def add(self, other: Counts) -> None:
        """Add another's counters to these."""
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))

    def values(self) -> list[int]:
        """The counters in the order of their declaration."""
        return [getattr(self, f.name) for f in fields(self)]


COUNTERS = tuple(f.name for f in fields(Counts))


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Record keys from `first` to `last`, both included, with `entries` waiting entries."""

    first: str
    last: str
    entries: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch that has its mapping: the newest layouts (left, right), and the snapshot of its begin."""

    layouts: tuple[int, int]
    seen: str


@dataclass(frozen=True, slots=True)
class OtherSide:
    """Whether the other side has entries waiting (any, or for the rows held), parked records, and open conflicts.

    `seconds` is how long the server looked.
    """

    waits: bool = False
    is_parked: bool = False
    has_conflicts: bool = False
    seconds: float = 0.0


def streams_with_work(conn: Connection) -> set[tuple[str, Side]]:
    """Streams of running mappings that have a waiting entry or a parked one that is due."""
    found = conn.execute("select mapping_name, side from sync_private.streams_with_work()", prepare=True)
    return {(name, Side(side)) for name, side in found}


def prepare_stream(conn: Connection, mapping: str, side: Side) -> None:
    """Follow key changes, expand truncates, make due parked records claimable."""
    conn.execute("select sync_private.prepare_stream($1, $2)", (mapping, side.value), prepare=True)


def next_range(
    conn: Connection, mapping: str, side: Side, after: str | None, limit: int, *, with_deletes: bool
) -> KeyRange | None:
    """The next keys in key order, about `limit` entries of them; None when there are no more."""
    sql = "select first_key, last_key, entries from sync_private.next_range($1, $2, $3, $4, $5)"
    row = conn.execute(sql, (mapping, side.value, after, limit, with_deletes), prepare=True).fetchone()
    return None if row is None or row[2] == 0 else KeyRange(row[0], row[1], row[2])


def halves(conn: Connection, mapping: str, side: Side, keys: KeyRange) -> tuple[KeyRange, ...]:
    """The range split in two by records; one range if it holds one record, none if it holds nothing."""
    with conn.transaction():
        trust_indexes(conn)
        row = conn.execute(_HALVES, (mapping, side.value, keys.first, keys.last), prepare=True).fetchone()
    if row is None or row[0] is None:
        return ()
    first = KeyRange(row[0], row[1], 0)
    return (first,) if row[2] is None else (first, KeyRange(row[2], row[3], 0))


def lock_mapping(conn: Connection, mapping: str) -> bool:
    """Inside a transaction: take the mapping's advisory lock. False: another runner has it."""
    row = conn.execute(
        "select pg_try_advisory_xact_lock(hashtextextended('pysync.' || $1, 0))", (mapping,), prepare=True
    ).fetchone()
    return bool(row and row[0])


def begin_batch(conn: Connection, mapping: str) -> Begun | None:
    """Inside a transaction: take the mapping's advisory lock, name the origin. None: another runner has the lock."""
    row = conn.execute(_BEGIN, (mapping, LOCK_TIMEOUT), prepare=True).fetchone()
    return Begun((row[-2][0], row[-2][1]), row[-1]) if row and row[0] else None


def trust_indexes(conn: Connection) -> None:
    """Inside a transaction: prefer an index to any guess, as a batch does."""
    conn.execute("select set_config('enable_seqscan', 'off', true)", prepare=True)


def check_deferred(conn: Connection) -> None:
    """Inside a dry run: let deferred constraints speak now, as the commit would."""
    conn.execute("set constraints all immediate")
    conn.execute("set constraints all deferred")


def set_hop(conn: Connection, hop: int, *, is_heard: bool = False) -> None:
    """Hop count of the changes written next, and whether the mapping's own streams note them all the same."""
    conn.execute(
        "select set_config('sync.hop', $1, true), set_config('sync.is_heard', $2, true)",
        (str(hop), "on" if is_heard else ""),
        prepare=True,
    )


def other_side(conn: Connection, mapping: str, side: Side, *, is_short: bool) -> OtherSide:
    """What the mapping has waiting that concerns a write from this side to the other; entries if the queue is short."""
    row = conn.execute(_OTHER_SIDE, (mapping, side.other.value, is_short), prepare=True).fetchone()
    assert row is not None
    return OtherSide(*row)


def has_open_conflicts(conn: Connection, mappings: Collection[str]) -> bool:
    """Whether a conflict of these mappings waits for a person."""
    row = conn.execute(
        """
        select exists (
            select from sync.conflict c
            where c.mapping_name = any ($1) and c.resolved_at is null and c.resolution is null)
        """,
        (sorted(mappings),),
    ).fetchone()
    return bool(row and row[0])


def park_record(
    conn: Connection, mapping: str, side: Side, key: str, sqlstate: str | None, message: str, pass_id: int, seen: str
) -> bool:
    """Set the entries of one record that stood in the snapshot `seen` aside: the database refused them.

    True if it is skipped from now on.
    """
    row = conn.execute(
        "select sync_private.park_record($1, $2, $3, $4, $5, $6, $7)",
        (mapping, side.value, key, sqlstate, message, pass_id, seen),
    ).fetchone()
    return bool(row and row[0])


def start_pass(conn: Connection, kind: str) -> int:
    """Note the begin of a pass; gives its number."""
    with _log(conn):
        row = conn.execute("insert into sync.pass (kind) values ($1) returning pass_id", (kind,)).fetchone()
    assert row is not None
    return int(row[0])


def finish_pass(conn: Connection, pass_id: int, status: str, message: str | None = None) -> None:
    """Note the end of a pass, and let go what has been kept long enough."""
    with _log(conn):
        conn.execute(
            "update sync.pass set finished_at = clock_timestamp(), status = $2, message = $3 where pass_id = $1",
            (pass_id, status, message),
        )
        conn.execute("select sync.prune()", prepare=True)


def fail_pass(conn: Connection, pass_id: int, cause: BaseException) -> None:
    """Note that an exception ended a pass; it goes on its way, whatever the connection says.

    An interruption can leave a statement behind that still runs: the connection is of no use then.
    """
    if not conn.closed:
        with suppress(psycopg.Error):
            finish_pass(conn, pass_id, "failed", str(cause) or type(cause).__name__)


@contextmanager
def _log(conn: Connection) -> Iterator[None]:
    """A transaction for the log alone; inside another one, a part of that.

    The commits of the batches are durable; whether the log knows that the pass ended may be lost in a crash.
    """
    is_alone = conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with conn.transaction():
        if is_alone:
            conn.execute("set local synchronous_commit = off")
        yield


def log_batch(conn: Connection, pass_id: int, mapping: str, direction: str, counts: Counts) -> None:
    """Add a batch's counters to its pass."""
    conn.execute(
        "select sync_private.log_batch($1, $2, $3, $4)", (pass_id, mapping, direction, counts.values()), prepare=True
    )


def log_mapping_error(conn: Connection, pass_id: int, mapping: str, direction: str, exc: Exception) -> None:
    """Note that a whole mapping could not run."""
    conn.execute(
        "insert into sync.pass_error (pass_id, mapping_name, direction, sqlstate, message) values ($1, $2, $3, $4, $5)",
        (pass_id, mapping, direction, getattr(exc, "sqlstate", None), str(exc)),
    )
