"""`python -m bench`: measure, print the table, write JSON."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import capture, commands, contacts, drain, report, scale, wake
from bench.figure import Figure
from bench.workload import Bed, bed

Measure = Callable[[Bed, int, int], list[Figure]]

# Processor time only: a server that never waits for the disk.
FIGURES: dict[str, Measure] = {
    "bulk": capture.bulk,
    "load": drain.first_load,
    "update": drain.updates,
    "insert": drain.inserts,
    "both": drain.both_sides,
    "quiet": scale.quiet,
    "change": scale.one_change,
    "wake": wake.wake,
    "growth": scale.growth,
    "memory": scale.memory,
    "full": commands.full,
    "compare": commands.compare,
    "match": commands.match,
    "undo": commands.undo,
    "contacts": contacts.contacts,
}
DURABLE: dict[str, Measure] = {"single": capture.single}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; gives the exit code."""
    given = _parse(arguments)
    names = given.only or [*DURABLE, *FIGURES]
    found: list[Figure] = []
    server = ""
    for kind, durable in ((DURABLE, True), (FIGURES, False)):
        wanted = {name: kind[name] for name in names if name in kind}
        if not wanted:
            continue
        with bed(durable=durable) as ground:
            server = ground.version
            for name, measure in wanted.items():
                started = time.monotonic()
                found += measure(ground, given.rows, given.runs)
                print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    about = {"rows": given.rows, "runs": given.runs, "server": server}
    report.show(found, f"{given.rows:,} rows, {given.runs} runs, PostgreSQL {server}; smaller is better")
    if given.json:
        report.write(given.json, found, about)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Same-run ratios of the engine against a hand-written SQL floor."
    )
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the standard workload (default %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each figure (default %(default)s)")
    parser.add_argument("--short", action="store_true", help="a look: 10,000 rows, 1 run, in two or three minutes")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*DURABLE, *FIGURES],
        metavar="NAME",
        help=f"measure this only, may be repeated: {', '.join([*DURABLE, *FIGURES])}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    given = parser.parse_args(arguments)
    if given.short:
        given.rows, given.runs = 10_000, 1
    if given.rows < 10 or given.runs < 1:
        parser.error("at least 10 rows and 1 run")
    return given


if __name__ == "__main__":
    sys.exit(main())
