"""`pysync migrate`: install or upgrade the schema."""

from __future__ import annotations

from typing import Annotated

import typer

from pysync import config


def register(app: typer.Typer) -> None:
    app.command("migrate")(run)


def run(
    context: typer.Context,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the script for an empty database instead of running it.")
    ] = False,
) -> None:
    """Install or upgrade the `sync` schema."""
    from pysync import migrate

    if sql:
        typer.echo(migrate.script(), nl=False)
        return
    result = migrate.upgrade(config.dsn(context.obj))
    if not result.is_changed:
        typer.echo(f"schema sync is up to date (version {result.after})")
    elif result.before is None:
        typer.echo(f"schema sync installed (version {result.after})")
    elif result.before == result.after:
        typer.echo(f"schema sync stays at version {result.after}; functions and views reloaded")
    else:
        typer.echo(f"schema sync upgraded from version {result.before} to {result.after}")
