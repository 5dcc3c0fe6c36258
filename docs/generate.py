"""Write the reference pages that come from the program itself; with `--check`, fail when one is stale."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from pysync import cli, database, migrate, server

REFERENCE = Path(__file__).parent / "reference"
RELATIONS = """
    select c.oid, c.relname, c.relkind in ('v', 'm'), coalesce(obj_description(c.oid, 'pg_class'), '')
    from pg_class c
    where c.relnamespace = 'sync'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    order by 3, 2
"""
COLUMNS = """
    select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(col_description(a.attrelid, a.attnum), '')
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
    order by a.attnum
"""
FUNCTIONS = """
    select p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
           coalesce(obj_description(p.oid, 'pg_proc'), '')
    from pg_proc p
    where p.pronamespace = 'sync'::regnamespace
    order by 1, 2
"""


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    with tempfile.TemporaryDirectory(prefix="pysync-docs-") as folder:
        Path(folder).chmod(0o711)
        base = Path(folder, "server")
        try:
            dsn = server.ensure(base, durable=False).dsn
            migrate.upgrade(dsn)
            with database.connect(dsn) as connection:
                tables = "\n".join(_tables(connection)) + "\n"
                functions = "\n".join(_functions(connection)) + "\n"
        finally:
            server.remove(base)
    return {"tables.md": tables, "functions.md": functions, "commands.md": "\n".join(_commands()) + "\n"}


def _tables(connection: database.Connection) -> Iterator[str]:
    yield from ("# Tables and views", "", "Generated from the comments in the catalog: `\\d+ sync.*` shows the same.")
    for oid, name, is_view, comment in connection.execute(RELATIONS).fetchall():
        yield from ("", f"## sync.{name}{' (view)' if is_view else ''}", "", comment, "")
        yield from ("| column | type | default | meaning |", "|---|---|---|---|")
        for column, kind, not_null, default, meaning in connection.execute(COLUMNS, [oid]).fetchall():
            required = " not null" if not_null and not is_view else ""
            shown = f"`{_cell(default)}`" if default else ""
            yield f"| `{column}` | {_cell(kind)}{required} | {shown} | {_cell(meaning)} |"


def _functions(connection: database.Connection) -> Iterator[str]:
    yield from ("# Functions", "", "Generated from the comments in the catalog: `\\df+ sync.*` shows the same.")
    for name, arguments, result, comment in connection.execute(FUNCTIONS.encode()).fetchall():
        yield from ("", f"## sync.{name}", "", f"`sync.{name}({arguments})` returns `{result}`", "", comment)


def _commands() -> Iterator[str]:
    yield from (
        "# Commands",
        "",
        "Generated from `pysync --help`. Exit codes: 0 done, 1 there are problems to look at,",
    )
    yield from ("2 wrong usage or mapping fault, 3 no database.",)
    yield from _command(typer.main.get_command(cli.app), "pysync")


def _command(command: object, path: str) -> Iterator[str]:
    subcommands: dict[str, object] = getattr(command, "commands", {})
    text = (getattr(command, "help", None) or "").strip()
    parameters = [p for p in getattr(command, "params", []) if not _is_standard(p)]
    arguments = "".join(f" {_metavar(p)}" for p in parameters if p.param_type_name == "argument")
    yield from ("", f"## `{path}{arguments}{' COMMAND' if subcommands else ''}`", "", text)
    if options := [p for p in parameters if p.param_type_name == "option"]:
        yield from ("", "| option | meaning |", "|---|---|")
        for option in options:
            yield f"| `{', '.join([*option.opts, *option.secondary_opts])}` | {_cell(option.help or '')} |"
    for name, subcommand in subcommands.items():
        yield from _command(subcommand, f"{path} {name}")


def _is_standard(parameter: object) -> bool:
    return getattr(parameter, "name", "") in ("help", "install_completion", "show_completion")


def _metavar(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required else f"[{name}]" + ("..." if argument.nargs == -1 else "")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main(check: bool) -> int:
    """Write the pages, or name those that differ."""
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text("utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, "utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)} in docs/reference; run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
