"""Putting triggers in place: repeatable, shared, refreshed when a mapping changes, and gone when it goes."""

# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]
Entries = Callable[..., Rows]
Make = Callable[..., None]

pytestmark = pytest.mark.core

TRIGGERS = (
    "select table_name::text || ' ' || event from sync_private.capture_trigger"
    " where table_name = 'app.near'::regclass order by 1"
)
FUNCTIONS = (
    "select count(*) from pg_proc where pronamespace = 'sync_private'::regnamespace and proname ~ '^capture_\\d'"
)
STATE = "select table_name, state, detail, next_command from sync.capture_status where table_name ~ 'near|view'"
ALL = [(f"app.near {event}",) for event in ("delete", "insert", "key", "truncate", "update")]


def revision(db: Database, mapping: str = "M") -> int:
    row = db.execute("select revision from sync.table_mapping where mapping_name = $1", [mapping]).fetchone()
    return int((row or (0,))[0])


def code(db: Database, statement: str) -> str | None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(statement.encode())
    return caught.value.diag.sqlstate


@pytest.mark.usefixtures("mapped")
def test_enabling_twice_touches_nothing(db: Database) -> None:
    stamp = (
        "select (select array_agg(xmin::text order by oid) from pg_trigger where tgname like 'sync%'),"
        " (select array_agg(xmin::text order by oid) from pg_proc where proname like 'capture\\_%')"
    )
    before = db.execute(stamp.encode()).fetchone()
    db.execute("select sync.enable_capture('M'), sync.enable_capture()")
    assert db.execute(stamp.encode()).fetchone() == before
    assert db.execute(TRIGGERS.encode()).fetchall() == ALL


@pytest.mark.usefixtures("mapped")
def test_last_stream_takes_the_triggers_along(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create table app.third (id int primary key)")
    make_mapping("N", far="app.third", fields=())
    db.execute("select sync.disable_capture('M')")
    db.execute("insert into app.near values (1)")
    assert (entries("M"), len(entries("N"))) == ([], 1)
    assert db.execute(TRIGGERS.encode()).fetchall() == ALL
    db.execute("select sync.disable_capture()")
    assert db.execute("select count(*) from sync_private.capture_trigger").fetchone() == (0,)
    assert db.execute(FUNCTIONS.encode()).fetchone() == (0,)


@pytest.mark.usefixtures("mapped")
def test_disabled_mapping_is_not_captured(db: Database, entries: Entries) -> None:
    db.execute("update sync.table_mapping set is_enabled = false")
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
    assert db.execute(TRIGGERS.encode()).fetchall() == []
    db.execute("update sync.table_mapping set is_enabled = true")
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
    assert db.execute(TRIGGERS.encode()).fetchall() == ALL


@pytest.mark.usefixtures("mapped")
def test_refresh_happens_once_per_change_and_only_when_captured(db: Database, make_mapping: Make) -> None:
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (False,)
    db.execute("update sync.field_mapping set is_enabled = false where field_no = 3")
    assert db.execute(STATE.encode()).fetchall()[0][1:3] == ("stale", "the mapping watches other columns now")
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (False,)
    assert db.execute(STATE.encode()).fetchall()[0][1] == "present"
    make_mapping("N", is_captured=False)
    assert db.execute("select sync_private.refresh_capture('N')").fetchone() == (False,)


@pytest.mark.usefixtures("mapped")
def test_refresh_of_watched_columns_takes_no_lock_an_application_holds(db: Database, dsn: str) -> None:
    db.execute("update sync.field_mapping set is_enabled = false where field_no = 3")
    with database.connect(dsn) as application, application.transaction():
        application.execute("insert into app.near values (1)")
        db.execute("set lock_timeout = '2s'")
        assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)


@pytest.mark.usefixtures("mapped")
def test_changed_table_of_a_mapping_moves_the_triggers(db: Database, side: str) -> None:
    db.execute("create table app.third (id int primary key, name text, note text)")
    db.execute(f"update sync.table_mapping set {side}_table = 'app.third'".encode())
    db.execute("select sync_private.refresh_capture('M')")
    assert db.execute(TRIGGERS.encode()).fetchall() == []
    assert db.execute(FUNCTIONS.encode()).fetchone() == (10,)


@pytest.mark.usefixtures("mapped")
def test_layouts_are_added_only_when_columns_differ(db: Database, side: str) -> None:
    layouts = "select layout_no, columns from sync_private.layout where side = $1 order by 1"
    db.execute("update sync.table_mapping set description = 'x'")
    db.execute("select sync.enable_capture('M')")
    assert db.execute(layouts, [side]).fetchall() == [(1, ["id", "name", "note"])]
    db.execute("delete from sync.field_mapping where field_no = 3")
    db.execute("select sync.enable_capture('M')")
    assert db.execute(layouts, [side]).fetchall() == [(1, ["id", "name", "note"]), (2, ["id", "name"])]


@pytest.mark.usefixtures("mapped")
def test_drift_shows_and_is_mended(db: Database) -> None:
    row = db.execute(
        "select function_name, event from sync_private.capture_trigger where event = 'update'"
        " and table_name = 'app.near'::regclass"
    ).fetchone()
    name = (row or ("",))[0]
    for break_it, state in (
        ("alter table app.near disable trigger sync_capture_update", "disabled"),
        ("drop trigger sync_capture_update on app.near", "missing"),
        (
            (
                f"create or replace function sync_private.{name}() returns trigger language plpgsql"
                " as 'begin return null; end'"
            ),
            "stale",
        ),
        ("comment on trigger sync_capture_update on app.near is 'x'", "stale"),
    ):
        db.execute(break_it.encode())
        assert db.execute(STATE.encode()).fetchall() == [
            ("app.near", state, "update on app.near", "select sync.enable_capture('M')")
        ]
        db.execute("select sync.enable_capture('M')")
        assert db.execute(STATE.encode()).fetchall() == [("app.near", "present", None, None)]


@pytest.mark.usefixtures("mapped")
def test_table_that_is_gone_shows_and_does_not_hide_the_rest(db: Database) -> None:
    db.execute("drop table app.near")
    found = db.execute("select table_name, state, detail, next_command from sync.capture_status order by 1").fetchall()
    assert found == [
        ("app.far", "present", None, None),
        ("app.near", "missing", "the table does not exist", "pysync check M"),
    ]


@pytest.mark.usefixtures("mapped")
def test_function_of_another_table_with_our_oid_is_left_in_use(db: Database, entries: Entries) -> None:
    # As after a restore: names hold the oids of another server.
    row = db.execute("select 'app.near'::regclass::oid::text, 'app.far'::regclass::oid::text").fetchone()
    near, far = row or ("", "")
    for event in ("insert", "update", "delete", "truncate", "key"):
        for old, new in ((near, "x"), (far, near), ("x", far)):
            db.execute(f"alter function sync_private.capture_{old}_{event}() rename to capture_{new}_{event}".encode())
    db.execute("insert into app.near values (1)")
    assert len(entries()) == 1
    db.execute("select sync.enable_capture('M')")
    assert {row[1] for row in db.execute("select table_name, state from sync.capture_status").fetchall()} == {"present"}
    db.execute("insert into app.near values (2)")
    assert [row[0] for row in entries()] == ["2"]


@pytest.mark.parametrize(
    ("table", "state"),
    [
        ("app.nowhere", "SY005"),
        ("near", "SY005"),
        ("pg_class", "SY005"),
        ("a.b.c", "SY005"),
        ('app."near', "SY005"),
        ("app.no_key", "SY005"),
        ("app.part_1", "SY008"),
        ("pg_catalog.pg_class", "SY008"),
        ("sync.coupling", "SY008"),
    ],
)
def test_what_cannot_be_captured_is_refused(db: Database, make_mapping: Make, table: str, state: str) -> None:
    db.execute("create schema app; create table app.near (id int primary key); create table app.no_key (id int)")
    db.execute("create table app.part (id int primary key) partition by list (id)")
    db.execute("create table app.part_1 partition of app.part for values in (1)")
    make_mapping(near=table, far="app.near", fields=(), is_captured=False)
    assert code(db, "select sync.enable_capture('M')") == state


def test_unknown_key_column_is_refused(db: Database, make_mapping: Make) -> None:
    db.execute(
        "create schema app; create table app.near (id int primary key); create table app.far (id int primary key)"
    )
    make_mapping(fields=(), key=["ID"], is_captured=False)
    assert code(db, "select sync.enable_capture('M')") == "SY005"


def test_view_is_captured_through_the_tables_it_reads(
    db: Database, make_mapping: Make, entries: Entries, side: str
) -> None:
    db.execute("create schema app; create table app.head (no text primary key, city text)")
    db.execute("create table app.line (doc text, line int, qty int, primary key (doc, line))")
    db.execute(
        "create view app.view as select h.no, city, sum(qty) qty"
        " from app.head h left join app.line on doc = no group by no"
    )
    db.execute("create table app.far (no text primary key, city text, qty int)")
    make_mapping(near="app.view", fields=("city", "qty"), key=["no"])
    assert [row[1:] for row in db.execute(STATE.encode()).fetchall()] == [
        ("missing", "a view has no triggers: name the tables it reads in sync.capture_source", "pysync check M")
    ]
    db.execute(
        "insert into sync.capture_source values ('M', $1, 'app.head', 'no'), ('M', $1, 'app.line', 'doc')", [side]
    )
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
    assert {row[0] for row in db.execute("select state from sync.capture_status").fetchall()} == {"present"}
    db.execute("insert into app.head values ('A'), ('B')")
    db.execute("insert into app.line values ('A', 1, 5), ('A', 2, 6), ('B', 1, 7)")
    db.execute("update app.line set doc = 'B', line = 9 where doc = 'A' and line = 1")
    db.execute("delete from app.line where doc = 'B'")
    found = entries()
    # One entry per statement and record, whatever the number of rows read.
    assert sorted(found) == 3 * [("A", "update", None)] + 4 * [("B", "update", None)]
    layout = db.execute("select columns from sync_private.layout where side = $1", [side]).fetchone()
    assert layout == (["no", "city", "qty"],)
    for key in ("A", "B"):
        db.execute("insert into sync.coupling values ('M', $1, $1)", [key])
    db.execute("delete from app.head where no = 'B'")
    entries()
    db.execute("truncate app.line")
    db.execute("select sync_private.prepare_stream('M', $1)", [side])
    assert sorted(entries()) == [("A", "update", None), ("B", "delete", None)]


def test_source_key_may_be_composite_or_oddly_named(
    db: Database, make_mapping: Make, entries: Entries, side: str
) -> None:
    db.execute('create schema app; create table app.base ("a, b" text primary key, x text, "Y" int)')
    db.execute('create view app.view as select x, "Y", "a, b" from app.base')
    db.execute("create table app.far (id int primary key)")
    make_mapping(near="app.view", fields=(), key=["x", "Y"], is_captured=False)
    db.execute("insert into sync.capture_source values ('M', $1, 'app.base', 'x, Y')", [side])
    db.execute("select sync.enable_capture()")
    db.execute("insert into app.base values ('k', 'v', 3)")
    assert entries() == [('["v", "3"]', "update", None)]
    db.execute("update sync.capture_source set key_expression = 'a, b'")
    db.execute("select sync.enable_capture()")
    db.execute("delete from app.base")
    assert entries() == [("k", "update", None)]


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(
    "change",
    [
        "update sync.table_mapping set description = 'x'",
        "update sync.table_mapping set description = 'x', revision = 99, is_paused = true",
        "update sync.field_mapping set description = 'x' where mapping_name = 'M' and field_no = 1",
        "delete from sync.field_mapping where mapping_name = 'M' and field_no = 1",
        "insert into sync.field_mapping (mapping_name, field_no) values ('M', 9)",
        "insert into sync.mapping_dependency values ('M', 'N')",
        "insert into sync.insert_default (mapping_name, side, column_name, value) values ('M', 'left', 'note', '1')",
        "insert into sync.capture_source values ('M', 'left', 'app.near', 'id')",
        "update sync.transformation_rule set find_text = 'x' where rule_code = 'B'",
        "update sync.transformation_rule set rule_code = 'C' where rule_code = 'A'",
        "insert into sync.system (system_name, schema_name) values ('A', 'app')",
    ],
)
def test_any_edit_raises_the_revision(db: Database, make_mapping: Make, change: str) -> None:
    make_mapping("N", "app.elsewhere", "app.nowhere", is_captured=False)
    db.execute(
        "insert into sync.transformation_rule (rule_code, rule_type, next_rule)"
        " values ('B', 'trim', null), ('A', 'trim', 'B')"
    )
    db.execute("update sync.field_mapping set rule_to_left = 'A' where mapping_name = 'M' and field_no = 2")
    before, other = revision(db), revision(db, "N")
    db.execute(change.encode())
    if "transformation_rule set rule_code" in change:
        assert revision(db) > before
    elif change.startswith("update sync.table_mapping"):
        assert (revision(db), revision(db, "N")) == (before + 1, other + 1)
    else:
        assert (revision(db), revision(db, "N")) == (before + 1, other)


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(
    "change",
    [
        "update sync.table_mapping set is_paused = true",
        "update sync.table_mapping set description = description",
        "update sync.field_mapping set is_enabled = is_enabled",
        "insert into sync.transformation_rule (rule_code, rule_type) values ('Z', 'trim')",
        "insert into sync.option_mapping values ('s', 'a', 'b')",
    ],
)
def test_what_is_no_edit_leaves_the_revision(db: Database, change: str) -> None:
    before = revision(db)
    db.execute(change.encode())
    assert revision(db) == before


@pytest.mark.usefixtures("mapped")
def test_deleted_mapping_takes_triggers_and_entries_along(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1)")
    db.execute("delete from sync.table_mapping")
    assert db.execute("select count(*) from sync_private.capture_trigger").fetchone() == (0,)
    db.execute("insert into app.near values (2)")
    assert entries() == []
    assert db.execute("select count(*) from sync_private.layout").fetchone() == (0,)


@pytest.mark.usefixtures("mapped")
def test_renamed_mapping_keeps_everything(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1)")
    db.execute("insert into sync.coupling values ('M', '1', '1')")
    db.execute(
        "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, origin, entry_id, captured_at,"
        " captured_by, reason, message) values ('M', 'left', '2', 'update', 1, 'M', 0, now(), 'app', 'error', 'm')"
    )
    assert code(db, "update sync.table_mapping set mapping_name = 'R'") == "SY011"
    db.execute("select sync.disable_capture('M')")
    before = revision(db)
    db.execute("update sync.table_mapping set mapping_name = 'R'")
    assert revision(db, "R") == before + 1
    assert len(entries("R")) == 1
    db.execute("select sync.enable_capture('R')")
    assert db.execute("select mapping_name from sync.coupling").fetchall() == [("R",)]
    assert db.execute("select mapping_name, origin from sync.parked").fetchall() == [("R", "R")]
    assert db.execute("select count(*) from sync_private.layout where layout_no > 1").fetchone() == (0,)
