"""Shipped packs in fresh databases, and passes over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from pytest_postgresql import factories

from pysync import database, migrate, pack
from pysync import match as matching
from pysync.compiler import Compiler
from pysync.match import Matched, Wanted
from pysync.runner import PassResult, Runner
from tests.conftest import fresh_database

Ask = Callable[..., list[tuple[Any, ...]]]
One = Callable[..., Any]
Sync = Callable[..., PassResult]
Problems = Callable[[], list[tuple[Any, ...]]]
Person = Callable[..., None]

OFFICE = "business_central_sales"


def _office(*, host: str, port: int, user: str, dbname: str, password: str | None, **_: Any) -> None:
    dsn = make_conninfo(host=host, port=port, user=user, dbname=dbname, password=password)
    migrate.upgrade(dsn)
    with database.connect(dsn, application_name="pysync test") as connection:
        pack.install(connection, pack.find(OFFICE))


office_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_office", load=[_office])
# As `pysync pack install` leaves it.
office_dsn = fresh_database("office_template")


def _contacts(*, host: str, port: int, user: str, dbname: str, password: str | None, **_: Any) -> None:
    dsn = make_conninfo(host=host, port=port, user=user, dbname=dbname, password=password)
    migrate.upgrade(dsn)
    with database.connect(dsn, application_name="pysync test") as connection:
        pack.install(connection, pack.find("contacts"), with_data=False)


contacts_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_contacts", load=[_contacts])
# As `pysync pack install contacts --no-data` leaves it.
contacts_dsn = fresh_database("contacts_template")


@pytest.fixture
def install(db: psycopg.Connection[TupleRow]) -> Callable[..., None]:
    """Runs files of a pack, each in one transaction: `install("contacts", "schema", "mappings")`."""

    def run(name: str, *parts: str) -> None:
        for part in parts:
            for path in pack.find(name).parts[part]:
                with db.transaction():
                    db.execute(path.read_bytes())

    return run


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
