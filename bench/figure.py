"""A measured figure with its goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: a value per run, smaller is better; goals are None where none was set."""

    group: str
    name: str
    unit: str
    values: tuple[float, ...]
    must: float | None = None
    moonshot: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Median over the runs."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """moonshot, must, missed, or nothing where there is no goal.

        >>> Figure("x", "x", "ratio", (1.9, 1.7, 2.5), must=2.0, moonshot=1.3).verdict
        'must'
        """
        if self.moonshot is not None and self.median <= self.moonshot:
            return "moonshot"
        if self.must is None:
            return ""
        return "must" if self.median <= self.must else "missed"


def ratios(times: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Engine over floor, pair by pair: the two of a pair ran one after the other."""
    return tuple(engine / floor for floor, engine in times)


def rate_note(rows: int, times: Sequence[tuple[float, float]]) -> str:
    """Median rates of floor and engine, for orientation."""
    floor, engine = (rows / statistics.median(column) for column in zip(*times, strict=True))
    return f"floor {floor:,.0f} rows/s, engine {engine:,.0f} rows/s"


def alternate(
    runs: int, floor: Callable[[], float], *engines: Callable[[], float]
) -> tuple[list[tuple[float, float]], ...]:
    """Run the floor and each engine in turn; per engine the pairs (floor, engine)."""
    pairs: tuple[list[tuple[float, float]], ...] = tuple([] for _ in engines)
    for _ in range(runs):
        base = floor()
        for found, engine in zip(pairs, engines, strict=True):
            found.append((base, engine()))
    return pairs
