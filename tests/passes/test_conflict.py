"""The same field edited on both sides: the policy decides, nothing is overwritten silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pysync import batch, outbox
from pysync.database import Connection
from pysync.model import Side, Statement
from pysync.runner import Runner
from tests.passes.conftest import Pair


def both_edit(pair: Pair, **fields: tuple[Any, Any]) -> None:
    """Edit fields on both sides: name=(source value, target value)."""
    for name, (own, other) in fields.items():
        pair.edit(pair.source, 1, **{name: own})
        pair.edit(pair.target, 1, **{name: other})


def test_fail_writes_neither_side_and_keeps_both_values(pair: Pair) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    result = pair.run()
    assert pair.row(pair.source, 1) == ("mine", 1, None)
    assert pair.row(pair.target, 1) == ("yours", 1, None)
    assert pair.conflicts() == [(1, "mine", "yours", None, False)]
    assert sum(c.conflicted for c in result.counts.values()) == 1


@pytest.mark.parametrize(("policy", "needs_a_person"), [("fail", True), ("source_wins", False)])
def test_only_a_conflict_that_nobody_settled_is_a_problem(pair: Pair, policy: str, needs_a_person: bool) -> None:
    pair.configure(update_conflict=policy)
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    result = pair.run()
    assert (sum(c.conflicted for c in result.counts.values()), result.has_problems) == (1, needs_a_person)


def test_other_fields_of_the_record_still_travel(pair: Pair) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.edit(pair.source, 1, size=5)
    pair.run()
    assert pair.row(pair.target, 1) == ("yours", 5, None)


@pytest.mark.parametrize(("winner", "value"), [("source", "mine"), ("target", "yours")])
def test_a_side_that_wins_overwrites_and_the_loser_is_kept(pair: Pair, winner: str, value: str) -> None:
    pair.configure(update_conflict=f"{winner}_wins")
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == (value, 1, None)
    assert pair.conflicts() == [(1, "mine", "yours", winner, True)]


@pytest.mark.parametrize("later", ["source", "target"])
def test_the_newest_edit_wins(pair: Pair, later: str) -> None:
    pair.configure(update_conflict="newest_wins")
    pair.in_step()
    edits = [(pair.source, "mine"), (pair.target, "yours")]
    for side, text in edits if later == "target" else reversed(edits):
        pair.edit(side, 1, name=text)
    pair.run()
    value = "mine" if later == "source" else "yours"
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == (value, 1, None)


def test_newest_wins_can_read_the_time_from_the_rows(pair: Pair) -> None:
    # note holds the time of change; the source says it changed last although it was captured first
    pair.configure(update_conflict="newest_wins", left_modified_at="cast(note as timestamptz)")
    pair.configure(right_modified_at="cast(note as timestamptz)")
    pair.db.execute("delete from sync.field_mapping where field_no = 3")
    pair.in_step()
    pair.edit(pair.source, 1, note="2026-01-02", name="mine")
    pair.edit(pair.target, 1, note="2026-01-01", name="yours")
    pair.run()
    row = pair.row(pair.target, 1)
    assert row is not None
    assert row[0] == "mine"


def test_a_field_can_have_a_policy_of_its_own(pair: Pair) -> None:
    pair.field(2, conflict="source_wins")
    pair.in_step()
    both_edit(pair, name=("mine", "yours"), size=(5, 6))
    pair.run()
    assert pair.row(pair.target, 1) == ("yours", 5, None)
    assert pair.row(pair.source, 1) == ("mine", 5, None)


def test_with_scope_row_edits_of_different_fields_conflict(pair: Pair) -> None:
    pair.configure(conflict_scope="row")
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, size=6)
    pair.run()
    assert pair.row(pair.source, 1) == ("mine", 1, None)
    assert pair.row(pair.target, 1) == ("n", 6, None)
    assert [c[:4] for c in pair.conflicts()] == [(1, "mine", "n", None), (2, "1", "6", None)]


@pytest.mark.parametrize(("winner", "row"), [("source", ("mine", 1, None)), ("target", ("n", 6, None))])
def test_with_scope_row_the_winners_whole_row_counts(pair: Pair, winner: str, row: tuple[Any, ...]) -> None:
    pair.configure(conflict_scope="row", update_conflict=f"{winner}_wins")
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, size=6)
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == row
    assert {(c[0], c[3], c[4]) for c in pair.conflicts()} == {(1, winner, True), (2, winner, True)}


def test_an_open_conflict_blocks_later_edits_of_its_field(pair: Pair) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    pair.edit(pair.source, 1, name="mine again")
    pair.run()
    assert pair.row(pair.target, 1) == ("yours", 1, None)
    assert pair.conflicts() == [(1, "mine again", "yours", None, False)]


@pytest.mark.parametrize(("winner", "value"), [("source", "mine"), ("target", "yours")])
def test_a_person_decides(pair: Pair, winner: str, value: str) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    side = pair.source if winner == "source" else pair.target
    pair.db.execute("select sync.resolve_conflict(conflict_id, $1) from sync.conflict", (side.value,))
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == (value, 1, None)
    assert pair.conflicts() == [(1, "mine", "yours", winner, True)]


def test_a_conflict_ends_when_both_sides_come_to_agree(pair: Pair) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    pair.edit(pair.source, 1, name="yours")
    pair.run()
    assert pair.conflicts() == [(1, "mine", "yours", "equal", True)]


def test_request_sync_settles_the_conflict_for_the_side_asked(pair: Pair) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    pair.db.execute("select sync.request_sync('ITEM', $1, '1')", (pair.source.value,))
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("mine", 1, None)
    assert pair.conflicts() == [(1, "mine", "yours", "source", True)]


def test_after_a_write_the_other_sides_waiting_edit_is_not_mistaken_for_one_of_that_field(pair: Pair) -> None:
    pair.configure(update_conflict="source_wins")
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, size=9)
    pair.run()
    pair.edit(pair.source, 1, name="later")
    pair.run()
    assert pair.conflicts() == []
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("later", 9, None)


def test_coupling_two_different_records_shows_their_differences_as_conflicts(pair: Pair) -> None:
    pair.insert(pair.source, 1, "mine", 1)
    pair.insert(pair.target, 1, "yours", 1)
    pair.run()
    pair.db.execute("select sync.couple('ITEM', '1', '1')")
    pair.run()
    assert pair.conflicts() == [(1, "mine", "yours", None, False)]


def test_a_decision_outlives_a_pass_that_finds_the_row_held(pair: Pair, dsn: str) -> None:
    pair.in_step()
    both_edit(pair, name=("mine", "yours"))
    pair.run()
    pair.db.execute("select sync.resolve_conflict(conflict_id, $1) from sync.conflict", (pair.source.value,))
    # An edit of what does not travel, or of nothing at all: its base shows no change.
    pair.edit(pair.source, 1, size=1)
    with psycopg.connect(dsn) as application:
        application.execute(f"select from {'two' if pair.source == 'left' else 'one'}.item where id = 1 for update")
        assert set(pair.counts(pair.run())) == {"held"}
        application.rollback()
    pair.run()
    assert pair.row(pair.target, 1) == ("mine", 1, None)
    assert pair.conflicts() == [(1, "mine", "yours", "source", True)]


REFERENCES = b"""
create schema a;
create schema b;
create table a.parent (id int primary key);
create table b.parent (id int primary key);
create table a.child (id int primary key, parent int, name text);
create table b.child (id int primary key, parent int, name text);
insert into sync.table_mapping (mapping_name, left_table, right_table)
    values ('PARENT', 'a.parent', 'b.parent'), ('CHILD', 'a.child', 'b.child');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference)
    values ('CHILD', 1, 'parent', 'parent', 'PARENT'), ('CHILD', 2, 'name', 'name', null);
insert into a.parent values (1), (2), (3);
insert into b.parent values (11), (12), (13);
insert into a.child values (1, 2, 'x');
insert into b.child values (1, 12, 'x');
select sync.enable_capture();
select sync.couple('PARENT', n::text, (n + 10)::text) from generate_series(1, 3) n;
select sync.couple('CHILD', '1', '1');
"""


@pytest.mark.parametrize("theirs", [None, 13])
@pytest.mark.parametrize("edited", ["a", "b"])
def test_a_conflict_about_a_reference_stays_open_while_other_fields_travel(
    db: Connection, theirs: int | None, edited: str
) -> None:
    """The reference is looked up for the conflict's sake: it did not change, but it must tell whether both agree."""
    db.execute(REFERENCES)
    Runner(db).run()
    db.execute("update a.child set parent = 1")
    db.execute("update b.child set parent = $1", [theirs])
    Runner(db).run()
    db.execute(sql.SQL("update {} set name = 'y'").format(sql.Identifier(edited, "child")))
    Runner(db).run()
    assert db.execute("select field_no, resolution, resolved_at from sync.conflict").fetchall() == [(1, None, None)]
    assert db.execute("select parent, name from b.child").fetchall() == [(theirs, "y")]
    db.execute("select sync.resolve_conflict(conflict_id, 'left') from sync.conflict")
    Runner(db).run()
    assert db.execute("select parent from b.child").fetchall() == [(11,)]
    assert db.execute("select resolution, resolved_at is null from sync.conflict").fetchall() == [("left", False)]


def test_of_several_edits_of_a_side_the_last_one_is_compared_with_the_other(pair: Pair) -> None:
    pair.configure(update_conflict="newest_wins")
    pair.in_step()
    pair.edit(pair.target, 1, size=5)
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, name="yours")
    pair.run()
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("yours", 5, None)


@pytest.mark.parametrize(("seconds", "wanted"), [(-1.0, "queue row row queue row row"), (1000.0, "queue " * 6)])
def test_a_long_queue_is_looked_at_again_now_and_then(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, seconds: float, wanted: str
) -> None:
    looks: list[str] = []
    other_side = outbox.other_side

    def noted(conn: Connection, mapping: str, side: Side, *, is_short: bool) -> outbox.OtherSide:
        looks.append("queue" if is_short else "row")
        return other_side(conn, mapping, side, is_short=is_short)

    monkeypatch.setattr(outbox, "other_side", noted)
    for name, value in {"LOOK_SECONDS": seconds, "LOOK_SECONDS_A_ROW": 0.0, "LONG_LOOKS": 1, "LOOK_AGAIN": 3}.items():
        monkeypatch.setattr(batch, name, value)
    pair.configure(batch_size=1)
    for key in range(1, 7):
        pair.in_step(key)
    for key in range(1, 7):
        pair.edit(pair.source, key, name="new")
    pair.run()
    assert looks == wanted.split()


def test_asked_row_by_row_the_other_side_is_heard_as_well(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is while its queue is long with entries that a pass has just drained."""
    asked: list[str] = []
    execute = batch.execute

    def noted(conn: Connection, statement: Statement, values: Mapping[str, Any]) -> Any:
        asked.append(statement.name)
        return execute(conn, statement, values)

    monkeypatch.setattr(batch, "execute", noted)
    monkeypatch.setattr(batch, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(batch, "LOOK_SECONDS_A_ROW", 0.0)
    monkeypatch.setattr(batch, "LONG_LOOKS", 1)
    pair.configure(batch_size=1)
    for key in range(1, 7):
        pair.in_step(key)
    for key in (1, 2, 3, 5, 6):
        pair.edit(pair.source, key, name="mine")
    pair.edit(pair.target, 3, name="yours")
    pair.edit(pair.target, 4, name="yours")
    pair.edit(pair.target, 6, size=7)
    pair.run()
    assert asked.count("look") > 4
    assert pair.conflicts() == [(1, "mine", "yours", None, False)]
    both = [pair.row(pair.source, key) == pair.row(pair.target, key) for key in range(1, 7)]
    assert both == [True, True, False, True, True, True]
    assert pair.row(pair.source, 6) == ("mine", 7, None)


def test_asked_row_by_row_what_is_written_becomes_the_base_of_what_waits(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be sent back, and an expression make something else of it."""
    for name, value in {"LOOK_SECONDS": -1.0, "LOOK_SECONDS_A_ROW": 0.0, "LONG_LOOKS": 1}.items():
        monkeypatch.setattr(batch, name, value)
    pair.configure(batch_size=1)
    pair.field(1, to_source="name || '?'")
    for key in range(1, 7):
        pair.in_step(key)
    for key in range(1, 7):
        pair.edit(pair.source, key, name="mine")
    pair.edit(pair.target, 6, size=7)
    pair.run()
    assert pair.row(pair.source, 6) == ("mine", 7, None)
