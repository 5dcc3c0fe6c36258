"""One throwaway PostgreSQL for each process of a run, migrated once; every test gets a fresh clone of that database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from pytest_postgresql import factories

from pysync import database, migrate, server

_BASE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    # Each worker of a parallel run has a server of its own: roles belong to a server, and tests make and drop some.
    if os.environ.get("PYSYNC_TEST_DSN") or config.getoption("numprocesses", None):
        return
    base = Path(tempfile.mkdtemp(prefix="pysync-test-"))
    base.chmod(0o711)
    config.stash[_BASE] = base
    bindir = os.environ.get("PYSYNC_TEST_BINDIR")
    info = server.ensure(base, durable=False, bindir=Path(bindir) if bindir else None)
    os.environ["PYSYNC_TEST_DSN"] = make_conninfo(info.dsn, password=server.password(base))
    with psycopg.connect(info.dsn, autocommit=True) as connection:
        connection.execute("alter role pysync set plpgsql.extra_errors = 'all'")


def pytest_unconfigure(config: pytest.Config) -> None:
    if base := config.stash.get(_BASE, None):
        os.environ.pop("PYSYNC_TEST_DSN", None)
        server.remove(base)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Before marks are selected: whatever touches a database must also hold on the oldest PostgreSQL.
    for item in items:
        if {"dsn", "empty_dsn"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.core)


@pytest.hookimpl(trylast=True)
def pytest_report_header(config: pytest.Config) -> str | None:
    if "PYSYNC_TEST_DSN" not in os.environ:
        return None
    with psycopg.connect(os.environ["PYSYNC_TEST_DSN"]) as connection:
        return f"postgresql: {connection.info.parameter_status('server_version')}"


def _migrated(*, host: str, port: int, user: str, dbname: str, password: str | None, **_: Any) -> None:
    migrate.upgrade(make_conninfo(host=host, port=port, user=user, dbname=dbname, password=password))


@pytest.fixture(scope="session")
def pg_server() -> SimpleNamespace:
    """The running server, in the shape pytest-postgresql asks for."""
    given = database.parse(os.environ["PYSYNC_TEST_DSN"])
    return SimpleNamespace(
        host=given["host"],
        port=int(given["port"]),
        user=given["user"],
        password=given.get("password"),
        options="",
        maintenance_dbname="postgres",
        template_dbname=None,
    )


migrated_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_test", load=[_migrated])
_migrated_clone = factories.postgresql("migrated_template")
empty_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_empty", load=[])
_empty_clone = factories.postgresql("empty_template")


@pytest.fixture
def dsn(_migrated_clone: psycopg.Connection[TupleRow]) -> str:
    """A fresh database with the schema installed."""
    return _dsn(_migrated_clone)


@pytest.fixture
def empty_dsn(_empty_clone: psycopg.Connection[TupleRow]) -> str:
    """A fresh database with nothing in it."""
    return _dsn(_empty_clone)


@pytest.fixture
def db(dsn: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Our kind of connection (autocommit, `$1`, pinned settings) to a fresh database with the schema installed."""
    with database.connect(dsn, application_name="pysync test") as connection:
        yield connection


def _dsn(clone: psycopg.Connection[TupleRow]) -> str:
    name = clone.info.dbname
    clone.close()
    return make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=name)
