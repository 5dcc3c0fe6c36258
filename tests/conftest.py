"""One throwaway PostgreSQL for each process of a run, migrated once; every test gets a fresh clone of that database."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from pytest_postgresql import factories

from pysync import database, migrate, plan, server
from pysync.plan import Plan
from pysync.route import Route

_BASE = pytest.StashKey[Path]()
_MEMORY = Path("/dev/shm")  # noqa: S108 - only looked at; what is made there has a name of its own
_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    # Each worker of a parallel run has a server of its own: roles belong to a server, and tests make and drop some.
    if os.environ.get("PYSYNC_TEST_DSN") or config.getoption("numprocesses", None):
        return
    base = Path(tempfile.mkdtemp(prefix="pysync-test-", dir=_fast_folder()))
    base.chmod(0o711)
    config.stash[_BASE] = base
    bindir = os.environ.get("PYSYNC_TEST_BINDIR")
    info = server.ensure(base, durable=False, bindir=Path(bindir) if bindir else None)
    os.environ["PYSYNC_TEST_DSN"] = make_conninfo(info.dsn, password=server.password(base))
    with psycopg.connect(info.dsn, autocommit=True) as connection:
        connection.execute("alter role pysync set plpgsql.extra_errors = 'all'")


def _fast_folder() -> Path | None:
    """Memory, where there is room: every test makes and drops a database of some four hundred files."""
    room = max(4, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) << 30
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= room else None


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


def pytest_collection_finish(session: pytest.Session) -> None:
    # Statement trees are thousands of small objects in cycles: looked through less often, and without what stays.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """A plan follows from its route alone: those that many tests have in common are compiled once a process."""
    compiled: dict[str, Plan] = {}
    compile_plan = plan.compile_plan

    def known(route: Route) -> Plan:
        key = repr(route)
        if key not in compiled:
            compiled[key] = compile_plan(route)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "compile_plan", known)
        yield


@pytest.fixture(scope="session")
def maintenance(pg_server: SimpleNamespace) -> Iterator[psycopg.Connection[TupleRow]]:
    """Where databases are made and dropped."""
    dsn = make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=pg_server.maintenance_dbname)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def used_databases(maintenance: psycopg.Connection[TupleRow]) -> Iterator[list[str]]:
    """Databases of tests that ended. Dropped with the next test: a session that is just ending holds up the server."""
    used: list[str] = []
    yield used
    while used:
        _drop(maintenance, used.pop())


def _copy(maintenance: psycopg.Connection[TupleRow], template: str, name: str) -> str:
    # Not by the log, block by block: file by file takes a fifth of the time.
    statement = sql.SQL("create database {} template {} strategy file_copy")
    maintenance.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return make_conninfo(os.environ["PYSYNC_TEST_DSN"], dbname=name)


def _drop(maintenance: psycopg.Connection[TupleRow], name: str) -> None:
    maintenance.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextlib.contextmanager
def copied_database(maintenance: psycopg.Connection[TupleRow], template: str, name: str) -> Iterator[str]:
    """The address of a copy of a database, dropped in the end."""
    _drop(maintenance, name)
    try:
        yield _copy(maintenance, template, name)
    finally:
        _drop(maintenance, name)


def fresh_database(template: str) -> Callable[..., Iterator[str]]:
    """A fixture: the address of a fresh copy of the template database that a session fixture of this name made."""

    @pytest.fixture
    def fresh(
        request: pytest.FixtureRequest, maintenance: psycopg.Connection[TupleRow], used_databases: list[str]
    ) -> Iterator[str]:
        given = request.getfixturevalue(template)
        name = f"{given.dbname}_{next(_numbers)}"
        address = _copy(maintenance, given.template_dbname, name)
        while used_databases:
            _drop(maintenance, used_databases.pop())
        yield address
        used_databases.append(name)

    return fresh


def template_database(name: str, fill: Callable[[database.Connection], object]) -> Callable[..., Iterator[Any]]:
    """A session fixture: a database with the schema installed and filled, once, for `fresh_database` to copy."""

    @pytest.fixture(scope="session")
    def template(migrated_template: Any, maintenance: psycopg.Connection[TupleRow]) -> Iterator[SimpleNamespace]:
        dbname = f"{migrated_template.dbname}_{name}"
        with copied_database(maintenance, migrated_template.template_dbname, dbname) as address:
            with database.connect(address, application_name="pysync test") as connection:
                fill(connection)
            yield SimpleNamespace(dbname=dbname, template_dbname=dbname)

    return template


def dsn_with(fixture: str) -> Callable[..., str]:
    """A fixture `dsn`: a database of `<fixture>_dsn` for the tests that use the fixture of this name, else as ever."""

    @pytest.fixture
    def dsn(request: pytest.FixtureRequest) -> str:
        return str(request.getfixturevalue(f"{fixture}_dsn" if fixture in request.fixturenames else "migrated_dsn"))

    return dsn


migrated_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_test", load=[_migrated])
migrated_dsn = fresh_database("migrated_template")
empty_template = factories.postgresql_noproc(depends_on="pg_server", dbname="pysync_empty", load=[])
empty_dsn = fresh_database("empty_template")


@pytest.fixture
def dsn(migrated_dsn: str) -> str:
    """A fresh database with the schema installed."""
    return migrated_dsn


@pytest.fixture
def db(dsn: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Our kind of connection (autocommit, `$1`, pinned settings) to a fresh database with the schema installed."""
    with database.connect(dsn, application_name="pysync test") as connection:
        yield connection
