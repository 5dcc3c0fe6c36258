"""When and by whom: every time and role that a pass writes down is one of its own."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest

from pysync import database, outbox
from pysync.database import Connection
from pysync.runner import Runner

SYSTEMS = b"""
create schema a;
create schema b;
create table a.t (id int primary key, v text, w text);
create table b.t (id int primary key, v text constraint t_v_check check (v <> 'bad'), w text);
insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only) values ('T', 'a.t', 'b.t', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
    values ('T', 1, 'id', 'id'), ('T', 2, 'v', 'v'), ('T', 3, 'w', 'w');
insert into sync.schedule (mapping_name, every) values ('T', '1 hour');
select sync.enable_capture();
"""
# What the log says after one pass that created, refused and found a conflict.
TIMES = """
select 'coupling.coupled_at', c.coupled_at from sync.coupling c
union all select 'coupling.last_synced_at', c.last_synced_at from sync.coupling c where c.left_key = '1'
union all select 'parked.parked_at', p.parked_at from sync.parked p
union all select 'conflict.detected_at', c.detected_at from sync.conflict c
union all select 'pass.started_at', p.started_at from sync.pass p
union all select 'pass.finished_at', p.finished_at from sync.pass p
union all select 'pass_error.occurred_at', e.occurred_at from sync.pass_error e
union all select 'mapping_status.last_pass_at', s.last_pass_at from sync.mapping_status s
"""


def now(db: Connection) -> datetime:
    row = db.execute("select clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def test_what_a_pass_writes_down_happened_while_it_ran(db: Connection) -> None:
    db.execute(SYSTEMS)
    db.execute("insert into a.t values (1, 'x', 'y')")
    begin = now(db)
    Runner(db).run()
    db.execute("update a.t set v = 'l', w = 'z' where id = 1; update b.t set v = 'r' where id = 1")
    db.execute("insert into a.t values (2, 'bad', 'y')")
    Runner(db).run()
    end = now(db)
    times = db.execute(TIMES.encode()).fetchall()
    assert len({name for name, _ in times}) == 8
    assert [(name, at) for name, at in times if at is None or not begin <= at <= end] == []
    assert db.execute(
        "select bool_and(started_by = session_user and finished_at >= started_at) from sync.pass"
    ).fetchone() == (True,)


def test_the_backlog_is_as_old_as_its_oldest_entry(db: Connection) -> None:
    db.execute(SYSTEMS)
    begin = now(db)
    db.execute("insert into a.t values (1, 'x', 'y')")
    between = now(db)
    db.execute("insert into a.t values (2, 'x', 'y')")
    ((oldest, entries),) = db.execute("select oldest_at, entries from sync.backlog").fetchall()
    assert begin <= oldest <= between
    assert entries == 2
    assert db.execute("select schedule, schedule_status from sync.mapping_status").fetchone() == (
        "every 01:00:00",
        "ready",
    )
    Runner(db).run()
    assert db.execute("select count(*) from sync.backlog").fetchone() == (0,)


def test_a_pass_knows_the_transactions_of_its_batches(db: Connection) -> None:
    """They find what the pass wrote again: the rows it created carry them."""
    db.execute(SYSTEMS)
    db.execute("insert into a.t values (1, 'x', 'y')")
    Runner(db).run()
    assert db.execute(
        "select b.xmin::text = any (select x::text from sync.pass_mapping p cross join unnest(p.xids) as x) from b.t b"
    ).fetchall() == [(True,)]


def test_the_log_makes_no_commit_asynchronous_but_its_own(db: Connection) -> None:
    """A match is one transaction, log and couples together: whoever is told of its end may rely on it."""
    db.execute("set synchronous_commit = on")
    with db.transaction():
        pass_id = outbox.start_pass(db, "match")
        outbox.finish_pass(db, pass_id, "done")
        assert db.execute("show synchronous_commit").fetchone() == ("on",)
    assert db.execute("show synchronous_commit").fetchone() == ("on",)


def test_an_interruption_is_not_hidden_by_a_connection_that_takes_no_more_statements(db: Connection, dsn: str) -> None:
    """A signal can leave the statement behind that it met: told twice, a watcher must end as told twice."""
    db.execute(SYSTEMS)
    db.execute("insert into a.t values (1, 'x', 'y')")
    with contextlib.closing(database.connect(dsn)) as conn:

        def interrupt() -> bool:
            conn.pgconn.send_query(b"select pg_sleep(0.1)")
            raise KeyboardInterrupt

        runner = Runner(conn)
        runner.session.should_stop = interrupt
        with pytest.raises(KeyboardInterrupt):
            runner.run()


def test_a_pass_lets_go_what_the_journal_has_kept_long_enough_once_an_hour(db: Connection) -> None:
    db.execute(SYSTEMS)
    kept = "select count(*) from sync_private.journal where pass_id < 0"
    aged = "update sync_private.journal set written_at = now() - interval '30 days' - $1::interval where pass_id = -2"
    db.execute(
        "insert into sync_private.journal (pass_id, mapping_name, direction, action, columns, record_keys, target_keys,"
        " captured_by) select -n, 'T', 'to_right', 'update', '{}', '{}', '{}', '{}' from generate_series(1, 2) n"
    )
    for key, age, left in ((1, "50 min", 2), (2, "70 min", 0)):
        db.execute(aged, [age])
        db.execute("update sync_private.journal set written_at = now() - interval '30 days 1 min' where pass_id = -1")
        db.execute("insert into a.t values ($1, 'x', 'y')", [key])
        Runner(db).run()
        assert db.execute(kept).fetchone() == (left,)


def test_a_mapping_that_cannot_run_stays_a_problem_until_a_pass_has_worked_on_it(db: Connection) -> None:
    """Passes over other mappings come and go, those of another watcher say."""
    db.execute(SYSTEMS)
    db.execute(
        b"create table a.u (id int primary key); create table b.u (id int primary key);"
        b" insert into sync.table_mapping (mapping_name, left_table, right_table) values ('U', 'a.u', 'b.u');"
        b" insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('U', 1, 'id', 'id');"
        b" select sync.enable_capture('U'); alter table b.t rename to gone; insert into a.t values (1, 'x', 'y')"
    )
    problem = "select mapping_name, next_command from sync.problem where kind = 'mapping'"
    Runner(db).run()
    told = db.execute(problem).fetchall()
    db.execute("insert into a.u values (1)")
    Runner(db).run(["U"])
    assert told == db.execute(problem).fetchall() == [("T", "pysync check T")]
    db.execute("alter table b.gone rename to t")
    assert told == db.execute(problem).fetchall()
    Runner(db).run()
    assert db.execute(problem).fetchall() == []
