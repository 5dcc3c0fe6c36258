"""Random writes on both sides of random small mappings, with passes in between: the engine agrees with the model."""

from __future__ import annotations

import dataclasses
import json
import os
import random
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
from tests.oracle.mapping import Mapping
from tests.oracle.model import SIDES, Oracle
from tests.oracle.people import People
from tests.oracle.world import World

IS_SOAK = bool(os.environ.get("PYSYNC_SOAK"))
EXAMPLES = int(os.environ.get("PYSYNC_ORACLE_EXAMPLES", "10000" if IS_SOAK else "500"))
CASES = int(os.environ.get("PYSYNC_ORACLE_CASES", "1000" if IS_SOAK else "40"))
_seed = st.integers(0, 2**32 - 1)


class Syncing(RuleBasedStateMachine):
    """Does the same to the database and to the model."""

    world: World

    @initialize(number=st.sampled_from(range(CASES)), seed=_seed)
    def start(self, number: int, seed: int) -> None:
        self.mappings = self.world.start(number)
        self.oracle = Oracle(self.mappings)
        self.people = People(self.world, self.oracle, self.mappings, random.Random(seed))
        self.people.begin()
        self.run_pass()

    @rule(seed=_seed, count=st.integers(1, 3))
    def act(self, seed: int, count: int) -> None:
        """People do one thing after another, then a pass runs."""
        # Hypothesis prefers small and similar choices, which nearly always miss the rare meeting of two changes.
        self.people.chosen = random.Random(seed)
        for _ in range(count):
            self.people.act()
        self.run_pass()

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
