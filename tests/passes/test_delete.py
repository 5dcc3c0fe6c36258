"""A coupled row is deleted: only what the mapping says happens, and never more."""

from __future__ import annotations

import pytest

from tests.passes.conftest import Pair


def test_fail_parks_the_deletion_and_touches_nothing(pair: Pair) -> None:
    pair.in_step()
    pair.delete(pair.source, 1)
    assert pair.counts(pair.run()) == {"failed": 1}
    assert pair.keys(pair.target) == [1]
    assert pair.couples() == [("1", "1")]
    assert pair.parked() == [("source", "1", "deleted")]


def test_uncouple_ends_the_couple_and_leaves_the_target(pair: Pair) -> None:
    pair.configure(on_source_delete="uncouple")
    pair.in_step()
    pair.delete(pair.source, 1)
    assert pair.counts(pair.run()) == {"uncoupled": 1}
    assert pair.keys(pair.target) == [1]
    assert pair.couples() == []


def test_delete_deletes_the_target(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.in_step()
    pair.delete(pair.source, 1)
    assert pair.counts(pair.run()) == {"deleted": 1, "uncoupled": 1}
    assert pair.keys(pair.target) == []
    assert pair.couples() == []
    assert pair.run().pass_id == 0


def test_restore_creates_the_row_anew(pair: Pair) -> None:
    pair.configure(on_source_delete="restore")
    pair.in_step()
    pair.delete(pair.source, 1)
    pair.run()
    [new] = pair.keys(pair.source)
    assert pair.row(pair.source, new) == ("n", 1, None)
    assert pair.couples() == [(str(new), "1")]


def test_an_uncoupled_deletion_is_nobodys_business(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.insert(pair.source, 1, "n", 1)
    pair.delete(pair.source, 1)
    pair.insert(pair.target, 1, "n", 1)
    pair.run()
    assert pair.keys(pair.target) == [1]


def test_both_rows_deleted_ends_the_couple(pair: Pair) -> None:
    pair.in_step()
    pair.delete(pair.source, 1)
    pair.delete(pair.target, 1)
    pair.run()
    assert pair.couples() == []
    assert pair.parked() == []


def test_a_row_deleted_outside_the_filter_does_not_take_the_target_along(pair: Pair) -> None:
    pair.configure(on_source_delete="delete", source_filter="size < 10")
    pair.in_step()
    pair.edit(pair.source, 1, size=50)
    pair.run()
    pair.delete(pair.source, 1)
    pair.run()
    assert pair.keys(pair.target) == [1]
    assert pair.couples() == []


def test_truncate_counts_as_deleting_every_row(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    for key in (1, 2, 3):
        pair.in_step(key)
    pair.db.execute("truncate one.item" if pair.source == "left" else "truncate two.item")
    assert pair.counts(pair.run()) == {"deleted": 3, "uncoupled": 3}
    assert pair.keys(pair.target) == []


def test_an_edit_for_a_deleted_partner_is_parked(pair: Pair) -> None:
    pair.in_step()
    pair.delete(pair.target, 1)
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert ("source", "1", "missing") in pair.parked()


def test_a_parked_edit_goes_on_when_its_partner_is_restored(pair: Pair) -> None:
    pair.configure(on_target_delete="restore")
    pair.in_step()
    pair.delete(pair.target, 1)
    pair.edit(pair.source, 1, name="new")
    pair.run()
    pair.run()
    [new] = pair.keys(pair.target)
    assert pair.row(pair.target, new) == ("new", 1, None)
    assert pair.parked() == []


class TestADeletionThatMeetsAnEdit:
    def meet(self, pair: Pair, policy: str) -> None:
        pair.configure(on_source_delete="delete", update_conflict=policy)
        pair.in_step()
        pair.edit(pair.target, 1, name="yours")
        pair.delete(pair.source, 1)
        pair.run()

    def test_waits_for_a_person(self, pair: Pair) -> None:
        self.meet(pair, "fail")
        assert pair.keys(pair.target) == [1]
        assert [c[0] for c in pair.conflicts()] == [0]

    def test_deletes_when_the_deleting_side_wins(self, pair: Pair) -> None:
        self.meet(pair, "source_wins")
        assert pair.keys(pair.target) == []

    def test_brings_the_row_back_when_the_editing_side_wins(self, pair: Pair) -> None:
        self.meet(pair, "target_wins")
        assert pair.keys(pair.target) == [1]
        [new] = pair.keys(pair.source)
        assert pair.row(pair.source, new) == ("yours", 1, None)

    @pytest.mark.parametrize("winner", ["source", "target"])
    def test_a_person_decides(self, pair: Pair, winner: str) -> None:
        self.meet(pair, "fail")
        side = pair.source if winner == "source" else pair.target
        pair.db.execute("select sync.resolve_conflict(conflict_id, $1) from sync.conflict", (side.value,))
        pair.run()
        pair.run()
        if winner == "source":
            assert pair.keys(pair.target) == []
        else:
            [new] = pair.keys(pair.source)
            assert pair.row(pair.source, new) == ("yours", 1, None)
        assert pair.couples() == ([] if winner == "source" else [(str(pair.keys(pair.source)[0]), "1")])
