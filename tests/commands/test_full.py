"""`pysync full`: every row of every mapping, with its review."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from pysync import compare, database, full
from pysync.compiler import Compiler

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]

SALES = """
create schema erp;
create schema crm;
create table erp.person (code text primary key, name text);
create table crm.person (id text primary key, name text);
create table erp.customer (no text primary key, name text, city text, person text, rating text, credit integer);
create table crm.account (
    id text primary key, name text, city text, person text, rating text,
    credit integer constraint account_credit_check check (credit < 1000));
create table erp.address (no text primary key, customer text, street text);
create table crm.address (id text primary key, account text not null, street text);
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key) values
    ('PERSON', 'erp.person', 'crm.person', '''l'' || id', '''r'' || code'),
    ('CUSTOMER', 'erp.customer', 'crm.account', '''l'' || id', '''r'' || no'),
    ('ADDRESS', 'erp.address', 'crm.address', '''l'' || id', '''r'' || no');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference, direction, match_priority)
values
    ('PERSON', 1, 'name', 'name', null, 'both', 1),
    ('CUSTOMER', 1, 'name', 'name', null, 'both', 1),
    ('CUSTOMER', 2, 'city', 'city', null, 'both', null),
    ('CUSTOMER', 3, 'person', 'person', 'PERSON', 'both', null),
    ('CUSTOMER', 4, 'rating', 'rating', null, 'to_left', null),
    ('CUSTOMER', 5, 'credit', 'credit', null, 'to_right', null),
    ('ADDRESS', 1, 'customer', 'account', 'CUSTOMER', 'both', null),
    ('ADDRESS', 2, 'street', 'street', null, 'both', null);
select sync.enable_capture();
"""


@pytest.fixture
def sales(dsn: str) -> Any:
    with database.connect(dsn, application_name="pysync test") as connection:
        connection.execute(SALES.encode())
        yield connection


def fill(db: Database, table: str, *rows: tuple[Any, ...]) -> None:
    """Rows that were there before anything was captured."""
    name = sql.Identifier(*table.split("."))
    for row in rows:
        values = sql.SQL(", ").join(sql.SQL(f"${n}") for n in range(1, len(row) + 1))
        db.execute(sql.SQL("insert into {} values ({})").format(name, values), row)
    db.execute("delete from sync.outbox")


def configure(db: Database, mapping: str, **columns: Any) -> None:
    for name, value in columns.items():
        query = sql.SQL("update sync.table_mapping set {} = $1 where mapping_name = $2").format(sql.Identifier(name))
        db.execute(query, (value, mapping))


def rows(db: Database, table: str) -> list[tuple[Any, ...]]:
    return db.execute(sql.SQL("select * from {} order by 1").format(sql.Identifier(*table.split(".")))).fetchall()


def review(db: Database, *columns: str) -> list[tuple[Any, ...]]:
    listed = sql.SQL(", ").join(map(sql.Identifier, ("mapping_name", *columns)))
    return db.execute(sql.SQL("select {} from sync.full_sync_review order by 1").format(listed)).fetchall()


def recommended(pysync: Pysync, db: Database) -> dict[str, str]:
    told = {line["mapping"]: line["recommendation"] for line in pysync("full", "--review", "--json").data["review"]}
    assert told == dict(review(db, "recommendation"))
    return told


def test_the_review_recommends_by_what_is_there(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    fill(sales, "crm.person", ("7", "Ann"))
    fill(sales, "crm.account", ("1", "Alder"))
    assert recommended(pysync, sales) == {"PERSON": "couple", "CUSTOMER": "full", "ADDRESS": "nothing to do"}
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('PERSON', 'AB', '7')")
    configure(sales, "CUSTOMER", full_sync="couple")
    configure(sales, "ADDRESS", full_sync="full")
    assert recommended(pysync, sales) == {"PERSON": "full", "CUSTOMER": "couple", "ADDRESS": "full"}
    configure(sales, "PERSON", full_sync="none")
    assert recommended(pysync, sales)["PERSON"] == "nothing to do"


def test_the_review_is_quick_although_the_statistics_are_older_than_the_couples(sales: Database) -> None:
    configure(sales, "PERSON", coupled_only=False)
    sales.execute("alter table sync.coupling set (autovacuum_enabled = false)")
    sales.execute("select sync.disable_capture()")
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) select 'ADDRESS', i::text, i::text"
                  " from generate_series(1, 1000) as i")  # fmt: skip
    sales.execute("analyze sync.coupling")
    for statement in (
        "insert into erp.person select i::text, 'Ann' from generate_series(1, 30000) as i",
        "insert into crm.person select i::text, 'Ann' from generate_series(1, 30000) as i",
        "insert into sync.coupling (mapping_name, left_key, right_key) select 'PERSON', code, code from erp.person",
    ):
        sales.execute(statement.encode())
    # Hundreds of milliseconds; looking at every pair takes most of a minute.
    sales.execute("set statement_timeout = '5s'")
    assert ("PERSON", "full") in review(sales, "recommendation")
    compiler = Compiler(sales)
    compiler.refresh()
    assert full.recommend(sales, compiler, "PERSON") == "full"
    assert list(compare.find(sales, compiler, "PERSON")) == []


def test_full_sync_update_brings_couples_into_step_and_creates_nothing(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.customer", ("C1", "Alder"), ("C2", "Birch"))
    fill(sales, "crm.account", ("1", "Old name"), ("2", "Cedar"))
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('CUSTOMER', 'C1', '1')")
    configure(sales, "CUSTOMER", full_sync="update", coupled_only=True)
    assert recommended(pysync, sales)["CUSTOMER"] == "update"
    assert pysync("full", "CUSTOMER").code == 0
    assert [row[1] for row in rows(sales, "crm.account")] == ["Alder", "Cedar"]
    assert [row[1] for row in rows(sales, "erp.customer")] == ["Alder", "Birch"]
    assert review(sales, "status")[1] == ("CUSTOMER", "finished")
    sales.execute("update erp.customer set name = 'Ash' where no = 'C1'")
    assert sales.execute("select sync.request_full_sync('CUSTOMER')").fetchall() == [(1,)]
    assert pysync("run").code == 0
    assert [row[1] for row in rows(sales, "crm.account")] == ["Ash", "Cedar"]
    assert len(rows(sales, "erp.customer")) == 2


def test_the_review_lists_parents_first_and_changes_nothing(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.customer", ("C1", "Alder"))
    answer = pysync("full", "--review")
    assert answer.code == 0
    lines = [text.split() for text in answer.out.splitlines()]
    assert lines[0] == ["mapping", "needs", "direction", "recommendation"]
    assert [line[0] for line in lines[2:]] == ["PERSON", "CUSTOMER", "ADDRESS"]
    assert lines[3] == ["CUSTOMER", "PERSON", "both", "full"]
    assert review(sales, "depends_on", "status")[0] == ("ADDRESS", ["CUSTOMER"], None)
    assert rows(sales, "sync.full_sync") == rows(sales, "sync.pass") == rows(sales, "crm.account") == []


def test_the_recommendation_heeds_filters_and_the_view_says_that_it_does_not(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    fill(sales, "crm.person", ("7", "Cleo"))
    configure(sales, "PERSON", right_filter="name like 'A%'")
    told = pysync("full", "PERSON", "--review", "--json").data["review"][0]["recommendation"]
    assert told == "full"
    assert ("PERSON", "couple") in review(sales, "recommendation")


def test_missing_rows_are_created_both_ways_although_only_couples_travel(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    fill(sales, "erp.customer", ("C1", "Alder", "Rome", "AB", "A", 5))
    fill(sales, "crm.address", ("9", "rC1", "Elm Street"))
    answer = pysync("full")
    assert answer.code == 0, answer.out + answer.err
    assert rows(sales, "crm.person") == [("rAB", "Ann")]
    assert rows(sales, "crm.account") == [("rC1", "Alder", "Rome", "rAB", None, 5)]
    assert rows(sales, "erp.address") == [("l9", "C1", "Elm Street")]
    assert review(sales, "status", "to_right_status", "to_left_status") == [
        ("ADDRESS", "finished", "success", "success"),
        ("CUSTOMER", "finished", "success", "success"),
        ("PERSON", "finished", "success", "success"),
    ]
    assert pysync("run").out == "nothing to do\n"


def test_a_second_full_changes_nothing(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"), ("CD", "Cleo"))
    fill(sales, "crm.person", ("7", "Ann"))
    fill(sales, "erp.customer", ("C1", "Alder", "Rome", "AB", "A", 5), ("C2", "Birch", None, "CD", None, None))
    pysync("full")
    names = ("erp.person", "crm.person", "erp.customer", "crm.account", "sync.coupling")
    query = sql.SQL("select ctid::text, xmin::text from {} order by 1")
    before = [sales.execute(query.format(sql.Identifier(*n.split(".")))).fetchall() for n in names]
    answer = pysync("full", "--json")
    assert answer.code == 0
    written = ("inserted", "modified", "deleted", "failed", "coupled", "conflicted", "waiting")
    assert [line[name] for line in answer.data["mappings"] for name in written if line[name]] == []
    assert [sales.execute(query.format(sql.Identifier(*n.split(".")))).fetchall() for n in names] == before
    assert pysync("run").out == "nothing to do\n"


def test_what_matches_is_coupled_first_and_the_rest_is_created(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.customer", ("C1", "Alder", "Rome"), ("C2", "Birch"), ("C3", "Cedar"), ("C4", "Cedar"))
    fill(sales, "crm.account", ("1", "ALDER", "Oslo"), ("2", "cedar"), ("3", "Dogwood"))
    answer = pysync("full")
    assert answer.code == 1
    assert "CUSTOMER: 2 left records match several" in answer.out
    couples = sales.execute("select left_key, right_key from sync.coupling order by 1").fetchall()
    assert couples == [("C1", "1"), ("C2", "rC2"), ("l3", "3")]
    assert [r[:3] for r in rows(sales, "crm.account")] == [
        ("1", "Alder", "Rome"), ("2", "cedar", None), ("3", "Dogwood", None), ("rC2", "Birch", None)
    ]  # fmt: skip
    assert review(sales, "ambiguous")[1] == ("CUSTOMER", 2)
    assert rows(sales, "sync_private.full_sync_open") == []


@pytest.mark.parametrize(("policy", "winner"), [("fail", "erp"), ("left_wins", "erp"), ("right_wins", "crm")])
def test_couples_are_compared_whole_and_the_policy_says_whose_value_counts(
    pysync: Pysync, sales: Database, policy: str, winner: str
) -> None:
    configure(sales, "CUSTOMER", update_conflict=policy)
    fill(sales, "erp.customer", ("C1", "erp", "erp", None, "erp", 1))
    fill(sales, "crm.account", ("1", "crm", "crm", None, "crm", 2))
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('CUSTOMER', 'C1', '1')")
    answer = pysync("full", "CUSTOMER")
    assert answer.code == 0, answer.out
    # Rating goes to the left only, credit to the right only.
    assert rows(sales, "erp.customer") == [("C1", winner, winner, None, "crm", 1)]
    assert rows(sales, "crm.account") == [("1", winner, winner, None, "crm", 1)]
    assert rows(sales, "sync.conflict") == []


@pytest.mark.parametrize("newer", ["erp", "crm"])
def test_the_newer_row_counts_where_both_tell_their_time(pysync: Pysync, sales: Database, newer: str) -> None:
    for table in ("erp.customer", "crm.account"):
        sales.execute(sql.SQL("alter table {} add at timestamptz").format(sql.Identifier(*table.split("."))))
    configure(sales, "CUSTOMER", update_conflict="newest_wins", left_modified_at="at", right_modified_at="at")
    times = ("2024-02-02", "2024-01-01") if newer == "erp" else ("2024-01-01", "2024-02-02")
    fill(sales, "erp.customer", ("C1", "erp", "erp", None, None, None, times[0]))
    fill(sales, "crm.account", ("1", "crm", "crm", None, None, None, times[1]))
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('CUSTOMER', 'C1', '1')")
    pysync("full", "CUSTOMER")
    assert rows(sales, "erp.customer")[0][1:3] == rows(sales, "crm.account")[0][1:3] == (newer, newer)
    assert sales.execute("select count(*) from sync.conflict where resolved_at is null").fetchone() == (0,)


def test_an_edit_that_waits_on_the_other_side_is_a_conflict(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.customer", ("C1", "Alder", "Rome"))
    fill(sales, "crm.account", ("1", "Alder", "Rome"))
    sales.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('CUSTOMER', 'C1', '1')")
    sales.execute("update erp.customer set city = 'Oslo'")
    sales.execute("update crm.account set city = 'Lyon'")
    assert pysync("full", "CUSTOMER").code == 1
    assert rows(sales, "erp.customer")[0][2] == "Oslo"
    assert rows(sales, "crm.account")[0][2] == "Lyon"
    assert sales.execute("select left_value, right_value from sync.conflict").fetchall() == [("Oslo", "Lyon")]


def test_a_record_that_fails_is_parked_and_blocks_nobody(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.customer", ("C1", "Alder", None, None, None, 5000), ("C2", "Birch"), ("C3", "Cedar"))
    fill(sales, "erp.address", ("A2", "C2", "Elm Street"))
    answer = pysync("full")
    assert answer.code == 1
    assert [r[0] for r in rows(sales, "crm.account")] == ["rC2", "rC3"]
    assert rows(sales, "crm.address") == [("rA2", "rC2", "Elm Street")]
    assert review(sales, "status", "to_right_status", "to_left_status", "failed")[1] == (
        "CUSTOMER", "finished", "error", "success", 1
    )  # fmt: skip
    assert sales.execute("select record_key, reason from sync.parked").fetchall() == [("C1", "error")]


def test_a_mapping_that_cannot_run_blocks_what_needs_it_and_nothing_else(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    fill(sales, "erp.customer", ("C1", "Alder"))
    fill(sales, "erp.address", ("A1", "C1", "Elm Street"))
    sales.execute("update sync.field_mapping set right_column = 'town' where right_column = 'city'")
    answer = pysync("full")
    assert answer.code == 1
    assert "CUSTOMER could not run" in answer.out
    assert "ADDRESS was not begun: it needs CUSTOMER" in answer.out
    assert rows(sales, "crm.person") == [("rAB", "Ann")]
    assert review(sales, "status") == [("ADDRESS", "ready"), ("CUSTOMER", "error"), ("PERSON", "finished")]
    sales.execute("update sync.field_mapping set right_column = 'city' where right_column = 'town'")
    answer = pysync("full")
    assert answer.code == 0
    assert "going on with what is left: CUSTOMER, ADDRESS" in answer.out
    assert rows(sales, "crm.address") == [("rA1", "rC1", "Elm Street")]


def test_a_mapping_that_cannot_be_matched_is_not_loaded_twice(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.address", ("A1", None, "Elm Street"))
    fill(sales, "crm.address", ("9", "x", "Elm Street"))
    answer = pysync("full", "ADDRESS")
    assert answer.code == 1
    assert "mapping ADDRESS has no field to match by" in answer.out
    assert rows(sales, "sync.coupling") == []


@pytest.mark.parametrize("direction", ["to_right", "to_left"])
def test_nothing_travels_against_the_direction(pysync: Pysync, sales: Database, direction: str) -> None:
    configure(sales, "PERSON", direction=direction)
    fill(sales, "erp.person", ("AB", "Ann"))
    fill(sales, "crm.person", ("7", "Cleo"))
    assert pysync("full", "PERSON").code == 0
    assert (len(rows(sales, "erp.person")), len(rows(sales, "crm.person"))) == (
        (1, 2) if direction == "to_right" else (2, 1)
    )
    other = "to_left_status" if direction == "to_right" else "to_right_status"
    assert review(sales, other)[-1] == ("PERSON", None)


def test_a_paused_or_disabled_mapping_is_left_out_and_refused_when_named(pysync: Pysync, sales: Database) -> None:
    configure(sales, "ADDRESS", is_enabled=False)
    configure(sales, "CUSTOMER", is_paused=True)
    told = [line["mapping"] for line in pysync("full", "--review", "--json").data["review"]]
    assert told == ["PERSON"]
    assert pysync("full", "CUSTOMER").code == pysync("full", "ADDRESS").code == 2


def test_two_at_a_time_are_refused(pysync: Pysync, sales: Database, dsn: str) -> None:
    with database.connect(dsn) as other:
        other.execute("select pg_advisory_lock(hashtextextended('pysync full', 0))")
        answer = pysync("full")
    assert answer.code == 1
    assert "another full synchronisation is running" in answer.err


def test_a_reader_without_rights_on_the_tables_sees_the_review(sales: Database) -> None:
    sales.execute("create role clerk_of_full in role sync_reader")
    sales.execute("set role clerk_of_full")
    found = review(sales, "recommendation")
    sales.execute("reset role")
    sales.execute("drop role clerk_of_full")
    assert found == [("ADDRESS", None), ("CUSTOMER", None), ("PERSON", None)]


def command(dsn: str) -> list[str]:
    return [sys.executable, "-m", "pysync", "--dsn", dsn, "full"]


def test_without_a_terminal_nobody_is_asked(sales: Database, dsn: str) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    done = subprocess.run(command(dsn), stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
    assert b"Start?" not in done.stdout
    assert rows(sales, "crm.person") == [("rAB", "Ann")]


def test_at_a_terminal_a_no_changes_nothing(sales: Database, dsn: str) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"n\n")
        done = subprocess.run(command(dsn), stdin=theirs, capture_output=True, timeout=120, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 1
    assert b"Start?" in done.stdout
    assert rows(sales, "crm.person") == rows(sales, "sync.full_sync") == []


def test_a_limit_stops_a_full_synchronisation_before_it_writes(pysync: Pysync, systems: Database) -> None:
    systems.execute("update sync.table_mapping set max_changed_share = 0.5 where mapping_name = 'CUSTOMER'")
    systems.execute("update crm.account set credit = 0; delete from sync.outbox")
    answer = pysync("full", "CUSTOMER", "--json")
    assert answer.code == 1
    assert systems.execute("select distinct credit from crm.account").fetchall() == [(0,)]
    assert systems.execute("select kind, changes, couplings from sync.gate").fetchall() == [("full", 2, 2)]
    told = "select sync.approve('CUSTOMER', 'full')"
    assert told in pysync("problems").out
    assert review(systems, "status", "next_command")[0] == ("CUSTOMER", "error", told)
    assert pysync("approve", "CUSTOMER").out.endswith("type: pysync full\n")
    pysync("full", "CUSTOMER")
    assert systems.execute("select distinct credit from crm.account order by 1").fetchall() == [(10,), (20,)]
    assert systems.execute("select count(*) from sync.gate").fetchone() == (0,)
