"""`pysync record`: one record on demand, from the side that changed or the one a person names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]


def rows(db: Database) -> tuple[Any, Any]:
    left = db.execute("select name, city, credit from erp.customer where no = 'C1'").fetchone()
    right = db.execute("select name, town, credit from crm.account where id = 11").fetchone()
    return left, right


@pytest.mark.parametrize("key", ["C1", "11"])
@pytest.mark.parametrize("changed", ["left", "right"])
def test_the_only_side_that_changed_sends_whichever_key_is_named(
    pysync: Pysync, systems: Database, changed: str, key: str
) -> None:
    if changed == "left":
        systems.execute("update erp.customer set name = 'New' where no = 'C1'")
    else:
        systems.execute("update crm.account set name = 'New' where id = 11")
    answer = pysync("record", "CUSTOMER", key)
    assert answer.code == 0, answer.err
    assert [r[0] for r in rows(systems)] == ["New", "New"]


def test_edits_of_different_fields_are_merged(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set name = 'Left' where no = 'C1'")
    systems.execute("update crm.account set credit = 77 where id = 11")
    assert pysync("record", "CUSTOMER", "C1").code == 0
    assert rows(systems) == (("Left", "ROME", 77), ("Left", "ROME", 77))


@pytest.mark.parametrize("policy", ["fail", "left_wins"])
@pytest.mark.parametrize("to", ["right", "left"])
def test_the_same_field_changed_on_both_sides_needs_a_direction(
    pysync: Pysync, systems: Database, policy: str, to: str
) -> None:
    systems.execute("update sync.table_mapping set update_conflict = $1 where mapping_name = 'CUSTOMER'", [policy])
    systems.execute("update erp.customer set name = 'Left', city = 'OSLO' where no = 'C1'")
    systems.execute("update crm.account set name = 'Right', credit = 3 where id = 11")
    answer = pysync("record", "CUSTOMER", "C1")
    assert answer.code == 2
    assert "both sides of CUSTOMER C1 changed name" in answer.err
    assert "--to right" in answer.err
    assert [r[0] for r in rows(systems)] == ["Left", "Right"], "nothing was changed"
    assert systems.execute("select count(*) from sync.conflict").fetchone() == (0,)
    assert pysync("record", "CUSTOMER", "C1", "--to", to).code == 0
    winner = "Left" if to == "right" else "Right"
    assert [r[0] for r in rows(systems)] == [winner, winner]


def test_an_open_conflict_needs_a_direction_and_is_settled_by_it(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set name = 'Left' where no = 'C1'")
    systems.execute("update crm.account set name = 'Right' where id = 11")
    assert pysync("run").code == 1
    assert pysync("record", "CUSTOMER", "C1").code == 2
    assert pysync("record", "CUSTOMER", "C1", "--to", "left").code == 0
    assert [r[0] for r in rows(systems)] == ["Right", "Right"]
    assert systems.execute("select count(*) from sync.conflict where resolved_at is null").fetchone() == (0,)


@pytest.mark.parametrize("to", ["right", "left"])
def test_a_direction_sends_although_nothing_changed(pysync: Pysync, systems: Database, to: str) -> None:
    systems.execute("select sync.disable_capture('CUSTOMER')")
    systems.execute("update erp.customer set name = 'Drifted' where no = 'C1'")
    systems.execute("select sync.enable_capture('CUSTOMER')")
    assert pysync("record", "CUSTOMER", "C1", "--to", to).code == 0
    name = "Drifted" if to == "right" else "Alder"
    assert [r[0] for r in rows(systems)] == [name, name]


def test_a_one_way_mapping_has_one_direction(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.person set name = 'Edited here' where code = 'AB'")
    assert pysync("record", "PERSON", "AB").code == 0
    assert systems.execute("select name from erp.person where code = 'AB'").fetchone() == ("Ann Bell",)
    answer = pysync("record", "PERSON", "AB", "--to", "right")
    assert answer.code == 2
    assert "nothing travels from the left" in answer.err


def test_a_record_without_a_partner_says_so(pysync: Pysync, systems: Database) -> None:
    systems.execute("update sync.table_mapping set coupled_only = true where mapping_name = 'CUSTOMER'")
    systems.execute("insert into erp.customer (no, name) values ('C9', 'New')")
    answer = pysync("record", "CUSTOMER", "C9")
    assert "CUSTOMER left C9 is not coupled, and nothing was created" in answer.out
    answer = pysync("record", "CUSTOMER", "C9", "--to", "left")
    assert answer.code == 2
    assert "no partner on the right" in answer.err
