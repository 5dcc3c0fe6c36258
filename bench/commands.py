"""Figures: whole commands over a table and over one ten times as big; none may cost more than its rows."""

from __future__ import annotations

from collections.abc import Callable

from bench import engine, scale
from bench.figure import Figure
from bench.workload import MAPPING, Bed, Connection, coupled, loaded, seconds

_UNCOUPLED = """
truncate sync.coupling;
update sync.field_mapping set match_priority = 1 where field_no = 1;
"""


def full(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """`pysync full` that creates every account, and again when all are there."""
    created = _growth(bed, rows, runs, "full: every row created", loaded, _one_way, "full", "--yes")
    return [*created, *_growth(bed, rows, runs, "full: every row compared", coupled, _one_way, "full", "--yes")]


def compare(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """`pysync compare` of tables that are in step."""
    return _growth(bed, rows, runs, "compare", coupled, _one_way, "compare")


def match(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """`pysync match` that couples every row by a unique value."""
    return _growth(bed, rows, runs, "match", _apart, _one_way, "match", MAPPING)


def undo(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """`pysync undo` of a pass that changed every account."""
    return _growth(bed, rows, runs, "undo", lambda b, n: scale.waiting(b, n, n), _drained, "undo", "last")


def _growth(
    bed: Bed,
    rows: int,
    runs: int,
    name: str,
    template: Callable[[Bed, int], str],
    prepare: Callable[[Connection, int], object],
    *command: str,
) -> list[Figure]:
    ratios, slow, memory = [], 0.0, [0.0]
    for _ in range(runs):
        costs = []
        for size in (rows, rows * 10):
            with bed.clone(template(bed, size)) as conn:
                prepare(conn, size)
                slow = seconds(lambda: memory.append(engine.memory(conn, *command)))
                costs.append(slow / size)
        ratios.append(costs[1] / costs[0])
    note = f"last: {rows * 10:,} rows in {slow:,.1f} s, at most {max(memory):,.0f} MB"
    unit = "cost per row, big / small"
    return [Figure(command[0], f"{name}, {rows:,} / {rows * 10:,} rows", unit, tuple(ratios), 1.3, 1.1, note)]


def _apart(bed: Bed, rows: int) -> str:
    """Template: equal rows on both sides, none of them coupled."""

    def part(conn: Connection) -> None:
        conn.execute(_UNCOUPLED.encode())

    return bed.template(f"bench_apart_{rows}", part, coupled(bed, rows))


def _one_way(conn: Connection, _: int) -> None:
    engine.capture(conn, "to_right")


def _drained(conn: Connection, rows: int) -> None:
    engine.drain(conn, rows)
