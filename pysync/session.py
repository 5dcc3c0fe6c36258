"""A runner's connection with what it has prepared, what its batches may do, and who is told what they did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pysync.outbox import Connection, Counts
from pysync.plan import Plan


class OverLimit(Exception):
    """The batch would delete or change more rows than its mapping's limits leave it; `done`: what parts of it did."""

    def __init__(self) -> None:
        super().__init__()
        self.done = Counts()


@dataclass(slots=True)
class Allowance:
    """How many rows the batches of a mapping may still delete, and how many couples they may change or delete."""

    deletes: float
    changes: float

    def judge(self, deletes: int, changes: int) -> None:
        """Raise OverLimit when a batch is about to do more."""
        if deletes > self.deletes or changes > self.changes:
            raise OverLimit

    def spend(self, counts: Counts) -> None:
        """Take away what a batch has done."""
        self.deletes -= counts.deleted
        self.changes -= counts.deleted + counts.modified


@dataclass(frozen=True, slots=True)
class Change:
    """A field about to be written, or (field_no None) a row about to be deleted; values as text."""

    record_key: str
    target_key: str
    action: str
    field_no: int | None
    source_column: str | None
    target_column: str | None
    old_value: str | None
    new_value: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """What was decided for a record: a disposition of statements/read.py, or what became of it later."""

    record_key: str
    target_key: str | None
    disposition: str
    message: str | None


@dataclass(slots=True)
class Session:
    """A runner's connection with what it has prepared: plans and working tables.

    `keep_open` says that batches run inside one open transaction (a dry run); `held_seconds` is how long the last
    batch held rows that an application can see, `seen` the snapshot it began with. After each batch that went through,
    `on_changes` is given the field changes, `on_records` what was decided for each record, `on_batch` the counters.
    `long_looks` counts by plan the batches of a pass since looking at the other side's queue began to take long.
    `should_stop` is asked before each batch. `allowance` is what the mapping's limits leave, if it has any.
    """

    conn: Connection
    pass_id: int = 0
    keep_open: bool = False
    held_seconds: float = 0.0
    seen: str = ""
    lock_waits: int = 0
    long_looks: dict[str, int] = field(default_factory=dict)
    allowance: Allowance | None = None
    working: dict[str, Plan] = field(default_factory=dict)
    left_rows: dict[str, int] = field(default_factory=dict)
    on_changes: Callable[[Plan, list[Change]], None] | None = None
    on_records: Callable[[Plan, list[Record]], None] | None = None
    on_batch: Callable[[Plan, Counts], None] | None = None
    should_stop: Callable[[], bool] | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked to end after the running batch."""
        return self.should_stop is not None and self.should_stop()
