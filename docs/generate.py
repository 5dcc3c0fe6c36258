"""Write the reference pages that come from the program itself; with `--check`, fail when one is stale."""

from __future__ import annotations

import importlib
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from pysync import cli, database, errors, migrate, pack, server

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
_FAIL = re.compile(
    r"sync_private\.fail\(\s*'(SY\w{3})',\s*(?:format\(\s*|concat_ws\(' ',\s*format\(\s*)?'((?:[^']|'')*)'"
)
_RAISE = re.compile(r"raise (\w+)\((?:(?!raise ).)*?sqlstate=\"(SY\w{3})\"", re.DOTALL)
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


MAPPINGS = """
    select m.mapping_name, coalesce(m.description, ''), m.left_table, m.right_table, m.direction, m.coupled_only,
           m.left_filter, m.right_filter, m.parent_mapping,
           array(select d.depends_on from sync.mapping_dependency d where d.mapping_name = m.mapping_name order by 1)
    from sync.table_mapping m
    where m.mapping_name = any ($1)
    order by 1
"""
FIELDS = """
    select f.field_no, f.left_column, f.right_column, f.direction, f.constant, f.to_right, f.to_left, f.reference,
           f.option_set, f.on_unresolved, f.when_null, f.write_on,
           concat_ws('; ', '→ only where `' || f.left_filter || '`', '← only where `' || f.right_filter || '`'),
           f.is_enabled, coalesce(f.description, '')
    from sync.field_mapping f
    where f.mapping_name = $1
    order by 1
"""
ARROWS = {"both": "↔", "to_right": "→", "to_left": "←"}


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
                packs = {f"pack-{p.name}.md": "\n".join(_pack(connection, p)) + "\n" for p in pack.available()}
        finally:
            server.remove(base)
    made = {"tables.md": tables, "functions.md": functions, **packs}
    return made | {"commands.md": "\n".join(_commands()) + "\n", "errors.md": "\n".join(_errors()) + "\n"}


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


def _pack(connection: database.Connection, found: pack.Pack) -> Iterator[str]:
    """Every mapping of a pack, field by field, as its rows say it."""
    names = pack.install(connection, found, with_data=False)
    yield from (f"# Mappings: {found.title}", "", f"Generated from the mapping rows of pack `{found.name}`.")
    for name, text, left, right, direction, coupled_only, *rest in connection.execute(
        MAPPINGS, [list(names)]
    ).fetchall():
        yield from ("", f"## {name}", "", text, "", f"`{left}` {ARROWS[direction]} `{right}`", "")
        yield from _conditions(coupled_only, *rest)
        yield from ("", f"| no | {left} | | {right} | |", "|---|---|---|---|---|")
        for row in connection.execute(FIELDS, [name]).fetchall():
            yield _field(*row)
    pack.remove(connection, found)


def _conditions(
    coupled_only: bool, left: str | None, right: str | None, parent: str | None, needs: list[str]
) -> Iterator[str]:
    yield "- Only coupled records travel." if coupled_only else "- What has no counterpart is created."
    for side, condition in (("left", left), ("right", right)):
        if condition:
            yield f"- From the {side}: `{_cell(condition)}`."
    if parent:
        yield f"- Travels with its {parent}."
    if needs:
        yield f"- After {', '.join(needs)}."


def _field(
    no: int, left: str | None, right: str | None, direction: str, constant: str | None, to_right: str | None,
    to_left: str | None, reference: str | None, options: str | None, unresolved: str, when_null: str, write_on: str,
    filters: str, is_enabled: bool, text: str,
) -> str:  # fmt: skip
    given = f"`'{_cell(constant)}'`" if constant is not None else ""
    notes = [_cell(text)] if text else []
    notes += [f"→ `{_cell(to_right)}`"] if to_right else []
    notes += [f"← `{_cell(to_left)}`"] if to_left else []
    notes += [f"through the couplings of {reference}"] if reference else []
    notes += [f"through option set {options}"] if options else []
    notes += [{"null": "blank when there is none", "keep": "left alone when there is none"}.get(unresolved, "")]
    notes += ["a blank does not travel"] if when_null == "keep" else []
    notes += [_cell(filters)] if filters else []
    notes += [{"insert": "only into new rows", "update": "only into existing rows"}.get(write_on, "")]
    notes += [] if is_enabled else ["switched off"]
    shown = [f"`{_cell(name)}`" if name else given for name in (left, right)]
    return f"| {no} | {shown[0]} | {ARROWS[direction]} | {shown[1]} | {'; '.join(filter(None, notes))} |"


def _commands() -> Iterator[str]:
    yield from (
        "# Commands",
        "",
        "Generated from `pysync --help`. Exit codes: 0 done, 1 there are problems to look at,",
    )
    yield from ("2 wrong usage or mapping fault, 3 no database.",)
    yield from _command(typer.main.get_command(cli.app), "pysync")


def _errors() -> Iterator[str]:
    yield from ("# Errors", "", "Generated from the program. A command ends with `error:`, `hint:` and an exit code;")
    yield from ("a function raises a SQLSTATE of class `SY`, whose hint names the next command.", "")
    yield from ("## Faults of a command", "", "| fault | exit code | meaning |", "|---|---|---|")
    kinds = {k.__name__: k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.PysyncError)}
    for name, kind in kinds.items():
        yield f"| `{name}` | {kind.exit_code} | {_cell(kind.__doc__ or '')} |"
    yield from ("", "## SQLSTATE", "", "| code | says | raised by |", "|---|---|---|")
    for code, says in sorted(raised().items()):
        texts = "<br>".join(_cell(text) for text in dict.fromkeys(text for text, _ in says))
        yield f"| `{code}` | {texts} | {', '.join(dict.fromkeys(f'`{where}`' for _, where in says))} |"


def raised() -> dict[str, list[tuple[str, str]]]:
    """Every SQLSTATE of ours with what is said and where."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((ROOT / "sql" / "functions").glob("*.sql")):
        for code, text in _FAIL.findall(path.read_text("utf-8")):
            said = re.sub(r"%(\d\$)?[sLI]", "…", text.replace("''", "'"))
            found.setdefault(code, []).append((said, path.stem))
    for path in sorted((ROOT / "pysync").rglob("*.py")):
        for kind, code in _RAISE.findall(path.read_text("utf-8")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            fault = getattr(importlib.import_module(module), kind)
            found.setdefault(code, []).append((fault.__doc__ or "", module))
    return found


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
