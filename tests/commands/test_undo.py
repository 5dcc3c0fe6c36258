"""`pysync undo`: in words and as JSON, dry, for one mapping, and for a pass that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]


@pytest.fixture
def done(pysync: Pysync, systems: Database) -> str:
    """A pass that wrote over one account and created another."""
    systems.execute("update erp.customer set credit = 99 where no = 'C1'")
    systems.execute("insert into erp.customer (no, name) values ('C3', 'Cedar')")
    return str(pysync("run", "--json").data["pass_id"])


def amounts(systems: Database) -> list[Any]:
    return [row[0] for row in systems.execute("select credit from crm.account order by id desc")]


def test_what_a_pass_wrote_is_put_back(pysync: Pysync, systems: Database, done: str) -> None:
    answer = pysync("undo", "last")
    assert answer.code == 0
    assert "pysync compare" in answer.out
    assert amounts(systems) == [20, 10]
    row = systems.execute("select kind, status, message from sync.pass order by pass_id desc limit 1").fetchone()
    assert row == ("undo", "done", f"undid pass {done}")
    assert pysync("run").out == "nothing to do\n"
    assert pysync("compare").code == 1


def test_a_dry_undo_tells_all_and_changes_nothing(pysync: Pysync, systems: Database, done: str) -> None:
    systems.execute("update crm.account set credit = 1 where id = 11")
    answer = pysync("undo", done, "--dry-run", "--json")
    assert answer.code == 1
    assert answer.data["pass_id"] is None
    [counts] = answer.data["mappings"]
    assert (counts["deleted"], counts["uncoupled"], counts["skipped"]) == (1, 1, 1)
    assert answer.data["left_alone"] == [
        {
            "mapping": "CUSTOMER",
            "direction": "to_right",
            "record_key": "C1",
            "target_key": "11",
            "column": "credit",
            "reason": "changed",
        }
    ]
    assert amounts(systems) == [20, 1, None]
    assert "it was changed since" in pysync("undo", done, "--dry-run").out


def test_only_the_named_mapping_is_undone(pysync: Pysync, systems: Database, done: str) -> None:
    assert pysync("undo", done, "PERSON").out == f"pass {done} wrote nothing\n"
    assert amounts(systems) == [20, 99, None]


def test_a_pass_that_is_not_there(pysync: Pysync, systems: Database) -> None:
    for which in ("4711", "last", "first"):
        answer = pysync("undo", which)
        assert answer.code == 2
        assert f"there is no pass {which}" in answer.err
        assert "sync.pass" in answer.err


def test_the_journal_names_field_values_and_person(systems: Database, done: str) -> None:
    rows = systems.execute(
        "select mapping_name, direction, action, record_key, target_key, column_name, old_value, new_value, captured_by"
        " from sync.journal where pass_id = $1",
        [int(done)],
    ).fetchall()
    assert rows == [("CUSTOMER", "to_right", "update", "C1", "11", "credit", "10", "99", "pysync")]


def test_what_is_kept_long_enough_goes(pysync: Pysync, systems: Database, done: str) -> None:
    systems.execute("update sync_private.journal set written_at = now() - interval '8 days'")
    systems.execute(
        "insert into sync.conflict (mapping_name, left_key, right_key, field_no, policy, resolution, resolved_at)"
        " values ('CUSTOMER', 'C1', '11', 1, 'fail', 'left', now() - interval '8 days'),"
        " ('CUSTOMER', 'C1', '11', 2, 'fail', null, null)"
    )
    assert systems.execute("select sync.prune()").fetchone() == (0,)
    systems.execute("insert into sync.setting values ('keep_days', 7)")
    systems.execute("update erp.customer set name = 'Birch & Co' where no = 'C2'")
    pysync("run")
    assert systems.execute("select column_name from sync.journal").fetchall() == [("name",)]
    assert systems.execute("select field_no from sync.conflict").fetchall() == [(2,)]
    assert systems.execute("select sync.prune('0 days')").fetchone() == (1,)
