"""Undo of a pass: what it wrote is put back where nobody touched it since, and the rest is listed."""

from __future__ import annotations

import pytest
from psycopg import sql

from pysync import compare, undo_batch
from pysync.compiler import Compiler
from pysync.model import Side
from pysync.undo import UndoResult, undo
from tests.passes.conftest import Pair


def back(pair: Pair, pass_id: int) -> UndoResult:
    return undo(pair.db, Compiler(pair.db), pass_id)


def counts(pair: Pair, result: UndoResult) -> dict[str, int]:
    found = result.counts[("ITEM", pair.source.direction)]
    return {n: v for n in found.__slots__ if n not in ("batches", "duration_ms") and (v := getattr(found, n))}


def left(pair: Pair, result: UndoResult) -> list[tuple[str, str | None, str]]:
    found = [(item.target_key, item.column, item.reason) for item in undo_batch.left(pair.db)]
    assert result.left == len(found)
    return found


def drift(pair: Pair) -> list[str]:
    compiler = Compiler(pair.db)
    compiler.refresh()
    words = [d.state for d in compare.find(pair.db, compiler, "ITEM")]
    return [w.replace(pair.source, "source").replace(pair.target, "target") for w in words]


@pytest.mark.parametrize("direction", ["both", "one way"])
def test_what_was_written_over_comes_back_and_stays(pair: Pair, direction: str) -> None:
    if direction == "one way":
        pair.configure(direction=pair.source.direction)
        pair.db.execute("select sync.enable_capture()")
    pair.in_step(name="old", size=1)
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    assert counts(pair, result := back(pair, done)) == {"modified": 1}
    assert not result.has_problems
    assert pair.row(pair.target, 1) == ("old", 1, None)
    assert pair.run().pass_id == 0
    assert pair.row(pair.source, 1) == ("new", 1, None)
    assert drift(pair) == ["differs"]


def test_a_field_changed_since_is_left_alone_and_its_neighbour_is_not(pair: Pair) -> None:
    pair.in_step(name="old", size=1)
    pair.edit(pair.source, 1, name="new", size=2)
    done = pair.run().pass_id
    pair.edit(pair.target, 1, name="theirs")
    assert counts(pair, result := back(pair, done)) == {"modified": 1}
    assert left(pair, result) == [("1", "name", "changed")]
    assert pair.row(pair.target, 1) == ("theirs", 1, None)
    pair.run()
    assert pair.row(pair.source, 1) == ("theirs", 2, None), "the edit travels, the undone size does not"


def test_a_null_comes_back(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, note="text")
    done = pair.run().pass_id
    back(pair, done)
    assert pair.row(pair.target, 1) == ("n", 1, None)


def test_created_rows_go_and_are_uncoupled(pair: Pair) -> None:
    pair.configure(coupled_only=False)
    pair.field(3, target_column="note")
    for key in (1, 2):
        pair.insert(pair.source, key, "n", key)
    result = pair.run()
    keys = pair.keys(pair.target)
    created = pair.db.execute("select distinct pass_id, created_side from sync.coupling").fetchall()
    assert created == [(result.pass_id, pair.target.value)]
    pair.edit(pair.target, keys[1], note="mine now")
    undone = back(pair, result.pass_id)
    assert counts(pair, undone) == {"deleted": 1, "uncoupled": 1, "skipped": 1}
    assert left(pair, undone) == [(str(keys[1]), None, "changed")]
    assert pair.keys(pair.target) == [keys[1]]
    assert pair.keys(pair.source) == [1, 2]
    assert pair.couples() == [("2", str(keys[1]))]


def test_a_created_row_whose_couple_ended_is_told_of(pair: Pair) -> None:
    pair.configure(coupled_only=False)
    pair.insert(pair.source, 1, "n", 1)
    done = pair.run().pass_id
    pair.db.execute("select sync.uncouple('ITEM')")
    undone = back(pair, done)
    assert undone.notes == [
        f"ITEM {pair.source.direction}: 1 of the 1 created records are not coupled any more, and were left alone"
    ]
    assert len(pair.keys(pair.target)) == 1


def test_deleted_rows_come_back_whole_and_coupled(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.field(3, is_enabled=False)
    pair.in_step(name="n", size=7)
    pair.edit(pair.target, 1, note="never mapped")
    pair.run()
    pair.delete(pair.source, 1)
    done = pair.run().pass_id
    assert pair.keys(pair.target) == []
    assert counts(pair, back(pair, done)) == {"inserted": 1, "coupled": 1}
    assert pair.row(pair.target, 1) == ("n", 7, "never mapped")
    assert pair.couples() == [("1", "1")]
    assert pair.run().pass_id == 0
    assert drift(pair) == ["source missing"]


def test_a_deleted_row_that_is_there_again_is_left_alone(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.in_step()
    pair.delete(pair.source, 1)
    done = pair.run().pass_id
    pair.insert(pair.target, 1, "other", 1)
    assert left(pair, back(pair, done)) == [("1", None, "there")]
    assert pair.row(pair.target, 1) == ("other", 1, None)


def test_undo_again_finds_nothing_left_of_what_is_back(pair: Pair) -> None:
    pair.configure(on_source_delete="delete")
    pair.in_step(name="old", size=1)
    pair.insert(pair.source, 2, "two", 2)
    pair.insert(pair.target, 2, "two", 2)
    pair.couple(2, 2)
    pair.run()
    pair.edit(pair.source, 1, name="new", size=2)
    pair.delete(pair.source, 2)
    done = pair.run().pass_id
    assert counts(pair, back(pair, done)) == {"modified": 1, "inserted": 1, "coupled": 1}
    pair.edit(pair.target, 1, size=5)
    assert counts(pair, result := back(pair, done)) == {"skipped": 1}
    assert left(pair, result) == [("1", "name", "changed"), ("1", "size", "changed")]
    pair.edit(pair.target, 1, size=1)
    assert counts(pair, result := back(pair, done)) == {}
    assert not result.has_problems


def test_undo_can_be_undone(pair: Pair) -> None:
    pair.configure(coupled_only=False, on_source_delete="delete")
    pair.in_step(1, "old")
    pair.in_step(2)
    pair.edit(pair.source, 1, name="new")
    pair.delete(pair.source, 2)
    pair.insert(pair.source, 3, "third", 3)
    done = pair.run().pass_id
    after = [(k, pair.row(pair.target, k)) for k in pair.keys(pair.target)]
    first = back(pair, done)
    assert [pair.row(pair.target, k) for k in pair.keys(pair.target)] == [("old", 1, None), ("n", 1, None)]
    second = back(pair, first.pass_id)
    assert not second.has_problems
    assert [(k, pair.row(pair.target, k)) for k in pair.keys(pair.target)] == after


def test_a_row_that_was_deleted_since_is_left_alone(pair: Pair) -> None:
    pair.in_step(name="old")
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    pair.delete(pair.target, 1)
    assert left(pair, back(pair, done)) == [("1", "name", "gone")]


def test_a_row_an_application_holds_is_left_alone(pair: Pair, dsn: str) -> None:
    from pysync import database

    pair.in_step(name="old")
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    with database.connect(dsn) as other, other.transaction():
        other.execute(in_target(pair, "select from SCHEMA.item for update"))
        assert left(pair, back(pair, done)) == [("1", "name", "held")]
    assert pair.row(pair.target, 1) == ("new", 1, None)


def test_a_value_the_table_refuses_now_leaves_the_others_undone(pair: Pair) -> None:
    for key in (1, 2, 3):
        pair.in_step(key, "old", -key)
    for key in (1, 2, 3):
        pair.edit(pair.source, key, size=key)
    done = pair.run().pass_id
    check = "alter table SCHEMA.item add constraint item_size_check check (size <> -2) not valid"
    pair.db.execute(in_target(pair, check))
    result = back(pair, done)
    assert [(key, reason[:8]) for key, _, reason in left(pair, result)] == [("2", "refused:")]
    assert [pair.row(pair.target, k) for k in (1, 2, 3)] == [("old", -1, None), ("old", 2, None), ("old", -3, None)]


def test_the_row_is_found_under_the_key_it_has_now(pair: Pair) -> None:
    pair.in_step(name="old")
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    pair.edit(pair.target, 1, id=50)
    pair.run()
    assert counts(pair, back(pair, done)) == {"modified": 1}
    assert pair.row(pair.target, 50) == ("old", 1, None)


def test_without_journal_nothing_is_put_back_and_it_says_so(pair: Pair) -> None:
    pair.configure(is_journaled=False)
    pair.in_step(name="old")
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    result = back(pair, done)
    assert result.notes == [f"ITEM {pair.source.direction}: of 1 records written over, 0 were journaled"]
    assert pair.row(pair.target, 1) == ("new", 1, None)


_COPY = """
create table SCHEMA.copy (id int primary key, name text);
insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only)
values ('COPY', 'SCHEMA.item', 'SCHEMA.copy', 'to_right', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('COPY', 1, 'id', 'id'), ('COPY', 2, 'name', 'name');
select sync.enable_capture();
"""


def in_target(pair: Pair, script: str) -> bytes:
    """A script with SCHEMA for the target's."""
    return script.replace("SCHEMA", "two" if pair.target is Side.RIGHT else "one").encode()


def test_what_undo_writes_travels_to_other_mappings_of_the_table(pair: Pair) -> None:
    pair.db.execute(in_target(pair, _COPY))
    pair.in_step(name="old")
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    back(pair, done)
    pair.run()
    assert pair.db.execute(in_target(pair, "select name from SCHEMA.copy")).fetchall() == [("old",)]
    assert pair.row(pair.target, 1) == ("old", 1, None)
    assert pair.row(pair.source, 1) == ("new", 1, None)


_VIEW = """
alter table SCHEMA.item rename to item_row;
create view SCHEMA.item as select id, name, size, note from SCHEMA.item_row;
update sync.table_mapping set SIDE_key = '{id}', coupled_only = false;
insert into sync.capture_source (mapping_name, side, table_name, key_expression)
values ('ITEM', 'SIDE', 'SCHEMA.item_row', 'id');
update sync.field_mapping set is_enabled = false where field_no = 3;
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('ITEM', 4, 'id', 'id');
select sync.enable_capture();
"""


def test_through_a_view_values_tell_whether_a_created_row_was_touched(pair: Pair) -> None:
    pair.db.execute(in_target(pair, _VIEW.replace("SIDE", pair.target)))
    for key in (1, 2):
        pair.insert(pair.source, key, "n", key)
    done = pair.run().pass_id
    assert pair.keys(pair.target) == [1, 2]
    pair.edit(pair.target, 2, name="mine")
    result = back(pair, done)
    assert left(pair, result) == [("2", None, "changed")]
    assert pair.keys(pair.target) == [2]


def test_thousands_of_records_come_back_each_to_its_own_value(pair: Pair) -> None:
    for side in Side:
        script = "insert into SCHEMA.item (id, name, size) select n, 'old ' || n, n from generate_series(1, 4500) n"
        pair.db.execute(script.replace("SCHEMA", "one" if side is Side.LEFT else "two").encode())
    pair.db.execute("""
        insert into sync.coupling (mapping_name, left_key, right_key)
        select 'ITEM', n::text, n::text from generate_series(1, 4500) n
    """)
    pair.db.execute("delete from sync.outbox")
    source = "one" if pair.source is Side.LEFT else "two"
    edit = "update SCHEMA.item set name = 'new ' || id, note = case when id % 2 = 0 then 'even' end"
    pair.db.execute(edit.replace("SCHEMA", source).encode())
    done = pair.run().pass_id
    pair.db.execute(in_target(pair, "update SCHEMA.item set name = 'mine' where id > 3000 and id % 2 = 1"))
    result = back(pair, done)
    assert counts(pair, result) == {"modified": 3750, "skipped": 750}
    assert sorted(left(pair, result)) == sorted((str(n), "name", "changed") for n in range(3001, 4501, 2))
    assert [x.target_key for x in undo_batch.left(pair.db, 2)] == ["3001", "3003"]
    right = (
        "select count(*), count(*) filter (where name = 'mine') from SCHEMA.item where note is null and size = id"
        " and name = case when id > 3000 and id % 2 = 1 then 'mine' else 'old ' || id end"
    )
    assert pair.db.execute(in_target(pair, right)).fetchone() == (4500, 750)


def test_a_row_that_a_pass_wrote_twice_is_as_it_was_before_the_first_time(pair: Pair) -> None:
    """A pass goes over a mapping several times while new entries come in."""
    pair.in_step(name="old", size=1)
    pair.edit(pair.source, 1, name="new", size=2)
    first = pair.run().pass_id
    pair.edit(pair.source, 1, name="newer", note="text")
    last = pair.run().pass_id
    pair.db.execute("update sync_private.journal set pass_id = $2 where pass_id = $1", (first, last))
    result = back(pair, last)
    assert counts(pair, result) == {"modified": 1}
    assert not result.has_problems
    assert pair.row(pair.target, 1) == ("old", 1, None)


@pytest.mark.parametrize("action", ["cascade", "set null"])
def test_a_created_row_that_somebody_refers_to_by_now_is_left_alone(pair: Pair, action: str) -> None:
    """Deleting it would take along, or blank, what an application has hung on it since."""
    schema = "two" if pair.target is Side.RIGHT else "one"
    query = "create table {}.line (no int primary key, item int references {}.item on delete " + action + ")"
    pair.db.execute(sql.SQL(query).format(sql.Identifier(schema), sql.Identifier(schema)))
    pair.configure(coupled_only=False)
    pair.insert(pair.source, 1, "a", 1)
    pair.insert(pair.source, 2, "b", 2)
    done = pair.run().pass_id
    targets = dict(pair.couples())
    line = sql.SQL("insert into {} values (1, $1)").format(sql.Identifier(schema, "line"))
    pair.db.execute(line, (int(targets["1"]),))
    result = back(pair, done)
    assert left(pair, result) == [(targets["1"], None, "referred to")]
    assert pair.keys(pair.target) == [int(targets["1"])]


def test_a_pass_of_a_mapping_that_was_renamed_since_is_undone(pair: Pair) -> None:
    pair.in_step(name="old", size=1)
    pair.edit(pair.source, 1, name="new")
    done = pair.run().pass_id
    pair.db.execute("select sync.disable_capture('ITEM')")
    pair.db.execute("update sync.table_mapping set mapping_name = 'THING'")
    back(pair, done)
    assert pair.row(pair.target, 1) == ("old", 1, None)
