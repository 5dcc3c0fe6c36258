"""`pysync watch`: wakes on a commit, survives its server, does not spin."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.watch.conftest import OPPOSITE, Database, add, eventually, names, watcher


@pytest.mark.parametrize("side", ["one", "two"])
def test_a_commit_wakes_the_watcher_long_before_its_interval(items: Database, dsn: str, side: str) -> None:
    with watcher(dsn, interval=3600):
        add(items, 1, "first", side)
        eventually(lambda: names(items, OPPOSITE[side]) == ["first"])
        time.sleep(1)
        add(items, 2, "second", side)
        eventually(lambda: names(items, OPPOSITE[side]) == ["first", "second"])


def test_a_transaction_that_wrote_before_the_watcher_slept_is_not_missed(items: Database, dsn: str) -> None:
    with psycopg.connect(dsn) as application:
        application.execute("insert into one.item values (1, 'early')")
        with watcher(dsn, interval=3600):
            time.sleep(1)
            application.commit()
            eventually(lambda: names(items) == ["early"])


def test_nothing_is_notified_while_nobody_sleeps(items: Database, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute("listen pysync")
        add(items, 1, "quiet")
        assert list(listener.notifies(timeout=0.3)) == []


def test_only_the_mappings_whose_watcher_sleeps_ring(items: Database, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as listener, watcher(dsn, "UNIT", interval=3600):
        time.sleep(1)
        listener.execute("listen pysync")
        add(items, 1, "nobody waits for it")
        assert list(listener.notifies(timeout=0.3)) == []
        add(items, 1, "piece", table="unit")
        assert [n.payload for n in listener.notifies(timeout=10, stop_after=1)] == ["UNIT"]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param("select sync.resume('ITEM')", id="resume"),
        pytest.param("update sync.table_mapping set is_paused = false", id="update"),
    ],
)
def test_a_resumed_mapping_is_taken_up_at_once(items: Database, dsn: str, act: str) -> None:
    items.execute("select sync.pause('ITEM')")
    with watcher(dsn, interval=3600):
        add(items, 1, "held back")
        time.sleep(1)
        assert names(items) == []
        items.execute(act.encode())
        eventually(lambda: names(items) == ["held back"])


def test_what_a_dba_asks_for_is_done_at_once(items: Database, dsn: str) -> None:
    items.execute("alter table two.item add constraint item_check check (name <> 'bad')")
    with watcher(dsn, interval=3600):
        add(items, 1, "bad")
        eventually(lambda: items.execute("select from sync.parked").fetchall())
        items.execute("alter table two.item drop constraint item_check")
        items.execute("select sync.retry('ITEM')")
        eventually(lambda: names(items) == ["bad"])


def test_a_new_mapping_is_watched_without_a_restart(items: Database, dsn: str) -> None:
    items.execute("create table one.size (id int primary key, name text)")
    items.execute("create table two.size (like one.size including all)")
    with watcher(dsn, interval=3600) as seen:
        items.execute(
            "insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)"
            " values ('SIZE', 'one.size', 'two.size', false);"
            "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
            " values ('SIZE', 1, 'id', 'id'), ('SIZE', 2, 'name', 'name'); select sync.enable_capture('SIZE')"
        )
        eventually(lambda: "SIZE" in seen.owned)
        add(items, 1, "large", table="size")
        eventually(lambda: names(items, table="size") == ["large"])


def test_a_lost_connection_is_opened_again(items: Database, dsn: str) -> None:
    with watcher(dsn, interval=3600) as seen:
        items.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'pysync watch' and datname = current_database()"
        )
        add(items, 1, "later")
        eventually(lambda: names(items) == ["later"])
        assert seen.troubles


def test_rows_that_are_held_do_not_make_it_spin(items: Database, dsn: str) -> None:
    with watcher(dsn) as seen:
        add(items, 1, "a")
        eventually(lambda: names(items) == ["a"])
        with psycopg.connect(dsn) as application:
            application.execute("select from two.item for update")
            items.execute("update one.item set name = 'b'")
            time.sleep(2)
            assert len(seen.passes) < 12
            application.rollback()
        eventually(lambda: names(items) == ["b"])


def test_held_rows_do_not_keep_others_waiting(items: Database, dsn: str) -> None:
    with watcher(dsn, interval=3600) as seen, psycopg.connect(dsn) as application:
        add(items, 1, "held")
        eventually(lambda: names(items) == ["held"])
        application.execute("select from two.item for update")
        items.execute("update one.item set name = 'changed'")
        eventually(lambda: any(c.held for r in seen.passes for c in r.counts.values()))
        time.sleep(1)
        add(items, 1, "free", table="unit")
        eventually(lambda: names(items, table="unit") == ["free"])
        application.rollback()
        eventually(lambda: names(items) == ["changed"])


def test_a_mapping_that_cannot_run_does_not_log_a_pass_for_each_commit(items: Database, dsn: str) -> None:
    items.execute("alter table two.item rename to gone")
    with watcher(dsn, interval=3600) as seen:
        for number in range(200):
            add(items, number, "x")
            time.sleep(0.005)
        assert seen.passes[0].faults.keys() == {"ITEM"}
        assert len(seen.passes) < 20
        add(items, 1, "free", table="unit")
        eventually(lambda: names(items, table="unit") == ["free"])


def test_two_workers_do_the_work_of_one(items: Database, dsn: str) -> None:
    with watcher(dsn, interval=3600, workers=2):
        for number in range(20):
            add(items, number, f"item {number}")
            add(items, number, f"unit {number}", "two", "unit")
        eventually(lambda: len(names(items)) == len(names(items, "one", "unit")) == 20)
