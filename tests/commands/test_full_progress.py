"""What `pysync full` writes down of how far it has come, and beginning anew instead of going on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from tests.commands import test_full
from tests.commands.test_full import fill

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]

sales = test_full.sales


def test_how_far_it_has_come_is_written_down_for_each_direction(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"), ("CD", "Cleo"))
    fill(sales, "crm.person", ("7", "Gus"))
    assert pysync("full", "PERSON").code == 0
    assert sales.execute(
        "select status, is_matched, to_right_key, to_right_done, to_right_total, to_left_key, to_left_done,"
        " to_left_total, asked_by = session_user, asked_at <= started_at and started_at <= finished_at"
        " from sync.full_sync"
    ).fetchall() == [("finished", True, "CD", 2, 2, "rCD", 3, 3, True, True)]
    done, total = sales.execute(
        "select rows_done, rows_total from sync.full_sync_review where mapping_name = 'PERSON'"
    ).fetchone() or (0, 0)
    assert (done, total) == (5, 5)


def test_restart_looks_again_at_what_was_done(pysync: Pysync, sales: Database) -> None:
    fill(sales, "erp.person", ("AB", "Ann"))
    pysync("full", "PERSON")
    cut_off = "update sync.full_sync set status = 'in process', to_right_status = 'in process', to_left_status = null"
    unseen = "update crm.person set name = 'drifted'; delete from sync.outbox"
    for arguments, name in ((("full", "PERSON"), "drifted"), (("full", "PERSON", "--restart"), "Ann")):
        sales.execute(f"{unseen}; {cut_off}".encode())
        assert pysync(*arguments).code == 0
        assert sales.execute("select name from crm.person").fetchall() == [(name,)]
