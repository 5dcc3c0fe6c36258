"""`pysync compare`: what differs through the mapping; `--repair` asks a pass to mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from pysync import config
from pysync.model import Side

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
        for row in rows:
            if row.is_enabled:
                found += room.look(conn, compiler, row.mapping_name)
                asked += room.repair(conn, row, winner) if repair else 0
        if as_json:
            report.json_out({"asked": asked}, drift=room.noted(conn) if found else ())
        elif not found:
            report.line("in step: every couple agrees through its mapping")
        else:
            shown = room.noted(conn, _SHOWN)
            report.table(
                ("mapping", "left key", "right key", "state", "columns"),
                ((d.mapping, d.left_key or "", d.right_key or "", d.state, ", ".join(d.columns)) for d in shown),
            )
            if found > _SHOWN:
                report.line(f"and {found - _SHOWN:,} more; --json lists them all")
            report.line(f"{asked:,} asked for; type: pysync run" if repair else "to mend it: pysync compare --repair")
    if found and not repair:
        raise typer.Exit(1)
