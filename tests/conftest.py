"""One throwaway PostgreSQL for each process of a run, migrated once; every test gets a fresh clone of that database."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from pytest_postgresql import factories
from pytest_postgresql.janitor import DatabaseJanitor

from pysync import database, migrate, server

_BASE = pytest.StashKey[Path]()
_numbers = itertools.count(1)


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


@pytest.fixture(scope="session")
def used_databases() -> Iterator[list[DatabaseJanitor]]:
    """Databases of tests that ended. Dropped with the next test: a session that is just ending holds up the server."""
    used: list[DatabaseJanitor] = []
    yield used
    _drop(used)


def fresh_database(template: str) -> Callable[..., Iterator[str]]:
    """A fixture: the address of a fresh copy of the template database that a session fixture of this name made."""

    @pytest.fixture
    def fresh(request: pytest.FixtureRequest, used_databases: list[DatabaseJanitor]) -> Iterator[str]:
        given = request.getfixturevalue(template)
        janitor = DatabaseJanitor(
            user=given.user,
            host=given.host,
            port=given.port,
            dbname=f"{given.dbname}_{next(_numbers)}",
            template_dbname=given.template_dbname,
            maintenance_dbname=given.maintenance_dbname,
            password=given.password,
        )
        janitor.init()
        _drop(used_databases)
        yield make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=janitor.dbname)
        used_databases.append(janitor)

    return fresh


def _drop(used: list[DatabaseJanitor]) -> None:
    while used:
        used.pop().drop()


migrated_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_test", load=[_migrated])
dsn = fresh_database("migrated_template")
empty_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_empty", load=[])
empty_dsn = fresh_database("empty_template")


@pytest.fixture
def db(dsn: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Our kind of connection (autocommit, `$1`, pinned settings) to a fresh database with the schema installed."""
    with database.connect(dsn, application_name="pysync test") as connection:
        yield connection
