"""A watcher under steady edits on both sides keeps up and ends with both sides equal."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.watch.conftest import OPPOSITE, Database, Process, eventually, process

ROWS = 200
EDITS_PER_SECOND = 50
COLUMN = {"one": "name", "two": "note"}
_DIFFERENT = """
select count(*) from one.item l full join two.item r using (id)
where (l.name, l.note) is distinct from (r.name, r.note)
"""


class Writer(threading.Thread):
    """Edits a random row of a side so many times a second."""

    def __init__(self, dsn: str, side: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.dsn, self.side, self.stop, self.edits = dsn, side, stop, 0

    def run(self) -> None:
        rows = random.Random(self.side)  # noqa: S311
        update = sql.SQL("update {} set {} = %s where id = %s").format(
            sql.Identifier(self.side, "item"), sql.Identifier(COLUMN[self.side])
        )
        with psycopg.connect(self.dsn, autocommit=True) as application:
            began = time.monotonic()
            while not self.stop.is_set():
                application.execute(update, [f"{self.side} {self.edits}", rows.randint(1, ROWS)])
                self.edits += 1
                self.stop.wait(max(0.0, began + self.edits / EDITS_PER_SECOND - time.monotonic()))


@contextmanager
def writers(dsn: str) -> Iterator[list[Writer]]:
    stop = threading.Event()
    both = [Writer(dsn, side, stop) for side in OPPOSITE]
    for writer in both:
        writer.start()
    try:
        yield both
    finally:
        stop.set()
        for writer in both:
            writer.join(60)


def probe(db: Database, side: str, number: int) -> float:
    """Seconds from the commit of one edit until the other side has it."""
    edit = sql.SQL("update {} set {} = $1 where id = 0").format(
        sql.Identifier(side, "item"), sql.Identifier(COLUMN[side])
    )
    look = sql.SQL("select {} = $1 from {} where id = 0").format(
        sql.Identifier(COLUMN[side]), sql.Identifier(OPPOSITE[side], "item")
    )
    value = f"probe {number}"
    db.execute(edit, [value])
    return eventually(lambda: (db.execute(look, [value]).fetchone() or (False,))[0], 60)


def prepare(items: Database, dsn: str) -> None:
    """Both sides full and in step."""
    items.execute("alter table one.item add note text; alter table two.item add note text")
    items.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        " values ('ITEM', 3, 'note', 'note'); select sync.enable_capture()"
    )
    items.execute("insert into one.item select n, 'name', 'note' from generate_series(0, 200) n")


def soak(items: Database, dsn: str, running: Process, seconds: float) -> tuple[list[float], list[int], int]:
    """Edits on both sides for so long; gives latencies, backlogs and the number of edits."""
    running.event("pass")
    eventually(lambda: items.execute("select count(*) from two.item").fetchone() == (ROWS + 1,), 60)
    waits: list[float] = []
    backlogs: list[int] = []
    with writers(dsn) as both:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            waits.append(probe(items, ("one", "two")[len(waits) % 2], len(waits)))
            row = items.execute("select count(*) from sync.outbox").fetchone()
            backlogs.append(row[0] if row else 0)
            time.sleep(0.1)
    return waits, backlogs, sum(w.edits for w in both)


@pytest.mark.parametrize("seconds", [8, pytest.param(120, marks=pytest.mark.soak)])
def test_steady_edits_on_both_sides_end_converged(
    items: Database, dsn: str, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(items, dsn)
    with process(dsn, "--json") as running:
        waits, backlogs, edits = soak(items, dsn, running, seconds)
        assert items.execute("select sync.wait_until_synced('60 s')").fetchone() == (True,)
        eventually(lambda: items.execute(_DIFFERENT).fetchone() == (0,))
        running.tell()
        assert running.wait() == 0
        assert not [text for text in running.lines if '"level": "info"' not in text]
    for table in ("parked", "conflict", "pass_error"):
        assert items.execute(sql.SQL("select from {}").format(sql.Identifier("sync", table))).fetchall() == []
    middle = statistics.median(waits) * 1000
    worst = sorted(waits)[int(len(waits) * 0.99) - 1] * 1000
    with capsys.disabled():
        print(
            f"\n{edits} edits in {seconds} s, commit to visible p50 {middle:.1f} ms, p99 {worst:.1f} ms,"
            f" backlog median {statistics.median(backlogs):.0f}, most {max(backlogs)}"
        )
    third = max(len(backlogs) // 3, 1)
    assert statistics.mean(backlogs[-third:]) <= statistics.mean(backlogs[:third]) + EDITS_PER_SECOND
    if seconds > 60:
        assert edits > seconds * EDITS_PER_SECOND
        assert middle < 50
