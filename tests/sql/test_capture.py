"""What capture triggers write for one statement of an application."""

# ruff: noqa: S608
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


@pytest.mark.usefixtures("mapped")
def test_insert_has_no_before(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a', null, 'x'), (2, 'b', 'n', 'x')")
    assert entries() == [("1", "insert", None), ("2", "insert", None)]


@pytest.mark.usefixtures("mapped")
def test_update_and_delete_hold_the_old_values_of_watched_columns(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a', null, 'x')")
    entries()
    db.execute("update app.near set name = 'b'")
    db.execute("delete from app.near")
    assert entries() == [("1", "update", ["1", "a", None]), ("1", "delete", ["1", "b", None])]


@pytest.mark.usefixtures("mapped")
def test_entry_says_who_and_when(db: Database, entries: Entries) -> None:
    with db.transaction():
        row = db.execute("select session_user::text, now(), pg_current_xact_id()::text").fetchone()
        db.execute("insert into app.near values (1)")
    assert entries(columns="captured_by, captured_at, xid::text, origin, hop, layout_no") == [
        (*(row or ()), None, 0, 1)
    ]


@pytest.mark.usefixtures("mapped")
def test_truncate_is_one_entry(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near select generate_series(1, 5)")
    entries()
    db.execute("truncate app.near")
    assert entries() == [("", "truncate", None)]


@pytest.mark.usefixtures("mapped")
def test_copy_is_captured(db: Database, entries: Entries) -> None:
    with db.cursor().copy("copy app.near (id, name) from stdin") as copy:
        for number in range(3):
            copy.write_row((number, "c"))
    assert entries() == [("0", "insert", None), ("1", "insert", None), ("2", "insert", None)]


@pytest.mark.usefixtures("mapped")
def test_upsert_tells_new_rows_from_old(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a')")
    entries()
    db.execute("insert into app.near values (1, 'z'), (2, 'b') on conflict (id) do update set name = excluded.name")
    assert sorted(entries()) == [("1", "update", ["1", "a", None]), ("2", "insert", None)]


@pytest.mark.usefixtures("mapped")
def test_merge_is_captured_by_what_it_did(db: Database, entries: Entries) -> None:
    db.execute("insert into app.near values (1, 'a'), (2, 'b')")
    entries()
    db.execute(
        "merge into app.near n using (values (1, 'x'), (2, null), (3, 'c')) s (id, name) on n.id = s.id"
        " when matched and s.name is null then delete when matched then update set name = s.name"
        " when not matched then insert (id, name) values (s.id, s.name)"
    )
    assert sorted(entries()) == [
        ("1", "update", ["1", "a", None]),
        ("2", "delete", ["2", "b", None]),
        ("3", "insert", None),
    ]


@pytest.mark.usefixtures("mapped")
def test_rolled_back_change_leaves_nothing(db: Database, entries: Entries) -> None:
    with db.transaction():
        db.execute("insert into app.near values (1)")
        with db.transaction(force_rollback=True):
            db.execute("insert into app.near values (2)")
        db.execute("savepoint s")
        db.execute("update app.near set name = 'lost', id = 9")
        db.execute("rollback to savepoint s")
        db.execute("update app.near set name = 'kept'")
    assert entries() == [("1", "insert", None), ("1", "update", ["1", None, None])]


@pytest.mark.usefixtures("mapped")
def test_statement_that_touches_nothing_writes_nothing(db: Database, entries: Entries) -> None:
    db.execute("update app.near set name = 'x' where false")
    db.execute("delete from app.near")
    assert entries() == []


def test_deaf_side_notes_only_that_rows_went_or_changed_key(
    db: Database, make_mapping: Make, entries: Entries, side: str
) -> None:
    db.execute("create schema app")
    db.execute("create table app.near (id int primary key, name text, note text)")
    db.execute("create table app.far (like app.near including all)")
    make_mapping(direction="to_left" if side == "left" else "to_right")
    db.execute("insert into app.near values (1), (2)")
    db.execute("update app.near set name = 'x'")
    db.execute("update app.near set id = 3 where id = 1")
    db.execute("delete from app.near where id = 2")
    db.execute("truncate app.near")
    assert entries(columns="record_key, operation, before, new_key") == [
        ("1", "rekey", None, "3"),
        ("2", "delete", None, None),
        ("", "truncate", None, None),
    ]
    layout = db.execute("select columns from sync_private.layout where side = $1", [side]).fetchall()
    assert layout == [([],)]


@pytest.mark.parametrize(
    "name",
    [
        'Sales "Order" %s',
        "UPPER case",
        "x" * 63,
        "ä" * 31,
        "v_hop",
        "sync_old",
        "100% o'clock \\ $1 $$",
        "sync row",
        "o.p",
    ],
)
def test_odd_identifiers(db: Database, make_mapping: Make, entries: Entries, name: str) -> None:
    quoted = psycopg.sql.Identifier(name)
    db.execute(psycopg.sql.SQL("create schema {}").format(quoted))
    for table in ("near", name):
        db.execute(
            psycopg.sql.SQL("create table {0}.{1} ({2} text primary key, {0} text)").format(
                quoted, psycopg.sql.Identifier(table), psycopg.sql.Identifier(f"k{name}"[:31])
            )
        )
    path = psycopg.sql.Identifier(name, name).as_string()
    make_mapping(
        name="M%' \"", near=path, far=psycopg.sql.Identifier(name, "near").as_string(), fields=(f"k{name}"[:31], name)
    )
    statement = psycopg.sql.SQL("insert into {0} values ('it''s', 'v')")
    db.execute(statement.format(psycopg.sql.Identifier(name, name)))
    db.execute(psycopg.sql.SQL("update {0}.{0} set {0} = 'w'").format(quoted))
    db.execute(psycopg.sql.SQL("update {0}.{0} set {1} = 'k2'").format(quoted, psycopg.sql.Identifier(f"k{name}"[:31])))
    db.execute(psycopg.sql.SQL("delete from {0}.{0}").format(quoted))
    assert entries("M%' \"") == [
        ("it's", "insert", None),
        ("it's", "update", ["it's", "v"]),
        ("it's", "rekey", ["it's", "w"]),
        ("k2", "delete", ["k2", "w"]),
    ]


def test_composite_key_is_a_json_array_of_texts(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create schema app")
    db.execute("create table app.near (line int, doc text, qty numeric(10,2), primary key (doc, line))")
    db.execute("create table app.far (like app.near including all)")
    make_mapping(fields=("qty",))
    db.execute("insert into app.near values (10000, 'S\"1', 1.5)")
    db.execute("update app.near set qty = 2")
    db.execute("update app.near set line = 20000, qty = 3")
    assert entries(columns="record_key, operation, before, new_key") == [
        ('["S\\"1", "10000"]', "insert", None, None),
        ('["S\\"1", "10000"]', "update", ["10000", 'S"1', "1.50"], None),
        ('["S\\"1", "10000"]', "rekey", ["10000", 'S"1', "2.00"], '["S\\"1", "20000"]'),
    ]


def test_rows_without_a_key_are_not_captured_until_they_have_one(
    db: Database, make_mapping: Make, entries: Entries
) -> None:
    db.execute("create schema app")
    db.execute("create table app.near (code text unique, name text)")
    db.execute("create table app.far (code text primary key, name text)")
    make_mapping(fields=("name",), key=["code"])
    db.execute("insert into app.near values (null, 'a'), ('B', 'b')")
    db.execute("update app.near set name = 'c' where code is null")
    assert entries() == [("B", "insert", None)]
    db.execute("update app.near set code = 'A' where code is null")
    assert entries() == [("A", "insert", None)]
    db.execute("update app.near set code = null where code = 'A'")
    assert entries() == [("A", "update", ["A", "c"])]
    db.execute("delete from app.near")
    assert entries() == [("B", "delete", ["B", "b"])]


def test_texts_do_not_depend_on_the_session(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create schema app")
    db.execute("create type app.pair as (d date, t timestamptz)")
    db.execute("create domain app.day as date")
    columns = (
        "id timestamptz primary key, d app.day, i interval, b bytea, f float8, m money, ds date[],"
        " r tstzrange, p app.pair"
    )
    db.execute(f"create table app.near ({columns})".encode())
    db.execute(f"create table app.far ({columns})".encode())
    make_mapping(fields=("d", "i", "b", "f", "m", "ds", "r", "p"))
    values = (
        "('2024-03-01 12:00+00', '2024-02-01', '1 mon 2 days 03:04', '\\x01ff', 0.1::float8 + 0.2, 1.5,"
        " '{2024-02-01}', '[2024-02-01 00:00+00,)', row('2024-02-01', '2024-02-01 00:00+00'))"
    )
    db.execute(
        "set DateStyle = 'SQL, DMY'; set IntervalStyle = 'iso_8601'; set TimeZone = 'Asia/Tokyo';"
        " set bytea_output = 'escape'; set extra_float_digits = -5"
    )
    db.execute(f"set DateStyle = 'ISO, DMY'; insert into app.near values {values}; set DateStyle = 'SQL, DMY'".encode())
    db.execute("delete from app.near")
    before = [
        "2024-03-01 12:00:00+00",
        "2024-02-01",
        "1 mon 2 days 03:04:00",
        "\\x01ff",
        "0.30000000000000004",
        "$1.50",
        "{2024-02-01}",
        '["2024-02-01 00:00:00+00",)',
        '(2024-02-01,"2024-02-01 00:00:00+00")',
    ]
    assert entries() == [(before[0], "insert", None), (before[0], "delete", before)]


def test_capture_sets_only_what_the_watched_types_need(db: Database) -> None:
    found = db.execute(
        "select sync_private.text_settings(array['int', 'text', 'numeric', 'uuid', 'jsonb']::regtype[]::oid[]),"
        " sync_private.text_settings(array['date', 'float8[]']::regtype[]::oid[])"
    ).fetchone()
    assert found == ([], ["DateStyle = ISO, YMD", "extra_float_digits = 1"])


@pytest.mark.usefixtures("mapped")
def test_columns_that_expressions_mention_are_watched(db: Database, make_mapping: Make, side: str) -> None:
    db.execute('create table app.wide (id int primary key, a text, b text, c text, "D e" text, f text, g text, h text)')
    db.execute("create table app.other (like app.wide including all)")
    make_mapping("W", "app.wide", "app.other", fields=(), is_captured=False)
    other, to_other = ("right", "to_right") if side == "left" else ("left", "to_left")
    set_expressions = (
        f"update sync.table_mapping set {side}_filter = 'A > 1', {side}_modified_at = 'b', {other}_new_key = 'upper(c)'"
        " where mapping_name = 'W'"
    )
    db.execute(set_expressions.encode())
    db.execute(
        f"insert into sync.field_mapping (mapping_name, field_no, {other}_column, {to_other})"
        " values ('W', 1, 'h', '\"D e\" || ''x''')".encode()
    )
    db.execute(
        "insert into sync.insert_default (mapping_name, side, column_name, value, source_filter)"
        " values ('W', $1, 'g', 'f', 'id > 3'), ('W', $2, 'g', 'h', null)",
        [other, side],
    )
    db.execute("select sync.enable_capture('W')")
    found = db.execute("select columns from sync_private.layout where mapping_name = 'W' and side = $1", [side])
    columns = (found.fetchone() or ([],))[0]
    # `f` also occurs inside `filter`-like words: too much is allowed, too little is not.
    assert set(columns) >= {"id", "a", "b", "c", "D e", "f"}
    assert "h" not in columns
    assert "g" not in columns


@pytest.mark.usefixtures("mapped")
def test_columns_that_do_not_travel_from_here_are_not_watched(db: Database, entries: Entries, side: str) -> None:
    inbound = "to_left" if side == "left" else "to_right"
    db.execute("update sync.field_mapping set direction = $1 where field_no = 2", [inbound])
    db.execute("update sync.field_mapping set is_enabled = false where field_no = 3")
    assert db.execute("select sync_private.refresh_capture('M')").fetchone() == (True,)
    db.execute("insert into app.near values (1, 'a', 'b')")
    db.execute("delete from app.near")
    assert entries(columns="before, layout_no") == [(None, 2), (["1"], 2)]


def test_virtual_generated_columns_have_their_old_value(db: Database, make_mapping: Make, entries: Entries) -> None:
    kind = "virtual" if db.info.server_version >= 180000 else "stored"
    db.execute("create schema app")
    db.execute(
        f"create table app.near (id int primary key, a int, twice int generated always as (a * 2) {kind})".encode()
    )
    db.execute("create table app.far (id int primary key, a int, twice int)")
    make_mapping(fields=("twice",))
    db.execute("insert into app.near values (1, 4)")
    db.execute("update app.near set a = 5")
    assert entries() == [("1", "insert", None), ("1", "update", ["1", "8"])]


@pytest.mark.usefixtures("mapped")
def test_two_mappings_of_one_table_both_hear(db: Database, make_mapping: Make, entries: Entries) -> None:
    db.execute("create table app.third (id int primary key, name text, unseen text)")
    make_mapping("N", far="app.third", fields=("unseen",))
    db.execute("insert into app.near values (1, 'a', 'b', 'c')")
    db.execute("delete from app.near")
    assert entries("M") == [("1", "insert", None), ("1", "delete", ["1", "a", "b"])]
    assert entries("N") == [("1", "insert", None), ("1", "delete", ["1", "c"])]


def test_table_mapped_onto_itself_has_both_streams(db: Database) -> None:
    db.execute("create schema app; create table app.t (id int primary key)")
    db.execute("insert into sync.table_mapping (mapping_name, left_table, right_table) values ('S', 'app.t', 'app.t')")
    db.execute("select sync.enable_capture('S')")
    db.execute("insert into app.t values (1)")
    assert db.execute("select side from sync.outbox order by 1").fetchall() == [("left",), ("right",)]
