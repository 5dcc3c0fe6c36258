"""`pysync full`: full synchronisation with its review."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.full import Full, Line, Synchronised

_HEADINGS = ("mapping", "needs", "direction", "recommendation", "status", "to right", "to left", "rows")


def register(app: typer.Typer) -> None:
    app.command("full")(run)


def run(
    context: typer.Context,
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    review: Annotated[bool, typer.Option("--review", help="Show the review and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; without a terminal nobody is asked.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on with what was cut off.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Every row of the mappings, parents first: couple what matches, create what is missing, compare what is coupled.

    It shows its review first. Cut off at any point, it goes on where it was with the next `pysync full`.
    """
    from pysync import full as room
    from pysync import mapping, migrate, report
    from pysync.compiler import Compiler

    with migrate.connect(config.dsn(context.obj), application_name="pysync full") as conn:
        compiler = Compiler(conn)
        compiler.refresh()
        names = tuple(dict.fromkeys(mappings or ()))
        if names:
            mapping.require_running(conn, mapping.load(conn, names))
        wanted = names or tuple(n for n, m in compiler.mappings.items() if m.is_enabled and not m.is_paused)
        lines = room.review(conn, compiler, wanted)
        if not as_json:
            _show_review(lines)
        if review or not lines:
            if as_json:
                report.json_out({"review": [_line(line) for line in lines]})
            return
        if not (yes or as_json) and sys.stdin.isatty() and not typer.confirm("Start?"):
            raise typer.Exit(1)
        todo = room.begin(conn, lines, restart=restart)
        if not as_json and len(todo) < len(lines):
            report.line(f"going on with what is left: {', '.join(todo)} (--restart begins anew)")
        job = room.Full(conn, compiler)
        with _progress(job):
            outcome = job.run(todo)
        _tell(room.review(conn, compiler, wanted) if as_json else None, outcome)
    if outcome.has_problems:
        raise typer.Exit(1)


def _show_review(lines: list[Line]) -> None:
    from pysync import report

    rows = [
        (
            line.mapping,
            ", ".join(line.depends_on),
            line.direction,
            line.recommendation or "cannot tell",
            line.status or "",
            line.to_right_status or "",
            line.to_left_status or "",
            f"{line.rows_done:,} of {line.rows_total:,}" if line.rows_total else "",
        )
        for line in lines
    ]
    # Nothing has run yet: the columns of what ran would be empty.
    width = len(_HEADINGS) if any(line.status for line in lines) else 4
    report.table(_HEADINGS[:width], [row[:width] for row in rows])
    for line in lines:
        if line.message:
            report.paragraph(f"{line.mapping}: {line.message}", style="red")


def _line(line: Line) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(line)


def _tell(lines: list[Line] | None, outcome: Synchronised) -> None:
    from dataclasses import asdict

    from pysync import report, summary

    result = outcome.result
    if lines is not None:
        report.json_out(
            {
                "review": [_line(line) for line in lines],
                "has_problems": outcome.has_problems,
                "mappings": [{"mapping": m, "direction": d, **asdict(c)} for (m, d), c in result.counts.items()],
                "faults": [{"mapping": n, "message": f.message, "hint": f.hint} for n, f in result.faults.items()],
                "blocked": outcome.blocked,
                "ambiguous": outcome.ambiguous,
                "busy": sorted(result.busy),
            }
        )
        return
    report.line()
    summary.show_full(outcome)


@contextlib.contextmanager
def _progress(job: Full) -> Iterator[None]:
    """A bar on stderr, for a person: rows, rate and time left of the direction that runs."""
    from pysync import report

    console = report.console(stderr=True)
    if not console.is_terminal:
        yield
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[tuple[str, str], Any] = {}

        def advance(name: str, direction: str, rows: int, total: int) -> None:
            if (name, direction) not in tasks:
                tasks[name, direction] = bar.add_task(f"{name} {direction}", total=total, rate="")
            task = tasks[name, direction]
            bar.update(task, advance=rows)
            speed = bar.tasks[bar.task_ids.index(task)].speed
            bar.update(task, rate=f"{speed:,.0f} rows/s" if speed else "")

        job.on_progress = advance
        yield
