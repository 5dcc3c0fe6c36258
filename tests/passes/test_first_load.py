"""A first load: of a table with triggers of its own, and of one that refers to itself."""

from __future__ import annotations

import pytest

from pysync.database import Connection
from pysync.runner import Runner


def test_new_rows_that_triggers_may_change_are_found_through_an_index(db: Connection) -> None:
    db.execute(
        b"create schema one; create schema two;"
        b"create table one.item (id int primary key, name text);"
        b"create table two.item (id int primary key, name text, place text);"
        b"create function two.place() returns trigger language plpgsql as"
        b" 'begin new.place := ''shelf''; new.name := nullif(new.name, ''7''); return new; end';"
        b"create trigger place before insert on two.item for each row execute function two.place();"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)"
        b" values ('ITEM', 'one.item', 'two.item', false);"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('ITEM', 1, 'id', 'id'), ('ITEM', 2, 'name', 'name');"
        b"select sync.enable_capture();"
        b"insert into one.item select i, i::text from generate_series(1, 500) as i"
    )
    Runner(db).run()
    assert db.execute(b"select id, name from one.item where name is null or name <> id::text").fetchall() == [(7, None)]
    db.execute(b"select pg_stat_force_next_flush()")
    scans = db.execute(
        b"select s.idx_scan from pg_stat_user_indexes s where s.schemaname like 'pg_temp%'"
        b" and s.indexrelname like '%target_key%' and s.relname like 'stage%right%'"
    ).fetchall()
    assert [n >= 500 for (n,) in scans] == [True]


@pytest.mark.parametrize("column", [None, "note", "above"])
def test_a_reference_to_a_row_of_the_same_load_comes_from_an_expression(db: Connection, column: str | None) -> None:
    db.execute(
        b"create schema one; create schema two;"
        b"create table one.item (id int primary key, above int, note text);"
        b"create table two.item (id int primary key, parent int references two.item);"
        b"insert into sync.table_mapping"
        b" (mapping_name, left_table, right_table, direction, coupled_only, right_new_key)"
        b" values ('ITEM', 'one.item', 'two.item', 'to_right', false, 'id + 100')"
    )
    db.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, reference)"
        " values ('ITEM', 1, $1, 'parent', 'nullif(above, 0)', 'ITEM')",
        (column,),
    )
    db.execute(b"select sync.enable_capture(); insert into one.item values (1, 2), (2, 3), (3, 0)")
    runner = Runner(db)
    runner.run()
    runner.run()
    found = db.execute(b"select id, parent from two.item order by id").fetchall()
    assert found == [(101, 102), (102, 103), (103, None)]
