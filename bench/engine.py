"""The engine: captures and drains the standard workload through pysync itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from psycopg.conninfo import make_conninfo

from bench.workload import MAPPING, Connection, seconds
from pysync import database, outbox, scan
from pysync.model import Side
from pysync.outbox import Counts
from pysync.runner import FIRST_BATCH, PassResult, Runner, next_limit


def capture(conn: Connection, direction: str) -> None:
    """Set the mapping's direction and put its triggers on the tables."""
    conn.execute("update sync.table_mapping set direction = %s", [direction])
    conn.execute("select sync.enable_capture()")


def own_connection(conn: Connection) -> Connection:
    """The runner's kind of connection to the same database."""
    return database.connect(dsn(conn))


def dsn(conn: Connection) -> str:
    """The address of a connection's database, with its password."""
    return make_conninfo(conn.info.dsn, password=conn.info.password)


def drain(conn: Connection, records: int) -> float:
    """Seconds of one pass, compiled anew as `pysync run` does; it must work off that many records."""
    with own_connection(conn) as own:
        result: list[PassResult] = []
        taken = seconds(lambda: result.append(Runner(own).run()))
    _demand(result[0], records)
    return taken


def load(conn: Connection, records: int) -> float:
    """Seconds to scan the left table and let a pass do the rest, as `pysync full` does: the first load."""
    with own_connection(conn) as own:
        found: list[Counts] = []
        taken = seconds(lambda: found.append(_load(own)))
    if found[0].inserted != records:
        raise RuntimeError(f"the scan created {found[0].inserted} of {records} records")
    return taken


def _load(own: Connection) -> Counts:
    runner = Runner(own, kind="full")
    compiler, session, total = runner.compiler, runner.session, Counts()
    compiler.refresh()
    plan, most = compiler.plan(MAPPING, Side.LEFT), compiler.mappings[MAPPING].batch_size
    session.pass_id = outbox.start_pass(own, "full")
    limit, page = FIRST_BATCH, scan.next_page(session, plan, None, FIRST_BATCH)
    while page is not None:
        total.add(page.counts)
        limit = next_limit(limit, most, session.held_seconds)
        page = scan.next_page(session, plan, page.last_key, limit)
    outbox.finish_pass(own, session.pass_id, "done")
    runner.run()
    return total


def _demand(result: PassResult, records: int) -> None:
    """A pass that skipped its work must not count as a quick one."""
    done = sum(c.inserted + c.modified for c in result.counts.values())
    if done != records or result.faults:
        raise RuntimeError(f"the pass worked off {done} of {records} records: {result}")


def memory(conn: Connection, *command: str) -> float:
    """Megabytes a `pysync` process needs at most, from its start to its end."""
    environment = {**os.environ, "PYSYNC_DSN": dsn(conn)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pysync", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _peak(process.pid))
        time.sleep(0.005)
    if process.returncode:
        error = process.stderr.read().decode() if process.stderr else ""
        raise RuntimeError(f"pysync {' '.join(command)} ended with {process.returncode}: {error}")
    return peak


def _peak(pid: int) -> float:
    # Not getrusage: Linux counts what the parent had before exec into the child's peak.
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0][1]) / 1024 if lines else 0.0
