"""A coupled row is deleted: only what the mapping says happens, and never more."""

from __future__ import annotations

import pytest
from psycopg import sql

from pysync.model import Side
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


REFERENCES = {
    "its own table": "alter table {0} add parent int references {0} on delete {1}",
    "another table and back": "create table {0}_group (id int primary key references {0} on delete cascade);"
    " insert into {0}_group values (1);"
    " alter table {0} add parent int references {0}_group on delete {1}",
}


def _refer(pair: Pair, reference: str, action: str) -> None:
    """Rows 1 to 3 in step; on the target 2 refers to 1 as its parent, and 3 to nothing."""
    table = f"{'one' if pair.target is Side.LEFT else 'two'}.item"
    for key in (1, 2, 3):
        pair.in_step(key)
    for statement in REFERENCES[reference].format(table, action).split(";"):
        pair.db.execute(statement.encode())
    pair.edit(pair.target, 2, parent=1)
    pair.db.execute("delete from sync.outbox")


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize(("policy", "left"), [("delete", [3]), ("fail", [2, 3])])
def test_what_a_foreign_key_deletes_besides_is_heard(pair: Pair, reference: str, policy: str, left: list[int]) -> None:
    pair.configure(on_source_delete="delete", on_target_delete=policy)
    _refer(pair, reference, "cascade")
    pair.delete(pair.source, 1)
    result = pair.run()
    assert pair.counts(result) == {"deleted": 1, "uncoupled": 1}
    assert pair.counts(result, pair.target) == ({"deleted": 1, "uncoupled": 1} if policy == "delete" else {"failed": 1})
    assert pair.keys(pair.target) == [3]
    assert pair.keys(pair.source) == left
    assert pair.parked() == ([] if policy == "delete" else [("target", "2", "deleted")])
    assert pair.run().pass_id == 0


def test_a_parent_and_its_child_that_a_pass_deletes_together_leave_nothing_behind(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    _refer(pair, "its own table", "cascade")
    for key in (1, 2):
        pair.delete(pair.source, key)
    result = pair.run()
    assert pair.counts(result) == {"deleted": 2, "uncoupled": 2}
    assert pair.counts(result, pair.target) == {}
    assert (pair.keys(pair.target), pair.parked()) == ([3], [])


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_that_a_deletion_blanks_is_heard(pair: Pair, reference: str) -> None:
    pair.configure(on_source_delete="delete")
    _refer(pair, reference, "set null")
    source = f"{'one' if pair.source is Side.LEFT else 'two'}.item"
    pair.db.execute(f"alter table {source} add parent int".encode())
    pair.edit(pair.source, 2, parent=1)
    pair.db.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        " values ('ITEM', 4, 'parent', 'parent')"
    )
    pair.db.execute("select sync.enable_capture('ITEM')")
    pair.db.execute("delete from sync.outbox")
    pair.delete(pair.source, 1)
    result = pair.run()
    assert pair.counts(result, pair.target) == {"modified": 1}
    assert pair.db.execute(
        sql.SQL("select parent from {} where id = 2").format(pair.table(pair.source))
    ).fetchone() == (None,)
    assert pair.run().pass_id == 0


def test_a_delete_reaches_the_other_side_without_a_journal_too(pair: Pair) -> None:
    pair.configure(is_journaled=False, on_left_delete="delete", on_right_delete="delete")
    pair.in_step()
    pair.delete(pair.source, 1)
    assert pair.counts(pair.run()) == {"deleted": 1, "uncoupled": 1}
    assert pair.row(pair.target, 1) is None
    assert pair.couples() == []
