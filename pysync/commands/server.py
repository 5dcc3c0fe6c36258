"""`pysync server`: the embedded PostgreSQL."""

from __future__ import annotations

import json
import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pysync.server import ServerInfo


class Mode(StrEnum):
    """How to treat sessions that are still connected."""

    smart = "smart"
    fast = "fast"
    immediate = "immediate"


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="The embedded PostgreSQL.", no_args_is_help=True)
    commands.command("start")(start)
    commands.command("stop")(stop)
    commands.command("status")(status)
    app.add_typer(commands, name="server")


def start(context: typer.Context) -> None:
    """Start it; does nothing when it runs."""
    from pysync import server

    _show(server.ensure(context.obj.home))


def stop(
    context: typer.Context,
    mode: Annotated[
        Mode, typer.Option(help="smart waits for sessions, fast ends them, immediate drops everything.")
    ] = Mode.fast,
) -> None:
    """Stop it; the data stays."""
    from pysync import server

    typer.echo("server stopped" if server.stop(context.obj.home, mode.value) else "no server was running")


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where it runs; exit code 1 when it does not."""
    from pysync import server

    info = server.status(context.obj.home)
    if as_json:
        fields = {"running": False} if info is None else {"running": True, **_fields(info)}
        typer.echo(json.dumps(fields, indent=2))
    elif info is None:
        typer.echo("no server is running; `pysync server start` starts it")
    else:
        _show(info)
    if info is None:
        raise typer.Exit(1)


def _fields(info: ServerInfo) -> dict[str, str | int]:
    from pysync import binaries

    # Where nothing is installed, the only psql is the one beside the server.
    programs = binaries.find(binaries.server_account(), major=int(info.version.partition(".")[0]))
    return {
        "version": info.version,
        "pid": info.pid,
        "port": info.port,
        "data_dir": str(info.data_dir),
        "dsn": info.dsn,
        "psql": shlex.join([programs["psql"], info.dsn]),
    }


def _show(info: ServerInfo) -> None:
    for name, value in _fields(info).items():
        typer.echo(f"{name:<9} {value}")
