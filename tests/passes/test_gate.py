"""Blast-radius gates: over the limit nothing of the mapping is written until a person approves, once."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable

import psycopg
import pytest

from pysync import database, gate
from pysync.compiler import Compiler
from pysync.outbox import Counts
from pysync.runner import PassResult, Runner
from pysync.session import Session
from pysync.workers import Team
from tests.passes.conftest import Pair


def stand(pair: Pair, rows: int, **columns: object) -> None:
    """Coupled rows 1 to `rows`, deletions travel."""
    pair.configure(on_source_delete="delete", **columns)
    for key in range(1, rows + 1):
        pair.in_step(key)


def problems(pair: Pair) -> list[tuple[str, str]]:
    return pair.db.execute("select kind, next_command from sync.problem order by 1").fetchall()


def gates(pair: Pair) -> list[tuple[int, int, int]]:
    return pair.db.execute("select deletes, changes, couplings from sync.gate").fetchall()


def delete(pair: Pair, first: int, last: int) -> None:
    for key in range(first, last + 1):
        pair.delete(pair.source, key)


def test_more_deletions_than_allowed_stop_before_anything_is_written(pair: Pair) -> None:
    stand(pair, 5, max_deletes=2)
    pair.edit(pair.source, 5, name="new")
    delete(pair, 1, 3)
    result = pair.run()
    assert "3 rows would be deleted and 4 changed" in result.faults["ITEM"].message
    assert result.faults["ITEM"].hint == "if that is meant: select sync.approve('ITEM')"
    assert pair.keys(pair.target) == [1, 2, 3, 4, 5]
    assert pair.row(pair.target, 5) == ("n", 1, None)
    assert problems(pair) == [("gate", "select sync.approve('ITEM')")]
    assert gates(pair) == [(3, 4, 5)]


def test_as_many_as_allowed_pass(pair: Pair) -> None:
    stand(pair, 5, max_deletes=2)
    delete(pair, 1, 2)
    for key in (3, 4, 5):
        pair.edit(pair.source, key, name="new")
    assert pair.counts(pair.run()) == {"deleted": 2, "uncoupled": 2, "modified": 3}
    assert problems(pair) == []


def test_no_deletion_at_all_may_be_allowed(pair: Pair) -> None:
    stand(pair, 2, max_deletes=0)
    pair.edit(pair.source, 2, name="new")
    assert pair.counts(pair.run()) == {"modified": 1}
    delete(pair, 1, 1)
    assert pair.run().faults.keys() == {"ITEM"}
    assert pair.keys(pair.target) == [1, 2]


def test_deletions_that_the_policy_does_not_carry_out_do_not_count(pair: Pair) -> None:
    stand(pair, 3, max_deletes=0)
    pair.configure(on_source_delete="uncouple")
    delete(pair, 1, 3)
    assert pair.counts(pair.run()) == {"uncoupled": 3}


def test_an_approval_lets_one_pass_through(pair: Pair) -> None:
    stand(pair, 9, max_deletes=2)
    delete(pair, 1, 3)
    pair.run()
    pair.db.execute("select sync.approve('ITEM')")
    approved = pair.db.execute("select approved_at >= stopped_at, approved_by from sync.gate").fetchone()
    assert approved == (True, pair.db.info.user)
    assert problems(pair) == []
    assert pair.counts(pair.run()) == {"deleted": 3, "uncoupled": 3}
    assert gates(pair) == []
    delete(pair, 4, 6)
    assert pair.run().faults.keys() == {"ITEM"}
    assert pair.keys(pair.target) == [4, 5, 6, 7, 8, 9]


def test_an_approval_covers_a_tenth_more_than_was_seen_and_no_more(pair: Pair) -> None:
    stand(pair, 16, max_deletes=2)
    delete(pair, 1, 10)
    pair.run()
    delete(pair, 11, 12)
    pair.db.execute("select sync.approve('ITEM')")
    assert pair.run().faults.keys() == {"ITEM"}
    assert problems(pair) == [("gate", "select sync.approve('ITEM')")]
    assert gates(pair) == [(12, 12, 16)]
    delete(pair, 13, 13)
    pair.db.execute("select sync.approve('ITEM')")
    assert pair.counts(pair.run())["deleted"] == 13


def test_a_share_of_the_couples_is_the_limit(pair: Pair) -> None:
    stand(pair, 10, max_changed_share=0.3)
    for key in range(1, 4):
        pair.edit(pair.source, key, name="new")
    assert pair.counts(pair.run()) == {"modified": 3}
    for key in range(1, 5):
        pair.edit(pair.source, key, size=99)
    assert pair.run().faults.keys() == {"ITEM"}
    assert gates(pair) == [(0, 4, 10)]
    assert pair.row(pair.target, 1) == ("new", 1, None)


def test_what_changes_nothing_does_not_count(pair: Pair) -> None:
    stand(pair, 4, max_changed_share=0.25)
    for key in range(1, 5):
        pair.edit(pair.source, key, name="new")
    for key in range(2, 5):
        pair.edit(pair.source, key, name="n")
    assert pair.counts(pair.run()) == {"modified": 1, "unchanged": 3}


def test_one_change_always_passes_and_new_rows_are_no_change(pair: Pair) -> None:
    stand(pair, 1, max_changed_share=0.1, coupled_only=False)
    pair.edit(pair.source, 1, name="new")
    for key in (2, 3, 4):
        pair.insert(pair.source, key, "n", key)
    assert pair.counts(pair.run()) == {"modified": 1, "inserted": 3, "coupled": 3}


def test_truncate_counts_as_deletions(pair: Pair) -> None:
    stand(pair, 3, max_deletes=2)
    pair.db.execute("truncate one.item" if pair.source == "left" else "truncate two.item")
    assert pair.run().faults.keys() == {"ITEM"}
    assert pair.keys(pair.target) == [1, 2, 3]


def test_rows_that_are_there_again_open_the_gate(pair: Pair) -> None:
    stand(pair, 3, max_deletes=1)
    delete(pair, 1, 3)
    pair.run()
    for key in (1, 2, 3):
        pair.insert(pair.source, key, "n", 1)
    assert not pair.run().faults
    assert gates(pair) == []
    assert pair.keys(pair.target) == [1, 2, 3]


def test_a_raised_limit_opens_the_gate(pair: Pair) -> None:
    stand(pair, 3, max_deletes=1)
    delete(pair, 1, 3)
    pair.run()
    pair.configure(max_deletes=3)
    assert pair.counts(pair.run()) == {"deleted": 3, "uncoupled": 3}


def test_a_closed_gate_is_not_counted_again_for_the_same_entries(pair: Pair) -> None:
    stand(pair, 3, max_deletes=1)
    delete(pair, 1, 3)
    pair.run()
    before = pair.db.execute("select pass_id, stopped_at from sync.gate").fetchone()
    pair.run()
    assert pair.db.execute("select pass_id, stopped_at from sync.gate").fetchone() == before


def test_a_bad_row_among_those_counted_stops_nothing(pair: Pair) -> None:
    stand(pair, 3, max_changed_share=0.4)
    pair.field(2, **{f"{pair.source.direction}": "100 / (size - 7)"})
    for key, size in ((1, 7), (2, 8)):
        pair.edit(pair.source, key, size=size)
    assert pair.counts(pair.run()) == {"modified": 1, "failed": 1}


def test_other_mappings_go_on(pair: Pair) -> None:
    pair.db.execute("""
        create table one.other (id int primary key, name text);
        create table two.other (id int primary key, name text);
        insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)
        values ('OTHER', 'one.other', 'two.other', false);
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
        values ('OTHER', 1, 'id', 'id'), ('OTHER', 2, 'name', 'name');
        select sync.enable_capture('OTHER');
    """)
    stand(pair, 3)
    pair.db.execute("update sync.table_mapping set max_deletes = 1 where mapping_name = 'ITEM'")
    delete(pair, 1, 3)
    pair.db.execute("insert into one.other values (1, 'x')")
    result = pair.run()
    assert result.faults.keys() == {"ITEM"}
    assert pair.db.execute("select name from two.other").fetchall() == [("x",)]


Pass = Callable[[Pair, str], PassResult]


def _several(pair: Pair, dsn: str) -> PassResult:
    with database.connect(dsn) as second:
        return Team(pair.db, [second]).run()


def _dry(pair: Pair, dsn: str) -> PassResult:
    runner = Runner(pair.db)
    runner.session.keep_open = True
    with pair.db.transaction(force_rollback=True):
        return runner.run()


@pytest.mark.parametrize("run", [_several, _dry], ids=["workers", "dry run"])
def test_the_gate_holds_however_a_pass_is_run(pair: Pair, dsn: str, run: Pass) -> None:
    stand(pair, 3, max_deletes=1)
    delete(pair, 1, 3)
    assert run(pair, dsn).faults.keys() == {"ITEM"}
    assert pair.keys(pair.target) == [1, 2, 3]


def test_what_a_pass_has_done_is_counted_while_other_workers_add_to_it() -> None:
    counts: dict[tuple[str, str], Counts] = {}
    stop = threading.Event()

    def add() -> None:
        for n in itertools.cycle(range(1000)):
            if stop.is_set():
                return
            counts[str(n), "to_right"] = Counts(deleted=1)
            counts.pop((str((n + 500) % 1000), "to_right"), None)

    others = threading.Thread(target=add)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        others.start()
        for _ in range(2000):
            assert gate._done(counts, "ITEM").changes == 0
    finally:
        stop.set()
        others.join()
        sys.setswitchinterval(interval)


def test_a_scan_is_stopped_before_it_begins_and_can_be_approved(pair: Pair) -> None:
    stand(pair, 4, max_changed_share=0.5, direction=pair.source.direction)
    for key in (1, 2, 3):
        pair.edit(pair.source, key, name="drifted")
    pair.db.execute("delete from sync.outbox")
    compiler = Compiler(pair.db)
    compiler.refresh()
    session = Session(pair.db)
    plan = compiler.plan("ITEM", pair.source)
    for _ in range(2):
        with pytest.raises(gate.GateClosed):
            gate.check_scan(session, compiler.mappings["ITEM"], [plan])
    assert gates(pair) == [(0, 3, 4)]
    assert pair.row(pair.target, 1) == ("n", 1, None)
    pair.db.execute("select sync.approve('ITEM')")
    pair.run()
    gate.check_scan(session, compiler.mappings["ITEM"], [plan])
    gate.use_up(pair.db, ["ITEM"], "full")
    assert gates(pair) == []


def test_a_pass_and_a_full_synchronisation_are_approved_one_by_one(pair: Pair) -> None:
    pair.db.execute(
        "insert into sync.gate (mapping_name, deletes, changes, couplings, entries, revision, kind)"
        " select 'ITEM', 1, 1, 1, 1, 1, k from unnest(array['changes', 'full']) k"
    )
    approved = "select kind from sync.gate where approved_at is not null order by 1"
    commands = [("gate", "select sync.approve('ITEM')"), ("gate", "select sync.approve('ITEM', 'full')")]
    assert sorted(problems(pair)) == commands
    pair.db.execute("select sync.approve('ITEM', 'full')")
    assert pair.db.execute(approved).fetchall() == [("full",)]
    assert problems(pair) == commands[:1]
    pair.db.execute("update sync.gate set approved_at = null")
    pair.db.execute("select sync.approve('ITEM')")
    assert pair.db.execute(approved).fetchall() == [("changes",)]
    pair.db.execute("select sync.approve('ITEM')")
    assert pair.db.execute(approved).fetchall() == [("changes",), ("full",)]


def test_nothing_to_approve_is_said(pair: Pair) -> None:
    with pytest.raises(psycopg.Error) as caught:
        pair.db.execute("select sync.approve('ITEM')")
    assert (caught.value.sqlstate, caught.value.diag.message_hint) == ("SY040", "Look at: select * from sync.gate")


def test_a_person_is_told_by_the_commands(pair: Pair, dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.docs import page

    stand(pair, 3, max_deletes=1)
    delete(pair, 1, 3)
    code, told = page.call("pysync run", dsn)
    assert code == 1
    assert "select sync.approve('ITEM')" in told
    assert page.call("pysync approve ITEM", dsn) == (
        0,
        "approved: 3 deletions, 3 of 3 couples changed or deleted; type: pysync run\n",
    )
    assert page.call("pysync run", dsn)[0] == 0
    assert pair.keys(pair.target) == []


def during(pair: Pair, act: Callable[[], object]) -> PassResult:
    """A pass; something happens just after its first batch has committed."""
    runner = Runner(pair.db)
    acts = [act]
    runner.session.on_batch = lambda *_: acts.pop()() if acts else None  # type: ignore[assignment]
    return runner.run()


def test_deletions_that_come_in_while_a_mapping_is_drained_are_counted_with_those_done(pair: Pair) -> None:
    stand(pair, 6, max_deletes=2)
    delete(pair, 1, 2)
    result = during(pair, lambda: delete(pair, 3, 5))
    assert "stopped after 2 changes: 5 rows would be deleted" in result.faults["ITEM"].message
    assert pair.keys(pair.target) == [3, 4, 5, 6]
    assert gates(pair) == [(5, 5, 4)]
    assert problems(pair) == [("gate", "select sync.approve('ITEM')")]
    pair.db.execute("select sync.approve('ITEM')")
    assert pair.counts(pair.run()) == {"deleted": 3, "uncoupled": 3}


def test_changes_that_come_in_while_a_mapping_is_drained_are_counted_with_those_done(pair: Pair) -> None:
    stand(pair, 8, max_changed_share=0.5)
    for key in (1, 2):
        pair.edit(pair.source, key, name="meant")

    def more() -> None:
        for key in range(3, 8):
            pair.edit(pair.source, key, name="not meant")

    result = during(pair, more)
    assert "stopped after 2 changes: 0 rows would be deleted and 7 changed" in result.faults["ITEM"].message
    assert [pair.row(pair.target, key) for key in (2, 3, 7)] == [("meant", 1, None), ("n", 1, None), ("n", 1, None)]


def test_what_comes_in_while_a_mapping_is_drained_and_is_within_the_limits_goes_along(pair: Pair) -> None:
    stand(pair, 20, max_changed_share=0.5, max_deletes=3)
    pair.edit(pair.source, 1, name="new")

    def more() -> None:
        for key in range(3, 12):
            pair.edit(pair.source, key, name="new")

    result = during(pair, more)
    assert pair.counts(result) == {"modified": 10}
    assert gates(pair) == []


def test_the_parts_of_a_batch_that_a_bad_row_divided_count_as_done(pair: Pair) -> None:
    stand(pair, 9, max_deletes=2)
    pair.field(2, **{f"{pair.source.direction}": "100 / (size - 7)"})
    pair.edit(pair.source, 9, size=7)
    delete(pair, 1, 2)
    pair.edit(pair.source, 8, size=9)
    runner = Runner(pair.db)
    deleted: list[int] = []

    def more(plan: object, counts: Counts) -> None:
        if counts.deleted and not deleted:
            deleted.extend((6, 7))
            delete(pair, 6, 7)

    runner.session.on_batch = more
    result = runner.run()
    assert "4 rows would be deleted" in result.faults["ITEM"].message
    assert pair.counts(result)["deleted"] == 2
    assert pair.keys(pair.target) == [3, 4, 5, 6, 7, 8, 9]
