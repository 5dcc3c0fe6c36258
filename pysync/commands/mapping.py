"""`pysync mapping`: mapping rows as a file that is kept in git."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.edit import RowChange

File = Annotated[Path, typer.Argument(metavar="FILE", help="File as `pysync mapping dump` prints it; - is stdin.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_EXAMPLES = """
select count(*) from sync.mapping_example e join sync.table_mapping m using (mapping_name)
where m.is_enabled and (cardinality($1::text[]) = 0 or m.mapping_name = any ($1))
"""


def register(app: typer.Typer) -> None:
    commands = typer.Typer(
        help="Mapping rows as a file: print it, compare with it, apply it, test it.", no_args_is_help=True
    )
    commands.command("dump")(dump)
    commands.command("diff")(diff)
    commands.command("apply")(apply)
    commands.command("test")(run_examples)
    app.add_typer(commands, name="mapping")


def dump(
    context: typer.Context,
    mappings: Annotated[
        list[str] | None, typer.Argument(metavar="MAPPING", help="Only these, with what they use; else all rows.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to this file instead.", show_default=False)
    ] = None,
) -> None:
    """Print the mapping rows as SQL: stable in order and layout, only columns that are not at their default."""
    from pysync import dump as room
    from pysync import migrate
    from pysync.errors import UsageError

    with migrate.connect(config.dsn(context.obj), application_name="pysync mapping") as conn:
        text = room.dump(conn, mappings or ())
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as exc:
        raise UsageError(f"{out} cannot be written: {exc}") from exc


def diff(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """What applying the file would change in the mapping rows; exit code 1 when it would change something."""
    from pysync import edit, migrate, report

    text = read(file)
    with migrate.connect(config.dsn(context.obj), application_name="pysync mapping") as conn:
        changes = edit.diff(conn, text)
    if as_json:
        report.json_out({"changes": changes})
    elif not changes:
        report.line("no difference")
    else:
        show(changes)
    if changes:
        raise typer.Exit(1)


def apply(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Bring the mappings of the file to just what it says: rows it does not have are deleted. All or nothing."""
    from pysync import edit, migrate, report

    text = read(file)
    with migrate.connect(config.dsn(context.obj), application_name="pysync mapping") as conn:
        changes = edit.apply(conn, text)
    if as_json:
        report.json_out({"changes": changes})
    elif not changes:
        report.line("no difference")
    else:
        show(changes)
        report.line("next: pysync check")


def run_examples(
    context: typer.Context,
    mappings: Annotated[
        list[str] | None, typer.Argument(metavar="MAPPING", help="Mappings to test; else all enabled ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the examples in sync.mapping_example, as every check does; exit code 2 when one does not hold."""
    from pysync import check, migrate, report

    names = mappings or []
    with migrate.connect(config.dsn(context.obj), application_name="pysync mapping") as conn:
        # A mapping with an error cannot run its examples: that error is what they have to say.
        faults = [f for f in check.check(conn, names) if f.severity == "error"]
        row = conn.execute(_EXAMPLES, [names]).fetchone()
    examples = row[0] if row else 0
    if as_json:
        report.json_out({"examples": examples, "faults": [asdict(fault) for fault in faults]})
    else:
        for fault in faults:
            report.line(f"{fault.mapping}: {fault.message}")
            report.line(f"-> {fault.hint}")
        report.line(f"{examples} examples, {len(faults)} faults")
    if faults:
        raise typer.Exit(2)


def read(file: Path) -> str:
    """The text of a file, or of stdin."""
    from pysync.errors import UsageError

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{file} cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc


def show(changes: list[RowChange]) -> None:
    """Print each row with its sign; below a changed row the columns with their old and new values."""
    from pysync import report

    signs = {"add": "+", "remove": "-", "change": "~"}
    for change in changes:
        key = " ".join(report.shown(part) for part in change.key)
        report.line(f"{signs[change.action]} {change.table} {key}", style="bold")
        report.pairs([(name, _told(change.action, old, new)) for name, old, new in change.columns], indent=4)


def _told(action: str, old: str | None, new: str | None) -> str:
    from pysync import report

    if action != "change":
        return report.quoted(new if action == "add" else old)
    return f"{report.quoted(old)} → {report.quoted(new)}"
