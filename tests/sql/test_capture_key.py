"""A changed primary key, and partitions: the record stays the same record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync.runner import Runner

Database = psycopg.Connection[TupleRow]
Rows = list[tuple[Any, ...]]
Entries = Callable[..., Rows]
Make = Callable[..., None]

pytestmark = pytest.mark.core

MOVE = "record_key, operation, new_key, before"


@pytest.mark.usefixtures("mapped")
def test_changed_key_is_one_rekey_entry_and_no_update(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a'), (2, 'b'), (3, 'c')")
    entries()
    db.execute("update app.near set id = id + 10, name = name || '!' where id < 3")
    db.execute("update app.near set name = 'x', id = case id when 3 then 30 else id end")
    assert sorted(entries(columns=MOVE)) == [
        ("1", "rekey", "11", ["1", "a", None]),
        ("11", "update", None, ["11", "a!", None]),
        ("12", "update", None, ["12", "b!", None]),
        ("2", "rekey", "12", ["2", "b", None]),
        ("3", "rekey", "30", ["3", "c", None]),
    ]


@pytest.mark.usefixtures("mapped")
def test_statements_after_a_rekey_in_one_transaction_are_captured(db: Database, entries: Entries) -> None:
    with db.transaction():
        db.execute("insert into app.near values (1, 'a')")
        db.execute("update app.near set id = 2")
        db.execute("update app.near set id = 1")
        db.execute("update app.near set name = 'b'")
    assert entries(columns="record_key, operation, new_key") == [
        ("1", "insert", None),
        ("1", "rekey", "2"),
        ("2", "rekey", "1"),
        ("1", "update", None),
    ]


@pytest.mark.usefixtures("mapped")
def test_rekey_rolled_back_to_a_savepoint_does_not_hide_the_next_update(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a')")
    entries()
    with db.transaction():
        with db.transaction(force_rollback=True):
            db.execute("update app.near set id = 2")
        db.execute("update app.near set name = 'b'")
    assert entries(columns=MOVE) == [("1", "update", None, ["1", "a", None])]


@pytest.mark.usefixtures("mapped")
def test_business_trigger_may_write_the_table_while_its_keys_change(db: Database, entries: Entries) -> None:
    db.execute(
        "create function app.stamp() returns trigger language plpgsql as $$ begin"
        " update app.near set note = 'moved', id = case when id = 9 then 99 else id end where id in (new.id, 9);"
        " return null; end $$"
    )
    db.execute(
        "create trigger a_stamp after update on app.near for each row when (pg_trigger_depth() = 0)"
        " execute function app.stamp()"
    )
    db.execute(
        "create trigger z_stamp after update on app.near for each row when (pg_trigger_depth() = 0)"
        " execute function app.stamp()"
    )
    db.execute("insert into app.near values (1, 'a'), (2, 'b'), (9, 'z')")
    entries()
    db.execute("update app.near set id = id + 10 where id < 9")
    found = entries(columns="record_key, operation, new_key")
    assert sorted(row for row in found if row[1] == "rekey") == [
        ("1", "rekey", "11"),
        ("2", "rekey", "12"),
        ("9", "rekey", "99"),
    ]
    assert {row[0] for row in found if row[1] == "update"} == {"11", "12"}


@pytest.mark.usefixtures("mapped")
def test_two_streams_with_different_keys(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create table app.third (name text primary key)")
    make_mapping("N", far="app.third", fields=("name",), key=["name"])
    db.execute("insert into app.near values (1, 'a')")
    entries("M"), entries("N")
    db.execute("update app.near set id = 2")
    db.execute("update app.near set name = 'b'")
    db.execute("update app.near set id = 3, name = 'c'")
    assert entries("M", "record_key, operation, new_key") == [
        ("1", "rekey", "2"),
        ("2", "update", None),
        ("2", "rekey", "3"),
    ]
    assert entries("N", "record_key, operation, new_key") == [
        ("a", "update", None),
        ("a", "rekey", "b"),
        ("b", "rekey", "c"),
    ]


def test_key_that_only_looks_equal_has_changed(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create schema app; create table app.near (n numeric primary key, name text)")
    db.execute("create table app.far (like app.near including all)")
    make_mapping(fields=("name",))
    db.execute("insert into app.near values (1.0, 'a')")
    db.execute("update app.near set n = 1.00")
    assert entries(columns="record_key, operation, new_key")[1:] == [("1.0", "rekey", "1.00")]


@pytest.mark.usefixtures("mapped")
def test_key_changed_by_a_before_trigger_is_noted(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a')")
    db.execute(
        "create function app.renumber() returns trigger language plpgsql as $$ begin new.id := 7; return new; end $$"
    )
    db.execute("create trigger renumber before update on app.near for each row execute function app.renumber()")
    entries()
    db.execute("update app.near set name = 'b'")
    assert entries(columns=MOVE) == [("1", "rekey", "7", ["1", "a", None])]


@pytest.fixture
def partitioned(db: Database, make_mapping: Make) -> None:
    db.execute("create schema app")
    db.execute(
        "create table app.near (id int, region text, name text, primary key (id, region)) partition by list (region)"
    )
    db.execute("create table app.near_eu partition of app.near for values in ('eu', 'dk')")
    db.execute("create table app.near_us (name text, region text not null, id int not null, primary key (id, region))")
    db.execute("alter table app.near attach partition app.near_us for values in ('us')")
    db.execute("create table app.far (id int, region text, name text, primary key (id, region))")
    make_mapping(fields=("name",))


@pytest.mark.usefixtures("partitioned")
def test_partitions_are_captured_by_either_name(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'eu', 'a'), (2, 'us', 'b')")
    db.execute("insert into app.near_us values ('c', 'us', 3)")
    db.execute("update app.near_us set name = 'd' where id = 3")
    db.execute("delete from app.near_eu")
    db.execute("truncate app.near_us")
    assert entries() == [
        ('["1", "eu"]', "insert", None),
        ('["2", "us"]', "insert", None),
        ('["3", "us"]', "insert", None),
        ('["3", "us"]', "update", ["3", "us", "c"]),
        ('["1", "eu"]', "delete", ["1", "eu", "a"]),
        ("", "truncate", None),
    ]


@pytest.mark.usefixtures("partitioned")
def test_row_that_moves_between_partitions_keeps_its_identity(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near select n, 'eu', 'n' || n from generate_series(1, 3) n")
    db.execute("insert into app.near values (9, 'dk', 'stays')")
    entries()
    db.execute("update app.near set region = 'us' where region = 'eu'")
    assert sorted(entries(columns=MOVE)) == [
        (f'["{n}", "eu"]', "rekey", f'["{n}", "us"]', [str(n), "eu", f"n{n}"]) for n in (1, 2, 3)
    ]


@pytest.mark.usefixtures("partitioned")
def test_moved_changed_and_plain_rows_of_one_statement(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'eu', 'a'), (2, 'us', 'b'), (3, 'eu', 'c')")
    entries()
    db.execute("update app.near set region = case id when 1 then 'us' when 3 then 'dk' else region end, name = 'x'")
    assert sorted(entries(columns="record_key, operation, new_key")) == [
        ('["1", "eu"]', "rekey", '["1", "us"]'),
        ('["2", "us"]', "update", None),
        ('["3", "eu"]', "rekey", '["3", "dk"]'),
    ]


@pytest.mark.usefixtures("partitioned")
def test_trigger_that_swallows_a_moved_row_loses_nothing(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'eu', 'a'), (2, 'eu', 'b')")
    db.execute(
        "create function app.swallow() returns trigger language plpgsql as"
        " $$ begin return case when new.id = 1 then null else new end; end $$"
    )
    db.execute("create trigger swallow before insert on app.near_us for each row execute function app.swallow()")
    entries()
    db.execute("update app.near set region = 'us'")
    assert sorted(entries(columns="record_key, operation, new_key")) == [
        ('["1", "eu"]', "update", None),
        ('["2", "eu"]', "update", None),
        ('["2", "us"]', "update", None),
    ]


@pytest.mark.usefixtures("partitioned")
def test_own_move_of_the_pass_is_a_changed_key_and_nothing_else(db: Database, entries: Entries) -> None:
    with db.transaction():
        db.execute("select set_config('sync.origin', 'M', true)")
        db.execute("insert into app.near values (1, 'eu', 'a')")
        db.execute("insert into app.near values (2, 'us', 'b')")
        db.execute("update app.near set region = 'us', name = 'c'")
    assert entries(columns="record_key, operation, new_key") == [('["1", "eu"]', "rekey", '["1", "us"]')]


@pytest.mark.usefixtures("partitioned")
def test_new_partition_shows_as_missing_until_capture_is_enabled_again(db: Database) -> None:
    state = "select distinct state, detail, next_command from sync.capture_status where table_name = 'app.near'"
    assert db.execute(state.encode()).fetchall() == [("present", None, None)]
    db.execute("create table app.near_x partition of app.near default")
    found = db.execute(state.encode()).fetchall()
    assert [row[0] for row in found] == ["missing"]
    assert "update on app.near_x" in found[0][1]
    db.execute(found[0][2])
    assert db.execute(state.encode()).fetchall() == [("present", None, None)]
    db.execute("insert into app.near_x values (1, 'xx', 'a')")
    assert db.execute("select record_key from sync.outbox").fetchall() == [('["1", "xx"]',)]


def test_children_of_plain_inheritance_are_captured_too(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create schema app; create table app.near (id int primary key, name text)")
    db.execute("create table app.child (more text, primary key (id)) inherits (app.near)")
    db.execute("create table app.far (id int primary key, name text)")
    make_mapping(fields=("name",))
    db.execute("insert into app.child values (1, 'a', 'm')")
    db.execute("update app.near set name = 'b'")
    db.execute("update app.near set id = 2")
    db.execute("update app.child set id = 3")
    assert entries(columns="record_key, operation, new_key") == [
        ("1", "insert", None),
        ("1", "update", None),
        ("1", "rekey", "2"),
        ("2", "rekey", "3"),
    ]


@pytest.mark.parametrize("statement", ["update k.l set code = 'B'", "truncate k.l", "delete from k.l"])
def test_a_key_with_a_collation_of_its_own_fails_no_application(db: Database, statement: str) -> None:
    """Record keys are of collation "C": compared with a key's own, PostgreSQL would not know which one counts."""
    db.execute(
        """
        create schema k;
        create table k.l (code text collate "POSIX" primary key, name text);
        create table k.r (code text collate "POSIX" primary key, name text);
        insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, on_left_delete)
        values ('K', 'k.l', 'k.r', false, 'delete');
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
        values ('K', 1, 'code', 'code'), ('K', 2, 'name', 'name');
        select sync.enable_capture('K');
        insert into k.l values ('A', 'a')
        """
    )
    runner = Runner(db)
    runner.run()
    db.execute(statement.encode())
    assert runner.run().faults == {}
    assert db.execute("select code from k.r").fetchall() == db.execute("select code from k.l").fetchall()
