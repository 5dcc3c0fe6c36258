"""`pysync pack`: the shipped uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.outbox import Connection


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="Shipped packs: two systems, their mappings and sample data.", no_args_is_help=True)
    commands.command("list")(list_packs)
    commands.command("install")(install)
    commands.command("remove")(remove)
    app.add_typer(commands, name="pack")


def list_packs(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The packs that ship with this program."""
    from pysync import pack, report

    packs = pack.available()
    if as_json:
        fields = ("name", "title", "description", "schemas")
        report.json_out([{name: getattr(found, name) for name in fields} for found in packs])
        return
    report.table(("pack", "schemas", "what it is"), [(p.name, ", ".join(p.schemas), p.description) for p in packs])


def install(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Pack, as `pysync pack list` names it.")],
    no_data: Annotated[bool, typer.Option("--no-data", help="Leave the sample data out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Install a pack: schemas, mapping rows and sample data in one transaction, then capture."""
    from pysync import errors, pack, report

    found = pack.find(name)
    with _connect(config.dsn(context.obj)) as conn:
        mappings = pack.install(conn, found, with_data=not no_data)
    if as_json:
        report.json_out({"pack": found.name, "schemas": found.schemas, "mappings": mappings})
        return
    report.line(f"installed {found.title}")
    report.pairs([("schemas", ", ".join(found.schemas)), ("mappings", ", ".join(mappings))], indent=2)
    report.line("capture is on: what applications change from now on travels with the next pass")
    report.line("next:")
    for command in ("pysync status", errors.command("explain", mappings[0]), "pysync run"):
        report.line(f"  {command}")


def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Pack, as `pysync pack list` names it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Drop a pack's schemas with everything in them, and the mappings of their tables."""
    from pysync import migrate, pack, report
    from pysync.errors import UsageError

    found = pack.find(name)
    with migrate.connect(config.dsn(context.obj), application_name="pysync pack") as conn:
        schemas = pack.present(conn, found)
        if not schemas:
            raise UsageError(f"the database has no schema {' or '.join(found.schemas)}", hint="nothing to remove")
        if not yes and not _confirms(f"really drop schema {', '.join(schemas)} with everything in it?"):
            raise UsageError("nothing was removed", hint=f"pysync pack remove {name} --yes does not ask")
        mappings = pack.remove(conn, found)
    report.paragraph(f"removed schema {', '.join(schemas)} and mapping {', '.join(mappings)}")


def _confirms(question: str) -> bool:
    import sys

    return sys.stdin.isatty() and typer.confirm(question)


def _connect(dsn: str) -> Connection:
    """A connection to a database that has the schema; it is installed where there is none at all."""
    from pysync import database, migrate

    with database.connect(dsn, application_name="pysync pack") as conn:
        is_new = migrate.state(conn).version is None
    if is_new:
        migrate.upgrade(dsn)
    return migrate.connect(dsn, application_name="pysync pack")
