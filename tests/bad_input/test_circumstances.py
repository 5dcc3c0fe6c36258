"""Circumstances nobody wishes for: keys that are none, rows that are hidden, locks, rivals, references to nothing."""
# ruff: noqa: E501, S608

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from .conftest import Database, Pysync

ROLE = f"bad_circumstances_{os.getpid()}"
EMPTY = """
drop schema if exists l cascade;
drop schema if exists r cascade;
delete from sync.conflict; delete from sync.parked; delete from sync.coupling;
delete from sync.field_mapping; delete from sync.mapping_dependency; delete from sync.table_mapping;
delete from sync.outbox; delete from sync.pass_error;
create schema l;
create schema r;
"""
PART = """
create table l.part (no text primary key, name text);
create table r.part (id text primary key, name text);
insert into l.part values ('A', 'old'), ('B', 'old');
insert into r.part table l.part;
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key, coupled_only)
values ('PART', 'l.part', 'r.part', 'id', 'no', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('PART', 1, 'name', 'name');
insert into sync.coupling (mapping_name, left_key, right_key) select 'PART', no, no from l.part;
select sync.enable_capture('PART');
"""


@pytest.fixture(autouse=True)
def empty(place: Database) -> None:
    place.execute(EMPTY.encode())


@pytest.fixture
def part(place: Database) -> None:
    place.execute(PART.encode())


def _rows(place: Database, query: str) -> list[tuple[object, ...]]:
    return place.execute(query.encode()).fetchall()


@pytest.fixture
def role_dsn(place: Database, place_dsn: str) -> Iterator[str]:
    place.execute(
        f"create role {ROLE} login password 'right' in role sync_engine; grant usage on schema l, r to {ROLE};"
        f" grant all on all tables in schema l, r to {ROLE}".encode()
    )
    yield make_conninfo(place_dsn, user=ROLE, password="right")
    place.execute(f"drop owned by {ROLE} cascade; drop role {ROLE}".encode())


def test_a_target_row_that_row_security_hides_is_parked(
    place: Database, part: None, role_dsn: str, pysync: Pysync
) -> None:
    place.execute("alter table r.part enable row level security")
    place.execute("create policy mine on r.part using (id <> 'A')")
    place.execute("update l.part set name = 'new'")
    assert pysync("run", dsn=role_dsn).code == 1
    (parked,) = _rows(place, "select record_key, target_key, reason, message from sync.parked")
    assert parked[:2] == ("A", "A")
    assert _rows(place, "table r.part order by id") == [("A", "old"), ("B", "new")]
    (problem,) = pysync("problems", "--json").data["problems"]
    assert problem["record_key"] == "A"
    assert problem["next_command"]


def test_a_row_that_row_security_refuses_is_parked(place: Database, part: None, role_dsn: str, pysync: Pysync) -> None:
    place.execute("alter table r.part enable row level security")
    place.execute("create policy mine on r.part using (true) with check (name <> 'secret')")
    place.execute("update l.part set name = case no when 'A' then 'secret' else 'new' end")
    answer = pysync("run", dsn=role_dsn)
    assert answer.code == 1
    assert 'PART to_right A: new row violates row-level security policy for table "part"' in answer.text
    assert _rows(place, "table r.part order by id") == [("A", "old"), ("B", "new")]
    assert _rows(place, "select record_key, sqlstate from sync.parked") == [("A", "42501")]


@pytest.mark.parametrize("condition", ["insufficient_privilege", "undefined_table", "feature_not_supported"])
def test_a_trigger_that_refuses_a_row_hurts_this_row_only(
    condition: str, place: Database, part: None, pysync: Pysync
) -> None:
    """Whatever SQLSTATE the application chose: it is about the row, not about the mapping."""
    place.execute(
        "create function r.refuse() returns trigger language plpgsql as $$ begin"
        f" if new.name = 'secret' then raise {condition} using message = 'not this one'; end if; return new; end $$;"
        " create trigger refuse before update on r.part for each row execute function r.refuse();"
        " update l.part set name = case no when 'A' then 'secret' else 'new' end".encode()
    )
    answer = pysync("run")
    assert answer.code == 1
    assert "PART to_right A: not this one" in answer.text
    assert _rows(place, "table r.part order by id") == [("A", "old"), ("B", "new")]


def test_a_row_without_a_key_is_left_alone(place: Database, pysync: Pysync) -> None:
    """One column or two: what has no key is no record, and stops nobody."""
    place.execute(
        b"create table l.t (a text, b text, v text, unique (a, b)); create table r.t (a text, b text, v text, unique (a, b));"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, right_key, coupled_only)"
        b" values ('T', 'l.t', 'r.t', '{a,b}', '{a,b}', false);"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('T', 1, 'a', 'a'), ('T', 2, 'b', 'b'), ('T', 3, 'v', 'v');"
        b"select sync.enable_capture('T');"
        b"insert into l.t values ('1', '1', 'whole'), (null, '1', 'x'), ('1', null, 'x'), (null, null, 'x'), ('', '', 'blank');"
    )
    assert pysync("run").code == 0
    assert _rows(place, "table r.t order by 1") == [("", "", "blank"), ("1", "1", "whole")]
    place.execute("update l.t set b = '2' where a = '1' and b is null")
    place.execute("update l.t set b = null where v = 'blank'")
    answer = pysync("run", "--json")
    assert ("1", "2", "x") in _rows(place, "table r.t")
    assert answer.data["faults"] == []
    assert pysync("check").code == 2
    assert "key column a of l.t may be null" in pysync("check").text


def test_a_key_that_a_view_has_twice_is_told(place: Database, pysync: Pysync) -> None:
    place.execute(
        b"create table l.base (no text, name text); create view l.v as select no, name from l.base;"
        b"create table r.t (id text primary key, name text);"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, right_new_key, coupled_only, direction)"
        b" values ('V', 'l.v', 'r.t', '{no}', 'no', false, 'to_right');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('V', 1, 'name', 'name');"
        b"insert into sync.capture_source (mapping_name, side, table_name, key_expression) values ('V', 'left', 'l.base', 'no');"
        b"select sync.enable_capture('V');"
        b"insert into l.base values ('1', 'one'), ('1', 'uno'), ('2', 'two');"
    )
    answer = pysync("run")
    print(
        answer,
        _rows(place, "select record_key, reason, sqlstate, message from sync.parked"),
        _rows(place, "table r.t"),
        _rows(place, "select record_key from sync.outbox"),
    )
    assert answer.code == 1
    assert _rows(place, "table r.t") == [("2", "two")]
    assert _rows(place, "select record_key from sync.parked") == [("1",)]


def test_a_reference_to_nothing_waits_and_comes_when_it_is_there(place: Database, part: None, pysync: Pysync) -> None:
    place.execute(
        b"create table l.line (no text primary key, part text); create table r.line (id text primary key, part text references r.part);"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, right_new_key, coupled_only, direction)"
        b" values ('LINE', 'l.line', 'r.line', 'no', false, 'to_right');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference)"
        b" values ('LINE', 1, 'part', 'part', 'PART');"
        b"select sync.enable_capture('LINE'); insert into l.line values ('1', 'Z'), ('2', 'A'), ('3', null);"
    )
    assert pysync("run").code == 0
    assert _rows(place, "select record_key, reason, waits_for_mapping, waits_for_key from sync.parked") == [
        ("1", "reference", "PART", "Z")
    ]
    assert _rows(place, "select id from r.line order by 1") == [("2",), ("3",)]
    (problem,) = pysync("problems", "--json").data["problems"]
    assert (problem["mapping_name"], problem["next_command"]) == ("LINE", "pysync why PART Z")
    place.execute("insert into l.part values ('Z', 'late')")
    assert pysync("run").code == 0
    assert _rows(place, "select id, part from r.line where id = '1'") == [("1", "Z")]


def test_an_option_there_is_not_waits_with_the_insert_to_type(place: Database, part: None, pysync: Pysync) -> None:
    place.execute(
        b"insert into sync.option_mapping values ('NAMES', 'new', 'neu');"
        b"update sync.field_mapping set option_set = 'NAMES';"
        b"update l.part set name = case no when 'A' then 'new' else 'odd' end"
    )
    pysync("run")
    assert _rows(place, "table r.part order by id") == [("A", "neu"), ("B", "old")]
    (problem,) = pysync("problems", "--json").data["problems"]
    assert "odd" in problem["message"]
    assert problem["next_command"].startswith(
        "insert into sync.option_mapping (option_set, left_value, right_value) values ('NAMES'"
    )
    place.execute("delete from sync.option_mapping")


def test_rows_that_refer_to_themselves_and_each_other_arrive(place: Database, pysync: Pysync) -> None:
    place.execute(
        b"create table l.man (no text primary key, boss text); create table r.man (id text primary key, boss text references r.man);"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, right_new_key, coupled_only, direction)"
        b" values ('MAN', 'l.man', 'r.man', '''r'' || no', false, 'to_right');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference)"
        b" values ('MAN', 1, 'boss', 'boss', 'MAN');"
        b"select sync.enable_capture('MAN'); insert into l.man values ('1', '1'), ('2', '3'), ('3', '2');"
    )
    assert pysync("run").code == 0
    assert _rows(place, "table r.man order by 1") == [("r1", "r1"), ("r2", "r3"), ("r3", "r2")]


def test_a_row_that_an_application_locks_is_waited_for_by_nobody(
    place: Database, part: None, place_dsn: str, pysync: Pysync
) -> None:
    place.execute("update l.part set name = 'new'")
    with psycopg.connect(place_dsn) as application:
        application.execute("select * from r.part where id = 'A' for update")
        answer = pysync("run")
        assert answer.code == 0
        assert "records that an application holds were put back" in answer.text
        assert _rows(place, "table r.part order by id") == [("A", "old"), ("B", "new")]
        assert _rows(place, "select record_key from sync.outbox") == [("A",)]
    assert pysync("run").code == 0
    assert _rows(place, "table r.part order by id") == [("A", "new"), ("B", "new")]


@pytest.mark.parametrize("table", ["l.part", "r.part"])
def test_a_table_that_is_locked_whole_is_left_for_later(
    table: str, place: Database, part: None, place_dsn: str, pysync: Pysync
) -> None:
    place.execute("update l.part set name = 'new'")
    with psycopg.connect(place_dsn) as application:
        application.execute(f"lock table {table} in access exclusive mode".encode())
        answer = pysync("run", dsn=make_conninfo(place_dsn, options="-c lock_timeout=2s"))
        assert answer.code == 0
        assert "records that an application holds were put back" in answer.text
        assert application.execute("select name from r.part").fetchall() == [("old",), ("old",)]
        assert len(_rows(place, "select from sync.outbox")) == 2
    assert pysync("run").code == 0
    assert _rows(place, "select distinct name from r.part") == [("new",)]


def test_two_runners_on_one_mapping_do_not_meet(place: Database, part: None, place_dsn: str, pysync: Pysync) -> None:
    place.execute("update l.part set name = 'new'")
    with psycopg.connect(place_dsn) as rival:
        rival.execute("select pg_advisory_xact_lock(hashtextextended('pysync.PART', 0))")
        answer = pysync("run")
        assert answer.code == 0
        assert "PART was left out: another pass is working on it" in answer.text
        assert pysync("run", "--json").data["busy"] == ["PART"]
        record = pysync("record", "PART", "A", "--side", "left")
        assert record.code == 1
        assert "another pass is working on PART" in record.text
        explained = pysync("explain", "PART", "--record", "A", "--side", "left")
        assert explained.code == 1
        assert "a pass is working on PART" in explained.text
        assert len(_rows(place, "select from sync.outbox")) == 3
    assert pysync("run").code == 0
    assert _rows(place, "select distinct name from r.part") == [("new",)]


ENABLE = "update sync.table_mapping set is_enabled = true where mapping_name = 'PART'"


@pytest.mark.parametrize(
    ("how", "word", "hint"),
    [
        ("select sync.pause('PART')", "paused", "select sync.resume('PART')"),
        ("update sync.table_mapping set is_enabled = false", "disabled", ENABLE),
    ],
    ids=["paused", "disabled"],
)
def test_a_mapping_that_is_held_keeps_its_entries_even_when_named(
    how: str, word: str, hint: str, place: Database, part: None, pysync: Pysync
) -> None:
    place.execute("update l.part set name = 'new'")
    place.execute(how.encode())
    for command in (["run", "PART"], ["run", "--dry-run", "PART"], ["record", "PART", "A", "--side", "left"]):
        answer = pysync(*command)
        assert (answer.code, answer.err) == (2, f"error: mapping PART is {word}\nhint: {hint}\n")
    assert pysync("run").code == 0
    assert len(_rows(place, "select from sync.outbox")) == 2
    assert _rows(place, "select distinct name from r.part") == [("old",)]
    place.execute(hint.encode())
    assert pysync("run", "PART").code == 0
    assert _rows(place, "select distinct name from r.part") == [("new",)]


def test_a_truncate_that_foreign_keys_forbid_changes_nothing(place: Database, part: None, pysync: Pysync) -> None:
    """The left is emptied; on the right a row is needed by another: that one is parked, the others go."""
    place.execute("update sync.table_mapping set on_left_delete = 'delete'")
    place.execute("create table r.need (part text constraint need_part_fkey references r.part)")
    place.execute("insert into r.need values ('A')")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        place.execute("truncate r.part")
    place.execute("truncate l.part")
    answer = pysync("run")
    assert answer.code == 1
    assert "need_part_fkey" in answer.text
    assert _rows(place, "select id from r.part") == [("A",)]
    assert _rows(place, "select record_key, sqlstate from sync.parked") == [("A", "23503")]


def test_a_view_without_sources_is_said_to_be_deaf(place: Database, part: None, pysync: Pysync) -> None:
    place.execute("create view l.seen as select * from l.part")
    place.execute("update sync.table_mapping set left_table = 'l.seen', left_key = '{no}'")
    answer = pysync("check")
    assert "l.seen is a view and no row of sync.capture_source names" in answer.text
    place.execute("select sync.enable_capture('PART')")
    assert "sync.capture_source" in pysync("problems").text


def test_a_pack_is_not_installed_twice(place: Database, pysync: Pysync) -> None:
    assert pysync("pack", "install", "business_central_sales", "--no-data").code == 0
    before = _rows(place, "select count(*), sum(revision) from sync.table_mapping")
    answer = pysync("pack", "install", "business_central_sales")
    assert answer.code == 2
    assert "the database has a schema" in answer.err
    assert "pysync pack remove business_central_sales" in answer.err
    assert _rows(place, "select count(*), sum(revision) from sync.table_mapping") == before
    assert pysync("pack", "remove", "business_central_sales", "--yes").code == 0
