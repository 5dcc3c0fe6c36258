"""What the target's own triggers, rules and views do while a pass writes disturbs no write."""

from __future__ import annotations

import pytest
from psycopg import sql

from pysync import check
from pysync.model import Side
from tests.passes.conftest import Pair


def schema(pair: Pair) -> str:
    """The target's."""
    return "one" if pair.target is Side.LEFT else "two"


def define(pair: Pair, script: str) -> None:
    """Run a script; `{s}` stands for the target's schema."""
    pair.db.execute(script.replace("{s}", schema(pair)).encode())


def through_view(pair: Pair) -> None:
    """Let the mapping write to the view `v` of the target's schema, one way."""
    pair.configure(direction=pair.source.direction, target_table=f"{schema(pair)}.v", target_key=["id"])
    pair.db.execute("select sync.enable_capture(); delete from sync.outbox")


def told(pair: Pair) -> tuple[dict[str, int], dict[str, str], list[tuple[object, ...]]]:
    """What a pass counts, the mappings it could not run, and what it set aside."""
    result = pair.run()
    return pair.counts(result), {name: fault.message for name, fault in result.faults.items()}, pair.parked()


CLOSE = """
create function {s}.close() returns trigger language plpgsql as $$
begin
    if new.name = 'closed' then perform sync.DOES('ITEM', new.id::text, null); end if;
    return new;
end $$;
create trigger close WHEN update on {s}.item for each row execute function {s}.close();
"""
PUT = """
create view {s}.v as select id, name, size, note from {s}.item;
create function {s}.put() returns trigger language plpgsql as $$
begin
    update {s}.item set name = new.name, size = new.size, note = new.note where id = old.id;
    return new;
end $$;
create trigger put instead of update on {s}.v for each row execute function {s}.put();
"""


@pytest.mark.parametrize("where", ["table", "view"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("does", "couples"), [("skip", [(True,)]), ("uncouple", [])])
def test_a_trigger_of_the_target_may_end_the_couple_whose_row_is_written(
    pair: Pair, where: str, when: str, does: str, couples: list[tuple[bool]]
) -> None:
    pair.in_step(1)
    script = CLOSE.replace("WHEN", when).replace("DOES", does)
    define(pair, script if does == "uncouple" else script.replace(", null", ""))
    if where == "view":
        define(pair, PUT)
        through_view(pair)
    pair.edit(pair.source, 1, name="closed")
    assert told(pair) == ({"modified": 1}, {}, [])
    assert pair.row(pair.target, 1) == ("closed", 1, None)
    assert pair.db.execute("select is_skipped from sync.coupling").fetchall() == couples


RULES = """
create view {s}.v as select id, name, size, note from {s}.item;
create rule u as on update to {s}.v do instead
    update {s}.item set name = new.name, size = new.size, note = new.note where id = old.id;
create rule d as on delete to {s}.v do instead delete from {s}.item where id = old.id;
create rule i as on insert to {s}.v do instead
    insert into {s}.item (id, name, size, note) values (new.id, new.name, new.size, new.note);
"""


def test_a_view_that_rules_make_writable_is_written(pair: Pair) -> None:
    for key in (1, 2):
        pair.in_step(key)
    define(pair, RULES)
    through_view(pair)
    pair.configure(on_source_delete="delete", coupled_only=False, target_new_key="id")
    assert check.check(pair.db) == ()
    pair.edit(pair.source, 1, name="new")
    pair.delete(pair.source, 2)
    pair.insert(pair.source, 3, "made", 3)
    assert told(pair)[1:] == ({}, [])
    assert pair.keys(pair.target) == [1, 3]
    assert [pair.row(pair.target, key) for key in (1, 3)] == [("new", 1, None), ("made", 3, None)]


@pytest.mark.parametrize("where", ["table", "view"])
def test_a_rule_that_does_something_else_as_well_is_let_do_it(pair: Pair, where: str) -> None:
    pair.in_step(1)
    define(
        pair,
        """
        create table {s}.seen (id int);
        create rule also as on update to {s}.item do also insert into {s}.seen values (old.id);
        """,
    )
    if where == "view":
        define(pair, "create view {s}.v as select id, name, size, note from {s}.item")
        through_view(pair)
    pair.edit(pair.source, 1, name="new")
    assert told(pair) == ({"modified": 1}, {}, [])
    assert pair.row(pair.target, 1) == ("new", 1, None)


@pytest.mark.parametrize("does", ["update", "delete"])
def test_a_batch_through_a_view_looks_its_rows_up_by_key(pair: Pair, does: str) -> None:
    """Not so as the planner would for many rows: by the index of the view's own condition it would read them all."""
    define(
        pair,
        """
        alter table {s}.item add company text not null default 'CRONUS', set (autovacuum_enabled = off);
        create index item_company_idx on {s}.item (company);
        create view {s}.v as select id, name, size, note from {s}.item where company = 'CRONUS';
        """,
    )
    for side in Side:
        rows = "insert into {} (id, name) select n, 'n' from generate_series(1, 20000) as n"
        pair.db.execute(sql.SQL(rows).format(pair.table(side)))
    pair.db.execute(
        "insert into sync.coupling (mapping_name, left_key, right_key) select 'ITEM', n, n"
        " from generate_series(1, 20000) as n"
    )
    through_view(pair)
    pair.configure(on_source_delete="delete")
    change = "update {} set name = 'new' where id <= 3000" if does == "update" else "delete from {} where id <= 3000"
    pair.db.execute(sql.SQL(change).format(pair.table(pair.source)))
    assert told(pair) == (
        {"modified": 3000} if does == "update" else {"deleted": 3000, "uncoupled": 3000},
        {},
        [],
    )
    pair.db.execute("select pg_stat_force_next_flush()")
    read = pair.db.execute(
        "select idx_tup_read from pg_stat_user_indexes where indexrelname = 'item_company_idx'"
    ).fetchone()
    assert read == (0,)


def test_a_rule_on_a_table_that_is_only_read_is_nothing_to_us(pair: Pair) -> None:
    pair.in_step(1)
    pair.configure(direction=pair.source.direction)
    define(Pair(pair.db, pair.target), "create rule also as on update to {s}.item do also notify x")
    pair.edit(pair.target, 1, id=77)
    assert told(pair) == ({}, {}, [])
    assert pair.couples() == [("1", "77")]


@pytest.mark.parametrize("key", [1, 500])
def test_a_row_of_a_table_that_others_inherit_from_is_found_among_theirs(pair: Pair, key: int) -> None:
    """Each table has a row at the same position."""
    define(pair, "create table {s}.child (primary key (id)) inherits ({s}.item)")
    pair.in_step(1)
    define(pair, "insert into {s}.child (id, name, size) values (500, 'n', 1), (501, 'n', 1)")
    pair.insert(pair.source, 500, "n", 1)
    pair.couple(500, 500)
    pair.db.execute("select sync.enable_capture(); delete from sync.outbox")
    pair.edit(pair.source, key, name="new")
    pair.edit(pair.target, key, size=9)
    assert told(pair) == ({"modified": 1}, {}, [])
    assert pair.row(pair.target, key) == pair.row(pair.source, key) == ("new", 9, None)
    assert pair.conflicts() == []


def test_a_row_whose_key_a_parent_and_its_child_both_have_is_parked_and_neither_is_written(pair: Pair) -> None:
    define(pair, "create table {s}.child () inherits ({s}.item)")
    pair.in_step(1)
    define(pair, "insert into {s}.child (id, name, size) values (1, 'n', 1)")
    pair.db.execute("select sync.enable_capture(); delete from sync.outbox")
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.parked() == [("source", "1", "error")]
    define(pair, "do $$ begin assert (select array_agg(name) from {s}.item) = '{n,n}'; end $$")


PARTS = """
create table {s}.p (id int primary key, name text, size int, note text) partition by range (id);
create table {s}.p1 partition of {s}.p for values from (0) to (100);
create function {s}.tidy() returns trigger language plpgsql as $$ begin new.note := 'tidy'; return new; end $$;
create trigger tidy before update on {s}.p1 for each row execute function {s}.tidy();
insert into {s}.p (id, name, size) values (1, 'n', 1);
"""


def test_what_a_trigger_of_one_partition_makes_of_a_row_travels_back(pair: Pair) -> None:
    define(pair, PARTS)
    pair.configure(target_table=f"{schema(pair)}.p")
    pair.db.execute("select sync.enable_capture()")
    pair.insert(pair.source, 1, "n", 1)
    pair.couple(1, 1)
    pair.db.execute("delete from sync.outbox")
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.source, 1) == ("new", 1, "tidy")
