"""A scan of the source table does what asking for every row and a pass would do, and writes no entry for a row."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from pysync import database
from pysync.database import Connection
from pysync.model import Side
from pysync.runner import Runner
from pysync.scan import Page
from tests.passes.conftest import Pair, whole


def one_way(pair: Pair) -> None:
    """Let a scan of the source look at couples, whichever side that is."""
    pair.configure(direction=pair.source.direction)


def asked(db: Connection) -> list[tuple[str, str]]:
    return db.execute("select record_key, operation from sync.outbox order by entry_id").fetchall()


def drop_entries(db: Connection) -> None:
    db.execute("delete from sync.outbox")


def test_uncoupled_rows_are_created_and_coupled_rows_compared_whole(pair: Pair) -> None:
    one_way(pair)
    for key in (1, 2, 3):
        pair.in_step(key)
    for key in (10, 11, 12):
        pair.insert(pair.source, key, "new", key)
    pair.edit(pair.source, 2, name="unnoticed")
    drop_entries(pair.db)
    before = pair.db.execute("select last_value from sync.outbox_entry_id_seq").fetchone()
    pages = whole(pair.db, pair.source)
    assert [(p.rows, p.last_key, p.is_asked) for p in pages] == [(2, "2", False), (2, "10", False), (2, "12", False)]
    assert [(p.counts.inserted, p.counts.modified, p.counts.unchanged) for p in pages] == [
        (0, 1, 1),
        (1, 0, 1),
        (2, 0, 0),
    ]
    assert pair.row(pair.target, 2) == ("unnoticed", 1, None)
    assert len(pair.couples()) == 6
    after = pair.db.execute("select last_value from sync.outbox_entry_id_seq").fetchone()
    assert before is not None
    assert after is not None
    assert after[0] - before[0] <= len(pages), "at most one number a page"
    assert asked(pair.db) == []
    assert pair.run().pass_id == 0
    again = whole(pair.db, pair.source, limit=100)
    assert [p.counts.unchanged for p in again] == [6]


def test_an_empty_table_has_no_page(pair: Pair) -> None:
    assert whole(pair.db, pair.source) == []


def test_a_row_with_changes_of_its_own_keeps_its_base(pair: Pair) -> None:
    pair.in_step(1)
    pair.edit(pair.source, 1, name="ours")
    pair.edit(pair.target, 1, size=7)
    whole(pair.db, pair.source)
    assert ("1", "update") in asked(pair.db)
    pair.run()
    # What the source did not edit is asked for as well, and meets the other side's edit: nobody's value is lost.
    assert pair.row(pair.target, 1) == ("ours", 7, None)


def test_an_edit_of_the_other_side_is_a_conflict_not_overwritten(pair: Pair) -> None:
    pair.in_step(1)
    pair.edit(pair.target, 1, name="theirs")
    (page,) = whole(pair.db, pair.source)
    looked_at = pair.source is Side.LEFT
    assert page.counts.conflicted == looked_at
    assert pair.conflicts() == ([(1, "n", "theirs", None, False)] if looked_at else [])
    assert pair.row(pair.target, 1) == ("theirs", 1, None)


def test_a_deletion_that_waits_is_not_undone(pair: Pair) -> None:
    one_way(pair)
    pair.configure(on_source_delete="delete")
    for key in (1, 2):
        pair.in_step(key)
    pair.delete(pair.source, 1)
    (page,) = whole(pair.db, pair.source)
    assert (page.rows, page.counts.unchanged) == (1, 1)
    pair.run()
    assert pair.keys(pair.target) == [2]


def test_a_deletion_of_the_other_side_that_waits_is_left_to_the_pass(pair: Pair) -> None:
    pair.configure(on_target_delete="delete")
    pair.in_step(1)
    pair.delete(pair.target, 1)
    whole(pair.db, pair.source)
    pair.run()
    pair.run()
    assert pair.keys(pair.target) == []


def test_a_row_whose_key_is_yet_to_be_followed_is_not_created_again(pair: Pair) -> None:
    pair.in_step(1)
    pair.edit(pair.source, 1, id=5)
    whole(pair.db, pair.source)
    assert pair.keys(pair.target) == [1]
    pair.run()
    assert pair.couples() == [("5", "1")]
    assert pair.keys(pair.target) == [1]


def test_a_parked_record_is_asked_for(pair: Pair) -> None:
    one_way(pair)
    pair.in_step(1)
    pair.db.execute(
        "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
        " captured_by, reason, message) values ('ITEM', $1, '1', 'update', 1, 1, now(), 'x', 'error', 'x')",
        [pair.source],
    )
    whole(pair.db, pair.source)
    assert asked(pair.db) == [("1", "create")]
    pair.run()
    assert pair.parked() == []


def test_what_the_database_refuses_is_found_by_the_pass(pair: Pair) -> None:
    for key in range(1, 7):
        pair.insert(pair.source, key, "n", key)
    pair.db.execute(
        psycopg.sql.SQL("alter table {} add constraint small check (size <> 3)").format(pair.table(pair.target))
    )
    drop_entries(pair.db)
    pages = whole(pair.db, pair.source)
    assert [(p.is_asked, p.rows, p.counts.inserted) for p in pages] == [(False, 2, 2), (True, 2, 1), (False, 2, 2)]
    assert asked(pair.db) == [("3", "create")]
    assert pair.counts(pair.run()) == {"failed": 1}
    assert pair.parked() == [("source", "3", "error")]
    assert len(pair.couples()) == 5


def test_of_a_refused_page_only_couples_are_asked_for_when_nothing_is_created(pair: Pair) -> None:
    pair.configure(direction=pair.source.direction, full_sync="update")
    for key in (1, 2):
        pair.in_step(key)
    pair.insert(pair.source, 3, "new", 3)
    pair.edit(pair.source, 2, size=7)
    pair.db.execute(
        psycopg.sql.SQL("alter table {} add constraint small check (size <> 7)").format(pair.table(pair.target))
    )
    drop_entries(pair.db)
    (page,) = whole(pair.db, pair.source, limit=10)
    assert (page.rows, page.is_asked) == (3, True)
    assert asked(pair.db) == [("2", "create")]
    assert pair.keys(pair.target) == [1, 2]


SENT_ALONE = """
create table public.l (id int primary key, a text, b int); create table public.r (id int primary key, a text, n int);
insert into public.l select n, 'same', 7 from generate_series(1, 9) n;
insert into public.r select n, 'same', n % 5 from generate_series(1, 9) n;
insert into sync.table_mapping (mapping_name, left_table, right_table) values ('ITEM', 'public.l', 'public.r');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_left)
values ('ITEM', 1, 'a', 'a', 'both', null), ('ITEM', 2, 'b', 'n', 'to_left', '12 / n');
insert into sync.coupling (mapping_name, left_key, right_key) select 'ITEM', n, n from generate_series(1, 9) n;
select sync.enable_capture();
"""


def test_a_bad_couple_of_the_side_that_follows_is_parked_and_keeps_no_other_from_being_compared(db: Connection) -> None:
    db.execute(SENT_ALONE.encode())
    saved: list[str] = []
    pages = whole(db, Side.RIGHT, limit=8, save=lambda page: saved.append(page.last_key))
    assert [(p.rows, p.counts.modified, p.is_asked) for p in pages] == [(8, 7, True), (1, 1, False)]
    assert asked(db) == [("5", "answer")]
    Runner(db).run()
    assert saved == ["4", "5", "6", "8", "9"]
    left = "select id, b from public.l order by 1"
    assert db.execute(left).fetchall() == [(n, 12 // (n % 5) if n != 5 else 7) for n in range(1, 10)]
    parked = "select side, record_key, operation, reason, message from sync.parked"
    assert db.execute(parked).fetchall() == [("right", "5", "answer", "error", "division by zero")]
    assert asked(db) == []
    assert db.execute("select record_key, sqlstate from sync.pass_error").fetchall() == [("5", "22012")]
    db.execute("update public.r set n = 6 where id = 5")
    Runner(db).run()
    assert db.execute("select b from public.l where id = 5").fetchone() == (2,)
    assert db.execute(parked).fetchall() == []


def test_a_bad_row_that_would_not_be_compared_is_nobodys_fault(db: Connection) -> None:
    db.execute(SENT_ALONE.encode())
    db.execute("update sync.coupling set created_side = 'right' where right_key = '5'")
    pages = whole(db, Side.RIGHT, limit=100)
    assert [(p.rows, p.counts.modified, p.counts.failed) for p in pages] == [(9, 8, 0)]
    assert db.execute("select * from sync.parked").fetchall() == asked(db) == []


def test_a_held_target_row_is_put_back(pair: Pair, dsn: str) -> None:
    one_way(pair)
    pair.in_step(1)
    pair.edit(pair.source, 1, name="unnoticed")
    drop_entries(pair.db)
    pair.db.execute("select sync_private.refresh_capture('ITEM')")
    with database.connect(dsn) as other, other.transaction():
        other.execute(psycopg.sql.SQL("select from {} for update").format(pair.table(pair.target)))
        (page,) = whole(pair.db, pair.source)
        assert page.counts.held == 1
    assert asked(pair.db) == [("1", "create")]
    pair.run()
    assert pair.row(pair.target, 1) == ("unnoticed", 1, None)


def test_of_two_equal_sides_the_right_one_gives_only_what_is_not_coupled(db: Connection) -> None:
    db.execute(
        """
        create table public.l (id int primary key, a text); create table public.r (id int primary key, a text);
        insert into public.l values (1, 'l'), (2, 'same'); insert into public.r values (1, 'r'), (3, 'alone');
        insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key)
        values ('ITEM', 'public.l', 'public.r', 'id', 'id');
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('ITEM', 1, 'a', 'a');
        insert into sync.coupling (mapping_name, left_key, right_key) values ('ITEM', '1', '1');
        select sync.enable_capture();
        """
    )
    (page,) = whole(db, Side.RIGHT, limit=10)
    assert (page.rows, page.counts.inserted, page.counts.modified) == (2, 1, 0)
    assert db.execute("select * from public.l order by 1").fetchall() == [(1, "l"), (2, "same"), (3, "alone")]


def test_a_scan_that_was_killed_goes_on_where_it_was(pair: Pair) -> None:
    for key in range(1, 8):
        pair.insert(pair.source, key, "n", key)
    drop_entries(pair.db)
    pair.db.execute("create table public.position (last_key text)")

    class Killed(Exception):
        pass

    def save(page: Page) -> None:
        pair.db.execute("delete from public.position")
        pair.db.execute("insert into public.position values ($1)", [page.last_key])
        if page.last_key == "6":
            raise Killed

    with pytest.raises(Killed):
        whole(pair.db, pair.source, limit=3, save=save)
    assert pair.db.execute("select last_key from public.position").fetchall() == [("3",)]
    assert [s for s, _ in pair.couples()] == ["1", "2", "3"]
    assert sum(p.counts.inserted for p in whole(pair.db, pair.source)) == 4
    assert len(pair.keys(pair.target)) == 7


def test_a_row_that_a_pass_created_blanks_nothing_that_only_its_side_sends(pair: Pair) -> None:
    """The field was never sent to the new row: it is blank there, which is not what anybody typed."""
    pair.configure(update_conflict=f"{pair.source}_wins", coupled_only=False)
    pair.field(3, direction=pair.target.direction)
    pair.insert(pair.source, 1, "new", 1)
    pair.edit(pair.source, 1, note="own")
    drop_entries(pair.db)
    whole(pair.db, pair.source)
    whole(pair.db, pair.target)
    assert pair.row(pair.source, 1) == ("new", 1, "own")
    ((_, target),) = pair.couples()
    pair.edit(pair.target, int(target), note="typed")
    pair.run()
    assert pair.row(pair.source, 1) == ("new", 1, "typed")


def test_a_couple_that_the_following_side_cannot_write_comes_back_with_what_only_it_sends(pair: Pair, dsn: str) -> None:
    """As `create` it would count as wholly changed, and write over the side that leads."""
    pair.configure(update_conflict=f"{pair.source}_wins")
    pair.field(1, **{f"to_{pair.target}": "upper(name)"})
    pair.field(3, direction=pair.target.direction)
    pair.insert(pair.source, 1, "Bob", 1)
    pair.insert(pair.target, 1, "BOB", 1)
    pair.edit(pair.target, 1, note="typed")
    pair.couple(1, 1)
    drop_entries(pair.db)
    with database.connect(dsn) as other, other.transaction():
        other.execute(sql.SQL("select from {} for update").format(pair.table(pair.source)))
        whole(pair.db, pair.target)
    assert asked(pair.db) == [("1", "answer")]
    with database.connect(dsn) as other, other.transaction():
        other.execute(sql.SQL("select from {} for update").format(pair.table(pair.source)))
        pair.run()
    assert asked(pair.db) == [("1", "answer")]
    pair.run()
    assert pair.row(pair.source, 1) == ("Bob", 1, "typed")


def test_what_only_the_following_side_sends_arrives_when_the_row_it_refers_to_is_coupled(db: Connection) -> None:
    db.execute(SENT_ALONE.encode())
    db.execute(
        """
        create table public.lu (id int primary key); create table public.ru (id int primary key);
        insert into public.lu values (70); insert into public.ru values (4);
        insert into sync.table_mapping (mapping_name, left_table, right_table)
        values ('UNIT', 'public.lu', 'public.ru');
        update sync.field_mapping set reference = 'UNIT', to_left = null where field_no = 2;
        update sync.field_mapping set to_left = 'upper(a)' where field_no = 1;
        """
    )
    db.execute("select sync.enable_capture()")
    whole(db, Side.RIGHT, limit=100)
    Runner(db).run()
    assert db.execute("select distinct operation, reason from sync.parked").fetchall() == [("answer", "reference")]
    db.execute("select sync.couple('UNIT', '70', '4')")
    Runner(db).run()
    Runner(db).run()
    assert db.execute("select id, a, b from public.l where b > 7").fetchall() == [(4, "same", 70), (9, "same", 70)]
