"""Shipped packs in fresh databases, and passes over them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import match as matching
from pysync import pack
from pysync.compiler import Compiler
from pysync.match import Matched, Wanted
from pysync.runner import PassResult, Runner
from tests.conftest import fresh_database, template_database

Ask = Callable[..., list[tuple[Any, ...]]]
One = Callable[..., Any]
Sync = Callable[..., PassResult]
Problems = Callable[[], list[tuple[Any, ...]]]
Person = Callable[..., None]

OFFICE = "business_central_sales"

office_template = template_database(OFFICE, lambda db: pack.install(db, pack.find(OFFICE)))
# As `pysync pack install` leaves it.
office_dsn = fresh_database("office_template")
contacts_template = template_database("contacts", lambda db: pack.install(db, pack.find("contacts"), with_data=False))
# As `pysync pack install contacts --no-data` leaves it.
contacts_dsn = fresh_database("contacts_template")


@pytest.fixture
def install(db: psycopg.Connection[TupleRow]) -> Callable[..., None]:
    """Runs files of a pack, each in one transaction: `install("contacts", "schema", "mappings")`."""
    return functools.partial(install_parts, db)


def install_parts(db: psycopg.Connection[TupleRow], name: str, *parts: str) -> None:
    """Run the files of some parts of a pack, each in one transaction."""
    for part in parts:
        found = pack.find(name)
        # What is loaded by hand, such as the generators, is no part of an installation.
        for path in found.parts.get(part) or sorted(found.folder.glob(f"{part}*.sql")):
            with db.transaction():
                db.execute(path.read_bytes())


@pytest.fixture
def ask(db: psycopg.Connection[TupleRow]) -> Ask:
    """Rows of a query with `$1` parameters; of a statement without rows, none."""

    def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = db.execute(sql.encode(), list(values) or None)
        return cursor.fetchall() if cursor.description else []

    return rows


@pytest.fixture
def one(ask: Ask) -> One:
    """The only value a query gives, None for no row."""

    def value(sql: str, *values: object) -> Any:
        found = ask(sql, *values)
        assert len(found) <= 1, f"{len(found)} rows: {sql}"
        return found[0][0] if found else None

    return value


@pytest.fixture
def sync(db: psycopg.Connection[TupleRow]) -> Sync:
    """One pass over all mappings, or over the named ones."""
    runner = Runner(db)

    def run(*names: str) -> PassResult:
        result = runner.run(names)
        assert result.faults == {}
        return result

    return run


@pytest.fixture
def pass_and_rest(sync: Sync, ask: Ask) -> Sync:
    """A pass that leaves nothing for a second one."""

    def run(*names: str) -> PassResult:
        result = sync(*names)
        assert ask("select mapping_name, side, record_key from sync.outbox") == []
        assert sync(*names).counts == {}
        return result

    return run


@pytest.fixture
def problems(ask: Ask) -> Problems:
    """What stands aside, and the words a DBA reads about it."""

    def rows() -> list[tuple[Any, ...]]:
        return ask("select mapping_name, record_key, message from sync.problem order by 1, 2, 3")

    return rows


@pytest.fixture
def in_sales(db: psycopg.Connection[TupleRow]) -> Person:
    """Statements of a person who works in Sales: `in_sales("update crm.product ...", value)`."""

    def run(statement: str, *values: object) -> None:
        with db.transaction():
            db.execute(b"select set_config('crm.user', '5a100000-0000-4000-8000-000000000002', true)")
            db.execute(statement.encode(), list(values) or None)

    return run


@pytest.fixture
def match(db: psycopg.Connection[TupleRow]) -> Callable[[str], Matched]:
    """Couples what belongs together by value in one mapping."""

    def run(name: str) -> Matched:
        compiler = Compiler(db)
        compiler.refresh()
        return matching.run(db, compiler, name, Wanted())

    return run
