"""Random writes on both sides of random small mappings, with passes in between: the engine agrees with the model."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from psycopg.rows import TupleRow

from pysync.compiler import Compiler
from pysync.runner import Runner
from tests.oracle.mapping import Mapping, Row, Side
from tests.oracle.model import SIDES, Oracle, Pair
from tests.oracle.world import World

IS_SOAK = bool(os.environ.get("PYSYNC_SOAK"))
EXAMPLES = int(os.environ.get("PYSYNC_ORACLE_EXAMPLES", "10000" if IS_SOAK else "500"))
CASES = int(os.environ.get("PYSYNC_ORACLE_CASES", "1000" if IS_SOAK else "40"))
KEYS = ("a", "b", "c")
TEXTS = (None, "", "a", "A", " a", "b", "c")
NOWHERE = {"text": "nowhere", "uuid": "00000000-0000-0000-0000-000000000000", "bigint": "0"}

_number = st.integers(0, 11)
_side = st.sampled_from(SIDES)
_edit = st.tuples(
    st.sampled_from(("update", "update", "update", "insert", "delete", "rekey", "truncate")),
    _side,
    _number,
    st.lists(st.tuples(_number, st.sampled_from(TEXTS)), min_size=1, max_size=3),
)
_part = st.tuples(st.lists(_edit, min_size=1, max_size=3), st.booleans())
_write = st.tuples(
    st.just("write"), st.lists(_part, min_size=1, max_size=2), st.sampled_from((True, True, True, True, False))
)
_couple = st.tuples(st.just("couple"), _number, _number)
_handle = st.tuples(st.just("handle_couple"), _number, st.sampled_from(("uncouple", "skip", "unskip")))
_request = st.tuples(st.just("request"), _number, _side)
_resolve = st.tuples(st.just("resolve"), _number, _side)
_action = st.one_of(
    _write, _write, _write, _write, _write, _couple, _handle, _request, _resolve, _resolve, st.just(("retry",))
)
_start = st.lists(st.tuples(_side, _number), min_size=1, max_size=4)


class Syncing(RuleBasedStateMachine):
    """Does the same to the database and to the model."""

    world: World

    @initialize(number=st.sampled_from(range(CASES)), rows=_start, couples=st.lists(_number, max_size=2))
    def start(self, number: int, rows: list[tuple[Side, int]], couples: list[int]) -> None:
        self.mappings = self.world.start(number)
        self.oracle = Oracle(self.mappings)
        self.fresh = 0
        self.retired: set[str] = set()
        for pair in self.oracle.pairs.values():
            for side, n in rows:
                self._insert(pair, side, n, self._changes(pair.mapping, side, [(n, "a"), (n + 1, "b")]))
        for n in couples:
            self.couple(n, n)
        self.run_pass()

    @rule(actions=st.lists(_action, min_size=1, max_size=3))
    def act(self, actions: list[tuple[Any, ...]]) -> None:
        """People do one thing after another, then a pass runs."""
        for what, *arguments in actions:
            getattr(self, what)(*arguments)
        self.run_pass()

    # --- applications ------------------------------------------------------------------------------------------

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
            if column.name in ("code", "no"):
                self.fresh += 1
                value = f"k{self.fresh}"
            elif column.name == "ref":
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

    def couple(self, number: int, other: int) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        left = sorted(pair.left.table.keys() - pair.couples.keys())
        right = sorted(pair.right.table.keys() - set(pair.couples.values()))
        if left and right:
            keys = self._pick(left, number), self._pick(right, other)
            if any(f.no == 1 and pair.left.table[keys[0]]["id"] != pair.right.table[keys[1]]["code"] for f in pair.mapping.fields):
                return
            self.oracle.tick()
            self.world.say("select sync.couple(%, %, %)", pair.mapping.name, *keys)
            self.oracle.couple(pair.mapping.name, *keys)

    def handle_couple(self, number: int, what: str) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        if pair.couples:
            left = self._pick(sorted(pair.couples), number // 2)
            self.oracle.tick()
            self.world.say(f"select sync.{what}(%, %)", pair.mapping.name, left)
            getattr(self.oracle, what)(pair.mapping.name, left)

    def request(self, number: int, side: Side) -> None:
        pair = self._pick(list(self.oracle.pairs.values()), number)
        table = pair.stream(side).table
        if table and pair.mapping.is_source(side):
            key = self._pick(sorted(table), number // 2)
            self.oracle.tick()
            self.world.say("select sync.request_sync(%, %, %)", pair.mapping.name, side, key)
            self.oracle.request(pair.mapping.name, side, key)

    def resolve(self, number: int, side: Side) -> None:
        found = [(p, c) for p in self.oracle.pairs.values() for c in p.conflicts if c.resolution is None]
        if not found:
            return
        pair, conflict = self._pick(found, number)
        self.oracle.tick()
        number = self.world.conflict_id(pair.mapping, conflict.left_key, conflict.field_no)
        self.world.script.append(f"-- the conflict about field {conflict.field_no} of left {conflict.left_key}")
        self.world.say("select sync.resolve_conflict(%, %)", number, side)
        self.oracle.resolve(pair.mapping.name, conflict.left_key, conflict.field_no, side)

    def retry(self) -> None:
        self.oracle.tick()
        for mapping in self.mappings:
            self.world.say("select sync.retry(%)", mapping.name)
            self.oracle.retry(mapping.name)

    @staticmethod
    def _pick(choices: list[Any], number: int) -> Any:
        return choices[number % len(choices)]

    # --- passes ------------------------------------------------------------------------------------------------

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
            note("\n".join(map(_short, self.mappings)))
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


def _short(mapping: Mapping) -> str:
    """What is not as by default."""
    parts = [
        f"{f.name}={getattr(mapping, f.name)}"
        for f in dataclasses.fields(mapping)
        if f.name not in ("left", "right", "fields") and getattr(mapping, f.name) != f.default
    ]
    lines = [" ".join(f"{f.name}={getattr(x, f.name)}" for f in dataclasses.fields(x) if getattr(x, f.name) != f.default)
             for x in mapping.fields]
    return "\n  ".join((" ".join(parts), *lines))


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=json.dumps)


@pytest.fixture
def world(db: psycopg.Connection[TupleRow]) -> Iterator[World]:
    compiler = Compiler(db)
    yield World(db, compiler, Runner(db, compiler=compiler))


def test_the_engine_agrees_with_the_model_whatever_people_do(world: World) -> None:
    machine = type("Syncing", (Syncing,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=int(os.environ.get("PYSYNC_ORACLE_STEPS", "6")),
            derandomize=not IS_SOAK and not os.environ.get("RANDOM"),
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if os.environ.get("NOSHRINK") else [Phase.generate, Phase.shrink],
        ),
    )
