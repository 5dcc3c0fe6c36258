"""`pysync compare`: what differs through the mapping; `--repair` asks a pass to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pysync import config
from pysync.errors import DatabaseUnavailable, PysyncError
from pysync.model import Side

if TYPE_CHECKING:
    from pysync.compiler import Compiler
    from pysync.model import TableMapping
    from pysync.outbox import Connection

_SHOWN = 50


def register(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    context: typer.Context,
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Ask a pass to bring what drifted back into step.")] = False,
    winner: Annotated[
        Side, typer.Option("--from", help="Side whose values count where nothing waits.", case_sensitive=False)
    ] = Side.LEFT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare coupled records through the mapping, aware of waiting changes; exit code 1 when something drifted."""
    from pysync import compare as room
    from pysync import mapping, migrate, report
    from pysync.compiler import Compiler

    dsn = config.dsn(context.obj)
    with migrate.connect(dsn, application_name="pysync compare") as conn:
        rows = mapping.load(conn, mappings or ())
        compiler = Compiler(conn)
        compiler.refresh()
        found = asked = 0
        faults: dict[str, PysyncError] = {}
        for row in rows:
            if row.is_enabled:
                try:
                    found += _look(conn, compiler, row)
                except DatabaseUnavailable:
                    raise
                except PysyncError as exc:
                    faults[row.mapping_name] = exc
                else:
                    asked += room.repair(conn, row, winner) if repair else 0
        if as_json:
            told = [{"mapping": name, "message": fault.message, "hint": fault.hint} for name, fault in faults.items()]
            report.json_out({"asked": asked, "faults": told}, drift=room.noted(conn) if found else ())
        elif found:
            shown = room.noted(conn, _SHOWN)
            report.table(
                ("mapping", "left key", "right key", "state", "columns"),
                ((d.mapping, d.left_key or "", d.right_key or "", d.state, ", ".join(d.columns)) for d in shown),
            )
            if found > _SHOWN:
                report.line(f"and {found - _SHOWN:,} more; --json lists them all")
            report.line(f"{asked:,} asked for; type: pysync run" if repair else "to mend it: pysync compare --repair")
        elif not faults:
            report.line("in step: every couple agrees through its mapping")
    if not as_json:
        for name, fault in faults.items():
            report.paragraph(f"{name} could not be compared: {fault.message}", style="red")
            report.line(f"  hint: {fault.hint}")
    if faults or (found and not repair):
        raise typer.Exit(1)


def _look(conn: Connection, compiler: Compiler, row: TableMapping) -> int:
    """Note what is not in step in one mapping; a fault of it is no fault of the others."""
    import psycopg

    from pysync import compare as room
    from pysync import errors

    try:
        return room.look(conn, compiler, row.mapping_name)
    except psycopg.Error as exc:
        fault = errors.from_database(exc)
        fault.hint = fault.hint or f"run `{errors.command('check', row.mapping_name)}`"
        raise fault from exc
