"""A side that is a view whose rows cannot be locked: with distinct, grouping or a union."""

# ruff: noqa: S608 - the views come from the test itself.
from __future__ import annotations

import pytest

from pysync.compiler import Compiler
from pysync.database import Connection
from pysync.runner import Runner
from pysync.undo import undo

VIEWS = {
    "distinct": "select distinct on (id) id, name from one.base order by id, version desc",
    "grouped": "select id, max(name) as name from one.base group by id",
    "a union": "select id, name from one.base where version = 1"
    " union all select id, name from one.base where version > 1",
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_lost_partner_of_a_row_that_cannot_be_locked_is_asked_about_and_restored(db: Connection, view: str) -> None:
    db.execute(
        "create schema one; create schema two;"
        "create table one.base (id int, version int, name text, primary key (id, version));"
        "create table two.item (id int primary key, name text);"
        f"create view one.item as {view};"
        "insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, direction, coupled_only)"
        " values ('ITEM', 'one.item', 'two.item', '{id}', 'to_right', false);"
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        " values ('ITEM', 1, 'id', 'id'), ('ITEM', 2, 'name', 'name');"
        "insert into sync.capture_source values ('ITEM', 'left', 'one.base', 'id');"
        "select sync.enable_capture();"
        "insert into one.base values (1, 1, 'Desk')".encode()
    )
    runner = Runner(db)
    runner.run()
    db.execute(b"delete from two.item")
    result = runner.run()
    assert result.faults == {}
    assert db.execute(b"select reason from sync.parked").fetchall() == [("deleted",)]
    db.execute(b"update sync.table_mapping set on_right_delete = 'restore'; select sync.retry('ITEM')")
    assert runner.run().faults == {}
    assert db.execute(b"select * from two.item").fetchall() == [(1, "Desk")]
    assert db.execute(b"select * from sync.problem").fetchall() == []


def test_what_a_pass_wrote_through_a_view_that_cannot_be_locked_is_undone(db: Connection) -> None:
    db.execute(
        b"create schema one; create schema two;"
        b"create table one.item (id int primary key, name text);"
        b"create table two.base (id int primary key, name text);"
        b"create view two.item as select distinct id, name from two.base;"
        b"create function two.write() returns trigger language plpgsql as"
        b" 'begin update two.base set name = new.name where id = new.id; return new; end';"
        b"create trigger write instead of update on two.item for each row execute function two.write();"
        b"insert into one.item values (1, 'old'); insert into two.base values (1, 'old');"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, right_key, direction)"
        b" values ('ITEM', 'one.item', 'two.item', '{id}', 'to_right');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('ITEM', 1, 'name', 'name');"
        b"insert into sync.coupling (mapping_name, left_key, right_key) values ('ITEM', '1', '1');"
        b"select sync.enable_capture();"
        b"update one.item set name = 'new'"
    )
    done = Runner(db).run()
    assert db.execute(b"select name from two.base").fetchall() == [("new",)]
    assert undo(db, Compiler(db), done.pass_id).faults == {}
    assert db.execute(b"select name from two.base").fetchall() == [("old",)]
