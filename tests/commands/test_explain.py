"""`pysync explain`, with and without a record, and `pysync record`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]


def test_plan_in_words(pysync: Pysync, systems: Database) -> None:
    out = pysync("explain", "CUSTOMER", "--direction", "to_right").out
    words = out[: out.index("-- CUSTOMER")]
    assert "CUSTOMER to_right: erp.customer → crm.account" in words
    assert "filter          not blocked" in words
    assert "are created on the right and coupled" in words
    assert "upper(city)" in words
    assert "through the couplings of PERSON, else wait" in words
    assert "to_left" not in words


def test_sql_is_what_a_pass_runs(pysync: Pysync, systems: Database) -> None:
    answer = pysync("explain", "CUSTOMER", "--json")
    assert [plan["direction"] for plan in answer.data] == ["to_right", "to_left"]
    for plan in answer.data:
        for statement in plan["statements"]:
            assert statement["sql"]
            assert statement["purpose"]
    text = pysync("explain", "CUSTOMER", "--direction", "to_right").out
    for number, statement in enumerate(answer.data[0]["statements"], 1):
        assert f"-- {number}. {statement['name']}: " in text
        assert statement["sql"] in text


def test_one_way_mapping_is_explained_one_way(pysync: Pysync, systems: Database) -> None:
    assert [plan["direction"] for plan in pysync("explain", "PERSON", "--json").data] == ["to_left"]
    assert "nothing but deletes travels this way" in pysync("explain", "PERSON", "--direction", "to_right").out


def test_explaining_does_not_touch_stale_triggers(pysync: Pysync, systems: Database) -> None:
    systems.execute(
        "update sync.field_mapping set right_column = 'credit' where mapping_name = 'CUSTOMER' and field_no = 3"
    )
    before = systems.execute("select * from sync_private.capture_state order by 1").fetchall()
    assert pysync("explain", "CUSTOMER").code == 0
    assert systems.execute("select * from sync_private.capture_state order by 1").fetchall() == before


@pytest.mark.parametrize(
    "command", [("explain", "X"), ("explain", "CUSTOMER", "--record", "C9"), ("record", "X", "C1")]
)
def test_unknown_names_are_wrong_usage(pysync: Pysync, systems: Database, command: tuple[str, ...]) -> None:
    assert pysync(*command).code == 2


def test_record_that_would_be_written(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set city = 'Lyon', credit = 11 where no = 'C1'")
    answer = pysync("explain", "CUSTOMER", "--record", "C1")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "CUSTOMER to_right C1: 2 fields would be written")
    assert ["city", "town", "ROME", "LYON"] in [text.split() for text in answer.out.splitlines()]
    data = pysync("explain", "CUSTOMER", "--record", "C1", "--json").data
    assert (data["disposition"], data["left_key"], data["right_key"]) == ("update", "C1", "11")
    assert [(c["field_no"], c["new_value"]) for c in data["changes"]] == [(2, "LYON"), (3, "11")]


def test_record_that_differs_although_nothing_waits(pysync: Pysync, systems: Database) -> None:
    systems.execute(b"update crm.account set credit = 5 where id = 11; delete from sync.outbox")
    (change,) = pysync("explain", "CUSTOMER", "--record", "C1", "--json").data["changes"]
    assert (change["old_value"], change["new_value"]) == ("5", "10")


@pytest.mark.parametrize(
    ("done", "disposition"),
    [
        ("select 1", "unchanged"),
        ("insert into erp.customer (no, name) values ('C3', 'Cedar')", "insert"),
        ("insert into erp.customer (no, name, person) values ('C3', 'Cedar', 'CD')", "wait"),
        ("insert into erp.customer (no, name, credit) values ('C3', 'Cedar', 5000)", "fail"),
        ("insert into erp.customer (no, name, blocked) values ('C3', 'Cedar', true)", "filtered"),
        ("delete from erp.customer where no = 'C1'", "deleted"),
    ],
)
def test_dispositions(pysync: Pysync, systems: Database, done: str, disposition: str) -> None:
    systems.execute(done.encode())
    key = "C3" if "C3" in done else "C1"
    data = pysync("explain", "CUSTOMER", "--record", key, "--json").data
    if disposition == "unchanged":
        assert data["meaning"] == "nothing would be written"
    else:
        assert data["disposition"] == disposition
    assert pysync("explain", "CUSTOMER", "--record", key).code == 0


def test_record_in_conflict(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 1 where no = 'C1'")
    systems.execute("update crm.account set credit = 2 where id = 11")
    data = pysync("explain", "CUSTOMER", "--record", "C1", "--json").data
    assert (data["changes"], [c["left_value"] for c in data["conflicts"]]) == ([], ["1"])
    assert "in conflict:" in pysync("explain", "CUSTOMER", "--record", "C1").out


def test_record_sends_its_values(pysync: Pysync, systems: Database) -> None:
    systems.execute(b"update crm.account set credit = 5 where id = 11; delete from sync.outbox")
    answer = pysync("record", "CUSTOMER", "C1")
    assert answer.code == 0
    assert [text.split() for text in answer.out.splitlines()] == [
        ["update", "CUSTOMER", "to_right", "C1", "→", "11"],
        ["credit", "5", "→", "10"],
    ]
    assert systems.execute("select credit from crm.account where id = 11").fetchone() == (10,)
    assert pysync("record", "CUSTOMER", "C1").out == "CUSTOMER left C1: nothing had to be written\n"


def test_record_creates_and_couples(pysync: Pysync, systems: Database) -> None:
    systems.execute(b"insert into erp.customer (no, name) values ('C3', 'Cedar'); delete from sync.outbox")
    data = pysync("record", "CUSTOMER", "C3", "--json").data
    assert {c["action"] for c in data["changes"]} == {"insert"}
    assert systems.execute("select name from crm.account where id = $1::int", [data["right_key"]]).fetchone() == (
        "Cedar",
    )


def test_record_that_is_refused(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 5000 where no = 'C1'")
    answer = pysync("record", "CUSTOMER", "C1")
    assert answer.code == 1
    assert "account_credit_check" in answer.out


def test_record_of_a_side_that_does_not_travel(pysync: Pysync, systems: Database) -> None:
    """Its partner sends; sent the other way by name, it is refused."""
    systems.execute("update crm.person set fullname = 'Ann Bellamy' where id = 1")
    assert pysync("record", "PERSON", "AB").code == 0
    assert systems.execute("select name from erp.person where code = 'AB'").fetchone() == ("Ann Bellamy",)
    answer = pysync("record", "PERSON", "AB", "--to", "right")
    assert answer.code == 2
    assert "nothing travels from the left" in answer.err


def test_record_of_a_paused_mapping(pysync: Pysync, systems: Database) -> None:
    systems.execute("select sync.pause('CUSTOMER')")
    answer = pysync("record", "CUSTOMER", "C1")
    assert (answer.code, answer.err.splitlines()[1]) == (2, "hint: select sync.resume('CUSTOMER')")


def test_a_mapping_whose_table_is_held_and_needs_new_triggers_is_no_traceback(
    pysync: Pysync, systems: Database
) -> None:
    systems.execute("update sync.table_mapping set direction = 'both' where mapping_name = 'PERSON'")
    with systems.transaction():
        systems.execute("update erp.person set name = name")
        answer = pysync("explain", "PERSON")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        "error: another pass is working on PERSON, or somebody holds a row or table it needs",
        "hint: try again",
    ]
