"""Two systems that the tests of the promises keep in step, and eyes for what is in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from pysync import batch, database
from pysync.model import Statement
from pysync.outbox import Counts
from pysync.runner import Runner

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]

# Keys of new rows come from the other side's key, so that the same story gives the same rows every time.
SCENE = """
create schema erp;
create schema crm;
create table erp.owner (code text primary key, name text);
create table crm.person (id text primary key, name text);
create table erp.customer (
    no text primary key, name text, city text, phone text, credit integer, owner text,
    blocked boolean not null default false, own text);
create table crm.account (
    id text primary key, name text, town text, phone text, credit integer, owner text, own text,
    constraint account_credit_check check (credit < 1000));
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key, direction,
                                left_filter, coupled_only) values
    ('OWNER', 'erp.owner', 'crm.person', '''l'' || id', '''r'' || code', 'both', null, false),
    ('CUSTOMER', 'erp.customer', 'crm.account', '''l'' || id', '''r'' || no', 'both', 'not blocked', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference) values
    ('OWNER', 1, 'name', 'name', null),
    ('CUSTOMER', 1, 'name', 'name', null),
    ('CUSTOMER', 2, 'city', 'town', null),
    ('CUSTOMER', 3, 'phone', 'phone', null),
    ('CUSTOMER', 4, 'credit', 'credit', null),
    ('CUSTOMER', 5, 'owner', 'owner', 'OWNER');
"""
# Compiling is most of a small pass: like `watch`, a connection keeps its plans.
_RUNNERS: WeakKeyDictionary[Database, Runner] = WeakKeyDictionary()
KEPT = ("outbox", "parked", "conflict", "coupling", "pass", "pass_mapping", "pass_error")


def say(db: Database, query: str, *values: Any, **parts: str) -> psycopg.Cursor[TupleRow]:
    """Run a statement; `{name}` stands for a piece of SQL."""
    text = sql.SQL(query).format(**{name: sql.SQL(part) for name, part in parts.items()}) if parts else sql.SQL(query)
    return db.execute(text.as_bytes(), values)


def install(db: Database, *statements: str, customers: int = 0, **parts: str) -> None:
    """The scene, further statements before capture begins, and so many customers c1, c2, ... coupled and in step."""
    db.execute(SCENE.encode())
    for statement in statements:
        say(db, statement, **parts)
    db.execute("insert into erp.owner values ('o1', 'Ann')")
    db.execute("insert into crm.person values ('ro1', 'Ann')")
    names = "'c' || n, 'name ' || n, 'city ' || n, 'phone ' || n, n % 100"
    for table, key, owner in (("erp.customer", "", "o1"), ("crm.account", "r", "ro1")):
        town = "city" if table == "erp.customer" else "town"
        key_column = "no" if table == "erp.customer" else "id"
        say(
            db,
            "insert into {table} ({key_column}, name, {town}, phone, credit, owner)"
            " select $2 || {names}, $3 from generate_series(1, $1) n",
            *(customers, key, owner),
            **{"table": table, "key_column": key_column, "town": town, "names": names},
        )
    db.execute(
        "insert into sync.coupling (mapping_name, left_key, right_key) select 'OWNER', 'o1', 'ro1'"
        " union all select 'CUSTOMER', 'c' || n, 'rc' || n from generate_series(1, $1) n",
        [customers],
    )
    db.execute("select sync.enable_capture()")


def run(db: Database, *names: str) -> Counts:
    """A pass; gives the counters of all its mappings added up. A mapping that could not run is a failure."""
    result = _RUNNERS.setdefault(db, Runner(db)).run(names)
    assert result.faults == {}
    total = Counts()
    for counts in result.counts.values():
        total.add(counts)
    return total


def row(db: Database, query: str, *values: Any, **parts: str) -> tuple[Any, ...] | None:
    """The first row of a query."""
    return say(db, query, *values, **parts).fetchone()


def rows(db: Database, query: str, *values: Any, **parts: str) -> Rows:
    """All rows of a query."""
    return say(db, query, *values, **parts).fetchall()


def tables(db: Database, *schemas: str) -> list[sql.Identifier]:
    """The tables of some schemas, and all that sync writes in a pass."""
    found = rows(
        db, "select schemaname, tablename from pg_tables where schemaname = any ($1) order by 1, 2", list(schemas)
    )
    return [sql.Identifier(*names) for names in [*found, *(("sync", name) for name in KEPT)]]


def traces(db: Database, *schemas: str) -> list[Rows]:
    """Where each row version stands and who wrote or locked it: even a write that changes nothing shows."""
    query = sql.SQL("select ctid::text, xmin::text, xmax::text from {} order by ctid")
    return [db.execute(query.format(name)).fetchall() for name in tables(db, *schemas)]


def before_statement(name: str, act: Callable[[], object]) -> AbstractContextManager[None]:
    """Do something just before a pass first runs its statement `name`, as another session would."""
    return _at_statement(name, act, is_after=False)


def after_statement(name: str, act: Callable[[], object]) -> AbstractContextManager[None]:
    """Do something just after a pass has first run its statement `name`, as another session would."""
    return _at_statement(name, act, is_after=True)


@contextmanager
def _at_statement(name: str, act: Callable[[], object], *, is_after: bool) -> Iterator[None]:
    original = batch._Batch._execute
    done = False

    def execute(self: Any, statement: Statement) -> Any:
        nonlocal done
        is_due = statement.name == name and not done
        done = done or is_due
        if is_due and not is_after:
            act()
        cursor = original(self, statement)
        if is_due and is_after:
            act()
        return cursor

    batch._Batch._execute = execute  # type: ignore[method-assign]
    try:
        yield
        assert done, f"no pass came to its statement {name}"
    finally:
        batch._Batch._execute = original  # type: ignore[method-assign]


@contextmanager
def beside(step: str, dsn: str, *statements: str) -> Iterator[list[str]]:
    """Just before a pass first runs its statement `step` another session begins to run these: it may have to wait.

    Gives what the database refused.
    """
    refused: list[str] = []

    def work() -> None:
        with database.connect(dsn, application_name="beside") as own:
            try:
                for statement in statements:
                    say(own, statement)
            except psycopg.Error as exc:
                refused.append(str(exc.sqlstate))

    other = threading.Thread(target=work)
    waits = "select count(*) from pg_stat_activity where application_name = 'beside' and wait_event_type = 'Lock'"

    def begin() -> None:
        other.start()
        with database.connect(dsn) as eyes:
            while other.is_alive() and row(eyes, waits) == (0,):
                time.sleep(0.005)

    with before_statement(step, begin):
        yield refused
    other.join()
