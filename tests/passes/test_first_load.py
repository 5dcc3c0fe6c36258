"""A first load of a table that has triggers of its own: its cost grows with the rows, not with their square."""

from __future__ import annotations

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
