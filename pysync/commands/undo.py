"""`pysync undo`: put back what a pass wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config
from pysync.errors import UsageError

if TYPE_CHECKING:
    from pysync.outbox import Connection
    from pysync.undo import UndoResult
    from pysync.undo_batch import Left

_SHOWN = 50
_WHY = {
    "changed": "it was changed since",
    "referred to": "another row refers to it by now",
    "gone": "the row is gone",
    "there": "a row with this key is there again",
    "held": "an application holds it",
    "not coupled": "made again, but one of the two is coupled to another",
}


def register(app: typer.Typer) -> None:
    app.command("undo")(run)


def run(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="PASS", help="Number of the pass, as in sync.pass; or: last.")],
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all of it, show what came of it, roll back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put back what a pass wrote wherever the row still is as it left it; exit code 1 when something was left alone."""
    from pysync import mapping, migrate, report
    from pysync.compiler import Compiler
    from pysync.undo import undo

    with migrate.connect(config.dsn(context.obj), application_name="pysync undo") as conn:
        names = tuple(dict.fromkeys(mappings or ()))
        if names:
            mapping.load(conn, names)
        pass_id = _number(conn, which)
        compiler = Compiler(conn)
        # What was left alone stands in a table of the session: it is shown before a dry run is rolled back.
        with conn.transaction(force_rollback=True) if dry_run else contextlib.nullcontext():
            with report.patience(f"undoing pass {pass_id}"):
                result = undo(conn, compiler, pass_id, names)
            if as_json:
                report.json_out(_as_data(pass_id, result, is_dry=dry_run), left_alone=_left(conn, result))
            else:
                _show(conn, pass_id, result, is_dry=dry_run)
    if result.has_problems:
        raise typer.Exit(1)


def _number(conn: Connection, which: str) -> int:
    if which.isdecimal():
        return int(which)
    row = conn.execute("select max(pass_id) from sync.pass").fetchone()
    if which != "last" or row is None or row[0] is None:
        hint = "select pass_id, kind, started_at, status from sync.pass"
        raise UsageError(f"there is no pass {which}", hint=hint)
    return int(row[0])


def _left(conn: Connection, result: UndoResult, limit: int | None = None) -> Iterator[Left]:
    from pysync import undo_batch

    return undo_batch.left(conn, limit) if result.left else iter(())


def _show(conn: Connection, undone: int, result: UndoResult, *, is_dry: bool) -> None:
    from pysync import report, summary

    if not result.pass_id and not result.faults:
        report.line(f"pass {undone} wrote nothing")
        return
    summary.show_counts(result.counts)
    for name, fault in result.faults.items():
        report.paragraph(f"{name} could not be undone: {fault.message}", style="red")
        if fault.hint:
            report.line(f"  hint: {fault.hint}")
    for name in sorted(result.busy):
        report.line(f"{name} was left out: a pass is working on it")
    for note in result.notes:
        report.paragraph(note)
    if result.left:
        report.heading("left alone")
        shown = _left(conn, result, _SHOWN)
        rows = ((x.mapping, x.direction, x.target_key, x.column, _WHY.get(x.reason, x.reason)) for x in shown)
        report.table(("mapping", "direction", "row", "column", "why"), rows)
        if result.left > _SHOWN:
            report.line(f"and {result.left - _SHOWN} more; --json lists them all")
    if is_dry:
        report.line("dry run: everything was rolled back")
    else:
        report.line("the couples differ now, and no pass mends that by itself: pysync compare")


def _as_data(undone: int, result: UndoResult, *, is_dry: bool) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "undone": undone,
        "pass_id": None if is_dry else result.pass_id or None,
        "dry_run": is_dry,
        "has_problems": result.has_problems,
        "mappings": [{"mapping": m, "direction": d, **asdict(c)} for (m, d), c in result.counts.items()],
        "notes": result.notes,
        "faults": [{"mapping": n, "message": f.message, "hint": f.hint} for n, f in result.faults.items()],
        "busy": sorted(result.busy),
    }
