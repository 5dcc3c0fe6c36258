"""Figures: waking a watcher by NOTIFY in every commit, by polling, and by a bell."""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench import capture, engine
from bench.figure import Figure
from bench.workload import SQL, Bed, Connection, coupled
from pysync import migrate

# The same capture triggers, but for what they do at their end.
_RING = """
create or replace function sync_private.ring(variadic p_mappings text[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp as
"""
_SHIPPED = (Path(migrate.__file__).parents[1] / "sql" / "functions" / "sync_private.ring.sql").read_text("utf-8")
_WAYS = {
    "polling every 100 ms": "$$ begin end $$",
    "NOTIFY in every commit": "$$ begin perform pg_notify('pysync', p_mappings[1]); end $$",
    "bell": "$$" + _SHIPPED.partition("as $$")[2].partition("comment on")[0].rstrip(" ;\n"),
}


def wake(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """What each way costs four clients, watched and not watched, and how soon one change is visible."""
    alone: dict[str, list[float]] = {way: [] for way in _WAYS}
    rates: dict[str, list[float]] = {way: [] for way in _WAYS}
    middle: dict[str, list[float]] = {way: [] for way in _WAYS}
    worst: dict[str, list[float]] = {way: [] for way in _WAYS}
    time_limit, edits = (3, 60) if rows >= 10_000 else (1, 10)
    with bed.clone(coupled(bed, rows)) as conn:
        engine.capture(conn, "both")
        for run in range(runs):
            # Not always in the same order: the database is older for the later one.
            for way in [*_WAYS][:: 1 if run % 2 else -1]:
                conn.execute((_RING + _WAYS[way]).encode())
                alone[way].append(capture.pgbench(engine.dsn(conn), rows, time_limit))
                with watching(conn, "0.1" if "polling" in way else "3600"):
                    conn.execute("select sync.wait_until_synced('60 s')")
                    times = sorted(latency(conn, 1 + i % rows) for i in range(edits + 1))
                    middle[way].append(statistics.median(times))
                    worst[way].append(times[int(len(times) * 0.99) - 1])
                    rates[way].append(capture.pgbench(engine.dsn(conn), rows, time_limit))
                    conn.execute("select sync.wait_until_synced('60 s')")
    clients = f"{capture.CLIENTS} clients"
    polled = "polling every 100 ms"
    return [
        *(_ratio(f"{clients}, {way}", alone[polled], alone[way]) for way in list(_WAYS)[1:]),
        *(_ratio(f"{clients} and a watcher at work, {way}", rates[polled], rates[way]) for way in list(_WAYS)[1:]),
        *(_visible(way, middle[way], worst[way]) for way in _WAYS),
    ]


def _ratio(name: str, base: list[float], found: list[float]) -> Figure:
    note = f"polling {statistics.median(base):,.0f} tps, this {statistics.median(found):,.0f} tps"
    values = tuple(b / f for b, f in zip(base, found, strict=True))
    return Figure("wake", name, "rate polling / rate", values, note=note)


def _visible(way: str, middle: list[float], worst: list[float]) -> Figure:
    note = f"p99 {statistics.median(worst):.1f} ms"
    return Figure("wake", f"commit to visible under watch, p50, {way}", "ms", tuple(middle), note=note)


@contextlib.contextmanager
def watching(conn: Connection, interval: str) -> Iterator[None]:
    """A `pysync watch` process that is at work."""
    command = [sys.executable, "-m", "pysync", "watch", "--interval", interval]
    environment = {**os.environ, "PYSYNC_DSN": engine.dsn(conn)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        while " watching " not in (line := process.stdout.readline()):
            if not line:
                raise RuntimeError(f"pysync watch ended with {process.wait()}")
        # It says a line for each pass; nobody reads them, so they must not fill the pipe.
        reader = threading.Thread(target=list, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            yield
        finally:
            process.terminate()
            process.wait()
            reader.join()


def latency(conn: Connection, number: int) -> float:
    """Milliseconds from the commit of one edit until the other side has it; the watcher was asleep before."""
    time.sleep(random.uniform(0.02, 0.06))  # noqa: S311 - no secret: out of step with whoever polls
    key = f"C{number:07d}"
    conn.execute(SQL["edit left"].encode(), {"first": key, "last": key})
    started = time.perf_counter()
    while True:
        row = conn.execute(
            "select a.address1_line1 = c.address from crm.account a join erp.customer c on c.no = a.accountnumber"
            " where a.accountnumber = %s",
            [key],
        ).fetchone()
        if row and row[0]:
            return (time.perf_counter() - started) * 1000
