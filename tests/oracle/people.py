"""What applications and a DBA do at random, on the database and in the model alike."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.oracle.mapping import SIDES, Column, Mapping, Place, Row, Side, Value
from tests.oracle.model import Oracle
from tests.oracle.state import Pair
from tests.oracle.world import World

KEYS = ("a", "b", "c", "d")
LINES = ("1", "2")
TEXTS = (None, "", "a", "A", " a", "b", "c")
NOWHERE = {"text": "nowhere", "uuid": "00000000-0000-0000-0000-000000000000", "bigint": "0"}
EDITS = ("update",) * 8 + ("insert",) * 4 + ("delete",) * 3 + ("rekey",) * 2
Savepoint = tuple[dict[str, Pair], set[str], dict[Place, str | None]]
ACTIONS = ("write",) * 12 + ("couple", "uncouple", "skip", "unskip", "request", "request") + ("resolve", "retry") * 2


@dataclass(slots=True)
class People:
    """`retired`: keys that rows of a mapping which carries keys once had; whether such a key is free depends on order.

    Since the last pass: `forced` are mappings of which a person asked for a record; `came_from` tells for a key under
    which another row stood then, which key the row had, or None for a new one.
    """

    world: World
    oracle: Oracle
    mappings: tuple[Mapping, ...]
    chosen: random.Random = field(default_factory=random.Random)
    fresh: int = 0
    retired: set[str] = field(default_factory=set)
    forced: set[str] = field(default_factory=set)
    came_from: dict[Place, str | None] = field(default_factory=dict)

    def begin(self) -> None:
        """Some rows on both sides, some of them coupled."""
        for pair in self.oracle.pairs.values():
            for side in SIDES:
                for _ in range(self.chosen.randint(0, 3)):
                    self._insert(pair, side)
            for _ in range(self.chosen.randint(0, 3)):
                self.couple(pair)

    def act(self) -> None:
        """One thing that somebody does."""
        self.oracle.tick()
        what = self.chosen.choice(ACTIONS)
        if what == "write":
            self.write()
        elif what == "resolve":
            self.resolve()
        else:
            getattr(self, what)(self._pair())

    def _pair(self) -> Pair:
        return self.chosen.choice(list(self.oracle.pairs.values()))

    def _side(self) -> Side:
        return self.chosen.choice(SIDES)

    # --- applications ------------------------------------------------------------------------------------------

    def write(self) -> None:
        """A transaction of one or two parts; a part may be rolled back to its savepoint, or everything at the end."""
        before = self._savepoint()
        self.world.say("begin")
        for number in range(self.chosen.choice((1, 1, 2))):
            savepoint = self._savepoint()
            if number:
                self.world.say("savepoint part")
            for _ in range(self.chosen.randint(1, 3)):
                self._edit()
            if number and self.chosen.random() < 0.5:
                self.world.say("rollback to savepoint part")
                self._roll_back(savepoint)
        if self.chosen.random() < 0.1:
            self.world.say("rollback")
            self._roll_back(before)
        else:
            self.world.say("commit")

    def _savepoint(self) -> Savepoint:
        return self.oracle.savepoint(), set(self.retired), dict(self.came_from)

    def _roll_back(self, to: Savepoint) -> None:
        self.oracle.roll_back(to[0])
        self.retired, self.came_from = set(to[1]), dict(to[2])

    def _edit(self) -> None:
        pair, side, what = self._pair(), self._side(), self.chosen.choice(EDITS)
        mapping, table = pair.mapping, pair.stream(side).table
        if self.chosen.random() < 0.02:
            self.world.truncate(mapping, side)
            self.oracle.truncate(mapping.name, side)
        elif what == "insert" or not table:
            self._insert(pair, side)
        else:
            key = self.chosen.choice(sorted(table))
            if what == "delete":
                self.world.delete(mapping, side, table[key])
                self.oracle.delete(mapping.name, side, key)
                return
            changes = self._values(pair.mapping, side)
            if what == "rekey":
                changes = (changes if self.chosen.random() < 0.5 else {}) | self._other_key(pair, side, key)
            if changes:
                new = mapping.record_key(side, table[key] | changes)
                if new is not None and new != key:
                    place = (mapping.name, side, key)
                    self.came_from[mapping.name, side, new] = self.came_from.get(place, key)
                    self.came_from[place] = None
                self.world.update(mapping, side, table[key], changes)
                self.oracle.update(mapping.name, side, key, changes)

    def _values(self, mapping: Mapping, side: Side) -> Row:
        columns = [c for c in mapping.table(side).columns if c.name not in mapping.key_columns(side)]
        return {
            c.name: self._value(c, side)
            for c in self.chosen.sample(columns, self.chosen.randint(1, min(3, len(columns))))
        }

    def _value(self, column: Column, side: Side) -> Value:
        if column.name in ("code", "no"):
            return self._fresh()
        if column.name == "ref":
            parent = self.oracle.pairs[self.mappings[0].name].stream(side).table
            return self.chosen.choice([None, NOWHERE[column.type], *sorted(parent), *sorted(parent)])
        value = self.chosen.choice(TEXTS)
        return value if column.default is None else value or ""

    def _fresh(self) -> str:
        self.fresh += 1
        return f"k{self.fresh}"

    def _insert(self, pair: Pair, side: Side) -> None:
        mapping = pair.mapping
        row = self._values(mapping, side)
        if not mapping.makes_keys(side):
            row |= self._key(mapping, side)
            key = mapping.record_key(side, row)
            if key is None or key in pair.stream(side).table or key in self.retired:
                return
        stored = self.world.insert(mapping, side, row)
        self.oracle.insert(mapping.name, side, stored)

    def _key(self, mapping: Mapping, side: Side) -> Row:
        parts = (self.chosen.choice(KEYS), self.chosen.choice(LINES))
        return dict(zip(mapping.key_columns(side), parts, strict=False))

    def _other_key(self, pair: Pair, side: Side, key: str) -> Row:
        """Another key for a row. Where the mapping carries keys, one never used: else the order of writes decides."""
        mapping = pair.mapping
        if mapping.makes_keys(side):
            return {}
        changes = self._key(mapping, side)
        if mapping.carries_keys:
            changes[mapping.key_columns(side)[0]] = self._fresh()
            self.retired.add(key)
            return changes
        new = mapping.record_key(side, pair.stream(side).table[key] | changes)
        return {} if new in pair.stream(side).table else changes

    # --- the DBA -----------------------------------------------------------------------------------------------

    def couple(self, pair: Pair) -> None:
        mapping = pair.mapping
        taken = set(pair.couples.values())
        choices = [
            (left, right)
            for left in sorted(pair.left.table.keys() - pair.couples.keys())
            for right in sorted(pair.right.table.keys() - taken)
            if not mapping.carries_keys
            or all(
                pair.left.table[left][f.column("left")] == pair.right.table[right][f.column("right")]
                for f in mapping.fields[: len(mapping.key_columns("left"))]
            )
        ]
        if choices:
            left, right = self.chosen.choice(choices)
            self.oracle.tick()
            self.world.say("select sync.couple(%, %, %)", mapping.name, left, right)
            self.oracle.couple(mapping.name, left, right)

    def uncouple(self, pair: Pair) -> None:
        self._handle(pair, "uncouple", list(pair.couples))

    def skip(self, pair: Pair) -> None:
        self._handle(pair, "skip", list(pair.couples))

    def unskip(self, pair: Pair) -> None:
        self._handle(pair, "unskip", list(pair.skipped))

    def _handle(self, pair: Pair, what: str, choices: list[str]) -> None:
        if choices:
            left = self.chosen.choice(sorted(choices))
            self.world.say(f"select sync.{what}(%, %)", pair.mapping.name, left)
            getattr(self.oracle, what)(pair.mapping.name, left)

    def request(self, pair: Pair) -> None:
        side = self._side()
        table = pair.stream(side).table
        if table and pair.mapping.is_source(side):
            key = self.chosen.choice(sorted(table))
            self.forced.add(pair.mapping.name)
            self.world.say("select sync.request_sync(%, %, %)", pair.mapping.name, side, key)
            self.oracle.request(pair.mapping.name, side, key)

    def resolve(self) -> None:
        found = [(p, c) for p in self.oracle.pairs.values() for c in p.conflicts if c.resolution is None]
        if found:
            pair, conflict = self.chosen.choice(found)
            side = self._side()
            number = self.world.conflict_id(pair.mapping, conflict.left_key, conflict.field_no)
            self.world.script.append(f"-- the conflict about field {conflict.field_no} of left {conflict.left_key}")
            self.world.say("select sync.resolve_conflict(%, %)", number, side)
            self.oracle.resolve(pair.mapping.name, conflict.left_key, conflict.field_no, side)

    def retry(self, pair: Pair) -> None:
        self.world.say("select sync.retry(%)", pair.mapping.name)
        self.oracle.retry(pair.mapping.name)
