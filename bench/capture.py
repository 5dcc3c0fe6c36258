"""Figures: what capture costs the application."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import engine, floor
from bench.figure import Figure, alternate, ratios
from bench.workload import Bed, Connection, coupled, edit, seconds
from pysync import binaries

CLIENTS = 4
# What a commit waits for on many a disk in a network; here an fsync may be nearly free, and shows processor time only.
SLOW_DISK = "-c commit_delay=1000 -c commit_siblings=0"
_SINGLE = """\\set no random(1, :rows)
update erp.customer set phone = '+49 30 ' || :no, modified_at = now() where no = 'C' || lpad(:no::text, 7, '0');
"""


def bulk(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """One update of every customer: no capture, the floor's triggers (keys only), ours."""
    template = coupled(bed, rows)

    def bare() -> float:
        with bed.clone(template) as conn:
            return seconds(lambda: edit(conn, "left", rows))

    def by_floor() -> float:
        with bed.clone(template) as conn:
            floor.capture(conn)
            return seconds(lambda: edit(conn, "left", rows))

    def by_engine() -> float:
        with bed.clone(template) as conn:
            engine.capture(conn, "to_right")
            return seconds(lambda: edit(conn, "left", rows))

    keys, ours = alternate(runs, bare, by_floor, by_engine)
    return [
        Figure("bulk", "bulk update, floor captures keys", "time / uncaptured", ratios(keys)),
        Figure("bulk", "bulk update, one stream captured", "time / uncaptured", ratios(ours), 2.5, 1.8),
    ]


def single(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Durable single-row updates of random customers by four clients at once, on this disk and on a slower one."""
    name, unit = f"single-row durable writes, {CLIENTS} clients", "rate without / with"
    keys, ours = _single(bed, rows, runs)
    slow_keys, slow_ours = _single(bed, rows, runs, SLOW_DISK)
    tps = f"last run {1 / ours[-1][0]:,.0f} tps without capture"
    slow_tps = f"last run {1 / slow_ours[-1][0]:,.0f} tps without capture"
    return [
        Figure("single", f"{name}, floor captures keys", unit, ratios(keys)),
        Figure("single", name, unit, ratios(ours), 1.25, 1.10, tps),
        Figure("single", "the same, each flush 1 ms longer, floor captures keys", unit, ratios(slow_keys)),
        Figure("single", "the same, each flush 1 ms longer", unit, ratios(slow_ours), note=slow_tps),
    ]


def _single(bed: Bed, rows: int, runs: int, options: str = "") -> tuple[list[tuple[float, float]], ...]:
    """Seconds a write: pairs of (uncaptured, floor's triggers), and of (uncaptured, ours)."""
    template = coupled(bed, rows)
    time_limit = max(1, min(5, rows // 20_000))

    def taken(capture: Callable[[Connection], object]) -> float:
        with bed.clone(template) as conn:
            capture(conn)
            return 1 / pgbench(engine.dsn(conn), rows, time_limit, options)

    return alternate(
        runs,
        lambda: taken(lambda _: None),
        lambda: taken(floor.capture),
        lambda: taken(lambda conn: engine.capture(conn, "to_right")),
    )


def pgbench(dsn: str, rows: int, time_limit: int, options: str = "") -> float:
    """Single-row updates per second of four clients, under these server options."""
    program = binaries.find(binaries.server_account())["pgbench"]
    with tempfile.TemporaryDirectory(prefix="pysync-bench-") as folder:
        script = Path(folder) / "single.sql"
        script.write_text(_SINGLE)
        command = [program, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(time_limit)]
        command += ["-D", f"rows={rows}", "-f", str(script), dsn]
        environment = {**os.environ, "PGOPTIONS": options}
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = re.search(r"tps = ([\d.]+)", answer.stdout)
    assert found is not None, answer.stdout
    return float(found[1])
