"""What pysync promises, as a plain Python model that works one row at a time; it shares no code with the engine.

Rows are dicts of texts. Every change that waits keeps the row as it was before it; what travels is settled
when the change is worked on, by comparing that row with the row as it is then.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.oracle.mapping import Field, Mapping, Row, Side, Value, opposite

SIDES: tuple[Side, Side] = ("left", "right")
MOST_ROUNDS = 10
ROW = 0  # field number of a conflict about the row itself
ASKED = ("request", "couple", "restore", "create")


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
    operation: str


class Oracle:
    """Applications write through `insert`, `update`, `delete`, `truncate`; a DBA through the functions below them."""

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

    # --- applications ------------------------------------------------------------------------------------------

    def insert(self, name: str, side: Side, row: Row) -> None:
        mapping, stream = self.pairs[name].mapping, self.pairs[name].stream(side)
        key = mapping.record_key(side, row)
        assert key is not None
        assert key not in stream.table
        stream.table[key] = dict(row)
        if mapping.is_source(side):
            self._note(stream, key, "insert", None)

    def update(self, name: str, side: Side, key: str, changes: Row) -> None:
        mapping, stream = self.pairs[name].mapping, self.pairs[name].stream(side)
        old = stream.table.pop(key)
        new = old | changes
        new_key = mapping.record_key(side, new)
        assert new_key is not None
        assert new_key not in stream.table
        stream.table[new_key] = new
        before = old if mapping.is_source(side) else None
        if new_key != key:
            self._note(stream, key, "rekey", before, new_key)
        elif mapping.is_source(side):
            self._note(stream, key, "update", before)

    def delete(self, name: str, side: Side, key: str) -> None:
        mapping, stream = self.pairs[name].mapping, self.pairs[name].stream(side)
        old = stream.table.pop(key)
        self._note(stream, key, "delete", old if mapping.is_source(side) else None)

    def truncate(self, name: str, side: Side) -> None:
        stream = self.pairs[name].stream(side)
        stream.table.clear()
        self._note(stream, "", "truncate", None)

    def _note(self, stream: Stream, key: str, operation: str, before: Row | None, new_key: str | None = None) -> None:
        self.last_number += 1
        base = dict(before) if before is not None else None
        stream.waiting.append(Entry(self.last_number, key, operation, base, self.clock, new_key))

    # --- the DBA -----------------------------------------------------------------------------------------------

    def couple(self, name: str, left: str, right: str) -> None:
        pair = self.pairs[name]
        self._couple(pair, left, right)
        keys: dict[Side, str] = {"left": left, "right": right}
        for side, key in keys.items():
            if pair.mapping.is_source(side):
                self._note(pair.stream(side), key, "couple", None)

    def uncouple(self, name: str, left: str) -> None:
        pair = self.pairs[name]
        right = pair.couples[left]
        self._close(pair, "left", left)
        self._end(pair, left)
        pair.left.parked.pop(left, None)
        pair.right.parked.pop(right, None)

    def request(self, name: str, side: Side, key: str) -> None:
        self._note(self.pairs[name].stream(side), key, "request", None)

    def full(self, *, by_scan: bool) -> None:
        """Ask for every row; a couple of a mapping with direction both is looked at once, from the side that leads."""
        for pair in self.pairs.values():
            leading = "right" if pair.mapping.update_conflict == "right_wins" else "left"
            for side in SIDES:
                if not pair.mapping.is_source(side):
                    continue
                for key in sorted(pair.stream(side).table):
                    once = side != leading and pair.mapping.direction == "both"
                    if not (once and pair.partner(side, key) is not None):
                        self._note(pair.stream(side), key, "create", None)
                    elif by_scan:
                        self._look_along(pair, side, key)

    def _look_along(self, pair: Pair, side: Side, key: str) -> None:
        """From the side that follows, a scan brings what only this side sends, unless changes are on their way.

        A row that a pass created has nothing to say: what was not sent to it is blank.
        """
        stream = pair.stream(side)
        if pair.created.get(pair.left_key(side, key)) == side:
            return
        alone = any(not f.is_shared and f.write_on != "insert" for f in pair.mapping.sent(side))
        if alone and key not in stream.parked and not any(e.key == key for e in stream.waiting):
            self._note(stream, key, "follow", None)

    def retry(self, name: str) -> None:
        for side in SIDES:
            for parked in self.pairs[name].stream(side).parked.values():
                parked.is_due = True

    def skip(self, name: str, left: str) -> None:
        self.pairs[name].skipped.add(left)

    def unskip(self, name: str, left: str) -> None:
        pair = self.pairs[name]
        pair.skipped.discard(left)
        keys: dict[Side, str] = {"left": left, "right": pair.couples[left]}
        for side, key in keys.items():
            if pair.mapping.is_source(side):
                self._note(pair.stream(side), key, "retry", None)

    def resolve(self, name: str, left: str, field_no: int, side: Side) -> None:
        pair = self.pairs[name]
        conflict = next(c for c in pair.alive("left", left) if c.field_no == field_no)
        conflict.resolution = side
        value = conflict.left_value if side == "left" else conflict.right_value
        if field_no == ROW and value == "(changed)":
            # The edit wins over the deletion: the couple ends, and the lost record is created anew.
            self.uncouple(name, left)
            conflict.resolution = side
            self._note(pair.stream(side), conflict.key(side), "restore", None)
        else:
            self._note(pair.stream(side), conflict.key(side), "retry", None)

    # --- a pass ------------------------------------------------------------------------------------------------

    def run_pass(self) -> None:
        """Rounds until nothing waits: parents first for what is written, children first for what is deleted."""
        for _ in range(MOST_ROUNDS):
            if not self._work():
                return
            for deletions in (False, True):
                work = self._work()
                for name in reversed(self.pairs) if deletions else self.pairs:
                    self._drain(self.pairs[name], [s for s in SIDES if (name, s) in work], deletions)

    def _work(self) -> set[tuple[str, Side]]:
        return {
            (name, side)
            for name, pair in self.pairs.items()
            for side in SIDES
            if pair.stream(side).waiting or any(p.is_due for p in pair.stream(side).parked.values())
        }

    def _drain(self, pair: Pair, sides: Iterable[Side], deletions: bool) -> None:
        sides = list(sides)
        if sides:
            for side in SIDES:
                self._prepare(pair, side)
        for side in sides:
            self.tick()
            keys = {e.key for e in pair.stream(side).waiting if deletions or e.operation != "delete"}
            for key in sorted(keys):
                self._record(pair, side, key, deletions)

    def _prepare(self, pair: Pair, side: Side) -> None:
        stream = pair.stream(side)
        for entry in [e for e in stream.waiting if e.operation == "rekey"]:
            self._follow(pair, side, entry)
        if any(e.operation == "truncate" for e in stream.waiting):
            time = next(e.time for e in stream.waiting if e.operation == "truncate")
            stream.waiting = [e for e in stream.waiting if e.operation != "truncate"]
            for key in self._coupled_keys(pair, side):
                if key not in stream.table:
                    self._note(stream, key, "delete", None)
                    stream.waiting[-1].time = time
        for key, parked in stream.parked.items():
            if parked.is_due:
                parked.is_due = False
                self._note(stream, key, "retry", None)
                stream.waiting[-1].time = parked.entry.time

    def _coupled_keys(self, pair: Pair, side: Side) -> list[str]:
        return list(pair.couples) if side == "left" else list(pair.couples.values())

    def _follow(self, pair: Pair, side: Side, entry: Entry) -> None:
        """A couple moves to a key that is free; else the two keys are looked at as two changed records."""
        stream, old, new = pair.stream(side), entry.key, entry.new_key
        assert new is not None
        entry.operation, entry.new_key = "update", None
        if pair.partner(side, new) is not None:
            stream.waiting.append(Entry(entry.number, new, "update", None, entry.time))
            return
        # What waits under the new key is about a former, uncoupled record, which made room.
        stream.waiting = [e for e in stream.waiting if e.key != new or e.number > entry.number]
        self._close(pair, side, new)
        partner = pair.partner(side, old)
        if partner is not None:
            left = pair.left_key(side, old)
            right = pair.couples.pop(left)
            moved = new if side == "left" else left
            pair.couples[moved] = right if side == "left" else new
            if left in pair.created:
                pair.created[moved] = pair.created.pop(left)
            if left in pair.skipped:
                pair.skipped.discard(left)
                pair.skipped.add(moved)
        for conflict in pair.alive(side, old):
            if side == "left":
                conflict.left_key = new
            else:
                conflict.right_key = new
        for waiting in stream.waiting:
            if waiting.key == old and waiting.number <= entry.number:
                waiting.key = new
        parked = stream.parked.get(old)
        if parked is not None and parked.entry.number <= entry.number:
            stream.parked[new] = stream.parked.pop(old)
            stream.parked[new].entry.key = new
        self._wake(pair.mapping.name, side, new)

    # --- a record ----------------------------------------------------------------------------------------------

    def _claim(self, stream: Stream, key: str, deletions: bool) -> Work:
        taken = [e for e in stream.waiting if e.key == key and (deletions or e.operation != "delete")]
        stream.waiting = [e for e in stream.waiting if e not in taken]
        if key in stream.parked:
            taken.append(stream.parked.pop(key).entry)
        taken.sort(key=lambda e: (e.operation == "retry", e.number))
        operations = [e.operation for e in taken]
        return Work(
            entry=taken[0],
            time=max(e.time for e in taken),
            is_forced="request" in operations,
            is_asked=any(o in ASKED for o in operations),
            is_created="restore" in operations or "create" in operations,
            is_retried="retry" in operations,
            operation=max([o for o in operations if o in ASKED], default=taken[0].operation),
        )

    def _record(self, pair: Pair, side: Side, key: str, deletions: bool) -> None:
        mapping, work = pair.mapping, self._claim(pair.stream(side), key, deletions)
        row, partner = pair.stream(side).table.get(key), pair.partner(side, key)
        was_inside = work.entry.before is None or mapping.is_inside(side, work.entry.before)
        if row is None and partner is None:
            return
        if partner is not None and pair.left_key(side, key) in pair.skipped:
            self._park(pair, side, work, "skipped")
        elif row is None and partner is not None:
            self._gone(pair, side, work, partner, was_inside=was_inside)
        elif row is not None and mapping.is_inside(side, row):
            self._present(pair, side, work, row, was_inside=was_inside)

    def _present(self, pair: Pair, side: Side, work: Work, row: Row, *, was_inside: bool) -> None:
        mapping, key = pair.mapping, work.entry.key
        partner = pair.partner(side, key)
        may_create = mapping.is_source(side) and (work.is_created or not mapping.coupled_only)
        if partner is None and not may_create:
            return
        changed = self._changed(pair, side, work, row, was_inside=was_inside)
        travelling = [f for f in changed if self._travels(f, side, row)]
        fills = self._answers(pair, side) if work.entry.operation == "insert" and work.entry.before is not None else []
        if partner is not None and not travelling and not fills and not work.is_retried:
            return
        missing = [f for f in changed if self._is_unresolved(f, side, row)]
        if any(f.on_unresolved == "fail" for f in missing):
            self._park(pair, side, work, "error")
        elif waits := [f for f in missing if f.on_unresolved == "wait"]:
            awaits = (waits[0].reference or "", waits[0].read(side, row) or "")
            self._park(pair, side, work, "reference", awaits)
        elif partner is None:
            self._create(pair, side, work, row)
        else:
            self._write(pair, side, work, row, travelling, fills)

    def _changed(self, pair: Pair, side: Side, work: Work, row: Row, *, was_inside: bool) -> list[Field]:
        """Fields whose value here is another than when both sides were last in step."""
        coupled, before = pair.partner(side, work.entry.key) is not None, work.entry.before
        if work.entry.operation == "follow":
            return [f for f in pair.mapping.sent(side) if not f.is_shared and f.write_on != "insert"]
        unknown = before is None and work.entry.operation != "retry"
        is_whole = unknown or work.is_asked or not coupled or not was_inside
        result = []
        for f in pair.mapping.sent(side):
            if f.write_on == ("insert" if coupled else "update"):
                continue
            if is_whole or (before is not None and not f.is_constant and f.read(side, row) != f.read(side, before)):
                result.append(f)
        return result

    def _translated(self, f: Field, side: Side, row: Row) -> Value:
        value = f.read(side, row)
        if f.reference is None or value is None:
            return value
        return self.pairs[f.reference].partner(side, value)

    def _is_unresolved(self, f: Field, side: Side, row: Row) -> bool:
        return f.read(side, row) is not None and self._translated(f, side, row) is None

    def _travels(self, f: Field, side: Side, row: Row) -> bool:
        if f.when_null == "keep" and self._translated(f, side, row) is None:
            return False
        return not (f.on_unresolved == "keep" and self._is_unresolved(f, side, row))

    def _outgoing(self, mapping: Mapping, f: Field, side: Side, row: Row) -> Value:
        """The value as the target's column takes it: a null in a NOT NULL column is its default."""
        value, column = self._translated(f, side, row), f.column(opposite(side))
        return mapping.defaults(opposite(side)).get(column) if value is None else value

    # --- a record that is there --------------------------------------------------------------------------------

    def _create(self, pair: Pair, side: Side, work: Work, row: Row) -> None:
        mapping, other = pair.mapping, opposite(side)
        new: Row = dict.fromkeys(mapping.columns(other))
        new |= mapping.defaults(other)
        for f in mapping.sent(side):
            if f.write_on != "update":
                new[f.column(other)] = self._outgoing(mapping, f, side, row)
        expression = mapping.new_key(other)
        if expression is not None:
            new[mapping.key_columns(other)[0]] = expression(row)
        elif mapping.makes_keys(other):
            self.last_made += 1
            new[mapping.key_columns(other)[0]] = f"<{self.last_made}>"
        key = mapping.record_key(other, new)
        target = pair.stream(other).table
        if key is None or key in target or pair.partner(other, key) is not None:
            self._park(pair, side, work, "error")
            return
        target[key] = new
        left, right = (work.entry.key, key) if side == "left" else (key, work.entry.key)
        self._couple(pair, left, right)
        pair.created[left] = other
        if any(not row[f.column(side)] and new[f.column(other)] for f in self._answers(pair, other)):
            self._note(pair.stream(other), key, "insert", new)

    def _answers(self, pair: Pair, side: Side) -> list[Field]:
        """Fields that only this side sends: of a row that a pass created here they fill blanks over there."""
        if pair.mapping.direction != "both":
            return []
        sent = pair.mapping.sent(side)
        return [f for f in sent if not f.is_shared and not f.is_constant and f.write_on != "insert"]

    def _write(self, pair: Pair, side: Side, work: Work, row: Row, travelling: list[Field], fills: list[Field]) -> None:
        mapping, other = pair.mapping, opposite(side)
        partner = pair.partner(side, work.entry.key)
        assert partner is not None
        target = pair.stream(other).table.get(partner)
        if target is None:
            self._park(pair, side, work, "missing")
            return
        values = {f.no: self._outgoing(mapping, f, side, row) for f in mapping.sent(side)}
        travelling = travelling + [
            f for f in fills if f not in travelling and not target[f.column(other)] and values[f.no]
        ]
        written = [f for f in travelling if target[f.column(other)] != values[f.no]]
        conflicts: list[Conflict] = []
        if mapping.direction == "both":
            conflicts = copy.deepcopy(pair.conflicts)
            written = self._settle(pair, side, work, values, target, written)
        new = target | {f.column(other): values[f.no] for f in written}
        bases = self._bases(pair, other, partner)
        try:
            self._put(pair, other, partner, new)
        except Refused:
            pair.conflicts = conflicts or pair.conflicts
            self._park(pair, side, work, "error")
            return
        # What a pass wrote is not an edit of the other side.
        for before in bases:
            before.update({f.column(other): values[f.no] for f in written})

    def _put(self, pair: Pair, side: Side, key: str, new: Row) -> None:
        """Write a row; a couple follows a key that the mapping itself changed."""
        table, new_key = pair.stream(side).table, pair.mapping.record_key(side, new)
        if new_key is None or (new_key != key and (new_key in table or pair.partner(side, new_key) is not None)):
            raise Refused
        del table[key]
        table[new_key] = new
        if new_key != key:
            self.last_number += 1
            self._follow(pair, side, Entry(self.last_number, key, "rekey", None, self.clock, new_key))
            self._note(pair.stream(side), new_key, "retry", None)

    def _settle(
        self, pair: Pair, side: Side, work: Work, values: dict[int, Value], target: Row, written: list[Field]
    ) -> list[Field]:
        """Decide field by field between the two sides; gives the fields that are written after all."""
        mapping, other, key = pair.mapping, opposite(side), work.entry.key
        shared = [f for f in mapping.sent(side) if f.is_shared and f.write_on != "insert"]
        partner = pair.partner(side, key)
        assert partner is not None
        alive = {c.field_no: c for c in pair.alive(side, key)}
        differing = [f for f in shared if target[f.column(other)] != values[f.no]]
        moved = [f for f in shared if self._moved(pair, other, partner, f, target)]
        opened = [f for f in shared if f.no in alive and not alive[f.no].resolution]
        colliding = [f for f in shared if f in written and (f in moved or f in opened)]
        if mapping.conflict_scope == "row" and (moved or opened) and any(f.is_shared for f in written):
            # Whatever either side changed: the winner's whole row counts.
            colliding = [f for f in shared if f in written or (f in moved and f in differing)]
        if work.is_forced:
            colliding = []
        newest = side if work.time >= self._time(pair, other, partner) else other
        winners = {"left_wins": "left", "right_wins": "right", "newest_wins": newest}
        result = [f for f in written if not f.is_shared]
        for f in shared:
            conflict = alive.get(f.no)
            won = conflict is not None and (work.is_forced or conflict.resolution == side)
            lost = conflict is not None and not work.is_forced and conflict.resolution == other
            winner = winners.get(f.conflict or mapping.update_conflict)
            if f in colliding or (won and f in differing):
                left, right = values[f.no], target[f.column(other)]
                left, right = (left, right) if side == "left" else (right, left)
                self._keep(pair, side, key, f.no, left, right, winner, conflict)
            yields = lost or (f in colliding and winner != side)
            if f in differing and (won or (not yields and (f in written or f in colliding))):
                result.append(f)
            if conflict is not None and (won or f not in differing):
                conflict.resolution = side if won else "equal"
                conflict.is_over = True
        if mapping.conflict_scope == "row" and colliding and winners.get(mapping.update_conflict) == other:
            self._note(pair.stream(other), partner, "request", None)
        if work.is_forced and ROW in alive:
            alive[ROW].resolution = side
            alive[ROW].is_over = True
        return result

    def _keep(
        self,
        pair: Pair,
        side: Side,
        key: str,
        field_no: int,
        left: Value,
        right: Value,
        winner: str | None,
        conflict: Conflict | None,
    ) -> None:
        """Both values are kept, whoever wins; an open conflict is brought up to date."""
        if conflict is not None:
            conflict.left_value, conflict.right_value = left, right
            return
        left_key = pair.left_key(side, key)
        is_over = winner is not None
        pair.conflicts.append(Conflict(left_key, pair.couples[left_key], field_no, left, right, winner, is_over))

    def _bases(self, pair: Pair, side: Side, key: str) -> list[Row]:
        return [e.before for e in self._pending(pair, side, key) if e.before is not None]

    def _pending(self, pair: Pair, side: Side, key: str) -> list[Entry]:
        stream = pair.stream(side)
        found = [e for e in stream.waiting if e.key == key]
        if key in stream.parked:
            found.append(stream.parked[key].entry)
        # What a scan looks at is no change of anybody's.
        found = [e for e in found if e.operation != "follow"]
        return sorted(found, key=lambda e: (e.operation == "retry", e.number))

    def _time(self, pair: Pair, side: Side, key: str) -> int:
        return max((e.time for e in self._pending(pair, side, key)), default=-1)

    def _moved(self, pair: Pair, side: Side, key: str, f: Field, row: Row) -> bool:
        """Whether the side changed the field since both were in step."""
        pending = self._pending(pair, side, key)
        if not pending or pending[0].operation == "retry":
            return False
        before = pending[0].before
        return before is None or before[f.column(side)] != row[f.column(side)]

    # --- a record that is gone ---------------------------------------------------------------------------------

    def _gone(self, pair: Pair, side: Side, work: Work, partner: str, *, was_inside: bool) -> None:
        mapping, other = pair.mapping, opposite(side)
        target = pair.stream(other).table.get(partner)
        policy = mapping.on_delete(side)
        what: Literal["fail", "uncouple", "delete", "restore"] = policy
        if not was_inside or target is None:
            what = "uncouple"
        elif policy == "delete" and mapping.direction == "both":
            verdict = self._row_conflict(pair, side, work, partner, target)
            if verdict is None:
                return
            what = verdict
        left = pair.left_key(side, work.entry.key)
        if what == "fail":
            self._park(pair, side, work, "deleted")
            return
        if what == "delete":
            del pair.stream(other).table[partner]
        self._end(pair, left)
        parked = pair.stream(other).parked.get(partner)
        if parked is not None:
            parked.is_due = True
        if what == "restore":
            self._note(pair.stream(other), partner, "restore", None)

    def _row_conflict(
        self, pair: Pair, side: Side, work: Work, partner: str, target: Row
    ) -> Literal["delete", "restore"] | None:
        """A deletion that meets an edit; None: a person decides."""
        mapping, other, key = pair.mapping, opposite(side), work.entry.key
        alive = next((c for c in pair.alive(side, key) if c.field_no == ROW), None)
        if alive is not None and alive.resolution == side:
            return "delete"
        if alive is not None and alive.resolution == other:
            return "restore"
        shared = [f for f in mapping.sent(side) if f.is_shared and f.write_on != "insert"]
        moved = any(self._moved(pair, other, partner, f, target) for f in shared)
        if work.is_forced or (not moved and alive is None):
            return "delete"
        newest = side if work.time >= self._time(pair, other, partner) else other
        winner = {"left_wins": "left", "right_wins": "right", "newest_wins": newest}.get(mapping.update_conflict)
        left, right = ("(deleted)", "(changed)") if side == "left" else ("(changed)", "(deleted)")
        if alive is None:
            self._keep(pair, side, key, ROW, left, right, winner, None)
        if winner is None:
            return None
        return "delete" if winner == side else "restore"

    # --- couples and what is set aside -------------------------------------------------------------------------

    def _couple(self, pair: Pair, left: str, right: str) -> None:
        pair.couples[left] = right
        pair.created.pop(left, None)
        self._wake(pair.mapping.name, "left", left)
        self._wake(pair.mapping.name, "right", right)

    def _wake(self, name: str, side: Side, key: str) -> None:
        for pair in self.pairs.values():
            stream = pair.stream(side)
            for own_key, parked in stream.parked.items():
                if parked.awaits == (name, key):
                    parked.awaits = None
                    self._note(stream, own_key, "retry", None)
                    stream.waiting[-1].time = parked.entry.time

    def _close(self, pair: Pair, side: Side, key: str) -> None:
        for conflict in pair.alive(side, key):
            conflict.resolution = "uncoupled"
            conflict.is_over = True

    def _end(self, pair: Pair, left: str) -> None:
        for conflict in pair.alive("left", left):
            conflict.resolution = conflict.resolution or "uncoupled"
            conflict.is_over = True
        pair.skipped.discard(left)
        pair.created.pop(left, None)
        del pair.couples[left]

    def _park(self, pair: Pair, side: Side, work: Work, reason: str, awaits: tuple[str, str] | None = None) -> None:
        operation = "retry" if work.operation == "follow" else work.operation
        entry = Entry(work.entry.number, work.entry.key, operation, work.entry.before, work.time)
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
