"""`pysync watch`: wakes on a commit, survives its server, stands by, stops when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from pysync import watch
from pysync.database import Connection
from pysync.runner import PassResult

_SCHEMA = """
create schema one;
create schema two;
create table one.item (id int primary key, name text);
create table two.item (id int primary key, name text);
insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)
values ('ITEM', 'one.item', 'two.item', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('ITEM', 1, 'id', 'id'), ('ITEM', 2, 'name', 'name');
select sync.enable_capture('ITEM');
"""


@contextmanager
def watcher(dsn: str, interval: float = 30.0) -> Iterator[list[PassResult]]:
    """A watcher in a thread; gives the passes it made."""
    passes: list[PassResult] = []
    stop = threading.Event()
    room = watch.Watch(dsn, (), interval, stop, lambda result, _: passes.append(result), lambda fault: None)
    thread = threading.Thread(target=watch.run, args=(room,), daemon=True)
    thread.start()
    try:
        yield passes
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def eventually(what: Callable[[], Any], seconds: float = 10.0) -> float:
    """Wait until it holds; gives the seconds it took."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < seconds, "it never came to be"
        time.sleep(0.001)
    return time.monotonic() - started


def names(db: Connection, side: str = "two") -> list[str]:
    return [row[0] for row in db.execute(f"select name from {side}.item order by id")]  # noqa: S608


@pytest.fixture
def items(db: Connection) -> Connection:
    db.execute(_SCHEMA)
    return db


def test_a_commit_wakes_the_watcher_long_before_its_interval(items: Connection, dsn: str) -> None:
    with watcher(dsn):
        items.execute("insert into one.item values (1, 'first')")
        eventually(lambda: names(items) == ["first"])
        time.sleep(1)
        items.execute("update two.item set name = 'back'")
        assert eventually(lambda: names(items, "one") == ["back"]) < 5


def test_a_transaction_that_wrote_before_the_watcher_slept_is_not_missed(items: Connection, dsn: str) -> None:
    with psycopg.connect(dsn) as application:
        application.execute("insert into one.item values (1, 'early')")
        with watcher(dsn):
            time.sleep(1)
            application.commit()
            assert eventually(lambda: names(items) == ["early"]) < 5


def test_nothing_is_notified_while_nobody_sleeps(items: Connection, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute("listen pysync")
        items.execute("insert into one.item values (1, 'quiet')")
        assert list(listener.notifies(timeout=0.3)) == []


def test_a_second_watcher_stands_by_and_takes_over(items: Connection, dsn: str) -> None:
    with watcher(dsn) as second:
        with watcher(dsn, interval=1) as first:
            items.execute("insert into one.item values (1, 'a')")
            eventually(lambda: first or second)
        items.execute("insert into one.item values (2, 'b')")
        eventually(lambda: names(items) == ["a", "b"])
    assert first or second


def test_a_lost_connection_is_opened_again(items: Connection, dsn: str) -> None:
    with watcher(dsn, interval=1):
        time.sleep(0.5)
        items.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'pysync watch' and datname = current_database()"
        )
        items.execute("insert into one.item values (1, 'later')")
        eventually(lambda: names(items) == ["later"], 20)


def test_rows_that_are_held_do_not_make_it_spin(items: Connection, dsn: str) -> None:
    with watcher(dsn) as passes:
        items.execute("insert into one.item values (1, 'a')")
        eventually(lambda: names(items) == ["a"])
        with psycopg.connect(dsn) as application:
            application.execute("select from two.item for update")
            items.execute("update one.item set name = 'b'")
            time.sleep(2)
            assert len(passes) < 12
            application.rollback()
        eventually(lambda: names(items) == ["b"])


def test_sigterm_ends_the_command_cleanly(items: Connection, dsn: str) -> None:
    command = [sys.executable, "-m", "pysync", "--dsn", dsn, "watch", "--json"]
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert '"watching"' in process.stdout.readline()
        items.execute("insert into one.item values (1, 'a')")
        assert '"inserted": 1' in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert '"stopped"' in process.stdout.read()
