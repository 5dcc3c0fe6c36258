"""`sync.request_full_sync`: which rows it asks a pass to look at."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import runner

Database = psycopg.Connection[TupleRow]

PAIR = """
create schema one;
create schema two;
create table one.item (id int primary key, name text);
create table two.item (id int primary key, name text);
insert into one.item values (1, 'a'), (2, 'b');
insert into two.item values (8, 'a'), (9, 'c');
insert into sync.table_mapping (mapping_name, left_table, right_table) values ('ITEM', 'one.item', 'two.item');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('ITEM', 1, 'name', 'name');
insert into sync.coupling (mapping_name, left_key, right_key) values ('ITEM', '1', '8');
"""


def ask(db: Database, name: str | None = None) -> int:
    row = db.execute("select sync.request_full_sync($1)", [name]).fetchone()
    assert row is not None
    return int(row[0])


def waiting(db: Database) -> list[tuple[Any, ...]]:
    return db.execute(
        "select mapping_name, side, record_key, operation, before from sync.outbox order by 1, 2, 3"
    ).fetchall()


def test_every_left_row_is_asked_for_and_every_right_row_that_is_not_coupled(db: Database) -> None:
    db.execute(PAIR.encode())
    db.execute("select sync.enable_capture()")
    assert ask(db, "ITEM") == 3
    assert waiting(db) == [
        ("ITEM", "left", "1", "create", None),
        ("ITEM", "left", "2", "create", None),
        ("ITEM", "right", "9", "create", None),
    ]
    assert db.execute("select distinct layout_no from sync.outbox").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("to_right", [("left", "1"), ("left", "2")]), ("to_left", [("right", "8"), ("right", "9")])],
)
def test_a_side_that_is_no_source_is_left_out(db: Database, direction: str, expected: list[tuple[str, str]]) -> None:
    db.execute(PAIR.encode())
    db.execute("update sync.table_mapping set direction = $1", [direction])
    assert ask(db) == 2
    assert [(side, key) for _, side, key, *_ in waiting(db)] == expected


def test_without_a_name_disabled_mappings_are_left_out(db: Database) -> None:
    db.execute(PAIR.encode())
    db.execute("update sync.table_mapping set is_enabled = false")
    assert ask(db) == 0
    assert ask(db, "ITEM") == 3


def test_keys_are_spelled_as_capture_spells_them(db: Database) -> None:
    db.execute(
        """
        create schema one;
        create table one."Day Plan" ("On" timestamptz, no int, unique ("On", no));
        create table one.plan (id int primary key);
        insert into one."Day Plan" values ('2024-05-01 10:00+02', 1), (null, 2);
        insert into sync.table_mapping (mapping_name, left_table, left_key, right_table)
        values ('PLAN', 'one."Day Plan"', '{On,no}', 'one.plan');
        set DateStyle = 'German';
        set TimeZone = 'Asia/Tokyo';
        """
    )
    assert ask(db) == 1
    assert [key for _, _, key, *_ in waiting(db)] == ['["2024-05-01 08:00:00+00", "1"]']


def test_an_unknown_mapping_is_refused(db: Database) -> None:
    with pytest.raises(psycopg.Error) as caught:
        ask(db, "NONE")
    assert caught.value.sqlstate == "SY001"


def test_what_differs_unnoticed_is_taken_from_the_left_and_missing_rows_are_created(db: Database) -> None:
    db.execute(PAIR.encode())
    db.execute("update sync.table_mapping set left_new_key = 'id', right_new_key = 'id'")
    db.execute("update two.item set name = 'drifted' where id = 8; select sync.enable_capture()")
    ask(db)
    assert not runner.Runner(db).run().has_problems
    assert db.execute("select * from one.item order by 1").fetchall() == [(1, "a"), (2, "b"), (9, "c")]
    assert db.execute("select * from two.item order by 1").fetchall() == [(2, "b"), (8, "a"), (9, "c")]
