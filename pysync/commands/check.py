"""`pysync check`: every fault of the mappings at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pysync import config

if TYPE_CHECKING:
    from rich.text import Text

    from pysync.model import Fault


def register(app: typer.Typer) -> None:
    app.command("check")(run)


def run(
    context: typer.Context,
    mappings: Annotated[
        list[str] | None, typer.Argument(metavar="MAPPING", help="Mappings to check; else all enabled ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """All faults of the mappings at once, each with what to do; exit code 2 when one is an error."""
    from pysync import check, migrate, report
    from pysync.check.subject import many

    with migrate.connect(config.dsn(context.obj), application_name="pysync check") as conn:
        faults = check.check(conn, mappings or ())
    errors = sum(1 for fault in faults if fault.severity == "error")
    if as_json:
        report.json_out(
            {"errors": errors, "warnings": len(faults) - errors, "faults": [asdict(fault) for fault in faults]}
        )
    elif not faults:
        report.line("no faults found")
    else:
        report.table(("mapping", "where", "fault, and what to do"), [_row(fault) for fault in faults])
        report.line()
        report.line(f"{many(errors, 'error')}, {many(len(faults) - errors, 'warning')}")
    if errors:
        raise typer.Exit(2)


def _row(fault: Fault) -> tuple[str, str, Text]:
    from rich.text import Text

    place = [f"field {fault.field_no}"] if fault.field_no is not None else []
    wrong = Text(f"{fault.severity}: ", style="bold red" if fault.severity == "error" else "yellow")
    wrong.append(Text(f"{fault.message}\n", style="default"))
    wrong.append(Text(f"-> {fault.hint}", style="default"))
    return fault.mapping, " ".join([*place, *([fault.column] if fault.column else [])]), wrong
