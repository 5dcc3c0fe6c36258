"""Keep running: a pass whenever something changed, woken by the first commit after falling asleep."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import psycopg

from pysync import database, errors
from pysync.outbox import Connection
from pysync.runner import PassResult, Runner

log = logging.getLogger(__name__)

# The pair of numbers sync_private.ring() tries, and the one that only one watcher at a time can hold.
_BELL = (1887007091, 1)
_WATCHER = (1887007091, 2)
# How long a sleep lasts at most before the stop flag is looked at.
_SLICE = 0.5
_LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch and how: `interval` is the longest time between two looks, in seconds."""

    dsn: str
    names: Collection[str]
    interval: float
    stop: threading.Event
    on_pass: Callable[[PassResult, float], None]
    on_trouble: Callable[[errors.PysyncError], None]


def run(watch: Watch) -> None:
    """Watch until `stop` is set. A lost server is waited for; another watcher is stood by for."""
    backoff = 0.5
    while not watch.stop.is_set():
        try:
            with _connect(watch, "pysync watch") as bell, _connect(watch, "pysync watch") as conn:
                if _stand_by(watch, bell):
                    bell.execute("listen pysync")
                    backoff = 0.5
                    _serve(watch, bell, Runner(conn))
        except (psycopg.Error, errors.PysyncError) as exc:
            fault = errors.from_database(exc) if isinstance(exc, psycopg.Error) else exc
            watch.on_trouble(fault)
            if not isinstance(fault, errors.DatabaseUnavailable):
                raise fault from exc
            watch.stop.wait(backoff)
            backoff = min(backoff * 2, _LONGEST_BACKOFF)


def _connect(watch: Watch, name: str) -> Connection:
    return database.connect(watch.dsn, application_name=name)


def _stand_by(watch: Watch, bell: Connection) -> bool:
    """Wait until no other watcher works on this database; False when told to stop meanwhile."""
    while not watch.stop.is_set():
        row = bell.execute("select pg_try_advisory_lock($1, $2)", _WATCHER).fetchone()
        if row and row[0]:
            return True
        watch.stop.wait(_SLICE)
    return False


def _serve(watch: Watch, bell: Connection, runner: Runner) -> None:
    fruitless = 0
    while not watch.stop.is_set():
        started = time.monotonic()
        result = runner.run(watch.names)
        if result.pass_id:
            watch.on_pass(result, time.monotonic() - started)
        if _progress(result):
            fruitless = 0
            continue
        # What an application holds, or a mapping that can't run, is looked at again and again, ever less often.
        fruitless = fruitless + 1 if result.pass_id else 0
        longest = min(watch.interval, 0.05 * 2**fruitless) if fruitless else watch.interval
        _sleep(watch, bell, runner, longest, looks=not fruitless)


def _progress(result: PassResult) -> bool:
    """Whether a pass did anything but put records back."""
    return any(sum(c.values()[:-3]) for c in result.counts.values())


def _sleep(watch: Watch, bell: Connection, runner: Runner, longest: float, *, looks: bool) -> None:
    """Sleep until a commit rings, or `longest` is over.

    A writer that tried the bell before it was set and commits later does not ring: while one may be under way, look
    again every few milliseconds.
    """
    bell.execute("select pg_advisory_lock($1, $2)", _BELL)
    try:
        row = bell.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        awaited = row[0] if row else "0"
        until = time.monotonic() + longest
        nap = 0.002
        while not watch.stop.is_set() and (left := until - time.monotonic()) > 0:
            if looks and runner.has_work(watch.names):
                return
            pause = nap if looks and _under_way(bell, awaited) else _SLICE
            nap = min(nap * 2, _SLICE)
            if any(True for _ in bell.notifies(timeout=min(left, pause), stop_after=1)):
                return
    finally:
        bell.execute("select pg_advisory_unlock($1, $2)", _BELL)


def _under_way(conn: Connection, awaited: str) -> bool:
    """Whether a transaction older than the bell is still running."""
    row = conn.execute("select pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8", (awaited,)).fetchone()
    return bool(row and row[0])
