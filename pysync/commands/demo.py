"""`pysync demo`: the whole story on sample data."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pysync import config


def register(app: typer.Typer) -> None:
    app.command("demo")(run)


def run(
    context: typer.Context,
    pack_name: Annotated[
        str | None, typer.Option("--pack", metavar="NAME", help="Tell this pack's story.", show_default=False)
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Drop the pack's schemas even if the demo did not make them; do not ask.")
    ] = False,
) -> None:
    """The whole story on sample data, told in tables; each time from the beginning."""
    from pysync import database, demo, migrate, pack, story
    from pysync.errors import UsageError

    found = pack.find(pack_name) if pack_name else pack.first()
    steps = story.read(found.folder / story.FILE)
    dsn = config.dsn(context.obj)
    migrate.upgrade(dsn)
    with database.connect(dsn, application_name="pysync demo") as conn:
        if demo.owner(conn, found) == "somebody" and not yes:
            schemas = " and ".join(found.schemas)
            question = f"schema {schemas} are not of an earlier demo: drop them with everything in them?"
            if not (sys.stdin.isatty() and typer.confirm(question)):
                raise UsageError(
                    f"the database has a schema {schemas} that the demo did not make",
                    hint="pysync demo --yes drops them with everything in them; or name another database",
                )
        names = demo.prepare(conn, found)
        suggestions = demo.tell(conn, names, steps)
    _suggest(context, dsn, suggestions)


def _suggest(context: typer.Context, dsn: str, suggestions: Iterable[str]) -> None:
    """What to try next, spelled so that it works from here."""
    from pysync import errors, report

    given = context.find_root().params.get("dsn")
    is_secret = errors.without_password(dsn) != dsn or "password=" in dsn
    option = f" --dsn {shlex.quote(given)}" if given and not is_secret else ""
    report.heading("What to try next")
    if given and is_secret:
        report.paragraph("With the same --dsn after the word pysync, or the address in PYSYNC_DSN:")
    for line in suggestions:
        program, _, rest = line.partition(" ")
        if program == "pysync":
            report.line(f"  {_program()}{option} {rest}")
        elif shutil.which("psql") and not is_secret:
            report.line(f"  psql {shlex.quote(dsn)} -c {rest}")


def _program() -> str:
    """How to call pysync from here."""
    beside = Path(sys.executable).parent / "pysync"
    found = shutil.which("pysync")
    if found and (not beside.exists() or Path(found).samefile(beside)):
        return "pysync"
    if not beside.exists():
        return f"{Path(sys.executable).name} -m pysync"
    try:
        return str(beside.relative_to(Path.cwd()))
    except ValueError:
        return str(beside)
