"""A key that names another row than it did: what was meant for the one never reaches the other."""

from __future__ import annotations

import pytest

from pysync import apply, outbox
from pysync.outbox import KeyRange
from pysync.runner import Runner
from tests.passes.conftest import Pair


@pytest.mark.parametrize("direction", ["both", "one way"])
def test_a_row_that_takes_over_the_targets_key_under_way_is_not_written(pair: Pair, direction: str) -> None:
    if direction == "one way":
        pair.field(1, direction=f"to_{pair.target}")
    pair.in_step()
    pair.run()
    pair.edit(pair.source, 1, name="new")
    runner = Runner(pair.db)
    runner.compiler.refresh()
    runner.session.pass_id = outbox.start_pass(pair.db, "changes")
    plan = runner.compiler.plan("ITEM", pair.source)
    # The pass has followed the changed keys already, and is about to lock the target's rows.
    with pair.db.transaction():
        pair.edit(pair.target, 1, id=7)
        pair.insert(pair.target, 1, "another", 5)
    counts = apply.apply(runner.session, plan, KeyRange("1", "1", 1), with_deletes=True)
    assert (counts.modified, counts.held) == (0, 1)
    assert pair.row(pair.target, 1) == ("another", 5, None)
    pair.run()
    assert pair.row(pair.target, 7) == ("new", 1, None)
    assert pair.row(pair.target, 1) == ("another", 5, None)
    assert pair.couples() == [("1", "7")]
    assert pair.run().pass_id == 0


def test_nor_is_it_deleted(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.in_step()
    pair.run()
    pair.delete(pair.source, 1)
    runner = Runner(pair.db)
    runner.compiler.refresh()
    runner.session.pass_id = outbox.start_pass(pair.db, "changes")
    plan = runner.compiler.plan("ITEM", pair.source)
    with pair.db.transaction():
        pair.edit(pair.target, 1, id=7)
        pair.insert(pair.target, 1, "another", 5)
    apply.apply(runner.session, plan, KeyRange("1", "1", 1), with_deletes=True)
    assert pair.keys(pair.target) == [1, 7]
    pair.run()
    assert pair.keys(pair.target) == [1]
    assert pair.row(pair.target, 1) == ("another", 5, None)


@pytest.mark.parametrize(
    ("policy", "left", "parked"), [("delete", [1], []), ("uncouple", [1, 2], []), ("fail", [1, 2], ["1"])]
)
def test_a_pass_moves_a_row_onto_the_key_of_a_deleted_one(
    pair: Pair, policy: str, left: list[int], parked: list[str]
) -> None:
    """The target's key follows `size`: row 1 comes under key 2, which the target has just deleted."""
    pair.configure(on_target_delete=policy)
    pair.db.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction)"
        " values ('ITEM', 4, $1, $2, $3)",
        (*(("size", "id") if pair.source == "left" else ("id", "size")), f"to_{pair.target}"),
    )
    pair.in_step(1)
    pair.in_step(2, size=2)
    pair.run()
    pair.delete(pair.target, 2)
    pair.edit(pair.source, 1, size=2, name="moved")
    pair.run()
    pair.run()
    assert pair.keys(pair.source) == left
    assert pair.row(pair.target, 2) == ("moved", 2, None)
    assert ("1", "2") in pair.couples()
    assert pair.parked() == [("target", key, "deleted") for key in parked]
    pair.edit(pair.target, 2, note="theirs")
    pair.run()
    assert pair.row(pair.source, 1) == ("moved", 2, "theirs")


def test_of_a_row_deleted_and_made_again_only_what_differs_travels(pair: Pair) -> None:
    pair.in_step()
    with pair.db.transaction():
        pair.delete(pair.source, 1)
        pair.insert(pair.source, 1, "new", 1)
    pair.edit(pair.target, 1, size=5)
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("new", 5, None)
    assert pair.conflicts() == []
