"""Everything a user can name exists, explains itself, stands in the reference, and is exercised by a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer.main
from psycopg.rows import TupleRow

from pysync import cli
from tests.house import surface

Connection = psycopg.Connection[TupleRow]

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
OBJECTS = """
select 'sync.' || c.relname, obj_description(c.oid, 'pg_class')
  from pg_class c where c.relnamespace = 'sync'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
union all
select 'sync.' || c.relname || '.' || a.attname, col_description(c.oid, a.attnum)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'sync'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
union all
select 'sync.' || p.proname || '()', obj_description(p.oid, 'pg_proc')
  from pg_proc p where p.pronamespace = 'sync'::regnamespace
"""


def promised() -> Iterator[str]:
    """Names of the surface in the database."""
    for table, columns in surface.TABLES.items():
        yield f"sync.{table}"
        yield from (f"sync.{table}.{column}" for column in columns.split())
    yield from (f"sync.{view}" for view in surface.VIEWS)
    yield from (f"sync.{function}()" for function in surface.FUNCTIONS)


def all_tests() -> str:
    """What tests say, less the list itself and what is written by a program."""
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tests").rglob("*.sql")]
    own = {"surface.py", "test_surface.py", "expected.sql"}
    return "\n".join(path.read_text("utf-8") for path in files if path.name not in own)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.fixture(scope="module")
def said() -> set[str]:
    return words(all_tests())


def test_what_is_promised_is_there_and_explains_itself(db: Connection) -> None:
    found: dict[str, str | None] = dict(db.execute(OBJECTS.encode()).fetchall())
    assert [name for name in promised() if name not in found and name not in surface.PENDING] == []
    assert [name for name, comment in found.items() if not comment] == []


def test_functions_take_what_they_took(db: Connection) -> None:
    taken: dict[str, int] = dict(
        db.execute("select proname, pronargs from pg_proc where pronamespace = 'sync'::regnamespace").fetchall()
    )
    assert {name: taken.get(name) for name in surface.FUNCTIONS} == surface.FUNCTIONS


def test_every_name_of_the_schema_is_in_the_reference(db: Connection) -> None:
    sections = {}
    for page in ("tables.md", "functions.md"):
        for section in (REFERENCE / page).read_text("utf-8").split("\n## ")[1:]:
            sections[section.split("\n", 1)[0].removesuffix(" (view)")] = section
    missing = []
    for name, _ in db.execute(OBJECTS.encode()):
        schema, relation, *column = name.removesuffix("()").split(".")
        section = sections.get(f"{schema}.{relation}", "")
        if not section or (column and f"\n| `{column[0]}` |" not in section):
            missing.append(name)
    assert missing == []


def test_every_name_of_the_schema_is_exercised_by_a_test(db: Connection, said: set[str]) -> None:
    names = [name for (name, _) in db.execute(OBJECTS.encode())]
    unsaid = [name for name in names if name.removesuffix("()").split(".")[-1] not in said]
    assert set(unsaid) <= surface.UNSAID, " ".join(set(unsaid) - surface.UNSAID)


def commands() -> dict[str, set[str]]:
    """Every command with its options."""
    found = {}

    def walk(command: object, path: str) -> None:
        inner: dict[str, object] = getattr(command, "commands", {})
        if not inner:
            found[path] = {text for p in getattr(command, "params", []) for text in (*p.opts, *p.secondary_opts)}
        for name, subcommand in inner.items():
            walk(subcommand, f"{path} {name}".strip())

    walk(typer.main.get_command(cli.app), "")
    return found


def test_commands_and_options_are_there() -> None:
    found = commands()
    missing = []
    for name, options in surface.COMMANDS.items():
        if f"pysync {name}" not in surface.PENDING:
            missing += [f"{name} {option}" for option in options.split() if option not in found.get(name, set())]
            missing += [] if name in found else [name]
    assert missing == []


def test_every_command_and_option_is_in_the_reference() -> None:
    page = (REFERENCE / "commands.md").read_text("utf-8")
    sections = {}
    for section in page.split("\n## ")[1:]:
        words_of = section.split("\n", 1)[0].strip("`").split()[1:]
        sections[" ".join(w for w in words_of if w.islower() and not w.startswith("["))] = section
    standard = {"--help", "-h", "--install-completion", "--show-completion"}
    missing = [
        f"{name} {option}"
        for name, options in commands().items()
        for option in {name, *(o for o in options if o.startswith("--"))} - standard
        if name not in sections or option not in sections[name].replace(f"pysync {name}", name)
    ]
    assert missing == []


def test_every_command_and_option_is_exercised_by_a_test() -> None:
    text = all_tests()
    missing = []
    for name, options in commands().items():
        typed = rf'"{name}"|pysync {name}\b|' + r'",\s*"'.join(["", *name.split()]) + '"'
        if not re.search(typed.replace('|",\\s*"', '|"', 1), text):
            missing.append(name)
        missing += [f"{name} {o}" for o in options if o.startswith("--") and o != "--help" and o not in text]
    assert missing == [], " ".join(missing)


def test_make_targets_are_there_and_named_by_a_test() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE))
    assert set(surface.MAKE.split()) <= targets
    assert set(surface.MAKE.split()) <= words((ROOT / "tests" / "house" / "test_bootstrap.py").read_text("utf-8"))


def test_every_exit_code_is_met_by_a_test() -> None:
    met = {int(code) for code in re.findall(r"(?:\.code|returncode)(?:, [^)]*\))? == \(?(\d)", all_tests())}
    assert met >= set(surface.EXIT_CODES)


def test_a_name_that_no_test_says_would_be_seen(said: set[str]) -> None:
    assert "a_column_that_no" + "_test_names" not in said
    assert {"left_modified_at", "wait_until_synced"} <= said
