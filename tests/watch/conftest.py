"""Two small systems with two mappings, and watchers on them: in a thread, or as a process of their own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from pysync import errors, watch
from pysync.runner import PassResult
from tests.conftest import dsn_with, fresh_database, template_database

Database = psycopg.Connection[TupleRow]

SCHEMA = """
create schema one;
create schema two;
create table one.item (id int primary key, name text);
create table two.item (id int primary key, name text);
create table one.unit (id int primary key, name text);
create table two.unit (id int primary key, name text);
insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)
values ('ITEM', 'one.item', 'two.item', false), ('UNIT', 'one.unit', 'two.unit', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
select m, n, c, c from unnest(array['ITEM', 'UNIT']) m, unnest(array[1, 2], array['id', 'name']) as f (n, c);
select sync.enable_capture();
"""
OPPOSITE = {"one": "two", "two": "one"}


class Seen:
    """What a watcher told."""

    def __init__(self) -> None:
        self.passes: list[PassResult] = []
        self.owned: set[str] = set()
        self.missing: set[str] = set()
        self.troubles: list[errors.PysyncError] = []

    def on_ready(self, owned: Collection[str], missing: Collection[str]) -> None:
        self.owned, self.missing = set(owned), set(missing)

    def on_pass(self, result: PassResult, seconds: float) -> None:
        assert seconds >= 0
        self.passes.append(result)

    def on_trouble(self, fault: errors.PysyncError) -> None:
        self.troubles.append(fault)


@contextmanager
def watcher(dsn: str, *names: str, interval: float = 30.0, workers: int = 1) -> Iterator[Seen]:
    """A watcher in a thread, once it works on something or stands by."""
    seen = Seen()
    stop = threading.Event()
    room = watch.Watch(dsn, names, interval, stop, workers=workers, observer=seen)
    thread = threading.Thread(target=watch.run, args=(room,), daemon=True)
    thread.start()
    try:
        eventually(lambda: seen.owned or seen.missing)
        yield seen
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


class Process:
    """`pysync watch` as a process; its lines are read as they come."""

    def __init__(self, dsn: str, arguments: Sequence[str]) -> None:
        command = [sys.executable, "-m", "pysync", "--dsn", dsn, "watch", *arguments]
        environment = {**os.environ, "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            self.lines.append(text)

    def event(self, name: str) -> dict[str, Any]:
        """The first line of a kind, once it came (the lines must be JSON)."""
        eventually(lambda: [text for text in self.lines if f'"event": "{name}"' in text], 60)
        return next(e for e in map(json.loads, self.lines) if e["event"] == name)

    def tell(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    @property
    def stderr(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def process(dsn: str, *arguments: str) -> Iterator[Process]:
    """A watcher as a process that is working; killed at the end if it still runs."""
    running = Process(dsn, arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.wait()
        assert running.process.stdout is not None
        running.process.stdout.close()
        assert running.process.stderr is not None
        running.process.stderr.close()


def eventually(what: Callable[[], Any], seconds: float = 30.0) -> float:
    """Wait until it holds; gives the seconds it took."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < seconds, "it never came to be"
        time.sleep(0.001)
    return time.monotonic() - started


def names(db: Database, side: str = "two", table: str = "item") -> list[str]:
    """The names on a side, by number."""
    query = sql.SQL("select name from {} order by id").format(sql.Identifier(side, table))
    return [row[0] for row in db.execute(query)]


def add(db: Database, number: int, name: str, side: str = "one", table: str = "item") -> None:
    """A new row on a side."""
    db.execute(sql.SQL("insert into {} values ($1, $2)").format(sql.Identifier(side, table)), [number, name])


items_template = template_database("items", lambda db: db.execute(SCHEMA))
items_dsn = fresh_database("items_template")
dsn = dsn_with("items")


@pytest.fixture
def items(db: Database) -> Database:
    """Both systems, empty, capture on."""
    return db
