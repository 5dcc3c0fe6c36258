"""Promise 5: applications are never held up, and a pass waits for nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pysync import database, full, undo
from pysync.compiler import Compiler
from pysync.runner import Runner
from tests.promises.scene import Database, after_statement, install, row, rows, run

WITHOUT_A_WORD = {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
LIMIT = 0.05


class Observer(threading.Thread):
    """Notes whenever a session of the given name waits for what another one holds.

    Not for `extend`: two writers of a table take turns in adding a page to its file, whoever they are.
    """

    def __init__(self, dsn: str, name: str) -> None:
        super().__init__(name="observer")
        self.dsn, self.watched = dsn, name
        self.waits: list[object] = []
        self._stop_asked = threading.Event()

    def run(self) -> None:
        with database.connect(self.dsn, application_name="observer") as db:
            while not self._stop_asked.is_set():
                query = (
                    "select wait_event, query from pg_stat_activity"
                    " where application_name = $1 and wait_event <> 'extend' and cardinality(pg_blocking_pids(pid)) > 0"
                )
                self.waits += rows(db, query, self.watched)
                time.sleep(0.002)

    def __enter__(self) -> Observer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self.join()


def test_promise_5_applications_are_never_held_up_and_held_rows_are_come_back_for(
    db: Database, app: Database, dsn: str
) -> None:
    install(db, customers=20)
    db.execute("set statement_timeout = '20s'")
    app.execute("begin")
    app.execute("update crm.account set own = 'busy' where id in ('rc1', 'rc2', 'rc3')")
    db.execute("update erp.customer set city = 'Rome'")
    with Observer(dsn, "pysync test") as seen:
        counts = run(db)
    assert (counts.modified, rows(db, "select record_key from sync.outbox order by 1")) == (
        17,
        [("c1",), ("c2",), ("c3",)],
    )
    assert seen.waits == []
    app.execute("commit")
    assert run(db).modified == 3
    assert rows(db, "select distinct town, own from crm.account order by 2") == [("Rome", "busy"), ("Rome", None)]


def test_who_waits_until_all_is_synced_waits_for_a_row_that_was_held_and_put_back(
    db: Database, app: Database, dsn: str
) -> None:
    install(db, customers=2)
    app.execute("begin")
    app.execute("update crm.account set own = 'busy' where id = 'rc1'")
    db.execute("update erp.customer set city = 'Rome'")
    told: list[object] = []
    with database.connect(dsn, application_name="waiter") as waiter:
        waiting = threading.Thread(target=lambda: told.extend(rows(waiter, "select sync.wait_until_synced('1 s')")))
        waiting.start()
        asleep = "select count(*) from pg_stat_activity where application_name = 'waiter' and wait_event = 'PgSleep'"
        while row(db, asleep) == (0,):
            pass
        assert (run(db).modified, rows(db, "select record_key from sync.outbox")) == (1, [("c1",)])
        waiting.join()
    assert told == [(False,)]
    app.execute("commit")
    run(db)
    assert row(db, "select sync.wait_until_synced('0 s')") == (True,)


def test_promise_5_applications_are_never_held_up_by_a_key_they_are_just_inserting(db: Database, app: Database) -> None:
    """The only wait of a pass is inside a unique index, and it is short."""
    install(db, customers=1)
    db.execute("set statement_timeout = '20s'")
    db.execute("insert into erp.customer (no, name) values ('n', 'new'), ('m', 'newer')")
    app.execute("begin")
    app.execute("insert into crm.account (id, name) values ('rn', 'in the way')")
    run(db)
    assert rows(db, "select record_key, side from sync.outbox") == [("n", "left")]
    assert row(db, "select name from crm.account where id = 'rm'") == ("newer",)
    app.execute("rollback")
    run(db)
    assert row(db, "select name from crm.account where id = 'rn'") == ("new",)


def test_promise_5_applications_are_never_held_up_while_they_work_on_rows_they_hold(db: Database, dsn: str) -> None:
    """An application keeps working on rows it has locked while passes write all the others."""
    install(db, customers=300)
    stop = threading.Event()
    delays: list[float] = []

    def work() -> None:
        with database.connect(dsn, application_name="application") as own:
            while not stop.is_set():
                own.execute("begin")
                own.execute("select from crm.account where id <= 'rc15' for update skip locked")
                found = own.execute("select id from crm.account where id <= 'rc15' for update skip locked").fetchall()
                for (key,) in found[:20]:
                    started = time.monotonic()
                    own.execute("update crm.account set own = clock_timestamp()::text where id = $1", [key])
                    delays.append(time.monotonic() - started)
                own.execute("commit")

    worker = threading.Thread(target=work)
    with Observer(dsn, "application") as seen:
        worker.start()
        for n in range(8):
            db.execute("update erp.customer set city = $1", [f"city {n}"])
            run(db)
        stop.set()
        worker.join()
    run(db)
    assert seen.waits == []
    assert len(delays) > 50
    # The machine's own hiccups are not the pass's: what a lock would delay, it would delay again and again.
    assert sum(d > LIMIT for d in delays) <= len(delays) // 100, sorted(delays)[-5:]
    assert rows(db, "select distinct town from crm.account") == [("city 7",)]


def test_promise_5_applications_are_never_held_up_by_a_table_lock(db: Database, app: Database) -> None:
    """At the end of a batch, where all its locks are still held, they are no more than any application's own writes."""
    install(db, "update sync.table_mapping set on_left_delete = 'delete'", customers=3)
    held: set[tuple[str, str]] = set()

    def look() -> None:
        held.update(
            rows(
                app,
                "select c.relname, l.mode from pg_locks l join pg_class c on c.oid = l.relation"
                " where l.pid = $1 and c.relnamespace::regnamespace::text in ('erp', 'crm')",
                db.info.backend_pid,
            )
        )

    for change, step in (
        ("update erp.customer set city = 'Rome' where no = 'c1'", "touch"),
        ("insert into crm.account (id, name) values ('n', 'new')", "couple"),
        ("delete from erp.customer where no = 'c2'", "uncouple"),
    ):
        db.execute(change.encode())
        with after_statement(step, look):
            run(db)
    assert {("account", "RowExclusiveLock"), ("customer", "RowExclusiveLock")} <= held
    assert {mode for _, mode in held} <= WITHOUT_A_WORD


def _pass(db: Database, _: int) -> str:
    return "busy" if Runner(db).run().busy == {"CUSTOMER"} else ""


def _dry(db: Database, _: int) -> str:
    runner = Runner(db)
    runner.session.keep_open = True
    with db.transaction(force_rollback=True):
        return "busy" if runner.run().busy == {"CUSTOMER"} else ""


def _full(db: Database, _: int) -> str:
    compiler = Compiler(db)
    compiler.refresh()
    full.begin(db, full.review(db, compiler, ["CUSTOMER"]), restart=True)
    return str(full.Full(db, compiler).run(["CUSTOMER"]).result.faults["CUSTOMER"])


def _undo(db: Database, done: int) -> str:
    return str(undo.undo(db, Compiler(db), done).faults["CUSTOMER"])


@pytest.mark.parametrize(
    ("act", "told"),
    [(_pass, "busy"), (_dry, "busy"), (_full, "another pass"), (_undo, "somebody holds")],
    ids=["pass", "dry run", "full sync", "undo"],
)
def test_promise_5_applications_never_queue_up_behind_a_run_that_waits_for_their_table(
    db: Database, app: Database, monkeypatch: pytest.MonkeyPatch, act: Callable[[Database, int], str], told: str
) -> None:
    """After an edit of the mapping its triggers are made anew, for which a table must be free for a moment."""
    monkeypatch.setattr(full, "PATIENCE", 0.0)
    install(db, "update sync.table_mapping set direction = 'to_left' where mapping_name = 'CUSTOMER'", customers=2)
    db.execute("update crm.account set town = 'Rome'")
    done = Runner(db).run().pass_id
    # What an application writes on the left is to be noted from now on.
    db.execute("update sync.table_mapping set direction = 'both' where mapping_name = 'CUSTOMER'")
    db.execute("update crm.account set town = 'Oslo'")
    db.execute("set statement_timeout = '5s'")
    with app.transaction():
        app.execute("update erp.customer set own = 'busy' where no = 'c1'")
        assert told in act(db, done)
    run(db)
    assert rows(db, "select distinct city from erp.customer") == [("Oslo",)]


@pytest.mark.parametrize(
    ("held", "change", "is_busy"),
    [
        ("select sync.retry('CUSTOMER')", "update erp.customer set city = 'Rome' where no = 'c2'", False),
        ("select sync.skip('CUSTOMER', 'c1')", "update erp.customer set no = 'x' where no = 'c1'", True),
        ("select sync.approve('CUSTOMER')", "delete from erp.customer where no = 'c2'", True),
    ],
    ids=["parked record", "couple", "limit"],
)
def test_a_pass_waits_for_nobody_who_leaves_a_transaction_open_in_psql(
    db: Database, app: Database, held: str, change: str, is_busy: bool
) -> None:
    """What he holds is left for later, and at worst its mapping: never the pass."""
    install(
        db,
        "update sync.table_mapping set max_deletes = 1, on_left_delete = 'delete' where mapping_name = 'CUSTOMER'",
        customers=4,
    )
    db.execute("update erp.customer set credit = 5000 where no = 'c1'")
    run(db)
    if "approve" in held:
        db.execute("delete from erp.customer where no in ('c3', 'c4')")
        Runner(db).run()
    db.execute("update sync.parked set next_attempt_at = now()")
    db.execute("set statement_timeout = '5s'")
    with app.transaction():
        app.execute(held.encode())
        db.execute(change.encode())
        db.execute("update erp.owner set name = 'Bea'")
        result = Runner(db).run()
        assert (result.busy, result.faults) == ({"CUSTOMER"} if is_busy else set(), {})
        assert row(db, "select name from crm.person") == ("Bea",)
        assert is_busy or row(db, "select town from crm.account where id = 'rc2'") == ("Rome",)
    Runner(db).run()
    assert rows(db, "select record_key from sync.outbox") == []


def test_promise_5_applications_are_never_held_up_by_capture(db: Database) -> None:
    """A statement of a thousand rows costs one insert per stream that wants to know."""
    install(
        db,
        "create table crm.noted (rows bigint)",
        "create function crm.note() returns trigger language plpgsql security definer as"
        " $$ begin insert into crm.noted select count(*) from fresh; return null; end $$",
        "create trigger note after insert on sync.outbox referencing new table as fresh"
        " for each statement execute function crm.note()",
        customers=1000,
    )
    db.execute("update erp.customer set city = 'Rome'")
    assert rows(db, "select rows from crm.noted") == [(1000,)]
    db.execute("truncate crm.noted")
    db.execute("delete from erp.customer")
    assert rows(db, "select rows from crm.noted") == [(1000,)]


def test_promise_5_applications_are_never_held_up_by_new_triggers(db: Database, app: Database) -> None:
    """An edit of the mapping needs new triggers, and those the table: a pass leaves the mapping for later."""
    install(db, "update sync.table_mapping set direction = 'to_right' where mapping_name = 'CUSTOMER'", customers=2)
    app.execute("begin")
    app.execute("update crm.account set own = 'busy' where id = 'rc1'")
    db.execute("update erp.customer set city = 'Rome' where no = 'c2'")
    db.execute("update sync.table_mapping set direction = 'both' where mapping_name = 'CUSTOMER'")
    db.execute("set statement_timeout = '20s'")
    result = Runner(db).run()
    assert (result.busy, result.faults) == ({"CUSTOMER"}, {})
    app.execute("commit")
    run(db)
    assert rows(db, "select town from crm.account where id = 'rc2'") == [("Rome",)]
