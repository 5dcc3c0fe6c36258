"""Who made a change: applications, business triggers, cascades, the pass itself, another integration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]
Entries = Callable[..., Rows]
Make = Callable[..., None]

pytestmark = pytest.mark.core

WHO = "record_key, operation, origin, hop"


def act_as_pass(db: Database, mapping: str, hop: int) -> None:
    db.execute("select set_config('sync.origin', $1, true), set_config('sync.hop', $2, true)", [mapping, str(hop)])


@pytest.mark.usefixtures("mapped")
def test_own_write_of_the_pass_is_not_captured_but_for_a_changed_key(db: Database, entries: Entries) -> None:
    with db.transaction():
        act_as_pass(db, "M", 0)
        db.execute("insert into app.near values (1)")
        db.execute("update app.near set id = 2, name = 'x'")
        db.execute("delete from app.near")
        db.execute("truncate app.near")
    assert entries(columns="record_key, operation, new_key, origin") == [("1", "rekey", "2", "M")]


@pytest.mark.usefixtures("mapped")
def test_write_of_another_mapping_travels_on_with_one_more_hop(
    db: Database, make_mapping: Make, entries: Entries
) -> None:
    db.execute("create table app.third (id int primary key, name text)")
    make_mapping("N", far="app.third", fields=("name",))
    with db.transaction():
        act_as_pass(db, "N", 2)
        db.execute("insert into app.near values (1)")
        db.execute("update app.near set id = 5")
    assert entries("N", WHO) == [("1", "rekey", "N", 3)]
    assert entries("M", WHO) == [("1", "insert", "N", 3), ("1", "rekey", "N", 3)]


@pytest.mark.usefixtures("mapped")
def test_setting_that_ended_with_its_transaction_means_nothing(db: Database, entries: Entries) -> None:
    with db.transaction():
        act_as_pass(db, "M", 4)
    db.execute("insert into app.near values (1)")
    assert entries(columns=WHO) == [("1", "insert", None, 0)]


@pytest.mark.usefixtures("mapped")
def test_business_trigger_on_top_of_a_pass_is_captured(db: Database, entries: Entries) -> None:
    db.execute(
        "create function app.stamp() returns trigger language plpgsql as $$ begin"
        " update app.near set note = 'stamped' where id = new.id and note is null; return null; end $$"
    )
    db.execute("create trigger stamp after insert or update on app.near for each row execute function app.stamp()")
    with db.transaction():
        act_as_pass(db, "M", 1)
        db.execute("insert into app.near values (1, 'a')")
    assert entries(columns=f"{WHO}, before") == [("1", "update", None, 2, ["1", "a", None])]
    assert db.execute("select note from app.near").fetchone() == ("stamped",)


@pytest.mark.usefixtures("mapped")
def test_nested_write_of_an_application_is_captured_once(db: Database, entries: Entries) -> None:
    db.execute(
        "create function app.stamp() returns trigger language plpgsql as $$ begin"
        " update app.near set note = 'stamped' where id = new.id; return null; end $$"
    )
    db.execute("create trigger stamp after insert on app.near for each row execute function app.stamp()")
    db.execute("insert into app.near values (1, 'a')")
    assert sorted(entries(columns=WHO)) == [("1", "insert", None, 0), ("1", "update", None, 0)]


def test_cascade_to_children_is_captured(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create schema app; create table app.head (id int primary key)")
    db.execute(
        "create table app.near (head int references app.head on update cascade on delete cascade, line int, name text,"
        " primary key (head, line))"
    )
    db.execute("create table app.far (head int, line int, name text, primary key (head, line))")
    make_mapping(fields=("name",))
    db.execute("insert into app.head values (1), (2)")
    db.execute("insert into app.near values (1, 1, 'a'), (2, 1, 'b')")
    entries()
    db.execute("update app.head set id = 3 where id = 1")
    assert entries(columns="record_key, operation, new_key, before") == [
        ('["1", "1"]', "rekey", '["3", "1"]', ["1", "1", "a"])
    ]
    with db.transaction():
        act_as_pass(db, "HEAD", 0)
        db.execute("delete from app.head where id = 2")
    # A cascade runs at the trigger depth of the statement it belongs to.
    assert entries(columns=WHO) == [('["2", "1"]', "delete", "HEAD", 1)]


@pytest.mark.usefixtures("mapped")
def test_integration_role_is_ignored_unless_a_pass_writes(db: Database, entries: Entries) -> None:
    role = psycopg.sql.Identifier(db.info.dbname + " 'integration'")
    db.execute(psycopg.sql.SQL("create role {}").format(role))
    try:
        db.execute(psycopg.sql.SQL("grant usage on schema app to {}").format(role))
        db.execute(psycopg.sql.SQL("grant all on app.near to {}").format(role))
        db.execute(
            "insert into sync.system (system_name, schema_name, integration_role) values ('A', 'app', $1)",
            [db.info.dbname + " 'integration'"],
        )
        assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
        db.execute(psycopg.sql.SQL("set role {}").format(role))
        db.execute("insert into app.near values (1)")
        with db.transaction():
            act_as_pass(db, "OTHER", 0)
            db.execute("update app.near set name = 'x'")
        db.execute("reset role")
        db.execute("delete from app.near")
        assert entries(columns="operation, captured_by") == [
            ("update", db.info.dbname + " 'integration'"),
            ("delete", db.info.user),
        ]
    finally:
        db.execute("reset role")
        db.execute(psycopg.sql.SQL("drop owned by {}").format(role))
        db.execute(psycopg.sql.SQL("drop role {}").format(role))


@pytest.mark.usefixtures("mapped")
def test_application_needs_no_rights_in_sync(db: Database, entries: Entries) -> None:
    role = psycopg.sql.Identifier(db.info.dbname + "_app")
    db.execute(psycopg.sql.SQL("create role {}").format(role))
    try:
        db.execute(psycopg.sql.SQL("grant usage on schema app to {}").format(role))
        db.execute(psycopg.sql.SQL("grant all on app.near to {}").format(role))
        db.execute(psycopg.sql.SQL("set role {}").format(role))
        db.execute("insert into app.near values (1)")
        db.execute("update app.near set id = 2")
        db.execute("delete from app.near")
        db.execute("truncate app.near")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select * from sync.outbox")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select sync.retry()")
        db.execute("reset role")
        assert entries(columns="operation, captured_by") == [
            (operation, db.info.dbname + "_app") for operation in ("insert", "rekey", "delete", "truncate")
        ]
    finally:
        db.execute("reset role")
        db.execute(psycopg.sql.SQL("drop owned by {}").format(role))
        db.execute(psycopg.sql.SQL("drop role {}").format(role))


@pytest.mark.usefixtures("mapped")
def test_capture_functions_cannot_be_called_or_shadowed(db: Database, entries: Entries) -> None:
    found = db.execute(
        "select count(*), bool_and(prosecdef), bool_or(has_function_privilege('public', oid, 'execute')),"
        " bool_and(proconfig[1] = 'search_path=pg_catalog, pg_temp')"
        " from pg_proc where proname like 'capture\\_%' and prorettype = 'trigger'::regtype"
    ).fetchone()
    assert found == (10, True, False, True)
    db.execute("create function pg_temp.session_user() returns text language sql as $$ select 'spoofed' $$")
    db.execute("create temp table outbox (id int)")
    db.execute("insert into app.near values (1)")
    assert entries(columns="captured_by") == [(db.info.user,)]
