"""The table for people and the JSON for scripts."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figure import Figure

_COLOUR = {"moonshot": "bold green", "must": "green", "missed": "bold red", "": ""}


def table(figures: Sequence[Figure], title: str) -> Table:
    """The figures with their goals."""
    result = Table(title=title, title_justify="left")
    result.add_column("figure")
    result.add_column("unit")
    for column in ("median", "min", "max", "must", "moonshot"):
        result.add_column(column, justify="right")
    result.add_column("met")
    result.add_column("note")
    for f in figures:
        numbers = [_number(v) for v in (f.median, min(f.values), max(f.values), f.must, f.moonshot)]
        result.add_row(f.name, f.unit, *numbers, f.verdict, f.note, style=_COLOUR[f.verdict])
    return result


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def show(figures: Sequence[Figure], title: str) -> None:
    """Print the table; wide enough when nobody looks."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table(figures, title))


def write(path: Path, figures: Sequence[Figure], about: dict[str, Any]) -> None:
    """Write the figures as JSON, with what they were measured on."""
    rows = [
        {
            "group": f.group,
            "name": f.name,
            "unit": f.unit,
            "median": f.median,
            "min": min(f.values),
            "max": max(f.values),
            "values": list(f.values),
            "must": f.must,
            "moonshot": f.moonshot,
            "verdict": f.verdict,
            "note": f.note,
        }
        for f in figures
    ]
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(terse=True)}
    path.write_text(json.dumps({**about, "machine": machine, "figures": rows}, indent=2) + "\n")
