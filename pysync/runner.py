"""One pass: drain the outboxes in dependency order, parents first for writes, children first for deletes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg

from pysync import apply, errors, gate, outbox
from pysync.batch import PlanOutdated
from pysync.compiler import Compiler
from pysync.errors import PysyncError
from pysync.model import Side
from pysync.outbox import Connection, Counts, KeyRange, MappingBusy
from pysync.session import Allowance, OverLimit, Session

log = logging.getLogger(__name__)
T = TypeVar("T")

# A change may be handed on to further mappings within one pass; more rounds than hops would be a loop.
MAX_ROUNDS = 10

# An application that wants a row of a batch waits until the batch commits: batches are sized so that it hardly notices.
HELD_SECONDS = 0.04
FIRST_BATCH = 1000
LEAST_BATCH = 1000


@dataclass(slots=True)
class PassResult:
    """What a pass did: counters per (mapping, direction), and mappings that could not run, with the reason."""

    pass_id: int = 0
    counts: dict[tuple[str, str], Counts] = field(default_factory=dict)
    faults: dict[str, PysyncError] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    has_open_conflicts: bool = False

    def add(self, name: str, direction: str, counts: Counts) -> None:
        """Add a batch."""
        self.counts.setdefault((name, direction), Counts()).add(counts)

    @property
    def has_problems(self) -> bool:
        """Whether anything needs a person to look."""
        return bool(self.faults) or self.has_open_conflicts or any(c.failed for c in self.counts.values())


class Runner:
    """A connection that runs passes. Raises DatabaseUnavailable when the connection is lost."""

    def __init__(self, conn: Connection, *, kind: str = "changes", compiler: Compiler | None = None) -> None:
        self.conn = conn
        self.kind = kind
        self.compiler = compiler or Compiler(conn)
        self.session = Session(conn)

    def run(self, names: Collection[str] = (), first: tuple[str, Side, str] | None = None) -> PassResult:
        """One pass over everything that changed, or over the named mappings. Nothing to do: nothing is written.

        `first` is a record (mapping, side, key) to be worked on before all else: what a person decides comes before
        what a policy would.
        """
        result = PassResult()
        work = self._work(names, result)
        if not work:
            return result
        self.session.lock_waits = 0
        self.session.long_looks.clear()
        started = time.monotonic()
        try:
            self._pass(work, names, result, first)
        except psycopg.Error as exc:
            raise errors.from_database(exc) from exc
        _log_pass(result, time.monotonic() - started)
        return result

    def _pass(
        self,
        work: set[tuple[str, Side]],
        names: Collection[str],
        result: PassResult,
        first: tuple[str, Side, str] | None,
    ) -> None:
        self.session.pass_id = result.pass_id = outbox.start_pass(self.conn, self.kind)
        try:
            if first is not None:
                self._first(*first, result)
            self._rounds(work, names, result)
        except BaseException as exc:
            outbox.fail_pass(self.conn, result.pass_id, exc)
            raise
        if not self.session.is_stopping:
            gate.use_up(self.conn, self._gated(result))
        # What a policy settled needs nobody.
        if any(c.conflicted for c in result.counts.values()):
            result.has_open_conflicts = outbox.has_open_conflicts(self.conn, {name for name, _ in result.counts})
        status = "problems" if result.has_problems else "done"
        left = "stopped: what is left waits for the next pass" if self.session.is_stopping else None
        outbox.finish_pass(self.conn, result.pass_id, status, left)

    def _gated(self, result: PassResult) -> set[str]:
        """Mappings with limits that the pass worked on."""
        names = {name for name, _ in result.counts} - result.faults.keys() - result.busy
        rows = [self.compiler.mappings[name] for name in names if name in self.compiler.mappings]
        return {r.mapping_name for r in rows if r.max_deletes is not None or r.max_changed_share is not None}

    def _first(self, name: str, side: Side, key: str, result: PassResult) -> None:
        self.compiler.refresh()
        try:
            self._prepare(name)
            counts = self._apply(name, side, KeyRange(key, key, 1), with_deletes=False)
        except MappingBusy:
            result.busy.add(name)
        except PysyncError as exc:
            self._fault(name, side.direction, exc, result)
        else:
            result.add(name, side.direction, counts)

    def has_work(self, names: Collection[str] = ()) -> bool:
        """Whether a pass would find anything to look at."""
        return bool(self._work(names, PassResult()))

    def _work(self, names: Collection[str], result: PassResult) -> set[tuple[str, Side]]:
        try:
            found = outbox.streams_with_work(self.conn)
        except psycopg.Error as exc:
            raise errors.from_database(exc) from exc
        unwanted = result.faults.keys() | result.busy
        return {(n, s) for n, s in found if n not in unwanted and (not names or n in names)}

    def _rounds(self, work: set[tuple[str, Side]], names: Collection[str], result: PassResult) -> None:
        for _ in range(MAX_ROUNDS):
            self.compiler.refresh()
            progress = 0
            for wave in self.compiler.waves:
                progress += self._drain_wave(wave, work, result, with_deletes=False)
            work = self._work(names, result)
            for wave in reversed(self.compiler.waves):
                progress += self._drain_wave(wave, work, result, with_deletes=True)
            work = self._work(names, result)
            if not work or not progress or self.session.is_stopping:
                return

    def _drain_wave(
        self, wave: Collection[str], work: set[tuple[str, Side]], result: PassResult, *, with_deletes: bool
    ) -> int:
        """Mappings that do not need each other, one after the other. Gives records worked off."""
        return sum(self.drain_mapping(name, work, result, with_deletes=with_deletes) for name in wave)

    def drain_mapping(self, name: str, work: set[tuple[str, Side]], result: PassResult, *, with_deletes: bool) -> int:
        """Both directions of a mapping; a fault of the mapping stops only this mapping. Gives records worked off."""
        sides = [side for side in Side if (name, side) in work]
        if not sides or name in result.faults or name in result.busy or self.session.is_stopping:
            return 0
        progress = 0
        direction = sides[0].direction
        try:
            self._prepare(name)
            self.session.allowance = self._allowance(name, result)
            for side in sides:
                direction = side.direction
                progress += self._drain(name, side, result, with_deletes=with_deletes)
        except MappingBusy:
            result.busy.add(name)
        except psycopg.Error as exc:
            self._fault(name, direction, errors.from_database(exc), result)
        except PysyncError as exc:
            self._fault(name, direction, exc, result)
        finally:
            self.session.allowance = None
        return progress

    def _prepare(self, name: str) -> None:
        # Under the lock, or a key would be followed that another runner is just about to couple.
        with outbox.promptly(self.conn, name):
            if not outbox.lock_mapping(self.conn, name):
                raise MappingBusy(name)
            for side in Side:
                outbox.prepare_stream(self.conn, name, side)

    def _fault(self, name: str, direction: str, exc: PysyncError, result: PassResult) -> None:
        if self.conn.closed or self.conn.broken or isinstance(exc, errors.DatabaseUnavailable):
            raise exc
        if isinstance(exc, gate.GateClosed):
            # It stands in sync.gate, and its command in sync.problem.
            result.faults[name] = exc
            return
        self.compiler.forget(name)
        exc.hint = exc.hint or f"run `{errors.command('check', name)}`"
        result.faults[name] = exc
        about = {"mapping": name, "direction": direction, "sqlstate": exc.sqlstate}
        log.error("mapping failed", extra={**about, "reason": errors.without_values(exc), "hint": exc.hint})
        outbox.log_mapping_error(self.conn, result.pass_id, name, direction, exc)

    def _drain(self, name: str, side: Side, result: PassResult, *, with_deletes: bool) -> int:
        """Work through a stream in key order, once."""
        progress = 0
        after: str | None = None
        most = self.compiler.mappings[name].batch_size
        limit = min(FIRST_BATCH, most)
        while not self.session.is_stopping and (
            keys := outbox.next_range(self.conn, name, side, after, limit, with_deletes=with_deletes)
        ):
            try:
                counts = self._apply(name, side, keys, with_deletes=with_deletes)
            except OverLimit as over:
                # More has come in since it was counted: the mapping is stopped, or there is room for this as well.
                result.add(name, side.direction, over.done)
                self.session.allowance = self._allowance(name, result)
                continue
            result.add(name, side.direction, counts)
            progress += keys.entries - counts.held
            after = keys.last
            limit = next_limit(limit, most, self.session.held_seconds)
        return progress

    def _allowance(self, name: str, result: PassResult) -> Allowance | None:
        return self._anew(name, lambda: gate.check(self.session, self.compiler, name, result.counts))

    def _apply(self, name: str, side: Side, keys: KeyRange, *, with_deletes: bool) -> Counts:
        return self._anew(
            name, lambda: apply.apply(self.session, self.compiler.plan(name, side), keys, with_deletes=with_deletes)
        )

    def _anew(self, name: str, act: Callable[[], T]) -> T:
        """Do it; if a table changed since the plan was made, once more: a new plan runs, or tells what is wrong."""
        try:
            return act()
        except PysyncError as exc:
            if not (isinstance(exc, PlanOutdated) or (exc.sqlstate or "").startswith("42")):
                raise
        self.compiler.forget(name)
        return act()


def _log_pass(result: PassResult, seconds: float) -> None:
    """A line per mapping and direction: counters that are not zero, never a value or key of a row."""
    for (name, direction), counts in sorted(result.counts.items()):
        done = {n: v for n, v in zip(outbox.COUNTERS, counts.values(), strict=True) if v and n != "batches"}
        about = {"pass_id": result.pass_id, "mapping": name, "direction": direction, **done}
        log.info("pass", extra={**about, "pass_ms": round(seconds * 1000)})


def next_limit(limit: int, most: int, held_seconds: float) -> int:
    """Entries of the next batch, from how long the last one held its rows.

    >>> next_limit(1000, 5000, 0.010), next_limit(1000, 5000, 0.030), next_limit(1000, 5000, 0.100)
    (2000, 1000, 1000)
    """
    if held_seconds > HELD_SECONDS:
        return max(limit // 2, min(LEAST_BATCH, most))
    return min(limit * 2, most) if held_seconds < HELD_SECONDS / 2 else limit
