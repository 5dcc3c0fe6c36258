"""Northwind, a sample company that pysync does not ship, beside a customer desk of another shape."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database
from pysync.runner import PassResult, Runner
from tests.conftest import copied_database

HERE = Path(__file__).parent
LOADED = "pysync_northwind"
Database = psycopg.Connection[TupleRow]


@pytest.fixture(scope="session")
def northwind() -> bytes:
    """The dump; the tests are left out without it."""
    given = os.environ.get("PYSYNC_NORTHWIND")
    if not given:
        pytest.skip("Northwind is not shipped: set PYSYNC_NORTHWIND to northwind.sql of pthom/northwind_psql")
    return Path(given).read_bytes()


@pytest.fixture(scope="session")
def loaded(northwind: bytes, migrated_template: Any, maintenance: Database) -> Iterator[PassResult]:
    """The first load, done once: Northwind full, the desk filled by one pass. Gives what the pass did."""
    with copied_database(maintenance, migrated_template.template_dbname, LOADED) as dsn:
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


@pytest.fixture
def dsn(loaded: PassResult, maintenance: Database) -> Iterator[str]:
    """A fresh copy of the database after the first load."""
    with copied_database(maintenance, LOADED, f"{LOADED}_test") as address:
        yield address


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
