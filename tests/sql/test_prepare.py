"""Before a drain: changed keys are followed, truncates become deletes, due records come back."""

# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database, outbox
from pysync.model import Side

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]
Entries = Callable[..., Rows]
Make = Callable[..., None]

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("mapped")]

PARK = (
    "insert into sync.parked (mapping_name, side, record_key, target_key, operation, layout_no, entry_id, captured_at,"
    " captured_by, reason, message, waits_for_mapping, waits_for_key, next_attempt_at, origin, hop)"
    " values ($1, $2, $3, $4, 'update', 1, $5, '2024-01-01', 'app', $6, 'm', $7, $8, $9, 'N', 3)"
)


def park(
    db: Database,
    side: str,
    key: str,
    *,
    mapping: str = "M",
    target: str | None = None,
    entry: int = 0,
    reason: str = "error",
    waits: tuple[str, str | None] | None = None,
    due: str | None = None,
) -> None:
    waits_for = waits or (None, None)
    db.execute(PARK, [mapping, side, key, target, entry, reason, *waits_for, due])


def couple(db: Database, side: str, near: str, far: str) -> None:
    left, right = (near, far) if side == "left" else (far, near)
    db.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('M', $1, $2)", [left, right])


def couples(db: Database, side: str) -> Rows:
    found = db.execute("select left_key, right_key from sync.coupling").fetchall()
    return sorted(row if side == "left" else row[::-1] for row in found)


def prepare(db: Database, side: str) -> None:
    db.execute("select sync_private.prepare_stream('M', $1)", [side])


def test_couple_and_entries_follow_a_changed_key(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1, 'a')")
    entries()
    couple(db, side, "1", "x")
    db.execute("update app.near set name = 'b'")
    db.execute("update app.near set id = 2")
    db.execute("update app.near set name = 'c'")
    prepare(db, side)
    assert couples(db, side) == [("2", "x")]
    assert entries(columns="record_key, operation, before, new_key") == [
        ("2", "update", ["1", "a", None], None),
        ("2", "update", ["1", "b", None], None),
        ("2", "update", ["2", "b", None], None),
    ]


def test_key_that_the_pass_changed_moves_the_couple_and_sends_nothing_back(
    db: Database, entries: Entries, side: str
) -> None:
    db.execute("insert into app.near values (1, 'a')")
    entries()
    couple(db, side, "1", "x")
    with db.transaction():
        db.execute("select set_config('sync.origin', 'M', true)")
        db.execute("update app.near set id = 2")
    prepare(db, side)
    assert couples(db, side) == [("2", "x")]
    assert entries() == [("2", "retry", None)]


def test_chain_of_keys_is_followed_to_its_end(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1), (5), (7)")
    entries()
    couple(db, side, "1", "x")
    couple(db, side, "5", "y")
    for old, new in ((1, 2), (2, 3), (5, 1), (3, 4), (7, 2)):
        db.execute("update app.near set id = $1 where id = $2", [new, old])
    prepare(db, side)
    assert couples(db, side) == [("1", "y"), ("4", "x")]
    found = sorted(entries(columns="record_key, operation, before[1]"))
    assert found == [
        ("1", "update", "5"),
        ("2", "update", "7"),
        ("4", "update", "1"),
        ("4", "update", "2"),
        ("4", "update", "3"),
    ]


def test_swap_by_way_of_a_third_key_is_exact(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1), (2)")
    entries()
    couple(db, side, "1", "x")
    couple(db, side, "2", "y")
    for old, new in ((1, 9), (2, 1), (9, 2)):
        db.execute("update app.near set id = $1 where id = $2", [new, old])
    prepare(db, side)
    assert couples(db, side) == [("1", "y"), ("2", "x")]


def test_swap_in_one_statement_becomes_two_changed_records(db: Database, entries: Entries, side: str) -> None:
    db.execute("alter table app.near drop constraint near_pkey, add primary key (id) deferrable")
    db.execute("insert into app.near values (1, 'a'), (2, 'b')")
    entries()
    couple(db, side, "1", "x")
    couple(db, side, "2", "y")
    db.execute("update app.near set id = 3 - id")
    prepare(db, side)
    assert couples(db, side) == [("1", "x"), ("2", "y")]
    found = entries(columns="record_key, operation, before[2]")
    assert {row[:2] for row in found} == {("1", "update"), ("2", "update")}
    assert {row[0]: row[2] for row in found if row[2]} == {"1": "a", "2": "b"}


def test_key_of_a_deleted_couple_is_taken_over(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1, 'a'), (2, 'b')")
    entries()
    couple(db, side, "1", "x")
    couple(db, side, "2", "y")
    db.execute("delete from app.near where id = 2")
    db.execute("update app.near set id = 2 where id = 1")
    prepare(db, side)
    assert couples(db, side) == [("1", "x"), ("2", "y")]
    assert sorted(entries(columns="record_key, operation, before[2], new_key")) == [
        ("1", "update", "a", None),
        ("2", "delete", "b", None),
        ("2", "update", None, None),
    ]


def test_parked_rows_and_conflicts_follow_the_key(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1), (3)")
    entries()
    other = "right" if side == "left" else "left"
    couple(db, side, "1", "x")
    park(db, side, "1")
    park(db, side, "2")
    park(db, other, "x", target="1")
    left, right = ("1", "x") if side == "left" else ("x", "1")
    for resolved in (None, "2024-01-01"):
        db.execute(
            "insert into sync.conflict (mapping_name, left_key, right_key, field_no, policy, resolved_at)"
            " values ('M', $1, $2, 1, 'fail', $3)",
            [left, right, resolved],
        )
    db.execute("update app.near set id = 2 where id = 1")
    prepare(db, side)
    assert db.execute("select side, record_key, target_key from sync.parked order by target_key").fetchall() == [
        (other, "x", "2"),
        (side, "2", None),
    ]
    moved = ("2", "x") if side == "left" else ("x", "2")
    assert db.execute("select left_key, right_key from sync.conflict order by resolved_at").fetchall() == [
        (left, right),
        moved,
    ]


def test_record_that_waits_for_the_new_key_is_woken(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1)")
    entries()
    couple(db, side, "1", "x")
    park(db, side, "L1", mapping="LINES", reason="reference", waits=("M", "2"))
    db.execute("update app.near set id = 2")
    prepare(db, side)
    assert entries("LINES", "record_key, operation, before, origin, hop") == [("L1", "retry", None, "N", 3)]


def test_ten_thousand_changed_keys_are_followed_quickly(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near select generate_series(1, 10000)")
    entries()
    left, right = ("g::text", "'x' || g") if side == "left" else ("'x' || g", "g::text")
    db.execute(f"insert into sync.coupling select 'M', {left}, {right} from generate_series(1, 10000) g".encode())
    db.execute("update app.near set id = id + 20000")
    with db.transaction():
        db.execute("set local statement_timeout = '20s'")
        prepare(db, side)
    assert db.execute(f"select count(*), min({side}_key::int) from sync.coupling".encode()).fetchone() == (10000, 20001)


def test_long_chain_is_followed(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (0)")
    couple(db, side, "0", "x")
    for number in range(200):
        db.execute("update app.near set id = $1", [number + 1])
    prepare(db, side)
    assert couples(db, side) == [("200", "x")]
    assert {row[0] for row in entries()} == {"200"}


def test_truncate_becomes_deletes_of_the_couples_that_are_gone(db: Database, entries: Entries, side: str) -> None:
    db.execute("insert into app.near values (1), (2), (3)")
    entries()
    for key in ("1", "2"):
        couple(db, side, key, f"x{key}")
    with db.transaction():
        db.execute("select set_config('sync.origin', 'N', true), set_config('sync.hop', '1', true)")
        db.execute("truncate app.near")
        row = db.execute("select pg_current_xact_id()::text").fetchone()
    db.execute("insert into app.near values (2)")
    prepare(db, side)
    found = entries(columns="record_key, operation, before, layout_no, origin, hop, xid::text")
    assert [entry for entry in found if entry[1] != "insert"] == [("1", "delete", None, 1, "N", 2, *(row or ()))]


def test_due_records_come_back_and_stay_parked(db: Database, entries: Entries, side: str) -> None:
    park(db, side, "1", due="2024-01-01")
    park(db, side, "2", due="2999-01-01")
    park(db, side, "3")
    prepare(db, side)
    prepare(db, side)
    assert entries(columns="record_key, operation, before, origin, hop, captured_by") == [
        ("1", "retry", None, "N", 3, "app")
    ]
    found = db.execute("select record_key, next_attempt_at is null from sync.parked order by 1").fetchall()
    assert found == [("1", True), ("2", False), ("3", True)]


def test_nothing_to_do_reads_no_backlog(db: Database, side: str) -> None:
    prepare(db, side)
    db.execute("insert into app.near select generate_series(1, 50000)")
    plan = "select sum(heap_blks_read + heap_blks_hit) from pg_statio_user_tables where relname = 'outbox'"
    db.execute("select pg_stat_force_next_flush()")
    before = db.execute(plan.encode()).fetchone()
    prepare(db, side)
    db.execute("select pg_stat_force_next_flush()")
    after = db.execute(plan.encode()).fetchone()
    assert before is not None
    assert after is not None
    assert after[0] - before[0] < 20


def test_new_coupling_wakes_what_waits_for_it(db: Database, entries: Entries, side: str) -> None:
    other = "right" if side == "left" else "left"
    park(db, side, "L1", mapping="LINES", reason="reference", waits=("M", "1"), due="2999-01-01")
    park(db, side, "L2", mapping="LINES", reason="reference", waits=("M", "2"))
    park(db, other, "L3", mapping="LINES", reason="reference", waits=("M", "1"))
    park(db, side, "L4", mapping="LINES", reason="reference", waits=("N", "1"))
    couple(db, side, "1", "x")
    assert entries("LINES", "record_key, operation, before, origin, hop") == [("L1", "retry", None, "N", 3)]
    waiting = db.execute("select record_key from sync.parked where waits_for_mapping is not null order by 1").fetchall()
    assert waiting == [("L2",), ("L3",), ("L4",)]


def test_new_option_wakes_what_waits_for_its_set(db: Database, entries: Entries, side: str) -> None:
    park(db, side, "1", reason="option", waits=("terms", None))
    park(db, side, "2", reason="option", waits=("other", None))
    park(db, side, "3", reason="reference", waits=("terms", "9"))
    db.execute("insert into sync.option_mapping values ('terms', '30', 'Net30')")
    assert entries() == [("1", "retry", None)]
    db.execute("insert into sync.option_mapping values ('more', 'a', 'b')")
    db.execute("update sync.option_mapping set option_set = 'other' where option_set = 'more'")
    assert entries() == [("2", "retry", None)]


@pytest.mark.parametrize("is_analyzed", [False, True])
def test_looking_for_work_never_reads_all_of_a_long_queue(db: Database, side: str, is_analyzed: bool) -> None:
    other = Side(side).other
    span = outbox.KeyRange("1", "10", 0)

    def look() -> tuple[object, ...]:
        found = outbox.streams_with_work(db)
        keys = [outbox.next_range(db, "M", Side(side), after, 10, with_deletes=False) for after in (None, "5000")]
        outbox.next_range(db, "M", other, None, 10, with_deletes=False)
        return found, *(k and k.first for k in keys), len(outbox.halves(db, "M", Side(side), span))

    # Plans that are made, and kept, while the queue is empty.
    db.execute("vacuum analyze sync.outbox")
    for _ in range(8):
        look()
    db.execute(
        "insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)"
        " select 'M', $1, n::text, 'update', 1, 'x' from generate_series(1, 9999) n",
        [side],
    )
    if is_analyzed:
        # Whatever is looked for in a queue of one stream is there at once, say its statistics.
        db.execute("analyze sync.outbox")
    with db.transaction():
        assert look() == ({("M", Side(side))}, "1", "5001", 2)
        read = "select seq_tup_read, idx_tup_fetch < 100 from pg_stat_xact_user_tables where relname = 'outbox'"
        assert db.execute(read).fetchone() == (0, True)


def test_a_change_under_an_unknown_key_that_comes_while_the_table_is_read_is_not_forgotten(
    db: Database, dsn: str, entries: Entries, side: str
) -> None:
    db.execute("insert into app.near values (1), (2)")
    entries()
    db.execute("alter table app.near rename id to nr")
    db.execute("update app.near set name = 'early' where nr = 1")
    with database.connect(dsn) as holder, database.connect(dsn) as runner, ThreadPoolExecutor(1) as thread:
        # The runner has read the table when it comes to write down what is missing there.
        holder.execute("begin")
        holder.execute("lock table sync.parked in share mode")
        done = thread.submit(prepare, runner, side)
        while not db.execute("select 1 from pg_locks l where not l.granted").fetchone():
            assert not done.done()
        db.execute("update app.near set name = 'late' where nr = 2")
        holder.execute("rollback")
        done.result()
    assert [operation for _, operation, _ in entries()].count("rekey") == 1
