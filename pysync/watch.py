"""Keep running: a pass whenever something changed or a schedule says so, woken by the first commit of a sleep."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import psycopg

from pysync import database, errors, schedule
from pysync.bell import Bell
from pysync.outbox import Connection, MappingBusy
from pysync.runner import PassResult, Runner
from pysync.workers import Team

log = logging.getLogger(__name__)

# How long a sleep lasts at most before the stop flag, and the posts of other watchers, are looked at.
_SLICE = 0.5
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0
# A lost server, a server without room, a deadlock: it may be over soon. Anything else ends the watcher.
_PASSING = ("40", "53", "55", "57")


class Observer(Protocol):
    """Who wants to know what a watcher does."""

    def on_ready(self, owned: Collection[str], missing: Collection[str]) -> None:
        """The mappings worked on and those stood by for have changed."""

    def on_pass(self, result: PassResult, seconds: float) -> None:
        """A pass that had something to do has ended."""

    def on_trouble(self, fault: errors.PysyncError) -> None:
        """The server is lost, or cannot work at the moment."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch and how.

    No names: all mappings, and those that will be. `interval` is the longest time between two looks, in seconds.
    """

    dsn: str
    names: Collection[str]
    interval: float
    stop: threading.Event
    workers: int = 1
    observer: Observer | None = None


def run(watch: Watch) -> None:
    """Watch until `stop` is set. A lost server is waited for; other watchers are stood by for, mapping by mapping."""
    failures = 0
    while not watch.stop.is_set():
        try:
            with contextlib.ExitStack() as opened:
                bell, *conns = [opened.enter_context(_connect(watch)) for _ in range(1 + watch.workers)]
                watcher = _Watcher(watch, Bell(bell, watch.names), conns)
                watcher.look()
                if failures:
                    log.info("recovered", extra={"failures": failures})
                failures = 0
                watcher.serve()
        except (psycopg.Error, errors.PysyncError) as exc:
            fault = errors.from_database(exc) if isinstance(exc, psycopg.Error) else exc
            if not (isinstance(fault, errors.DatabaseUnavailable) or (fault.sqlstate or "").startswith(_PASSING)):
                raise fault from exc
            if watch.observer:
                watch.observer.on_trouble(fault)
            pause = backoff(failures)
            failures += 1
            told = {"reason": errors.without_values(fault), "sqlstate": fault.sqlstate, "retry_in": round(pause, 1)}
            log.warning("trouble", extra=told)
            watch.stop.wait(pause)


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures: twice as long each time, and not all watchers at the same moment.

    >>> 0.25 <= backoff(0) <= 0.5, 15 <= backoff(50) <= 30
    (True, True)
    """
    longest = min(_FIRST_BACKOFF * 2.0 ** min(failures, 10), _LONGEST_BACKOFF)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, hides nothing


def _connect(watch: Watch) -> Connection:
    return database.connect(watch.dsn, application_name="pysync watch")


class _Watcher:
    """The connections of a watcher while they last."""

    def __init__(self, watch: Watch, bell: Bell, conns: list[Connection]) -> None:
        self.watch = watch
        self.bell = bell
        self.conn = conns[0]
        self.runner = Team(conns[0], conns[1:]) if len(conns) > 1 else Runner(conns[0])
        self.runner.session.should_stop = watch.stop.is_set
        self.fruitless = 0
        self.stuck: set[str] = set()
        self.faulty: set[str] = set()

    def serve(self) -> None:
        """Passes and sleeps in turn, until told to stop."""
        while not self.watch.stop.is_set():
            found = self.look()
            result = self._pass(found) if found.due else PassResult()
            if self.watch.stop.is_set():
                return
            self._note_schedules(found, result)
            if _progress(result):
                self.fruitless = 0
                continue
            # What an application holds, or a mapping that can't run, is looked at again and again, ever less often.
            self.fruitless = self.fruitless + 1 if found.due else 0
            self.stuck, self.faulty = set(found.due), set(result.faults)
            self._sleep(found)

    def look(self) -> schedule.Look:
        """What may run now, among the mappings this watcher works on."""
        if self.bell.is_stale or self.bell.missing:
            self._claim()
        found = schedule.look(self.bell.conn, self.bell.owned)
        for name in found.unplanned:
            self._plan(name)
        return schedule.look(self.bell.conn, self.bell.owned) if found.unplanned else found

    def _claim(self) -> bool:
        if not self.bell.claim():
            return False
        if self.bell.owned:
            log.info("watching", extra={"mappings": sorted(self.bell.owned)})
        if self.bell.missing:
            log.info("standing by", extra={"mappings": sorted(self.bell.missing), "for_pids": self.bell.holders()})
        if self.watch.observer:
            self.watch.observer.on_ready(frozenset(self.bell.owned), frozenset(self.bell.missing))
        return True

    def _plan(self, name: str) -> None:
        try:
            schedule.plan(self.conn, name)
        except MappingBusy:
            return
        except errors.MappingError as exc:
            log.error("schedule is faulty", extra={"mapping": name, "reason": exc.message, "hint": exc.hint})

    def _pass(self, found: schedule.Look) -> PassResult:
        started = time.monotonic()
        result = self.runner.run(found.due)
        if result.pass_id and self.watch.observer:
            self.watch.observer.on_pass(result, time.monotonic() - started)
        return result

    def _note_schedules(self, found: schedule.Look, result: PassResult) -> None:
        """A run that left rows because somebody held them is not over: it comes back for them."""
        for name in found.ended:
            counts = [c for (n, _), c in result.counts.items() if n == name]
            if name in result.busy or any(c.held for c in counts):
                continue
            was_active = name in result.faults or any(c.inserted + c.modified + c.deleted + c.failed for c in counts)
            try:
                schedule.finish(self.conn, name, datetime.now(UTC), was_active=was_active)
            except MappingBusy:
                # Somebody is just editing the schedule: the end of the run is noted as soon as he is done.
                continue
            except errors.MappingError:
                self._plan(name)

    def _sleep(self, found: schedule.Look) -> None:
        """Sleep until a commit rings, a schedule is due, or the longest time is over.

        A writer that tried the bell before it was held and commits later does not ring: while one may be under way,
        look again every few milliseconds. So it is done when another tries a bell in the very moment.
        """
        longest = min(self.watch.interval, 0.05 * 2**self.fruitless) if self.fruitless else self.watch.interval
        until = time.monotonic() + longest
        nap = 0.002
        with self.bell.held() as held:
            while not self.watch.stop.is_set() and (left := until - time.monotonic()) > 0:
                # Bells are held before what came in is looked at: nothing falls between.
                is_held = held.take(set(found.rung) - self.faulty)
                found = schedule.look(self.bell.conn, self.bell.owned)
                if set(found.due) - self.stuck or set(found.ended) - set(found.due) or found.unplanned:
                    return
                is_held = is_held and held.taken >= set(found.rung) - self.faulty
                pause = nap if not is_held or held.may_be_missed() else _SLICE
                nap = min(nap * 2, _SLICE)
                if self.bell.rings(min(left, pause, found.wait if found.wait is not None else pause)):
                    return
                if self.bell.missing and self._claim():
                    return


def _progress(result: PassResult) -> bool:
    """Whether a pass did anything but put records back."""
    return any(sum(c.values()[:-3]) for c in result.counts.values())
