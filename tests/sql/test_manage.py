"""The functions a DBA calls, the errors they raise, and the views people read."""

# ruff: noqa: S608
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database, migrate

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]
Entries = Callable[..., Rows]
Make = Callable[..., None]

pytestmark = pytest.mark.core


def refused(db: Database, statement: str, *values: object) -> tuple[str | None, str, str]:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(statement.encode(), values)
    diag = caught.value.diag
    assert diag.message_hint, "every error names the next command"
    return diag.sqlstate, diag.message_primary or "", diag.message_hint


def waiting(db: Database) -> Rows:
    return db.execute("select side, record_key, operation from sync.outbox order by 1, 2, entry_id").fetchall()


@pytest.fixture
def coupled(db: Database, mapped: None, entries: Entries) -> None:
    """Record 1 near and record 9 far, coupled, nothing waiting."""
    db.execute("insert into app.near values (1, 'a')")
    db.execute("insert into app.far values (9, 'a')")
    left, right = db.execute(
        "select case when left_table = 'app.near' then '{1,9}'::text[] else '{9,1}' end from sync.table_mapping"
    ).fetchone()[0]  # type: ignore[index]
    db.execute("select sync.couple('M', $1, $2)", [left, right])
    db.execute("delete from sync.outbox")


def keys(side: str) -> tuple[str, str]:
    return ("1", "9") if side == "left" else ("9", "1")


@pytest.mark.usefixtures("mapped")
def test_couple_ties_two_records_and_asks_for_both(db: Database, side: str) -> None:
    db.execute("insert into app.near values (1, 'a'); insert into app.far values (9, 'b'); delete from sync.outbox")
    left, right = (" 1", "09") if side == "left" else ("09", " 1")
    db.execute("select sync.couple('M', $1, $2)", [left, right])
    assert db.execute("select left_key, right_key, coupled_by from sync.coupling").fetchall() == [
        (*keys(side), db.info.user)
    ]
    assert waiting(db) == [("left", keys(side)[0], "couple"), ("right", keys(side)[1], "couple")]


@pytest.mark.usefixtures("mapped")
def test_couple_asks_only_sides_that_may_be_a_source(db: Database, side: str) -> None:
    db.execute("update sync.table_mapping set direction = 'to_right'")
    db.execute("insert into app.near values (1); insert into app.far values (9); delete from sync.outbox")
    db.execute("select sync.couple('M', $1, $2)", keys(side))
    assert waiting(db) == [("left", keys(side)[0], "couple")]


@pytest.mark.usefixtures("coupled")
def test_couple_refuses_what_is_coupled_or_not_there(db: Database, side: str) -> None:
    db.execute("insert into app.near values (2); insert into app.far values (8)")
    code, message, hint = refused(db, "select sync.couple('M', $1, $2)", *keys(side))
    assert (code, hint) == ("SY003", f"To end it: select sync.uncouple('M', '{keys(side)[0]}', '{keys(side)[1]}')")
    other = ("2", "9") if side == "left" else ("9", "2")
    assert refused(db, "select sync.couple('M', $1, $2)", *other)[0] == "SY003"
    for gone in ("77", "no number", "99999999999999", ""):
        bad = (gone, "8") if side == "left" else ("8", gone)
        code, message, _ = refused(db, "select sync.couple('M', $1, $2)", *bad)
        assert code == "SY006"
        assert f'has no record "{gone}" on the {side}' in message


def test_couple_of_composite_keys(db: Database, make_mapping: Make, side: str) -> None:
    db.execute("create schema app; create table app.near (a text, b char(4), primary key (a, b))")
    db.execute("create table app.far (id int primary key)")
    make_mapping(fields=(), is_captured=False)
    db.execute("insert into app.near values ('x\"y', 'b'); insert into app.far values (9)")
    near = '["x\\"y", "b"]'
    given = ('["x\\"y",   "b"]', "9") if side == "left" else ("9", '["x\\"y",   "b"]')
    db.execute("select sync.couple('M', $1, $2)", given)
    found = db.execute("select left_key, right_key from sync.coupling").fetchall()
    assert found == [(near, "9") if side == "left" else ("9", near)]
    bad = ("plain", "9") if side == "left" else ("9", "plain")
    assert refused(db, "select sync.couple('M', $1, $2)", *bad)[0] == "SY006"


@pytest.mark.parametrize(
    "call",
    [
        "sync.couple('?', '1', '1')",
        "sync.uncouple('?')",
        "sync.request_sync('?', 'left', '1')",
        "sync.retry('?')",
        "sync.skip('?', '1')",
        "sync.unskip('?', '1')",
        "sync.pause('?')",
        "sync.resume('?')",
        "sync.enable_capture('?')",
        "sync.disable_capture('?')",
    ],
)
@pytest.mark.parametrize("side", ["left"], indirect=True)
def test_unknown_mapping_is_refused(db: Database, mapped: None, side: str, call: str) -> None:
    code, message, _ = refused(db, f"select {call}")
    assert (code, message) == ("SY001", 'there is no mapping "?"')


@pytest.mark.usefixtures("coupled")
def test_wrong_arguments_are_refused(db: Database) -> None:
    assert refused(db, "select sync.request_sync('M', 'middle', '1')")[0] == "SY002"
    assert refused(db, "select sync.request_sync('M', null, '1')")[0] == "SY002"
    assert refused(db, "select sync.history('M', 'middle', '1')")[0] == "SY002"
    assert refused(db, "select sync.uncouple('M', '5')")[0] == "SY004"
    assert refused(db, "select sync.skip('M', '5')")[0] == "SY004"
    assert refused(db, "select sync.unskip('M', '5')")[0] == "SY004"
    assert refused(db, "select sync.retry(null, '5')")[0] == "SY007"
    assert refused(db, "select sync.wait_until_synced('-1 s')")[0] == "SY007"
    assert refused(db, "select sync.resolve_conflict(4711, 'left')")[0] == "SY009"
    db.execute("update sync.table_mapping set direction = 'to_right'")
    assert refused(db, "select sync.request_sync('M', 'right', '1')")[0] == "SY007"


@pytest.mark.usefixtures("coupled")
def test_uncouple_ends_couples_conflicts_and_what_was_parked(db: Database, side: str) -> None:
    left, right = keys(side)
    db.execute(
        "insert into sync.conflict (mapping_name, left_key, right_key, field_no, policy)"
        " values ('M', $1, $2, 1, 'fail')",
        keys(side),
    )
    for on, key in (("left", left), ("right", right), ("left", "other")):
        db.execute(
            "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
            " captured_by, reason, message) values ('M', $1, $2, 'update', 1, 1, now(), 'x', 'error', 'm')",
            [on, key],
        )
    assert db.execute("select sync.uncouple('M', null, $1)", [right]).fetchone() == (1,)
    assert db.execute("select count(*) from sync.coupling").fetchone() == (0,)
    assert db.execute("select resolution, resolved_at is not null, resolved_by from sync.conflict").fetchall() == [
        ("uncoupled", True, db.info.user)
    ]
    assert db.execute("select record_key from sync.parked").fetchall() == [("other",)]
    assert db.execute("select sync.uncouple('M')").fetchone() == (0,)


@pytest.mark.usefixtures("coupled")
def test_request_and_skip_and_unskip(db: Database, side: str) -> None:
    db.execute("select sync.request_sync('M', $1, '01')", [side])
    assert waiting(db) == [(side, "1", "request")]
    db.execute("delete from sync.outbox; select sync.skip('M', '%s')".replace("%s", keys(side)[0]))
    assert db.execute("select is_skipped from sync.coupling").fetchone() == (True,)
    assert waiting(db) == []
    db.execute("select sync.unskip('M', $1)", [keys(side)[0]])
    assert db.execute("select is_skipped from sync.coupling").fetchone() == (False,)
    assert waiting(db) == [("left", keys(side)[0], "retry"), ("right", keys(side)[1], "retry")]


@pytest.mark.usefixtures("coupled")
def test_retry_makes_parked_records_due(db: Database, side: str) -> None:
    for mapping, key in (("M", "1"), ("M", "2"), ("N", "1")):
        db.execute(
            "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
            " captured_by, reason, message) values ($1, $2, $3, 'update', 1, 1, now(), 'x', 'error', 'm')",
            [mapping, side, key],
        )
    assert db.execute("select sync.retry('M', '2')").fetchone() == (1,)
    assert db.execute("select sync.retry('M')").fetchone() == (2,)
    assert db.execute("select sync.retry()").fetchone() == (3,)
    assert db.execute("select count(*) from sync.parked where next_attempt_at <= now()").fetchone() == (3,)


@pytest.mark.usefixtures("coupled")
def test_decided_conflict_waits_for_the_pass_and_is_decided_once(db: Database, side: str) -> None:
    row = db.execute(
        "insert into sync.conflict (mapping_name, left_key, right_key, field_no, policy)"
        " values ('M', $1, $2, 1, 'fail')"
        " returning conflict_id",
        keys(side),
    ).fetchone()
    number = (row or (0,))[0]
    assert refused(db, "select sync.resolve_conflict($1, 'both')", number)[0] == "SY002"
    db.execute("select sync.resolve_conflict($1, $2)", [number, side])
    assert db.execute("select resolution, resolved_by, resolved_at from sync.conflict").fetchall() == [
        (side, db.info.user, None)
    ]
    assert waiting(db) == [(side, "1", "retry")]
    assert refused(db, "select sync.resolve_conflict($1, 'left')", number)[0] == "SY010"


@pytest.mark.usefixtures("mapped")
def test_pause_and_resume_keep_the_revision(db: Database) -> None:
    state = "select is_paused, revision from sync.table_mapping"
    before = db.execute(state.encode()).fetchone()
    db.execute("select sync.pause('M')")
    assert db.execute("select is_paused from sync.table_mapping").fetchone() == (True,)
    db.execute("select sync.resume('M')")
    assert db.execute(state.encode()).fetchone() == before


@pytest.mark.usefixtures("mapped")
def test_wait_until_synced_heeds_only_what_was_committed_before(db: Database, dsn: str) -> None:
    assert db.execute("select sync.wait_until_synced('0 s')").fetchone() == (True,)
    db.execute("insert into app.near values (1)")
    assert db.execute("select sync.wait_until_synced('20 ms')").fetchone() == (False,)
    with database.connect(dsn) as other:

        def drain() -> None:
            time.sleep(0.2)
            other.execute("insert into app.near values (2)")
            other.execute("delete from sync.outbox where record_key = '1'")

        thread = threading.Thread(target=drain)
        thread.start()
        assert db.execute("select sync.wait_until_synced('20 s')").fetchone() == (True,)
        thread.join()
    assert db.execute("select count(*) from sync.outbox").fetchone() == (1,)


@pytest.mark.usefixtures("coupled")
@pytest.mark.parametrize(("parent", "listed"), [("P", 0), (None, 1)])
def test_a_line_that_waits_for_its_header_is_no_problem_of_its_own(
    db: Database, side: str, parent: str | None, listed: int
) -> None:
    db.execute(
        "insert into sync.table_mapping (mapping_name, left_table, right_table) values ('P', 'app.near', 'app.far')"
    )
    db.execute("update sync.table_mapping set parent_mapping = $1 where mapping_name = 'M'", [parent])
    db.execute(
        "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
        " captured_by, reason, message, waits_for_mapping, waits_for_key)"
        " values ('M', $1, '1', 'update', 1, 1, now(), 'x', 'reference', 'x 7 must be coupled in P', 'P', '7')",
        [side],
    )
    assert db.execute("select count(*) from sync.problem").fetchone() == (listed,)
    assert db.execute("select parked from sync.mapping_status where mapping_name = 'M'").fetchone() == (1,)


@pytest.mark.usefixtures("coupled")
def test_views_tell_what_waits_and_what_needs_a_person(db: Database, side: str) -> None:
    assert db.execute("select * from sync.problem").fetchall() == []
    db.execute("update app.near set name = 'b'; update app.near set name = 'c'")
    assert db.execute(
        "select mapping_name, side, entries, records, oldest_age >= '0' from sync.backlog"
    ).fetchall() == [("M", side, 2, 1, True)]
    row = db.execute(
        "insert into sync.conflict (mapping_name, left_key, right_key, field_no, left_column, left_value, right_value,"
        " policy) values ('M', $1, $2, 1, 'name', 'l', 'r', 'fail') returning conflict_id",
        keys(side),
    ).fetchone()
    number = (row or (0,))[0]
    db.execute(
        "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
        " captured_by, reason, message) values ('M', $1, 'it''s', 'update', 1, 1, now(), 'x', 'error', 'too long')",
        [side],
    )
    db.execute("alter table app.near disable trigger sync_capture_update")
    for _ in range(2):
        db.execute("insert into sync.pass (status) values ('failed')")
        db.execute(
            "insert into sync.pass_mapping (pass_id, mapping_name, direction)"
            " select max(pass_id), 'M', 'to_right' from sync.pass"
        )
        db.execute(
            "insert into sync.pass_error (pass_id, mapping_name, direction, message)"
            " select max(pass_id), 'M', 'to_right', 'no table' from sync.pass"
        )
    found = db.execute("select kind, record_key, message, next_command from sync.problem order by 1").fetchall()
    assert found == [
        ("capture", None, "capture of app.near is disabled: update on app.near", "select sync.enable_capture('M')"),
        (
            "conflict",
            keys(side)[0],
            "name is 'l' on the left and 'r' on the right",
            f"select sync.resolve_conflict({number}, 'left')",
        ),
        ("mapping", None, "no table", "pysync check M"),
        ("parked", "it's", "error: too long", "select sync.retry('M', 'it''s')"),
    ]
    status = db.execute(
        "select is_enabled, is_paused, is_captured, couplings, waiting_entries, parked, open_conflicts, last_pass_id,"
        " last_pass_status from sync.mapping_status"
    ).fetchall()
    last = db.execute("select max(pass_id) from sync.pass").fetchone()
    assert status == [(True, False, True, 1, 2, 1, 1, *(last or ()), "failed")]
    db.execute("select sync.enable_capture('M')")
    assert db.execute("select state from sync.capture_status where table_name = 'app.near'").fetchall() == [
        ("present",)
    ]


@pytest.mark.parametrize("side", ["left"], indirect=True)
def test_roles_may_do_their_part_and_no_more(db: Database, mapped: None, side: str) -> None:
    db.execute("grant usage on schema app to sync_admin; grant select on all tables in schema app to sync_admin")
    db.execute("insert into app.near values (1); insert into app.far values (9)")
    try:
        db.execute("set role sync_reader")
        for view in ("backlog", "mapping_status", "capture_status", "problem", "table_mapping"):
            db.execute(f"select * from sync.{view}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select sync.retry()")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("delete from sync.table_mapping")
        db.execute("set role sync_admin")
        db.execute("select sync.couple('M', '1', '9'), sync.skip('M', '1'), sync.unskip('M', '1'), sync.uncouple('M')")
        db.execute("select sync.pause('M'), sync.resume('M'), sync.retry(), sync.request_sync('M', 'left', '1')")
        db.execute("insert into sync.table_mapping (mapping_name, left_table, right_table) values ('N', 'a.b', 'c.d')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("insert into sync.pass default values")
        db.execute("set role sync_engine")
        db.execute("insert into sync.pass default values")
        db.execute("select sync_private.prepare_stream('M', 'left'), sync_private.prepare_stream('M', 'right')")
        db.execute("select sync_private.refresh_capture('M')")
        db.execute("delete from sync.outbox")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("update sync.table_mapping set description = 'x'")
    finally:
        db.execute("reset role")


def test_nobody_may_use_a_capture_function_after_an_upgrade(db: Database, dsn: str) -> None:
    """They write with their owner's rights: on a table of his own, a reader could write the outbox by them."""
    db.execute("create schema app; create table app.a (id int primary key); create table app.b (id int primary key)")
    db.execute("insert into sync.table_mapping (mapping_name, left_table, right_table) values ('A', 'app.a', 'app.b')")
    db.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('A', 1, 'id', 'id')"
    )
    db.execute("select sync.enable_capture('A')")
    migrate.upgrade(dsn)
    rows = db.execute(
        """
        select p.proname from pg_proc p, unnest(array['sync_admin', 'sync_engine', 'sync_reader']) r
        where p.pronamespace = 'sync_private'::regnamespace and p.prosecdef and p.prorettype = 'trigger'::regtype
          and has_function_privilege(r, p.oid, 'execute')
        """
    ).fetchall()
    assert rows == []


@pytest.mark.usefixtures("mapped")
def test_capture_is_the_same_for_a_session_that_quotes_all_names(db: Database) -> None:
    """By its functions' text it is known whether capture is as it must be: it must not depend on who asks."""
    states = "select distinct state from sync.capture_status"
    db.execute("set quote_all_identifiers = on")
    assert db.execute(states).fetchall() == [("present",)]
    db.execute("select sync.disable_capture(), sync.enable_capture()")
    db.execute("reset quote_all_identifiers")
    assert db.execute(states).fetchall() == [("present",)]
