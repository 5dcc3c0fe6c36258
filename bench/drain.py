"""Figures: first load and drains, engine against floor."""

from __future__ import annotations

import functools
from collections.abc import Callable

from bench import engine, floor
from bench.figure import Figure, alternate, rate_note, ratios
from bench.workload import Bed, Connection, add_customers, coupled, edit, empty, loaded, seconds

Prepare = Callable[[Connection], object]


def first_load(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Every customer becomes an account, coupled."""

    def by_floor() -> float:
        with bed.clone(loaded(bed, rows)) as conn:
            return seconds(lambda: floor.load(conn))

    def by_engine() -> float:
        with bed.clone(loaded(bed, rows)) as conn:
            engine.capture(conn, "to_right")
            return engine.load(conn, rows)

    (times,) = alternate(runs, by_floor, by_engine)
    return [
        Figure("load", "first load with couplings", "time / floor", ratios(times), 2.0, 1.3, rate_note(rows, times))
    ]


def updates(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Every customer changed, in one transaction and in a thousand."""
    found: list[Figure] = []
    for count in (1, min(1000, rows)):
        prepare = functools.partial(edit, side="left", rows=rows, transactions=count)
        found += _one_way(bed, coupled(bed, rows), "update", f"drain of updates, {count} tx", rows, runs, prepare)
    return found


def inserts(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Every customer new."""
    return _one_way(
        bed, empty(bed), "insert", "drain of new rows", rows, runs, lambda conn: add_customers(conn, 1, rows)
    )


def _one_way(bed: Bed, template: str, group: str, name: str, rows: int, runs: int, prepare: Prepare) -> list[Figure]:
    def by_floor() -> float:
        with bed.clone(template) as conn:
            floor.capture(conn)
            prepare(conn)
            return seconds(lambda: floor.drain(conn))

    def by_engine(direction: str) -> float:
        with bed.clone(template) as conn:
            engine.capture(conn, direction)
            prepare(conn)
            return engine.drain(conn, rows)

    one, both = alternate(runs, by_floor, lambda: by_engine("to_right"), lambda: by_engine("both"))
    return [
        Figure(group, f"{name}; mapping one way", "time / floor", ratios(one), 2.0, 1.3, rate_note(rows, one)),
        Figure(group, f"{name}; mapping both ways", "time / floor", ratios(both), 2.0, 1.3, rate_note(rows, both)),
    ]


def both_sides(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """Every couple changed on both sides, in different fields; the floor drains one side, then the other."""
    template = coupled(bed, rows)

    def by_floor() -> float:
        with bed.clone(template) as conn:
            floor.capture(conn, "left", "right")
            edit(conn, "left", rows)
            taken = seconds(lambda: floor.drain(conn))
            conn.execute("reset floor.draining")
            edit(conn, "right", rows)
            return taken + seconds(lambda: floor.drain_right(conn))

    def by_engine() -> float:
        with bed.clone(template) as conn:
            engine.capture(conn, "both")
            edit(conn, "left", rows)
            edit(conn, "right", rows)
            return engine.drain(conn, 2 * rows)

    (times,) = alternate(runs, by_floor, by_engine)
    note = rate_note(2 * rows, times)
    return [Figure("both", "drain, both sides changed", "time / two floors", ratios(times), 2.0, 1.2, note)]
