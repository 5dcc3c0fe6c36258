"""What the model knows: rows, changes that wait or were set aside, couples, conflicts, and how they come and go."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.oracle.mapping import Field, Mapping, Row, Side, Value

BARE = ("retry", "answer")  # entries that tell of no change by themselves
ROW = 0  # field number of a conflict about the row itself


@dataclass(slots=True)
class Entry:
    """A change that waits."""

    number: int
    key: str
    operation: str
    before: Row | None
    time: int
    new_key: str | None = None


@dataclass(slots=True)
class Parked:
    """A change set aside."""

    entry: Entry
    reason: str
    awaits: tuple[str, str] | None = None
    is_due: bool = False


@dataclass(slots=True)
class Conflict:
    """A field changed on both sides; `resolution` None: open. It stays alive until the winner's value is in place."""

    left_key: str
    right_key: str
    field_no: int
    left_value: Value
    right_value: Value
    resolution: str | None = None
    is_over: bool = False

    def key(self, side: Side) -> str:
        return self.left_key if side == "left" else self.right_key


@dataclass(slots=True)
class Stream:
    """One side of a mapping: its table, the changes that wait and those set aside."""

    table: dict[str, Row] = field(default_factory=dict)
    waiting: list[Entry] = field(default_factory=list)
    parked: dict[str, Parked] = field(default_factory=dict)


@dataclass(slots=True)
class Pair:
    """A mapping's two streams and what couples them."""

    mapping: Mapping
    left: Stream = field(default_factory=Stream)
    right: Stream = field(default_factory=Stream)
    couples: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    created: dict[str, Side] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def stream(self, side: Side) -> Stream:
        return self.left if side == "left" else self.right

    def partner(self, side: Side, key: str) -> str | None:
        if side == "left":
            return self.couples.get(key)
        return next((left for left, right in self.couples.items() if right == key), None)

    def left_key(self, side: Side, key: str) -> str:
        found = key if side == "left" else self.partner(side, key)
        assert found is not None
        return found

    def alive(self, side: Side, key: str) -> list[Conflict]:
        return [c for c in self.conflicts if not c.is_over and c.key(side) == key]


class Refused(Exception):
    """The target's primary key refuses the row."""


@dataclass(frozen=True, slots=True)
class Work:
    """The changes of one record, collapsed: the earliest tells the base, any of them may ask for more."""

    entry: Entry
    time: int
    is_forced: bool
    is_asked: bool
    is_created: bool
    is_retried: bool
    is_answer: bool
    operation: str


class State:
    """Every mapping's pair of streams, and a clock that counts transactions."""

    def __init__(self, mappings: Sequence[Mapping]) -> None:
        """`mappings`: those that are referred to first."""
        self.pairs = {m.name: Pair(m) for m in mappings}
        self.clock = 0
        self.last_number = 0
        self.last_made = 0

    # --- transactions ------------------------------------------------------------------------------------------

    def savepoint(self) -> dict[str, Pair]:
        """What `roll_back` goes back to."""
        return copy.deepcopy(self.pairs)

    def roll_back(self, savepoint: dict[str, Pair]) -> None:
        """Forget everything since."""
        self.pairs = copy.deepcopy(savepoint)

    def tick(self) -> None:
        """A transaction begins."""
        self.clock += 1

    # --- changes that wait -------------------------------------------------------------------------------------

    def note(self, stream: Stream, key: str, operation: str, before: Row | None, new_key: str | None = None) -> None:
        self.last_number += 1
        base = dict(before) if before is not None else None
        stream.waiting.append(Entry(self.last_number, key, operation, base, self.clock, new_key))

    def bases(self, pair: Pair, side: Side, key: str) -> list[Row]:
        return [e.before for e in self.pending(pair, side, key) if e.before is not None]

    def pending(self, pair: Pair, side: Side, key: str) -> list[Entry]:
        stream = pair.stream(side)
        found = [e for e in stream.waiting if e.key == key]
        if key in stream.parked:
            found.append(stream.parked[key].entry)
        return sorted(found, key=lambda e: (e.operation in BARE, e.number))

    def time(self, pair: Pair, side: Side, key: str) -> int:
        return max((e.time for e in self.pending(pair, side, key)), default=-1)

    def moved(self, pair: Pair, side: Side, key: str, f: Field, row: Row) -> bool:
        """Whether the side changed the field since both were in step."""
        pending = self.pending(pair, side, key)
        if not pending or pending[0].operation in BARE:
            return False
        before = pending[0].before
        return before is None or before[f.column(side)] != row[f.column(side)]

    # --- couples and what is set aside -------------------------------------------------------------------------

    def begin(self, pair: Pair, left: str, right: str) -> None:
        pair.couples[left] = right
        pair.created.pop(left, None)
        self.wake(pair.mapping.name, "left", left)
        self.wake(pair.mapping.name, "right", right)

    def wake(self, name: str, side: Side, key: str) -> None:
        for pair in self.pairs.values():
            stream = pair.stream(side)
            for own_key, parked in stream.parked.items():
                if parked.awaits == (name, key):
                    parked.awaits = None
                    self.note(stream, own_key, "retry", None)
                    stream.waiting[-1].time = parked.entry.time

    def close(self, pair: Pair, side: Side, key: str) -> None:
        for conflict in pair.alive(side, key):
            conflict.resolution = "uncoupled"
            conflict.is_over = True

    def end(self, pair: Pair, left: str) -> None:
        for conflict in pair.alive("left", left):
            conflict.resolution = conflict.resolution or "uncoupled"
            conflict.is_over = True
        pair.skipped.discard(left)
        pair.created.pop(left, None)
        del pair.couples[left]

    def park(self, pair: Pair, side: Side, work: Work, reason: str, awaits: tuple[str, str] | None = None) -> None:
        entry = Entry(work.entry.number, work.entry.key, work.operation, work.entry.before, work.time)
        pair.stream(side).parked[entry.key] = Parked(entry, reason, awaits)

    # --- names -------------------------------------------------------------------------------------------------

    def rename(self, names: dict[str, str]) -> None:
        """Put the keys that the database made in place of the model's own `<n>`."""
        for pair in self.pairs.values():
            for stream in (pair.left, pair.right):
                parked = [p.entry for p in stream.parked.values()]
                stream.table = {_named(k, names): _named_row(r, names) for k, r in stream.table.items()}
                stream.parked = {_named(k, names): p for k, p in stream.parked.items()}
                for entry in stream.waiting + parked:
                    entry.key = _named(entry.key, names)
                    entry.before = _named_row(entry.before, names) if entry.before is not None else None
            pair.couples = {_named(k, names): _named(v, names) for k, v in pair.couples.items()}
            pair.created = {_named(k, names): side for k, side in pair.created.items()}
            for conflict in pair.conflicts:
                conflict.left_key, conflict.right_key = (
                    _named(k, names) for k in (conflict.left_key, conflict.right_key)
                )
                conflict.left_value, conflict.right_value = (
                    v if v is None else _named(v, names) for v in (conflict.left_value, conflict.right_value)
                )


def _named(text: str, names: dict[str, str]) -> str:
    for made, name in names.items():
        text = text.replace(made, name)
    return text


def _named_row(row: Row, names: dict[str, str]) -> Row:
    return {column: value if value is None else _named(value, names) for column, value in row.items()}
