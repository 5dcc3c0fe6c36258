"""`pysync check` shows every fault with what to do, and its exit code tells errors from warnings."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.commands.conftest import Pysync

Connection = psycopg.Connection[TupleRow]

pytestmark = pytest.mark.core


@pytest.mark.usefixtures("systems")
def test_no_fault_is_exit_code_0(pysync: Pysync) -> None:
    answer = pysync("check")
    assert (answer.code, answer.out) == (0, "no faults found\n")


def test_an_error_is_exit_code_2_and_says_what_to_do(pysync: Pysync, systems: Connection) -> None:
    systems.execute(
        "update sync.field_mapping set left_column = 'nmae' where mapping_name = 'CUSTOMER' and field_no = 1"
    )
    systems.execute("select sync.disable_capture('PERSON')")
    answer = pysync("check")
    text = " ".join(answer.out.split())
    assert answer.code == 2
    assert "error: there is no column nmae in erp.customer" in text
    assert "-> did you mean name?" in text
    assert "select sync.enable_capture('PERSON')" in text
    assert "error" in answer.out.splitlines()[-1]


def test_warnings_alone_are_exit_code_0(pysync: Pysync, systems: Connection) -> None:
    systems.execute("select sync.disable_capture('PERSON')")
    answer = pysync("check", "PERSON")
    assert answer.code == 0
    assert "0 errors, 1 warning" in answer.out


def test_json_holds_every_field_of_a_fault(pysync: Pysync, systems: Connection) -> None:
    systems.execute("update sync.table_mapping set left_filter = 'blockt' where mapping_name = 'CUSTOMER'")
    answer = pysync("check", "CUSTOMER", "--json")
    assert answer.code == 2
    assert answer.data["errors"] == 1
    assert answer.data["warnings"] == len(answer.data["faults"]) - 1
    assert answer.data["faults"][0] == {
        "mapping": "CUSTOMER",
        "message": "there is no column blockt",
        "hint": "did you mean blocked?",
        "severity": "error",
        "field_no": None,
        "column": "left_filter",
    }


@pytest.mark.usefixtures("systems")
def test_an_unknown_mapping_is_wrong_usage(pysync: Pysync) -> None:
    answer = pysync("check", "CUSTOMR")
    assert answer.code == 2
    assert "there is no mapping CUSTOMR" in answer.err
    assert "hint: did you mean CUSTOMER?" in answer.err
