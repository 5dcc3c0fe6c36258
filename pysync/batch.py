"""One batch in one transaction: the statements of a plan, in order, as far as there is work for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from pysync import outbox
from pysync.errors import ApplyError
from pysync.model import Statement
from pysync.outbox import Connection, Counts, MappingBusy, OtherSide
from pysync.plan import Plan
from pysync.session import Change, Record, Session

_WRITTEN = ("insert", "gone")
WORKING_TABLES = ("stage", "decision", "clash")
# Dead rows in the working tables beyond which a truncate, and new plans after it, cost less than going over them.
MOST_DEAD_ROWS = 10_000
DEAD_ROWS_PER_ENTRY = 20
# A look at a queue that steps over the dead entries of a big drain can cost more than to look for each row by its key.
LOOK_SECONDS = 0.001
LOOK_SECONDS_A_ROW = 0.000005
# The first look marks them, as far as no snapshot holds them back, and a vacuum takes them away: it is tried again.
LONG_LOOKS = 2
LOOK_AGAIN = 20


class PlanOutdated(ApplyError):
    """Entries are written in another layout than the plan was compiled for: it would misread them."""


class RowsRefused(ApplyError):
    """Fewer rows were written than were sent: a trigger of the target's own swallowed some, or a person was faster."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A row of the summary: records of one disposition and hop count."""

    disposition: str
    hop: int
    records: int
    undecided: int
    written: int
    later: int
    flags: list[bool]


@dataclass(frozen=True, slots=True)
class Take:
    """What a batch works on: the statement that fills the stage, its values, and about how many records."""

    statement: str
    values: dict[str, Any]
    records: int


def run(session: Session, plan: Plan, take: Take, save: Callable[[Counts], object] | None = None) -> Counts:
    """One batch in one transaction; `save` may add to its end.

    Raises MappingBusy, PlanOutdated, OverLimit, RowsRefused, psycopg.Error.
    """
    _ensure_working_tables(session, plan)
    started = time.monotonic()
    with session.conn.transaction():
        begin(session, plan)
        batch = _Batch(session, plan)
        counts = batch.run(take)
        counts.duration_ms = round((time.monotonic() - started) * 1000)
        if counts.batches:
            outbox.log_batch(session.conn, session.pass_id, plan.mapping, plan.direction, counts)
        if session.keep_open:
            outbox.check_deferred(session.conn)
        if save is not None:
            save(counts)
    session.held_seconds = time.monotonic() - batch.locked_at if batch.holds else 0.0
    if session.allowance is not None:
        session.allowance.spend(counts)
    batch.tell()
    return counts


def begin(session: Session, plan: Plan) -> None:
    """Inside a transaction: take the mapping for it. Raises MappingBusy, and PlanOutdated."""
    begun = outbox.begin_batch(session.conn, plan.mapping)
    if begun is None:
        raise MappingBusy(plan.mapping)
    session.seen = begun.seen
    if begun.layouts != plan.layouts:
        raise PlanOutdated(
            f"capture of mapping {plan.mapping} was made anew meanwhile: it watches other columns now",
            hint="run it again",
        )


def measure(session: Session, plan: Plan, take: Take) -> tuple[int, int]:
    """Rows a batch would delete, and coupled rows it would change or delete; classified only, and rolled back."""
    _ensure_working_tables(session, plan)
    with session.conn.transaction(force_rollback=True):
        begin(session, plan)
        return _Batch(session, plan).measure(take)


def execute(conn: Connection, statement: Statement, values: Mapping[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement of a plan with the values it names."""
    return conn.execute(statement.sql.encode(), [values[p] for p in statement.parameters], prepare=True)


def _ensure_working_tables(session: Session, plan: Plan) -> None:
    """Create the session's working tables for a plan it has not run yet."""
    if session.working.get(plan.key) is plan:
        return
    with session.conn.transaction():
        for kind in WORKING_TABLES:
            table = psycopg.sql.Identifier("pg_temp", plan.route.working(kind))
            session.conn.execute(psycopg.sql.SQL("drop table if exists {}").format(table))
        for statement in plan.working_tables:
            session.conn.execute(statement.sql.encode())
    session.working[plan.key] = plan
    session.left_rows[plan.key] = 0


class _Batch:
    """The statements of one transaction, in order; each runs only when the summary says there is work for it."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self.session = session
        self.plan = plan
        self.values: dict[str, Any] = {
            "mapping": plan.mapping,
            "side": plan.route.side.value,
            "other_side": plan.route.side.other.value,
            "direction": plan.direction,
            "pass_id": session.pass_id,
        }
        self.counts = Counts()
        self.groups: list[_Group] = []
        self.records: list[Record] = []
        self.changes: list[Change] = []
        self.locked_at = time.monotonic()
        self.holds = False

    def run(self, take: Take) -> Counts:
        if not self._take(take):
            return self.counts
        self.counts.batches = 1
        other_side = self._classify()
        if self.session.allowance is not None:
            self.session.allowance.judge(*self._would_do())
        self._note()
        self._write(other_side)
        self._end()
        self._count()
        return self.counts

    def measure(self, take: Take) -> tuple[int, int]:
        if self._take(take):
            self._classify()
        return self._would_do()

    def _would_do(self) -> tuple[int, int]:
        """Rows to delete, and coupled rows to change or delete."""
        deletes = self._records("gone") if "delete" in self.plan.statements else 0
        return deletes, deletes + sum(g.written for g in self.groups if g.disposition == "update")

    def _take(self, take: Take) -> int:
        self._empty_working_tables(take.records)
        self.values |= take.values
        self.groups = self._told(take.statement)
        claimed = sum(g.records for g in self.groups)
        self.session.left_rows[self.plan.key] = self.session.left_rows.get(self.plan.key, 0) + claimed
        return claimed

    def _classify(self) -> OtherSide:
        """Decide what becomes of each record; tells what the other side has waiting."""
        other_side = OtherSide()
        if self._records("update", "gone"):
            self.locked_at = time.monotonic()
            self.holds = self._run("lock") > 0
            if self.holds:
                other_side = self._conflicts()
            self._summarise()
            self._sort_out()
        return other_side

    def _empty_working_tables(self, entries: int) -> None:
        """Delete the last batch's rows; truncate instead once dead rows have piled up."""
        left = self.session.left_rows.get(self.plan.key, 0)
        if left > min(MOST_DEAD_ROWS, 100 + DEAD_ROWS_PER_ENTRY * entries):
            names = [psycopg.sql.Identifier("pg_temp", self.plan.route.working(k)) for k in WORKING_TABLES]
            self.session.conn.execute(psycopg.sql.SQL("truncate {}").format(psycopg.sql.SQL(", ").join(names)))
            self.session.left_rows[self.plan.key] = 0
        elif left:
            self._run("empty")

    def _execute(self, statement: Statement) -> psycopg.Cursor[tuple[Any, ...]]:
        return execute(self.session.conn, statement, self.values)

    def _run(self, name: str) -> int:
        return self._execute(self.plan.statements[name]).rowcount

    def _conflicts(self) -> OtherSide:
        """Detect and settle conflicts; tells what the other side has waiting."""
        if "detect" not in self.plan.statements:
            return OtherSide()
        found = self._other_side()
        self.values |= {"has_parked": found.is_parked, "has_conflicts": found.has_conflicts}
        if (found.waits or found.is_parked or found.has_conflicts) and self._run("detect"):
            self.counts.conflicted += sum(new for (new,) in self._execute(self.plan.statements["record"]))
            self._run("settle")
            if "hand over" in self.plan.statements:
                self._run("hand over")
            self._run("close")
        return found

    def _other_side(self) -> OtherSide:
        """Ask for any entry of the stream, or for those of the rows held: what is quicker, they lead to the same."""
        looks = self.session.long_looks
        count = looks.get(self.plan.key, 0)
        is_short = count < LONG_LOOKS or count % LOOK_AGAIN == 0
        found = outbox.other_side(self.session.conn, self.plan.mapping, self.plan.route.side, is_short=is_short)
        looks[self.plan.key] = count + 1
        if is_short:
            dear = max(LOOK_SECONDS, LOOK_SECONDS_A_ROW * self._records("update", "gone"))
            if found.seconds < dear:
                looks[self.plan.key] = 0
            return found
        waits = self._execute(self.plan.statements["look"]).fetchone()
        return replace(found, waits=waits is not None and waits[0])

    def _summarise(self) -> None:
        self.groups = self._told("summary")

    def _told(self, name: str) -> list[_Group]:
        return [_Group(*row) for row in self._execute(self.plan.statements[name])]

    def _records(self, *dispositions: str) -> int:
        return sum(g.records for g in self.groups if g.disposition in dispositions)

    def _sort_out(self) -> None:
        if any(g.undecided for g in self.groups if g.disposition in ("update", "gone")):
            self._run("sort out")
            self._summarise()
        if self._records("gone"):
            if "delete" not in self.plan.statements:
                self._run("policy")
            elif "row conflict" in self.plan.statements:
                self._run("row conflict")
            self._summarise()

    def _note(self) -> None:
        if self.session.on_records is not None:
            self.records = [Record(*r) for r in self._execute(self.plan.statements["records"])]
        if self.session.on_changes is not None:
            self.changes = [Change(*r) for r in self._execute(self.plan.statements["changes"])]

    def tell(self) -> None:
        """Hand out what was done, once it is certain."""
        if self.session.on_records is not None and self.records:
            self.session.on_records(self.plan, self.records)
        if self.session.on_changes is not None and self.changes:
            self.session.on_changes(self.plan, self.changes)
        if self.session.on_batch is not None:
            self.session.on_batch(self.plan, self.counts)

    def _write(self, other_side: OtherSide) -> None:
        for group in self.groups:
            if group.disposition == "update" and group.written:
                self._send(group, self.plan.update(group.flags), group.written)
            elif group.disposition == "insert":
                self._send(group, self.plan.statements["insert"], group.records)
            elif group.disposition == "gone":
                self._send(group, self.plan.statements["delete"], group.records)
        if "rebase outbox" in self.plan.statements and self.holds:
            if other_side.waits:
                self._run("rebase outbox")
            if other_side.is_parked:
                self._run("rebase parked")
        if "hand on" in self.plan.statements and any(g.written or g.disposition in _WRITTEN for g in self.groups):
            self._run("hand on")

    def _send(self, group: _Group, statement: Statement, expected: int) -> None:
        """Write one hop count's rows; the target must take them all."""
        # What foreign keys do to further rows of the table is told from the pass's own deletes by their keys.
        heard = group.disposition == "gone" and "forget own" in self.plan.statements
        outbox.set_hop(self.session.conn, group.hop, is_heard=heard)
        self.values["hop"] = group.hop
        if self.plan.route.mapping.is_journaled:
            self._journal(group)
        cursor = self._execute(statement)
        row = cursor.fetchone() if cursor.description else None
        written = int(row[0]) if row else cursor.rowcount
        if written != expected:
            raise RowsRefused(
                f"{self.plan.route.target.table} took {written} of {expected} rows: "
                "a trigger or policy of its own dropped the rest",
                hint="look at the table's BEFORE triggers and row security",
                sqlstate="SY020",
            )
        if heard:
            self._run("forget own")

    def _journal(self, group: _Group) -> None:
        """Keep for undo what is about to be written over; of new rows, only those in a view."""
        if group.disposition == "update":
            self._execute(self.plan.journal(group.flags))
            return
        name = "journal delete" if group.disposition == "gone" else "journal insert"
        if name in self.plan.statements:
            self._run(name)

    def _end(self) -> None:
        if self._records("wait", "fail", "loop", "skipped", "deleted", "missing"):
            self._run("park")
        if self._records("fail", "loop", "deleted", "missing"):
            self._run("log errors")
        if any(g.later for g in self.groups if g.disposition == "insert"):
            self._run("park later")
        if self._records("held"):
            self._run("put back")
        if self._records("ask"):
            self._run("ask")
        if self._records("insert"):
            self._run("couple")
        if any(g.written for g in self.groups if g.disposition == "update"):
            self._run("touch")
        if ended := self._records("gone", "leave", "revive"):
            if self._run("uncouple") != ended:
                raise RowsRefused("a couple was ended or set aside while its deletion was applied", sqlstate="40001")
            for name in ("close conflicts", "release", "revive", "uncouple lines"):
                self._run(name)

    def _count(self) -> None:
        counts = self.counts
        updates = [g for g in self.groups if g.disposition == "update"]
        counts.inserted = counts.coupled = self._records("insert")
        counts.modified = sum(g.written for g in updates)
        counts.unchanged = self._records("unchanged") + sum(g.records - g.written for g in updates)
        counts.deleted = self._records("gone")
        counts.uncoupled = self._records("gone", "leave", "revive")
        counts.skipped = self._records("skipped")
        counts.failed = self._records("fail", "loop", "deleted", "missing")
        counts.waiting = self._records("wait")
        counts.held = self._records("held")
        counts.conflicted += self._records("clash", "revive") if "row conflict" in self.plan.statements else 0
