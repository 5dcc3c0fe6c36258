"""`pysync why`: every reason of its closed list, and that asking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database, examine, why

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "why.md"

# What was done, which record is asked about, the reasons.
STORIES = [
    ("", "CUSTOMER C1", ["in_step", "coupled"]),
    ("", "CUSTOMER 11", ["in_step", "coupled"]),
    ("", "PERSON AB", ["in_step", "one_way", "coupled"]),
    ("", "CUSTOMER nobody", ["unknown_record"]),
    ("", "PERSON CD", ["not_coupled", "one_way"]),
    ("", "PERSON 2", ["not_coupled"]),
    ("update sync.table_mapping set is_enabled = false", "CUSTOMER C1", ["mapping_disabled", "in_step", "coupled"]),
    ("select sync.pause('CUSTOMER')", "CUSTOMER C1", ["mapping_paused", "in_step", "coupled"]),
    ("alter table crm.account rename town to place", "CUSTOMER C1", ["mapping_fault", "capture_stale", "coupled"]),
    ("select sync.disable_capture('CUSTOMER')", "CUSTOMER C1", ["capture_off", "in_step", "coupled"]),
    ("select sync.skip('CUSTOMER', 'C1')", "CUSTOMER C1", ["skipped", "coupled"]),
    ("update erp.customer set credit = 5", "CUSTOMER C1", ["waiting", "coupled"]),
    ("update erp.customer set credit = 5", "CUSTOMER 11", ["waiting", "coupled"]),
    ("insert into erp.customer (no, name) values ('C3', 'Cedar')", "CUSTOMER C3", ["waiting", "not_coupled"]),
    ("delete from crm.account where id = 11", "CUSTOMER C1", ["deleted", "waiting", "coupled"]),
    (
        "update erp.customer set blocked = true where no = 'C1'; delete from sync.outbox",
        "CUSTOMER C1",
        ["filtered", "in_step", "coupled"],
    ),
    (
        "insert into erp.customer (no, name) values ('C3', 'Cedar'); delete from sync.outbox",
        "CUSTOMER C3",
        ["not_coupled"],
    ),
    (
        "insert into erp.customer (no, name, person) values ('C3', 'Cedar', 'CD'); delete from sync.outbox",
        "CUSTOMER C3",
        ["blocked", "not_coupled"],
    ),
    ("update crm.account set credit = 5; delete from sync.outbox", "CUSTOMER C1", ["differs", "coupled"]),
]


@pytest.mark.parametrize(("done", "asked", "codes"), STORIES, ids=[f"{s[1]}: {s[2][0]}" for s in STORIES])
def test_reasons(pysync: Pysync, systems: Database, done: str, asked: str, codes: list[str]) -> None:
    systems.execute(done.encode())
    answer = pysync("why", *asked.split(), "--json")
    assert [r["code"] for r in answer.data["reasons"]] == codes
    assert answer.data["is_in_step"] is (codes[0] == "in_step")
    assert answer.code == (0 if codes[0] == "in_step" else 1)
    assert codes[0] in pysync("why", *asked.split()).out


@pytest.mark.parametrize("key", ["C1", "11"])
def test_a_couple_is_looked_up_by_its_key_however_many_there_are(systems: Database, key: str) -> None:
    systems.execute(
        "insert into sync.coupling (mapping_name, left_key, right_key)"
        " select 'CUSTOMER', 'other ' || n, (1000 + n)::text from generate_series(1, 2000) as n"
    )
    systems.execute("analyze sync.coupling")
    with systems.transaction():
        place = examine.locate(systems, "CUSTOMER", key)
        (read,) = systems.execute(
            "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relid = 'sync.coupling'::regclass"
        ).fetchone() or (None,)
    assert place.partner == {"C1": "11", "11": "C1"}[key]
    assert read < 10


def test_parked_record_and_its_partner(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 5000 where no = 'C1'")
    pysync("run")
    for key in ("C1", "11"):
        (parked, coupled) = pysync("why", "CUSTOMER", key, "--json").data["reasons"]
        assert (parked["code"], coupled["code"]) == ("parked", "coupled")
        assert "account_credit_check" in parked["text"]
        assert "[23514]" in parked["text"]
        assert parked["next_command"] == "select sync.retry('CUSTOMER', 'C1')"


def test_open_conflict_shows_both_values(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 1 where no = 'C1'")
    systems.execute("update crm.account set credit = 2 where id = 11")
    pysync("run")
    (conflict, _) = pysync("why", "CUSTOMER", "C1", "--json").data["reasons"]
    assert conflict["code"] == "conflict"
    assert "'1' on the left, '2' on the right" in conflict["text"]
    systems.execute(conflict["next_command"].encode())
    pysync("run")
    assert pysync("why", "CUSTOMER", "C1").code == 0


def test_a_record_an_application_holds(pysync: Pysync, systems: Database, dsn: str) -> None:
    systems.execute(b"update crm.account set credit = 5; delete from sync.outbox")
    with database.connect(dsn) as other, other.transaction():
        other.execute("select from crm.account where id = 11 for update")
        other.execute("select from erp.customer where no = 'C1' for update")
        assert pysync("why", "CUSTOMER", "C1", "--json").data["reasons"][0]["code"] == "busy"


def test_a_lossy_way_back_is_no_difference(pysync: Pysync, systems: Database) -> None:
    systems.execute("update crm.account set town = 'Ghent' where id = 11")
    pysync("run")
    assert systems.execute("select city from erp.customer where no = 'C1'").fetchone() == ("Ghent",)
    assert pysync("why", "CUSTOMER", "C1").code == 0


def test_the_command_shown_brings_it_in_step(pysync: Pysync, systems: Database) -> None:
    systems.execute(b"update crm.account set credit = 5 where id = 11; delete from sync.outbox")
    command = pysync("why", "CUSTOMER", "11", "--json").data["reasons"][0]["next_command"]
    systems.execute(command.encode())
    pysync("run")
    assert pysync("why", "CUSTOMER", "11").code == 0
    assert systems.execute("select credit from erp.customer where no = 'C1'").fetchone() == (5,)


def test_a_key_of_both_sides_needs_the_side(pysync: Pysync, systems: Database) -> None:
    systems.execute("insert into erp.customer (no, name) values ('11', 'Eleven')")
    answer = pysync("why", "CUSTOMER", "11")
    assert (answer.code, answer.err.splitlines()[1]) == (2, "hint: add --side left or --side right")
    assert pysync("why", "CUSTOMER", "11", "--side", "right").code == 0
    assert pysync("why", "CUSTOMER", "11", "--side", "left").code == 1


def test_unknown_mapping_is_wrong_usage(pysync: Pysync, systems: Database) -> None:
    assert pysync("why", "CUSTOMMER", "C1").code == 2


def test_asking_changes_nothing(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 1, city = 'Lyon' where no = 'C1'")
    systems.execute("update crm.account set credit = 2 where id = 11")
    pysync("why", "CUSTOMER", "C1")
    pysync("explain", "CUSTOMER", "--record", "C1")
    assert systems.execute("select count(*) from sync.outbox").fetchone() == (2,)
    assert systems.execute("select count(*) from sync.pass").fetchone() == (0,)
    assert systems.execute("select count(*) from sync.conflict").fetchone() == (0,)
    assert systems.execute("select credit, town from crm.account where id = 11").fetchone() == (2, "ROME")


def test_every_reason_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert documented == list(why.CODES)
