"""What the state machine of tests/oracle found, each as short as it gets."""

from __future__ import annotations

from pysync.model import Side
from tests.passes.conftest import Pair


def test_an_edit_made_after_a_decision_against_it_is_kept_in_the_conflict(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, name="yours")
    pair.run()
    pair.db.execute("select sync.resolve_conflict(conflict_id, $1) from sync.conflict", (pair.source.value,))
    pair.edit(pair.target, 1, name="newer")
    pair.run()
    assert [pair.row(side, 1) for side in Side] == [("mine", 1, None)] * 2
    assert pair.conflicts() == [(1, "mine", "newer", "source", True)]


def test_a_deletion_does_not_pass_for_agreement_with_a_null(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, name=None)
    pair.run()
    pair.delete(pair.source, 1)
    pair.run()
    assert pair.parked() == [("source", "1", "deleted")]
    assert pair.conflicts() == [(1, "mine", None, None, False)]


def test_a_key_taken_over_from_a_deleted_row_brings_no_foreign_base(pair: Pair) -> None:
    pair.in_step(name="mine")
    pair.insert(pair.source, 2, "other", 1)
    pair.db.execute("delete from sync.outbox")
    with pair.db.transaction():
        pair.delete(pair.source, 2)
        pair.edit(pair.source, 1, name="other")
        pair.edit(pair.source, 1, id=2)
    pair.run()
    assert pair.couples() == [("2", "1")]
    assert pair.row(pair.target, 1) == ("other", 1, None)


def test_a_deletion_that_waits_for_a_decision_is_not_carried_out_meanwhile(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.in_step()
    pair.edit(pair.target, 1, name="yours")
    pair.delete(pair.source, 1)
    pair.run()
    # The edit is worked off, for the filter leaves it alone; then another deletion of the row is looked at.
    pair.configure(target_filter="note is not null")
    pair.db.execute("select sync.retry()")
    pair.run()
    pair.insert(pair.source, 1)
    pair.delete(pair.source, 1)
    pair.run()
    assert pair.row(pair.target, 1) == ("yours", 1, None)
    assert [(c[0], c[3]) for c in pair.conflicts()] == [(0, None)]
