"""The Business Central and Sales pack, installed once; each test module works on a copy of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from pysync import database, migrate, pack
from pysync.runner import Runner
from tests.packs.documents.office import Office

PACKED = "pysync_documents"


@pytest.fixture(scope="session")
def maintenance(pg_server: object) -> Iterator[psycopg.Connection[TupleRow]]:
    """Where databases are made and dropped."""
    with psycopg.connect(os.environ["PYSYNC_TEST_DSN"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def packed(maintenance: psycopg.Connection[TupleRow]) -> Iterator[str]:
    """Name of a database with the pack and its sample data, captured."""
    _drop(maintenance, PACKED)
    maintenance.execute(sql.SQL("create database {}").format(sql.Identifier(PACKED)))
    dsn = make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=PACKED)
    migrate.upgrade(dsn)
    with database.connect(dsn, application_name="pysync test") as connection:
        pack.install(connection, pack.find("business_central_sales"))
    yield PACKED
    _drop(maintenance, PACKED)


@pytest.fixture(scope="module")
def office_dsn(packed: str, maintenance: psycopg.Connection[TupleRow], request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of a test module; its tests share it."""
    name = f"{packed}_{request.module.__name__.rpartition('.')[2]}"
    _drop(maintenance, name)
    maintenance.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(packed)))
    yield make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=name)
    _drop(maintenance, name)


@pytest.fixture(scope="module")
def office(office_dsn: str) -> Iterator[Office]:
    """The office of a test module."""
    with database.connect(office_dsn, application_name="pysync test") as connection:
        yield Office(connection, Runner(connection))


def _drop(connection: psycopg.Connection[TupleRow], name: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
