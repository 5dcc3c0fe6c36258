"""Promise 2: it takes effect once. A kill -9 of the runner or of PostgreSQL leaves all of a batch or nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from pysync import database, migrate, server
from pysync.errors import DatabaseUnavailable
from pysync.runner import Runner
from tests.promises.scene import Database, Rows, install, row, rows, run
from tests.promises.victim import Victims, runner_with, watch

BATCH = (
    "update sync.table_mapping set on_left_delete = 'delete', update_conflict = 'left_wins'",
    # On a slow machine a parked record would come due in the midst of the story.
    (
        "create function crm.later() returns trigger language plpgsql as"
        " $$ begin new.next_attempt_at := 'infinity'; return new; end $$"
    ),
    "create trigger later before insert on sync.parked for each row execute function crm.later()",
)
# A batch of everything: a new row, an update, a deletion, a conflict, a refusal, a wait, and a change the other way.
STORY = (
    "insert into erp.customer (no, name) values ('n1', 'new'), ('n2', 'newer')",
    "update erp.customer set city = 'Rome' where no = 'c1'",
    "delete from erp.customer where no = 'c2'",
    "update erp.customer set name = 'ours' where no = 'c3'",
    "update crm.account set name = 'theirs' where id = 'rc3'",
    # Its key comes first, so that after it the batch is whole again.
    "update erp.customer set credit = 5000 where no = 'a1'",
    "update erp.customer set owner = 'nobody' where no = 'c5'",
    "update erp.customer set no = 'moved' where no = 'c6'",
    "update crm.account set phone = '77' where id = 'rc7'",
)
STATE = (
    "select * from erp.owner order by 1",
    "select * from crm.person order by 1",
    "select * from erp.customer order by 1",
    "select * from crm.account order by 1",
    "select mapping_name, left_key, right_key, last_synced_at is null from sync.coupling order by 1, 2",
    "select mapping_name, side, record_key, operation, before from sync.outbox order by 1, 2, 3, entry_id",
    "select mapping_name, side, record_key, operation, before, reason, message from sync.parked order by 1, 2, 3",
    "select mapping_name, left_key, left_value, right_value, resolution from sync.conflict order by 1, 2, field_no",
    "select record_key, sqlstate, message from sync.pass_error order by 1, error_id",
    "select direction, sum(inserted), sum(modified), sum(deleted) from sync.pass_mapping group by 1 order by 1",
)
State = list[Rows]
# What belongs together, true and false at the same time.
TOGETHER = (
    (
        "select exists (select from crm.account where id = 'rn1'),"
        " exists (select from sync.coupling where left_key = 'n1'),"
        " not exists (select from sync.outbox where record_key = 'n1'),"
        " coalesce((select sum(inserted) > 0 from sync.pass_mapping), false)"
    ),
    (
        "select (select town = 'Rome' from crm.account where id = 'rc1'),"
        " not exists (select from sync.outbox where record_key = 'c1'),"
        " (select last_synced_at is not null from sync.coupling where left_key = 'c1')"
    ),
    (
        "select not exists (select from crm.account where id = 'rc2'),"
        " not exists (select from sync.coupling where left_key = 'c2'),"
        " not exists (select from sync.outbox where record_key = 'c2'),"
        " coalesce((select sum(deleted) > 0 from sync.pass_mapping), false)"
    ),
    (
        "select (select name = 'ours' from crm.account where id = 'rc3'),"
        " not exists (select from sync.outbox where record_key = 'c3'),"
        " exists (select from sync.conflict where left_key = 'c3')"
    ),
    (
        "select exists (select from sync.parked where record_key = 'a1'),"
        " not exists (select from sync.outbox where record_key = 'a1'),"
        " exists (select from sync.pass_error where record_key = 'a1')"
    ),
    (
        "select exists (select from sync.parked where record_key = 'c5'),"
        " not exists (select from sync.outbox where record_key = 'c5')"
    ),
)


def state(db: Database) -> State:
    """All that a batch may change, in one snapshot, without numbers and times that differ from run to run."""
    with db.transaction():
        db.execute("set transaction isolation level repeatable read")
        for query in TOGETHER:
            assert len(set(row(db, query) or ())) == 1, f"half a batch: {query} is {row(db, query)}"
        return [rows(db, query) for query in STATE]


def tell(db: Database) -> None:
    """Install the scene, and all that happens in it before the pass."""
    install(db, *BATCH, customers=7)
    db.execute("update erp.customer set no = 'a1' where no = 'c4'")
    run(db)
    for statement in STORY:
        db.execute(statement.encode())


@contextlib.contextmanager
def copy_of(dsn: str) -> Iterator[str]:
    """A database like this one, for one use."""
    name = database.parse(dsn)["dbname"]
    source, copy = sql.Identifier(name), sql.Identifier(f"{name}_copy")
    with database.connect(make_conninfo(dsn, dbname="postgres")) as admin:
        admin.execute(sql.SQL("create database {} template {} strategy file_copy").format(copy, source).as_bytes())
        try:
            yield make_conninfo(dsn, dbname=f"{name}_copy")
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(copy).as_bytes())


def stations(dsn: str) -> tuple[list[State], int]:
    """The states that a whole pass comes through, one per transaction, and how many steps it takes."""
    found: list[State] = []
    steps = 0

    def note(count: int) -> None:
        nonlocal steps
        steps = count
        now = state(witness)
        if not found or now != found[-1]:
            found.append(now)

    with database.connect(dsn) as witness, database.connect(dsn) as connection:
        watch(connection, note)
        Runner(connection).run()
        note(steps)
    return found, steps


def left_behind(db: Database) -> State:
    """What a killed pass left, once its session has gone too."""
    while row(db, "select 1 from pg_stat_activity where application_name = 'victim'"):
        time.sleep(0.005)
    return state(db)


def test_promise_2_it_takes_effect_once_whenever_the_runner_is_killed(dsn: str) -> None:
    """Kill pass after pass, each a step later than the one before, until they have done it all between them."""
    with database.connect(dsn) as db:
        tell(db)
    with copy_of(dsn) as copy:
        expected, steps = stations(copy)
    assert len(expected) > 4
    seen = [0]
    kills = step = 0
    with database.connect(dsn) as db, Victims(dsn) as victims:
        while victims.run(step := step + 1):
            kills += 1
            now = left_behind(db)
            assert now in expected, f"half a batch after a kill at step {step}"
            if expected.index(now) != seen[-1]:
                seen.append(expected.index(now))
                step = 0
        assert left_behind(db) == expected[-1]
        assert run(db).batches == 0
    assert seen == sorted(seen)
    assert kills >= steps - 10


def kill_server(info: server.ServerInfo, admin: Database, at: int, step: int) -> None:
    """Kill -9 the postmaster and all its children, if this is the step to do it at."""
    if step != at:
        return
    children = [pid for (pid,) in rows(admin, "select pid from pg_stat_activity")]
    for pid in (info.pid, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.soak), 12])
def test_promise_2_it_takes_effect_once_whenever_postgresql_is_killed(base: Path, stride: int) -> None:
    given = os.environ.get("PYSYNC_TEST_BINDIR")
    bindir = Path(given) if given else None
    info = server.ensure(base, durable=True, bindir=bindir)
    migrate.upgrade(info.dsn)
    with database.connect(info.dsn) as db:
        tell(db)
    with copy_of(info.dsn) as copy:
        expected, steps = stations(copy)
    seen = [0]
    kills = step = 0
    compiler = None
    while True:
        step += stride
        with database.connect(info.dsn) as admin, database.connect(info.dsn) as connection:
            watch(connection, partial(kill_server, info, admin, step))
            runner = runner_with(compiler, connection)
            compiler = runner.compiler
            try:
                runner.run()
                break
            except DatabaseUnavailable:
                kills += 1
        info = server.ensure(base, durable=True, bindir=bindir)
        with database.connect(info.dsn) as db:
            now = state(db)
        assert now in expected, f"half a batch after a kill at step {step}"
        if expected.index(now) != seen[-1]:
            seen.append(expected.index(now))
            step = 0
    with database.connect(info.dsn) as db:
        assert state(db) == expected[-1]
    assert seen == sorted(seen)
    assert kills >= steps // stride - 3


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder for a server that keeps what it commits."""
    with tempfile.TemporaryDirectory(prefix="pysync-kill-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder, "home")
        yield path
        server.remove(path)
