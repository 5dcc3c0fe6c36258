"""Random writes on both sides of random small mappings, with passes in between: the engine agrees with the model."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from psycopg.rows import TupleRow

from pysync.compiler import Compiler
from pysync.runner import Runner
from tests.oracle import promises
from tests.oracle.mapping import SIDES, Expression, Field, Filter, Mapping
from tests.oracle.model import Oracle
from tests.oracle.people import People
from tests.oracle.world import World

EXAMPLES = int(os.environ.get("PYSYNC_ORACLE_EXAMPLES", "500"))
SOAKS = 20  # of 500 examples each, every one with mappings of its own
CASES = 40
STEPS = 4
_seed = st.integers(0, 2**32 - 1)


class Syncing(RuleBasedStateMachine):
    """Does the same to the database and to the model."""

    world: World
    first_case: int

    @initialize(number=st.integers(0, CASES - 1), seed=_seed)
    def start(self, number: int, seed: int) -> None:
        self.mappings = self.world.start(self.first_case + number)
        self.oracle = Oracle(self.mappings)
        self.people = People(self.world, self.oracle, self.mappings, random.Random(seed))  # noqa: S311
        self.people.begin()
        self.run_pass()

    @rule(seed=_seed, count=st.integers(1, 3))
    def act(self, seed: int, count: int) -> None:
        """People do one thing after another, then a pass runs."""
        # Hypothesis prefers small and similar choices, which nearly always miss the rare meeting of two changes.
        self.people.chosen = random.Random(seed)  # noqa: S311
        for _ in range(count):
            self.people.act()
        self.run_pass()

    @rule(limit=st.integers(0, 3))
    def full(self, limit: int) -> None:
        """Every row is looked at: asked for in the outbox, or scanned in small pages."""
        if limit:
            self.world.scan(self.mappings, limit)
        else:
            self.world.ask_for_all(self.mappings)
        self.oracle.full(by_scan=limit > 0)
        self.people.forced |= {m.name for m in self.mappings}
        self.run_pass()

    def run_pass(self) -> None:
        try:
            before = [promises.look(self.world, m) for m in self.mappings]
            assert not self.world.run_pass(self.mappings).faults
            self.oracle.run_pass()
            after = [promises.look(self.world, m) for m in self.mappings]
            self._compare(after)
            self._check_promises(before, after)
            traces = self.world.traces(self.mappings)
            assert self.world.run_pass(self.mappings).pass_id == 0, "a second pass does nothing"
            assert self.world.traces(self.mappings) == traces, "a second pass writes nothing"
        except BaseException:
            note("\n".join(map(_short, self.mappings)))
            note(";\n".join(self.world.script))
            raise
        self.synced = after
        self.people.forced.clear()
        self.people.came_from.clear()

    def _compare(self, views: list[promises.View]) -> None:
        self._name_new_keys(views)
        assert self.world.outbox() == []
        for mapping, view in zip(self.mappings, views, strict=True):
            pair = self.oracle.pairs[mapping.name]
            assert view.couples == pair.couples
            for side in SIDES:
                assert view.rows[side] == pair.stream(side).table
            assert _sorted(view.conflicts) == _sorted(
                [
                    (c.left_key, c.right_key, c.field_no, c.left_value, c.right_value, c.resolution, c.is_over)
                    for c in pair.conflicts
                ]
            )
            assert self.world.parked(mapping) == {
                (side, key): p.reason for side in SIDES for key, p in pair.stream(side).parked.items()
            }

    def _name_new_keys(self, views: list[promises.View]) -> None:
        names = {}
        for mapping, view in zip(self.mappings, views, strict=True):
            for left, right in self.oracle.pairs[mapping.name].couples.items():
                if right.startswith("<") and left in view.couples:
                    names[right] = view.couples[left]
        self.oracle.rename(names)

    def _check_promises(self, before: list[promises.View], after: list[promises.View]) -> None:
        for number, mapping in enumerate(self.mappings):
            # A person who asks for a record, or lets one win, overwrites with open eyes.
            if hasattr(self, "synced") and mapping.name not in self.people.forced:
                lost = promises.lost_edits(
                    mapping, self.synced[number], before[number], after[number], self.people.came_from
                )
                assert lost == [], "no edit is lost"
            troubled = set(self.world.parked(mapping))
            assert promises.disagreements(mapping, after[number], troubled) == [], "couples that nothing holds agree"


def _short(mapping: Mapping) -> str:
    return "\n  ".join((_unusual(mapping), *map(_unusual, mapping.fields)))


def _unusual(part: Mapping | Field) -> str:
    """What is not as by default, but for the tables."""
    shown = [(f.name, getattr(part, f.name)) for f in dataclasses.fields(part) if getattr(part, f.name) != f.default]
    return " ".join(f"{name}={value}" for name, value in shown if isinstance(value, str | bool | Expression | Filter))


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=json.dumps)


def _check(db: psycopg.Connection[TupleRow], first_case: int, **options: Any) -> None:
    compiler = Compiler(db)
    world = World(db, compiler, Runner(db, compiler=compiler))
    machine = type("Syncing", (Syncing,), {"world": world, "first_case": first_case})
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if os.environ.get("PYSYNC_ORACLE_QUICK") else [Phase.generate, Phase.shrink],
        **options,
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_the_engine_agrees_with_the_model_whatever_people_do(db: psycopg.Connection[TupleRow]) -> None:
    _check(db, 0, derandomize=True)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(1, SOAKS + 1))
def test_the_engine_still_agrees_after_many_more_tries(db: psycopg.Connection[TupleRow], number: int) -> None:
    _check(db, number * CASES, derandomize=False)
