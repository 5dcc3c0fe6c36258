"""`pysync check`: every fault of the mappings at once."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pysync import config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysync.model import Fault

WIDTH = 100


def register(app: typer.Typer) -> None:
    app.command("check")(run)


def run(
    context: typer.Context,
    mappings: Annotated[
        list[str] | None, typer.Argument(metavar="[MAPPING]...", help="Mappings to check; all enabled ones by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show all faults of the mappings at once; exit code 2 when one of them is an error."""
    from pysync import check, database

    with database.connect(config.dsn(context.obj)) as conn:
        faults = check.check(conn, mappings or ())
    errors = sum(1 for f in faults if f.severity == "error")
    if as_json:
        found = {"errors": errors, "warnings": len(faults) - errors, "faults": [asdict(f) for f in faults]}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif not faults:
        typer.echo("no faults found")
    else:
        _show(faults)
        typer.echo(f"{_many(errors, 'error')}, {_many(len(faults) - errors, 'warning')}")
    if errors:
        raise typer.Exit(2)


def _show(faults: Sequence[Fault]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.width = min(console.width, WIDTH)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, show_lines=False)
    table.add_column("mapping", ratio=2, overflow="fold")
    table.add_column("where", ratio=2, overflow="fold")
    table.add_column("what is wrong, and what to do", ratio=6, overflow="fold")
    for fault in faults:
        place = [f"field {fault.field_no}"] if fault.field_no is not None else []
        place += [fault.column] if fault.column else []
        is_error = fault.severity == "error"
        wrong = Text(f"{fault.severity}: ", style="bold red" if is_error else "yellow")
        wrong.append(fault.message, style="default")
        wrong.append(f"\n-> {fault.hint}", style="dim")
        table.add_row(Text(fault.mapping), Text("\n".join(place)), wrong)
    console.print(table)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
