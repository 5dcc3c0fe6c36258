"""Northwind, a sample company that pysync does not ship, beside a customer desk of another shape."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from pysync import database, migrate
from pysync.runner import PassResult, Runner

HERE = Path(__file__).parent
LOADED = sql.Identifier("pysync_northwind")
CLONE = sql.Identifier("pysync_northwind_test")
Database = psycopg.Connection[TupleRow]


@pytest.fixture(scope="session")
def northwind() -> bytes:
    """The dump; the tests are left out without it."""
    given = os.environ.get("PYSYNC_NORTHWIND")
    if not given:
        pytest.skip("Northwind is not shipped: set PYSYNC_NORTHWIND to northwind.sql of pthom/northwind_psql")
    return Path(given).read_bytes()


@pytest.fixture(scope="session")
def maintenance(pg_server: object) -> Iterator[Database]:
    """Where databases are made and dropped."""
    with psycopg.connect(os.environ["PYSYNC_TEST_DSN"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def loaded(northwind: bytes, maintenance: Database) -> Iterator[PassResult]:
    """The first load, done once: Northwind full, the desk filled by one pass. Gives what the pass did."""
    _drop(maintenance, LOADED)
    maintenance.execute(sql.SQL("create database {}").format(LOADED))
    dsn = make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname="pysync_northwind")
    migrate.upgrade(dsn)
    with psycopg.connect(dsn, autocommit=True) as loader:
        loader.execute("create schema northwind; set search_path = northwind")
        loader.execute(northwind)
    with database.connect(dsn, application_name="pysync test") as connection:
        for name in ("schema.sql", "mappings.sql"):
            connection.execute((HERE / name).read_bytes())
        connection.execute("select sync.enable_capture()")
        connection.execute("select sync.request_full_sync()")
        result = Runner(connection).run()
    yield result
    _drop(maintenance, LOADED)


@pytest.fixture
def dsn(loaded: PassResult, maintenance: Database) -> Iterator[str]:
    """A fresh copy of the database after the first load."""
    _drop(maintenance, CLONE)
    maintenance.execute(sql.SQL("create database {} template {}").format(CLONE, LOADED))
    yield make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname="pysync_northwind_test")
    _drop(maintenance, CLONE)


def _drop(connection: Database, name: sql.Identifier) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))


@pytest.fixture
def run(db: Database) -> Callable[[], PassResult]:
    """One pass, in which no mapping may fail."""

    def once() -> PassResult:
        result = Runner(db).run()
        assert result.faults == {}
        return result

    return once


@pytest.fixture
def ask(db: Database) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query with `$1` parameters; of a statement without rows, none."""

    def rows(query: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = db.execute(query.encode(), list(values) or None)
        return cursor.fetchall() if cursor.description else []

    return rows
