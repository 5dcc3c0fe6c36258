"""Random writes on both sides of random small mappings, with passes in between: the engine agrees with the model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from psycopg.rows import TupleRow

from pysync.runner import Runner
from tests.oracle.mapping import Mapping, Row, Side
from tests.oracle.model import SIDES, Oracle, Pair
from tests.oracle.world import World

IS_SOAK = bool(os.environ.get("PYSYNC_SOAK"))
EXAMPLES = int(os.environ.get("PYSYNC_ORACLE_EXAMPLES", "10000" if IS_SOAK else "500"))
CASES = 1000 if IS_SOAK else 60
KEYS = ("a", "b", "c")
TEXTS = (None, "", "a", "A", " a", "b", "c")
NOWHERE = {"text": "nowhere", "uuid": "00000000-0000-0000-0000-000000000000", "bigint": "0"}

_number = st.integers(0, 11)
_side = st.sampled_from(SIDES)
_edit = st.tuples(
    st.sampled_from(("update", "update", "update", "insert", "insert", "delete", "rekey", "truncate")),
    _side,
    _number,
    st.lists(st.tuples(_number, st.sampled_from(TEXTS)), min_size=1, max_size=3),
)
_part = st.tuples(st.lists(_edit, min_size=1, max_size=3), st.booleans())


class Syncing(RuleBasedStateMachine):
    """Does the same to the database and to the model."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.fresh = 0

    @initialize(number=st.sampled_from(range(CASES)))
    def start(self, number: int) -> None:
        self.mappings = self.world.start(number)
        self.oracle = Oracle(self.mappings)
        self.retired: set[str] = set()

    # --- applications ------------------------------------------------------------------------------------------

    @rule(parts=st.lists(_part, min_size=1, max_size=2), commits=st.sampled_from((True, True, True, True, False)))
    def write(self, parts: list[tuple[list[Any], bool]], commits: bool) -> None:
        """One transaction; each part stands behind a savepoint and may be rolled back to it."""
        before = self.oracle.savepoint()
        self.oracle.tick()
        self.world.say("begin")
        for edits, stays in parts:
            savepoint = self.oracle.savepoint()
            self.world.say("savepoint part")
            for edit in edits:
                self._edit(*edit)
            if not stays and len(parts) > 1:
                self.world.say("rollback to savepoint part")
                self.oracle.roll_back(savepoint)
        self.world.say("commit" if commits else "rollback")
        if not commits:
            self.oracle.roll_back(before)

    def _edit(self, what: str, side: Side, number: int, values: list[tuple[int, str | None]]) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        mapping, table = pair.mapping, pair.stream(side).table
        changes = self._changes(mapping, side, values)
        key = self._pick(sorted(table), number // 2) if table else None
        if what == "insert" or (key is None and what != "truncate"):
            self._insert(pair, side, number, changes)
        elif what == "truncate" and number < 3:
            self.world.truncate(mapping, side)
            self.oracle.truncate(mapping.name, side)
        elif key is not None and what == "delete":
            self.world.delete(mapping, side, table[key])
            self.oracle.delete(mapping.name, side, key)
        elif key is not None:
            if what == "rekey":
                changes |= self._other_key(pair, side, key, number)
            if changes:
                self.world.update(mapping, side, table[key], changes)
                self.oracle.update(mapping.name, side, key, changes)

    def _changes(self, mapping: Mapping, side: Side, values: list[tuple[int, str | None]]) -> Row:
        result: Row = {}
        columns = [c for c in mapping.table(side).columns if c.name not in mapping.key_columns(side)]
        for number, value in values:
            column = columns[number % len(columns)]
            if column.name == "ref":
                parent = self.oracle.pairs[self.mappings[0].name].stream(side).table
                choices = [None, NOWHERE[column.type], *sorted(parent), *sorted(parent)]
                value = choices[(number + len(value or "")) % len(choices)]
            result[column.name] = value if value is not None or column.default is None else ""
        return result

    def _insert(self, pair: Pair, side: Side, number: int, row: Row) -> None:
        mapping = pair.mapping
        if not mapping.makes_keys(side):
            row |= self._key(mapping, side, number)
            key = mapping.record_key(side, row)
            if key is None or key in pair.stream(side).table or key in self.retired:
                return
        stored = self.world.insert(mapping, side, row)
        self.oracle.insert(mapping.name, side, stored)

    def _key(self, mapping: Mapping, side: Side, number: int) -> Row:
        columns = mapping.key_columns(side)
        return dict(zip(columns, (KEYS[number % 3], str(number // 3 % 2)), strict=False))

    def _other_key(self, pair: Pair, side: Side, key: str, number: int) -> Row:
        """Another key for a row. Where the mapping carries keys, one never used: else the order of writes decides."""
        mapping = pair.mapping
        if mapping.makes_keys(side):
            return {}
        changes = self._key(mapping, side, number)
        if any(f.no == 1 for f in mapping.fields):
            self.fresh += 1
            changes[mapping.key_columns(side)[0]] = f"k{self.fresh}"
            self.retired.add(key)
            return changes
        new = mapping.record_key(side, pair.stream(side).table[key] | changes)
        return {} if new in pair.stream(side).table else changes

    # --- the DBA -----------------------------------------------------------------------------------------------

    @rule(number=_number, other=_number)
    def couple(self, number: int, other: int) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        left = sorted(pair.left.table.keys() - pair.couples.keys())
        right = sorted(pair.right.table.keys() - set(pair.couples.values()))
        if left and right:
            keys = self._pick(left, number), self._pick(right, other)
            self.oracle.tick()
            self.world.say("select sync.couple(%, %, %)", pair.mapping.name, *keys)
            self.oracle.couple(pair.mapping.name, *keys)

    @rule(number=_number, what=st.sampled_from(("uncouple", "skip", "unskip")))
    def handle_couple(self, number: int, what: str) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        if pair.couples:
            left = self._pick(sorted(pair.couples), number // 2)
            self.oracle.tick()
            self.world.say(f"select sync.{what}(%, %)", pair.mapping.name, left)
            getattr(self.oracle, what)(pair.mapping.name, left)

    @rule(number=_number, side=_side)
    def request(self, number: int, side: Side) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        table = pair.stream(side).table
        if table and pair.mapping.is_source(side):
            key = self._pick(sorted(table), number // 2)
            self.oracle.tick()
            self.world.say("select sync.request_sync(%, %, %)", pair.mapping.name, side, key)
            self.oracle.request(pair.mapping.name, side, key)

    @precondition(lambda self: any(c.resolution is None for p in self.oracle.pairs.values() for c in p.conflicts))
    @rule(number=_number, side=_side)
    def resolve(self, number: int, side: Side) -> None:
        pairs = self.oracle.pairs.values()
        pair, conflict = self._pick(
            [(p, c) for p in pairs for c in p.conflicts if c.resolution is None], number
        )
        self.oracle.tick()
        found = self.world.conflict_id(pair.mapping, conflict.left_key, conflict.field_no)
        self.world.script.append(f"-- conflict {found}: {conflict.left_key}, field {conflict.field_no}")
        self.world.say("select sync.resolve_conflict(%, %)", found, side)
        self.oracle.resolve(pair.mapping.name, conflict.left_key, conflict.field_no, side)

    @precondition(lambda self: any(p.stream(s).parked for p in self.oracle.pairs.values() for s in SIDES))
    @rule()
    def retry(self) -> None:
        self.oracle.tick()
        for mapping in self.mappings:
            self.world.say("select sync.retry(%)", mapping.name)
            self.oracle.retry(mapping.name)

    @staticmethod
    def _pick(choices: list[Any], number: int) -> Any:
        return choices[number % len(choices)]

    # --- passes ------------------------------------------------------------------------------------------------

    @rule()
    def run_pass(self) -> None:
        try:
            result = self.world.run_pass(self.mappings)
            self.oracle.run_pass()
            assert not result.faults
            self._name_new_keys()
            self._compare()
            traces = self.world.traces(self.mappings)
            assert self.world.run_pass(self.mappings).pass_id == 0, "a second pass does nothing"
            assert self.world.traces(self.mappings) == traces, "a second pass writes nothing"
        except BaseException:
            note("\n".join(map(str, self.mappings)))
            note(";\n".join(self.world.script))
            raise

    def _name_new_keys(self) -> None:
        names = {}
        for mapping in self.mappings:
            found = self.world.couples(mapping)
            for left, right in self.oracle.pairs[mapping.name].couples.items():
                if right.startswith("<") and left in found:
                    names[right] = found[left]
        self.oracle.rename(names)

    def _compare(self) -> None:
        assert self.world.outbox() == []
        for mapping in self.mappings:
            pair = self.oracle.pairs[mapping.name]
            assert self.world.couples(mapping) == pair.couples
            for side in SIDES:
                assert self.world.rows(mapping, side) == pair.stream(side).table
            assert _sorted(self.world.conflicts(mapping)) == _sorted(
                [
                    (c.left_key, c.right_key, c.field_no, c.left_value, c.right_value, c.resolution, c.is_over)
                    for c in pair.conflicts
                ]
            )
            assert self.world.parked(mapping) == {
                (side, key): p.reason for side in SIDES for key, p in pair.stream(side).parked.items()
            }

    def teardown(self) -> None:
        if hasattr(self, "mappings"):
            self.run_pass()


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=json.dumps)


@pytest.fixture
def world(db: psycopg.Connection[TupleRow]) -> Iterator[World]:
    yield World(db, Runner(db))


def test_the_engine_agrees_with_the_model_whatever_people_do(world: World) -> None:
    machine = type("Syncing", (Syncing,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=int(os.environ.get("PYSYNC_ORACLE_STEPS", "16")),
            derandomize=not IS_SOAK,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if os.environ.get("NOSHRINK") else [Phase.generate, Phase.shrink],
        ),
    )
