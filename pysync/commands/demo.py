"""`pysync demo`: the whole story on sample data."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from pysync import config


def register(app: typer.Typer) -> None:
    app.command("demo")(run)


def run(
    context: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", help="Drop the pack's schemas even if the demo did not make them; do not ask.")
    ] = False,
) -> None:
    """The whole story on sample data, told in tables; each time from the beginning."""
    from pysync import database, demo, migrate, pack
    from pysync.errors import UsageError

    dsn = config.dsn(context.obj)
    migrate.upgrade(dsn)
    with database.connect(dsn, application_name="pysync demo") as conn:
        if demo.owner(conn) == "somebody" and not yes:
            schemas = " and ".join(pack.find(demo.PACK).schemas)
            question = f"schema {schemas} are not of an earlier demo: drop them with everything in them?"
            if not (sys.stdin.isatty() and typer.confirm(question)):
                raise UsageError(
                    f"the database has a schema {schemas} that the demo did not make",
                    hint="pysync demo --yes drops them with everything in them; or name another database",
                )
        names = demo.prepare(conn)
        demo.tell(conn, names)
    _suggest(context, dsn)


def _suggest(context: typer.Context, dsn: str) -> None:
    """What to try next: only commands there are, spelled so that they work from here."""
    from pysync import errors, report

    root = context.find_root()
    known = getattr(root.command, "commands", {})
    given = root.params.get("dsn")
    is_secret = errors.without_password(dsn) != dsn or "password=" in dsn
    option = f" --dsn {shlex.quote(given)}" if given and not is_secret else ""
    report.heading("What to try next")
    if given and is_secret:
        report.paragraph("With the same --dsn after the word pysync, or the address in PYSYNC_DSN:")
    wanted = (
        ("status", "status", "how each mapping stands"),
        ("why", "why CUSTOMER C00010", "why one record is or is not in step"),
        ("explain", "explain CUSTOMER", "the plan in words, and the SQL that runs"),
        ("check", "check", "every fault in the mappings"),
        ("compare", "compare", "what differs through the mappings"),
        ("full", "full --help", "everything, not only what changed"),
    )
    program = _program()
    for command, arguments, meaning in wanted:
        if command in known:
            report.line(f"  {program}{option} {arguments}   # {meaning}")
    if shutil.which("psql") and not is_secret:
        change = "update crm.account set address1_city = 'Bristol-on-Sea' where name like 'Harbour%'"
        report.line(f'  psql {shlex.quote(dsn)} -c "{change}"')
    report.line(f"  {program}{option} run --dry-run   # what a pass would do")
    report.line(f"  {program}{option} run")


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
