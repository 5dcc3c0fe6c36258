"""The command line: registers the commands, turns faults into `error:` and `hint:` lines and exit codes."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

import pysync
from pysync import config
from pysync.errors import PysyncError

# One module per command in pysync/commands, each with `register(app)`; this is the order of `pysync --help`.
COMMANDS = (
    "demo",
    "migrate",
    "pack",
    "mapping",
    "check",
    "explain",
    "run",
    "record",
    "match",
    "full",
    "watch",
    "status",
    "problems",
    "why",
    "compare",
    "undo",
    "approve",
    "server",
)

app = typer.Typer(
    name="pysync",
    help=pysync.__doc__,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pysync {pysync.__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    dsn: Annotated[
        str | None,
        typer.Option(help="Database to work on; else PYSYNC_DSN, else the embedded server.", show_default=False),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    context.obj = config.load(dsn)


for name in COMMANDS:
    importlib.import_module(f"pysync.commands.{name}").register(app)


def main() -> None:
    """Run one command; a fault is two lines on stderr and an exit code, never a traceback."""
    try:
        app()
    except PysyncError as exc:
        sys.exit(report(exc))
    except Exception as exc:
        # Imported late, so that `--help` stays quick.
        import psycopg

        if not isinstance(exc, psycopg.Error):
            raise
        from pysync import errors

        sys.exit(report(errors.from_database(exc)))


def report(fault: PysyncError) -> int:
    """Print a fault for a person; the exit code to end with."""
    from pysync.report import harmless

    code = f" (SQLSTATE {fault.sqlstate})" if fault.sqlstate else ""
    lines = [f"error: {fault.message}{code}", *(f"  {line}" for line in (fault.detail or "").splitlines())]
    if fault.hint:
        lines.append(f"hint: {fault.hint}")
    print(harmless("\n".join(lines)), file=sys.stderr)
    return fault.exit_code
