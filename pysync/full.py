"""Full synchronisation: every row of every mapping, in dependency order, resumable at any point."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import psycopg

from pysync import dependency, errors, gate, match, outbox, plan, scan
from pysync.compiler import Compiler
from pysync.errors import ApplyError, PysyncError
from pysync.model import Side, TableMapping
from pysync.outbox import Connection, Counts, MappingBusy
from pysync.plan import Plan
from pysync.runner import FIRST_BATCH, PassResult, Runner, next_limit
from pysync.scan import Page
from pysync.statements import compare, render
from pysync.statements.scan import in_turn, sparing

log = logging.getLogger(__name__)
T = TypeVar("T")

# How long to wait for a mapping that another runner is working on.
PATIENCE = 60.0
_PAUSE = 0.05

# Not the view's own recommendation: it would read both tables whole, and review() looks through the filters as well.
_LINES = """
select r.mapping_name, r.depends_on, r.direction, f.action, r.status, r.to_right_status, r.to_left_status,
    r.rows_done, r.rows_total, r.ambiguous, r.failed, r.message, r.started_at, r.finished_at, r.next_command
from sync.full_sync_review r left join sync.full_sync f on f.mapping_name = r.mapping_name
where r.mapping_name = any ($1) order by r.mapping_name
"""
_BEGIN = """
insert into sync.full_sync (mapping_name, action) values ($1, $2)
on conflict (mapping_name) do update set action = excluded.action, status = 'ready', is_matched = false, ambiguous = 0,
    to_right_status = null, to_right_key = null, to_right_done = 0, to_right_total = null,
    to_left_status = null, to_left_key = null, to_left_done = 0, to_left_total = null, failed = 0, pass_id = null,
    message = null, asked_at = now(), asked_by = session_user, started_at = null, finished_at = null
"""
_OPEN = """
insert into sync_private.full_sync_open (mapping_name, side, record_key)
select $1, o.side, o.record_key from pg_temp.match_open o on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What the review shows of a mapping; a row of sync.full_sync_review."""

    mapping: str
    depends_on: tuple[str, ...]
    direction: str
    recommendation: str | None
    status: str | None
    to_right_status: str | None
    to_left_status: str | None
    rows_done: int
    rows_total: int
    ambiguous: int | None
    failed: int | None
    message: str | None
    started_at: Any
    finished_at: Any
    next_command: str | None


@dataclass(slots=True)
class Synchronised:
    """What a full synchronisation did: counters, faults, and mappings that were not begun with what they need."""

    result: PassResult = field(default_factory=PassResult)
    blocked: dict[str, str] = field(default_factory=dict)
    ambiguous: dict[str, int] = field(default_factory=dict)

    @property
    def has_problems(self) -> bool:
        """Whether anything needs a person to look."""
        return self.result.has_problems or bool(self.blocked or self.ambiguous or self.result.busy)


# Called with mapping, direction, rows done and rows in all.
Progress = Callable[[str, str, int, int], object]


def review(conn: Connection, compiler: Compiler, names: Sequence[str]) -> list[Line]:
    """The lines of the mappings, each with the recommendation for the rows inside its filters."""
    found = {row[0]: Line(row[0], tuple(row[1]), *row[2:]) for row in conn.execute(_LINES, (list(names),))}
    order = [name for wave in compiler.waves for name in wave if name in found]
    lines = []
    for name in order:
        line = found[name]
        if line.status not in ("ready", "in process"):
            line = _recommended(conn, compiler, line)
        lines.append(line)
    return lines


def _recommended(conn: Connection, compiler: Compiler, line: Line) -> Line:
    try:
        return replace(line, recommendation=recommend(conn, compiler, line.mapping))
    except PysyncError as exc:
        return replace(line, recommendation=None, message=exc.message)
    except psycopg.Error as exc:
        if conn.closed or conn.broken:
            raise errors.from_database(exc) from exc
        return replace(line, recommendation=None, message=errors.from_database(exc).message)


def recommend(conn: Connection, compiler: Compiler, name: str) -> str:
    """couple when both sides have uncoupled rows, nothing to do when both are empty, else full.

    The mapping's full_sync overrides it.
    """
    chosen = compiler.mappings[name].full_sync
    if chosen != "auto":
        return "nothing to do" if chosen == "none" else chosen
    states = []
    for side in Side:
        tree = compare.populated(compiler.bind(name, side))
        states.append(conn.execute(render(tree).encode(), (name,)).fetchone() or (False, False))
    if all(alone for _, alone in states):
        return "couple"
    return "full" if any(rows for rows, _ in states) else "nothing to do"


def begin(conn: Connection, lines: Sequence[Line], *, restart: bool) -> list[str]:
    """Note what is to be done, or go on with what was cut off; gives the mappings that are left to do."""
    left = [line for line in lines if line.status not in (None, "finished")]
    with conn.transaction():
        if left and not restart:
            for line in lines:
                if line.status is None:
                    conn.execute(_BEGIN, (line.mapping, line.recommendation or "full"))
            return [line.mapping for line in lines if line.status != "finished"]
        for line in lines:
            conn.execute(_BEGIN, (line.mapping, line.recommendation or "full"))
        conn.execute(
            "delete from sync_private.full_sync_open where mapping_name = any ($1)", ([x.mapping for x in lines],)
        )
    return [line.mapping for line in lines]


class Full:
    """A connection that runs a full synchronisation; `on_progress` is told after each batch."""

    def __init__(self, conn: Connection, compiler: Compiler, on_progress: Progress | None = None) -> None:
        self.conn = conn
        self.compiler = compiler
        self.runner = Runner(conn, kind="full", compiler=compiler)
        self.session = self.runner.session
        self.outcome = Synchronised()
        self.on_progress = on_progress

    def run(self, names: Sequence[str]) -> Synchronised:
        """The mappings in dependency order. What needs one that could not run is not begun; the others go on."""
        row = self.conn.execute("select pg_try_advisory_lock(hashtextextended('pysync full', 0))").fetchone()
        if not (row and row[0]):
            raise ApplyError(
                "another full synchronisation is running", hint="look at: select * from sync.full_sync_review"
            )
        try:
            self._waves(names)
        finally:
            if not (self.conn.closed or self.conn.broken):
                self.conn.execute("select pg_advisory_unlock(hashtextextended('pysync full', 0))")
        return self.outcome

    def _waves(self, names: Sequence[str]) -> None:
        graph = dependency.needs(tuple(self.compiler.mappings.values()))
        broken: set[str] = set()
        done: list[str] = []
        for name in [n for wave in self.compiler.waves for n in wave if n in names]:
            needed = sorted(dependency.reachable(graph, name) & broken)
            if needed:
                self.outcome.blocked[name] = needed[0]
                self._set(name, "message", f"not begun: {needed[0]} could not run")
            elif self._one(name):
                done.append(name)
            else:
                broken.add(name)
        # What the loads set off in other mappings of these tables, and what waited for a mapping of a later wave.
        if done:
            self._drain(done)
        self.outcome.result.has_open_conflicts = outbox.has_open_conflicts(self.conn, names)

    def _one(self, name: str) -> bool:
        """One mapping; false if it could not run."""
        try:
            _Load(self, name).run()
        except psycopg.Error as exc:
            fault = errors.from_database(exc)
            if self.conn.closed or self.conn.broken:
                raise fault from exc
            return self._fault(name, fault)
        except MappingBusy:
            return self._fault(name, ApplyError("another pass is working on it", hint="try again: pysync full"))
        except PysyncError as exc:
            if self.conn.closed or self.conn.broken or isinstance(exc, errors.DatabaseUnavailable):
                raise
            return self._fault(name, exc)
        return True

    def _fault(self, name: str, exc: PysyncError) -> bool:
        self.compiler.forget(name)
        exc.hint = exc.hint or f"run `{errors.command('check', name)}`"
        self.outcome.result.faults[name] = exc
        log.error("mapping failed", extra={"mapping": name, "sqlstate": exc.sqlstate})
        self.conn.execute(
            "update sync.full_sync set status = 'error', message = $2, finished_at = now() where mapping_name = $1",
            (name, exc.message),
        )
        return False

    def _set(self, name: str, column: str, value: Any) -> None:
        query = psycopg.sql.SQL("update sync.full_sync set {} = $2 where mapping_name = $1")
        self.conn.execute(query.format(psycopg.sql.Identifier(column)), (name, value))

    def _drain(self, names: Sequence[str]) -> PassResult:
        """A pass over what waits for the mappings; waits for a while for what others work on."""
        end = time.monotonic() + PATIENCE
        while True:
            result = self.runner.run(names)
            for (name, direction), counts in result.counts.items():
                self.outcome.result.add(name, direction, counts)
            self.outcome.result.faults |= result.faults
            if not result.busy or time.monotonic() > end:
                self.outcome.result.busy |= result.busy
                return result
            time.sleep(_PAUSE)


class _Load:
    """The full synchronisation of one mapping: match, drain, then each direction."""

    def __init__(self, full: Full, name: str) -> None:
        self.full = full
        self.conn = full.conn
        self.name = name
        self.row: TableMapping = full.compiler.mappings[name]
        found = self.conn.execute(
            "select action, is_matched, ambiguous, to_right_status, to_right_key, to_left_status, to_left_key"
            " from sync.full_sync where mapping_name = $1",
            (name,),
        ).fetchone()
        assert found is not None
        self.action, self.is_matched, self.ambiguous = found[:3]
        self.positions = {Side.LEFT: found[3:5], Side.RIGHT: found[5:7]}

    def run(self) -> None:
        """All that is left to do. Raises PysyncError, MappingBusy and psycopg.Error when the mapping cannot run."""
        if self.action != "nothing to do":
            self._note("status = 'in process', message = null, started_at = coalesce(started_at, clock_timestamp())")
            if self.action == "couple" and not self.is_matched:
                self._match()
            if self.ambiguous:
                self.full.outcome.ambiguous[self.name] = self.ambiguous
            self._ask_by_time()
            self._drain()
            sides = in_turn(self.row)
            self._judge(sides)
            for side in sides:
                if self.positions[side][0] not in ("success", "error"):
                    self._direction(side)
            gate.use_up(self.conn, [self.name], "full")
        self._note("status = 'finished', finished_at = clock_timestamp()")
        self.conn.execute("delete from sync_private.full_sync_open where mapping_name = $1", (self.name,))

    def _note(self, assignments: str) -> None:
        query = psycopg.sql.SQL("update sync.full_sync set {} where mapping_name = $1")
        self.conn.execute(query.format(psycopg.sql.SQL(assignments)), (self.name,))

    def _judge(self, sides: Sequence[Side]) -> None:
        """Before the first page: the mapping's limit on changes. What was cut off has passed it."""
        if not any(self.positions[side][1] for side in sides):
            self._patiently(partial(gate.check_scan, self.full.session, self.row, list(map(self._plan, sides))))

    def _match(self) -> None:
        def save(found: match.Matched) -> None:
            self.conn.execute(_OPEN, (self.name,))
            self.conn.execute(
                "update sync.full_sync set is_matched = true, ambiguous = $2 where mapping_name = $1",
                (self.name, found.ambiguous),
            )

        found = self._patiently(
            partial(match.run, self.conn, self.full.compiler, self.name, match.Wanted(limit=0), save)
        )
        self.ambiguous = found.ambiguous
        if found.coupled:
            direction = self.row.sources()[0].direction
            self.full.outcome.result.add(self.name, direction, Counts(coupled=found.coupled))

    def _ask_by_time(self) -> None:
        """Where the newer value wins, ask for couples that differ from both sides: only a conflict compares times."""
        if match.is_by_time(self.row) and not self.positions[Side.LEFT][1]:
            tree = compare.ask_differing(self.full.compiler.bind(self.name, Side.LEFT))
            layouts = self.conn.execute(
                "select sync_private.newest_layout($1, 'left'), sync_private.newest_layout($1, 'right')", (self.name,)
            ).fetchone()
            self.conn.execute(render(tree).encode(), (self.name, *(layouts or (0, 0))))

    def _drain(self) -> PassResult:
        if self.ambiguous:
            self.conn.execute(
                "delete from sync.outbox o using sync_private.full_sync_open q where q.mapping_name = $1"
                " and o.mapping_name = $1 and o.side = q.side and o.record_key = q.record_key"
                " and o.operation = 'create'",
                (self.name,),
            )
        result = self.full._drain([self.name])
        if self.name in result.faults:
            raise result.faults[self.name]
        return result

    def _direction(self, side: Side) -> None:
        """Every row of one side, then a pass over what the scan has asked for."""
        pass_id = outbox.start_pass(self.conn, "full")
        try:
            self._note_start(side, pass_id)
            failed = self._scan(side, pass_id)
        except BaseException as exc:
            outbox.fail_pass(self.conn, pass_id, exc)
            raise
        outbox.finish_pass(self.conn, pass_id, "problems" if failed else "done")
        drained = self._drain().counts.get((self.name, side.direction), Counts())
        failed += drained.failed
        query = psycopg.sql.SQL("update sync.full_sync set {} = $2, failed = failed + $3 where mapping_name = $1")
        column = psycopg.sql.Identifier(f"{side.direction}_status")
        self.conn.execute(query.format(column), (self.name, "error" if failed else "success", failed))

    def _note_start(self, side: Side, pass_id: int) -> None:
        table = self.full.compiler.bind(self.name, side).source.table
        if self.positions[side][1] is None:
            columns = [psycopg.sql.Identifier(f"{side.direction}_{part}") for part in ("total", "done")]
            counting = psycopg.sql.SQL(
                "update sync.full_sync set {} = (select count(*) from {}), {} = 0 where mapping_name = $1"
            ).format(columns[0], psycopg.sql.Identifier(table.schema, table.name), columns[1])
            self.conn.execute(counting, (self.name,))
        query = psycopg.sql.SQL("update sync.full_sync set {} = 'in process', pass_id = $2 where mapping_name = $1")
        self.conn.execute(query.format(psycopg.sql.Identifier(f"{side.direction}_status")), (self.name, pass_id))

    def _scan(self, side: Side, pass_id: int) -> int:
        """Page by page from the position that was saved last; gives the records that failed."""
        columns = [psycopg.sql.Identifier(f"{side.direction}_{part}") for part in ("key", "done")]
        moved = psycopg.sql.SQL(
            "update sync.full_sync set {0} = $2, {1} = {1} + $3 where mapping_name = $1 returning {1}"
        ).format(*columns)
        bound = self._plan(side)
        session = self.full.session
        session.pass_id = pass_id
        after: str | None = self.positions[side][1]
        limit, failed = min(FIRST_BATCH, self.row.batch_size), 0

        def save(page: Page) -> None:
            self.conn.execute(moved, (self.name, page.last_key, page.rows))

        total = self._total(side)
        while page := self._patiently(partial(scan.next_page, session, bound, after, limit, save)):
            after = page.last_key
            failed += page.counts.failed
            self.full.outcome.result.add(self.name, side.direction, page.counts)
            limit = next_limit(limit, self.row.batch_size, session.held_seconds)
            if self.full.on_progress is not None:
                self.full.on_progress(self.name, side.direction, page.rows, total)
        return failed

    def _total(self, side: Side) -> int:
        query = psycopg.sql.SQL("select coalesce({} - {}, 0) from sync.full_sync where mapping_name = $1")
        columns = [psycopg.sql.Identifier(f"{side.direction}_{part}") for part in ("total", "done")]
        row = self.conn.execute(query.format(*columns), (self.name,)).fetchone()
        return max(0, row[0]) if row else 0

    def _plan(self, side: Side) -> Plan:
        found = self.full.compiler.plan(self.name, side)
        return plan.compile_plan(sparing(found.route)) if self.ambiguous else found

    def _patiently(self, act: Callable[[], T]) -> T:
        """Try again while another runner works on the mapping."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except MappingBusy:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
