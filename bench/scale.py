"""Figures: growth with table and backlog, a held snapshot, a quiet pass, one change, memory."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator

from bench import engine
from bench.figure import Figure
from bench.wake import latency, watching
from bench.workload import Bed, Connection, coupled, edit, seconds
from pysync.runner import Runner

_MAPPINGS = 20
_EDITS = 200
_COPY_MAPPING = """
insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only)
select mapping_name || '_' || i, left_table, right_table, direction, coupled_only
  from sync.table_mapping, generate_series(2, %s) i
"""
_COPY_FIELDS = """
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right)
select f.mapping_name || '_' || i, field_no, left_column, right_column, direction, to_right
  from sync.field_mapping f, generate_series(2, %s) i
"""


def growth(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Ten times and a tenth of the rows: the same number of changes, and a backlog of everything."""
    few, many = max(rows // 10, 1), rows * 10
    small, in_big = waiting(bed, few, few), waiting(bed, many, few)
    backlog = waiting(bed, many, many)
    table, entries, pinned = [], [], []
    for _ in range(runs):
        base = _cost(bed, small, few)
        in_big_table = _cost(bed, in_big, few)
        table.append(in_big_table / base)
        entries.append(_cost(bed, backlog, many) / in_big_table)
        pinned.append(_cost(bed, backlog, many, pinned=True) / in_big_table)
    sizes = f"{few:,} / {many:,}"
    unit = "cost per change, big / small"
    return [
        Figure("growth", f"table of {sizes} rows, {few:,} changes", unit, tuple(table), 1.3, 1.1),
        Figure("growth", f"backlog of {sizes} entries", unit, tuple(entries), 1.3, 1.1),
        Figure("growth", f"backlog of {sizes} entries, big one with a held snapshot", unit, tuple(pinned), 1.5, 1.1),
    ]


def waiting(bed: Bed, rows: int, changes: int) -> str:
    """Template: a coupled table with changes captured and waiting."""

    def fill(conn: Connection) -> None:
        engine.capture(conn, "to_right")
        edit(conn, "left", changes)

    return bed.template(f"bench_waiting_{rows}_{changes}", fill, coupled(bed, rows))


def _cost(bed: Bed, template: str, changes: int, *, pinned: bool = False) -> float:
    with bed.clone(template) as conn, _snapshot(conn) if pinned else contextlib.nullcontext():
        return engine.drain(conn, changes) / changes


@contextlib.contextmanager
def _snapshot(conn: Connection) -> Iterator[None]:
    """A transaction that stays open and keeps every dead row alive."""
    with engine.own_connection(conn) as holder, holder.transaction():
        holder.execute("set transaction isolation level repeatable read")
        holder.execute("select pg_current_xact_id()")
        yield


def quiet(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """A pass that finds nothing, over many mappings."""
    found = []
    with bed.clone(coupled(bed, rows)) as conn:
        conn.execute(_COPY_MAPPING, [_MAPPINGS])
        conn.execute(_COPY_FIELDS, [_MAPPINGS])
        engine.capture(conn, "both")
        with engine.own_connection(conn) as own:
            runner = Runner(own)
            runner.run()
            for _ in range(runs):
                times = [seconds(runner.run) for _ in range(20)]
                found.append(statistics.median(times) * 1000 / _MAPPINGS)
    return [Figure("quiet", f"pass with nothing to do, {_MAPPINGS} mappings", "ms per mapping", tuple(found), 5.0, 1.0)]


def one_change(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """From the commit of one change until the other side has it, under a running `pysync watch`."""
    middle, worst = [], []
    edits = _EDITS if rows >= 10_000 else 10
    with bed.clone(coupled(bed, rows)) as conn:
        engine.capture(conn, "both")
        with watching(conn, "3600"):
            conn.execute("select sync.wait_until_synced('60 s')")
            for run in range(runs):
                first = 1 + run * (edits + 1)
                # The first change of a watcher compiles the mapping.
                times = [latency(conn, 1 + (first + i) % rows) for i in range(edits + 1)][1:]
                middle.append(statistics.median(times))
                worst.append(sorted(times)[int(len(times) * 0.99) - 1])
    return [
        Figure("change", "one change under watch, commit to visible, p50", "ms", tuple(middle), 10, 2),
        Figure("change", "one change under watch, commit to visible, p99", "ms", tuple(worst), 50, 10),
    ]


def memory(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """The most memory a `pysync run` process takes, draining a change of every customer; ten times as many, once."""
    found = []
    for changes, times in ((rows, runs), (rows * 10, 1)):
        peaks = []
        for _ in range(times):
            with bed.clone(waiting(bed, changes, changes)) as conn:
                peaks.append(engine.memory(conn, "run"))
        found.append(Figure("memory", f"memory of the runner, {changes:,} changes", "MB", tuple(peaks), 120, 80))
    return found
