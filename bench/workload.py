"""The server, its template databases, and the standard workload in them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from pysync import migrate, server

Connection = psycopg.Connection[TupleRow]

MAPPING = "CUSTOMER"
# What any server of this size is given; a checkpoint in the middle of a run would only be noise.
_SERVER = (
    b"alter system set shared_buffers = '512MB'",
    b"alter system set max_wal_size = '8GB'",
    b"alter system set checkpoint_timeout = '1h'",
)
_FOLDER = Path(__file__).parent


def sections(name: str) -> dict[str, str]:
    """The `-- @section` parts of one of our SQL files, by name."""
    parts = (_FOLDER / name).read_text("utf-8").split("-- @section ")[1:]
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1] for part in parts}


SQL = sections("workload.sql")


@dataclass(slots=True)
class Bed:
    """A running server and the template databases made on it so far."""

    dsn: str
    version: str
    templates: set[str] = field(default_factory=set)
    _made: int = 0

    def connect(self, database: str) -> Connection:
        """A plain client, as an application would be."""
        return psycopg.connect(make_conninfo(self.dsn, dbname=database), autocommit=True, application_name="bench")

    def template(self, name: str, fill: Callable[[Connection], None], parent: str | None = None) -> str:
        """The template database of that name; made and filled when first asked for."""
        if name not in self.templates:
            self._create(name, parent)
            with self.connect(name) as conn:
                fill(conn)
                conn.execute("vacuum (freeze, analyze)")
                conn.execute("checkpoint")
            self.templates.add(name)
        return name

    @contextlib.contextmanager
    def clone(self, template: str) -> Iterator[Connection]:
        """A connection to a fresh copy of a template; the copy is dropped afterwards."""
        self._made += 1
        name = f"run_{self._made}"
        self._create(name, template)
        try:
            with self.connect(name) as conn:
                yield conn
        finally:
            self._execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _create(self, name: str, template: str | None) -> None:
        self._execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
        )

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect("postgres") as conn:
            conn.execute(statement)


@contextlib.contextmanager
def bed(*, durable: bool) -> Iterator[Bed]:
    """A server of our own in a temporary folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pysync-bench-"))
    folder.chmod(0o711)
    try:
        info = server.ensure(folder / "server", durable=durable)
        with psycopg.connect(info.dsn, autocommit=True) as conn:
            for setting in _SERVER:
                conn.execute(setting)
        server.stop(folder / "server")
        info = server.ensure(folder / "server", durable=durable)
        yield Bed(info.dsn, info.version)
    finally:
        server.remove(folder / "server")
        shutil.rmtree(folder, ignore_errors=True)


def empty(bed: Bed) -> str:
    """Template: both tables, no rows; floor and engine installed, nothing captured."""
    return bed.template("bench_empty", _install)


def loaded(bed: Bed, rows: int) -> str:
    """Template: that many customers, no accounts."""
    return bed.template(f"bench_loaded_{rows}", lambda conn: add_customers(conn, 1, rows), empty(bed))


def coupled(bed: Bed, rows: int) -> str:
    """Template: that many customers, their accounts, coupled for the floor and for the engine alike."""

    def fill(conn: Connection) -> None:
        conn.execute(sections("floor.sql")["load"].encode())
        conn.execute(
            "insert into sync.coupling (mapping_name, left_key, right_key, last_synced_at)"
            " select %s, key, accountid, now() from floor.coupling",
            [MAPPING],
        )

    return bed.template(f"bench_coupled_{rows}", fill, loaded(bed, rows))


def _install(conn: Connection) -> None:
    migrate.upgrade(conn.info.dsn + _password(conn))
    for name in ("source", "target", "generator", "mapped", "mapping"):
        conn.execute(SQL[name].encode())
    conn.execute(sections("floor.sql")["schema"].encode())


def _password(conn: Connection) -> str:
    return f" password={conn.info.password}" if conn.info.password else ""


def add_customers(conn: Connection, first: int, last: int) -> None:
    """Insert customers of these numbers."""
    conn.execute("insert into erp.customer select * from bench.customer_rows(%s, %s)", [first, last])


def edit(conn: Connection, side: str, rows: int, *, transactions: int = 1, first: int = 1) -> None:
    """Change customers (left) or accounts (right) by number, spread over some transactions."""
    size = -(-rows // transactions)
    for start in range(first, first + rows, size):
        last = min(start + size, first + rows) - 1
        conn.execute(SQL[f"edit {side}"].encode(), {"first": f"C{start:07d}", "last": f"C{last:07d}"})


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
