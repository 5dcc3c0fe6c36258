"""What pysync promises, as a plain Python model that works one row at a time; it shares no code with the engine.

Rows are dicts of texts. Every change that waits keeps the row as it was before it; what travels is settled
when the change is worked on, by comparing that row with the row as it is then.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from tests.oracle.conflict import settle
from tests.oracle.deletion import gone
from tests.oracle.mapping import SIDES, Field, Mapping, Row, Side, Value, opposite
from tests.oracle.state import BARE, ROW, Conflict, Entry, Pair, Refused, State, Stream, Work

MOST_ROUNDS = 10
ASKED = ("request", "couple", "restore", "create")


class Oracle(State):
    """Applications write through `insert`, `update`, `delete`, `truncate`; a DBA through the functions below them."""

    # --- applications ------------------------------------------------------------------------------------------

    def insert(self, name: str, side: Side, row: Row) -> None:
        mapping, stream = self.pairs[name].mapping, self.pairs[name].stream(side)
        key = mapping.record_key(side, row)
        assert key is not None
        assert key not in stream.table
        stream.table[key] = dict(row)
        if mapping.is_source(side):
            self.note(stream, key, "insert", None)

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
            self.note(stream, key, "rekey", before, new_key)
        elif mapping.is_source(side):
            self.note(stream, key, "update", before)

    def delete(self, name: str, side: Side, key: str) -> None:
        mapping, stream = self.pairs[name].mapping, self.pairs[name].stream(side)
        old = stream.table.pop(key)
        self.note(stream, key, "delete", old if mapping.is_source(side) else None)

    def truncate(self, name: str, side: Side) -> None:
        stream = self.pairs[name].stream(side)
        stream.table.clear()
        self.note(stream, "", "truncate", None)

    # --- the DBA -----------------------------------------------------------------------------------------------

    def couple(self, name: str, left: str, right: str) -> None:
        pair = self.pairs[name]
        self.begin(pair, left, right)
        keys: dict[Side, str] = {"left": left, "right": right}
        for side, key in keys.items():
            if pair.mapping.is_source(side):
                self.note(pair.stream(side), key, "couple", None)

    def uncouple(self, name: str, left: str) -> None:
        pair = self.pairs[name]
        right = pair.couples[left]
        self.close(pair, "left", left)
        self.end(pair, left)
        pair.left.parked.pop(left, None)
        pair.right.parked.pop(right, None)

    def request(self, name: str, side: Side, key: str) -> None:
        self.note(self.pairs[name].stream(side), key, "request", None)

    def full(self, *, by_scan: bool) -> None:
        """Look at every row; a couple of a mapping with direction both only once, from the side that leads.

        A scan looks at once, the side that leads first; a row with something of its own waiting is left to the pass.
        """
        for pair in self.pairs.values():
            leading: Side = "right" if pair.mapping.update_conflict == "right_wins" else "left"
            for side in (leading, opposite(leading)):
                if not pair.mapping.is_source(side):
                    continue
                self.tick()
                for key in sorted(pair.stream(side).table):
                    once = side != leading and pair.mapping.direction == "both"
                    if not (once and pair.partner(side, key) is not None):
                        self._look(pair, side, key, "create", by_scan=by_scan)
                    elif by_scan and self._looks_along(pair, side, key):
                        self._look(pair, side, key, "answer", by_scan=True)

    def _look(self, pair: Pair, side: Side, key: str, operation: str, *, by_scan: bool) -> None:
        is_free = not self.pending(pair, side, key)
        self.note(pair.stream(side), key, operation, None)
        if by_scan and is_free:
            self._record(pair, side, key)

    def _looks_along(self, pair: Pair, side: Side, key: str) -> bool:
        """From the side that follows, a scan brings what only this side sends, unless changes are on their way.

        A row that a pass created has nothing to say: what was not sent to it is blank.
        """
        if pair.created.get(pair.left_key(side, key)) == side:
            return False
        return any(_is_alone(f) for f in pair.mapping.sent(side)) and not self.pending(pair, side, key)

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
                self.note(pair.stream(side), key, "retry", None)

    def resolve(self, name: str, left: str, field_no: int, side: Side) -> None:
        pair = self.pairs[name]
        conflict = next(c for c in pair.alive("left", left) if c.field_no == field_no)
        conflict.resolution = side
        value = conflict.left_value if side == "left" else conflict.right_value
        if field_no == ROW and value == "(changed)":
            # The edit wins over the deletion: the couple ends, and the lost record is created anew.
            self.uncouple(name, left)
            conflict.resolution = side
            self.note(pair.stream(side), conflict.key(side), "restore", None)
        else:
            self.note(pair.stream(side), conflict.key(side), "retry", None)

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
                self._record(pair, side, key)

    def _prepare(self, pair: Pair, side: Side) -> None:
        stream = pair.stream(side)
        for entry in [e for e in stream.waiting if e.operation == "rekey"]:
            self._follow(pair, side, entry)
        if any(e.operation == "truncate" for e in stream.waiting):
            time = next(e.time for e in stream.waiting if e.operation == "truncate")
            stream.waiting = [e for e in stream.waiting if e.operation != "truncate"]
            for key in self._coupled_keys(pair, side):
                if key not in stream.table:
                    self.note(stream, key, "delete", None)
                    stream.waiting[-1].time = time
        for key, parked in stream.parked.items():
            if parked.is_due:
                parked.is_due = False
                self.note(stream, key, "retry", None)
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
        self.close(pair, side, new)
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
        self.wake(pair.mapping.name, side, new)

    # --- a record ----------------------------------------------------------------------------------------------

    def _claim(self, stream: Stream, key: str) -> Work:
        # A deletion goes with what came after it: of a row made again only it knows the base.
        taken = [e for e in stream.waiting if e.key == key]
        stream.waiting = [e for e in stream.waiting if e not in taken]
        if key in stream.parked:
            taken.append(stream.parked.pop(key).entry)
        taken.sort(key=lambda e: (e.operation in BARE, e.number))
        operations = [e.operation for e in taken]
        return Work(
            entry=taken[0],
            time=max(e.time for e in taken),
            is_forced="request" in operations,
            is_asked=any(o in ASKED for o in operations),
            is_created="restore" in operations or "create" in operations,
            is_retried="retry" in operations,
            is_answer="answer" in operations and not any(o in ASKED for o in operations),
            operation=max([o for o in operations if o in (*ASKED, "answer")], default=taken[0].operation),
        )

    def _record(self, pair: Pair, side: Side, key: str) -> None:
        mapping, work = pair.mapping, self._claim(pair.stream(side), key)
        row, partner = pair.stream(side).table.get(key), pair.partner(side, key)
        was_inside = work.entry.before is None or mapping.is_inside(side, work.entry.before)
        if row is None and partner is None:
            return
        if partner is not None and pair.left_key(side, key) in pair.skipped:
            self.park(pair, side, work, "skipped")
        elif row is None and partner is not None:
            gone(self, pair, side, work, partner, was_inside=was_inside)
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
            self.park(pair, side, work, "error")
        elif waits := [f for f in missing if f.on_unresolved == "wait"]:
            awaits = (waits[0].reference or "", waits[0].read(side, row) or "")
            self.park(pair, side, work, "reference", awaits)
        elif partner is None:
            self._create(pair, side, work, row)
        else:
            self._write(pair, side, work, row, travelling, fills)

    def _changed(self, pair: Pair, side: Side, work: Work, row: Row, *, was_inside: bool) -> list[Field]:
        """Fields whose value here is another than when both sides were last in step."""
        coupled, before = pair.partner(side, work.entry.key) is not None, work.entry.before
        unknown = before is None and work.entry.operation not in BARE
        is_whole = unknown or work.is_asked or not coupled or not was_inside
        result = []
        for f in pair.mapping.sent(side):
            if f.write_on == ("insert" if coupled else "update"):
                continue
            is_asked = work.is_answer and pair.mapping.direction == "both" and _is_alone(f)
            if (
                is_whole
                or is_asked
                or (before is not None and not f.is_constant and f.read(side, row) != f.read(side, before))
            ):
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
            self.park(pair, side, work, "error")
            return
        target[key] = new
        left, right = (work.entry.key, key) if side == "left" else (key, work.entry.key)
        self.begin(pair, left, right)
        pair.created[left] = other
        if any(not row[f.column(side)] and new[f.column(other)] for f in self._answers(pair, other)):
            self.note(pair.stream(other), key, "insert", new)

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
            self.park(pair, side, work, "missing")
            return
        values = {f.no: self._outgoing(mapping, f, side, row) for f in mapping.sent(side)}
        travelling = travelling + [
            f for f in fills if f not in travelling and not target[f.column(other)] and values[f.no]
        ]
        written = [f for f in travelling if target[f.column(other)] != values[f.no]]
        agreeing = [f for f in travelling if f not in written]
        conflicts: list[Conflict] = []
        if mapping.direction == "both":
            conflicts = copy.deepcopy(pair.conflicts)
            written = settle(self, pair, side, work, values, target, written)
        new = target | {f.column(other): values[f.no] for f in written}
        bases = self.bases(pair, other, partner)
        try:
            self._put(pair, other, partner, new)
        except Refused:
            pair.conflicts = conflicts or pair.conflicts
            self.park(pair, side, work, "error")
            return
        # What a pass wrote is not an edit of the other side; nor is what the two sides agree on.
        agreed = [f for f in agreeing if f.is_shared and not mapping.is_copied(f)]
        for before in bases:
            before.update({f.column(other): values[f.no] for f in written + agreed})

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
            self.note(pair.stream(side), new_key, "retry", None)


def _is_alone(f: Field) -> bool:
    """Whether only one side sends the field, not into new rows only: what an `answer` brings."""
    return not f.is_shared and f.write_on != "insert"
