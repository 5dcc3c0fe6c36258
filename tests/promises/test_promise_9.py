"""Promise 9: no delete makes room. Without a word from a mapping row nothing is deleted and nothing is blanked."""

from __future__ import annotations

import pytest

from tests.promises.scene import Database, before_statement, install, row, rows, run

# Everything that could tempt an engine to clean up, for the two sides; each meets a customer of its own.
TEMPTATIONS = (
    ("delete from erp.customer where no = 'c1'", "delete from crm.account where id = 'rc1'"),
    ("update erp.customer set blocked = true where no = 'c2'", "select"),
    ("select sync.uncouple('CUSTOMER', 'c3')", "select sync.uncouple('CUSTOMER', 'c3')"),
    ("update erp.customer set no = 'x' where no = 'c4'", "update crm.account set id = 'x' where id = 'rc4'"),
    (
        "update erp.customer set owner = 'nobody' where no = 'c5'",
        "update crm.account set owner = 'nobody' where id = 'rc5'",
    ),
    ("delete from erp.owner", "delete from crm.person"),
)
LATER = (
    ("truncate erp.customer", "truncate crm.account"),
    ("delete from sync.field_mapping where field_no > 1", "delete from sync.field_mapping where field_no > 1"),
    ("update sync.table_mapping set is_enabled = false", "update sync.table_mapping set direction = 'to_left'"),
)


def contents(db: Database, side: int) -> list[list[tuple[object, ...]]]:
    """What the tables of a side hold, the keys of customers aside."""
    if side == 0:
        customers, owners = "select name, city, phone, credit, own, owner from erp.customer", "select * from erp.owner"
    else:
        customers, owners = "select name, town, phone, credit, own, owner from crm.account", "select * from crm.person"
    return [rows(db, customers + " order by 1"), rows(db, owners)]


@pytest.mark.parametrize("side", [0, 1])
def test_promise_9_no_delete_makes_room(db: Database, side: int) -> None:
    install(db, customers=7)
    db.execute("update crm.account set own = 'kept'")
    db.execute("update erp.customer set own = 'kept'")
    run(db)
    before = contents(db, 1 - side)
    assert (len(before[0]), len(before[1])) == (7, 1)
    for temptations in (TEMPTATIONS, *([t] for t in LATER)):
        for statements in temptations:
            db.execute(statements[side].encode())
        for _ in range(2):
            run(db)
            assert contents(db, 1 - side) == before, temptations
            db.execute("select sync.retry()")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("fail", ["deleted"]), ("uncouple", []), ("delete", []), ("restore", [])],
)
def test_promise_9_no_delete_makes_room_but_the_policy_is_followed(
    db: Database, policy: str, expected: list[str]
) -> None:
    """Only `delete` deletes, only the partner, and what refers to it is not blanked."""
    install(db, "update sync.table_mapping set on_left_delete = '{policy}'", customers=3, policy=policy)
    db.execute("delete from erp.customer where no = 'c2'")
    run(db)
    assert [r for (r,) in rows(db, "select reason from sync.parked")] == expected
    gone = {"rc2"} if policy == "delete" else set()
    assert {k for (k,) in rows(db, "select id from crm.account")} == {"rc1", "rc2", "rc3"} - gone
    assert row(db, "select count(*) from erp.customer") == (3 if policy == "restore" else 2,)
    assert row(db, "select count(*) from sync.coupling where mapping_name = 'CUSTOMER'") == (
        {"fail": 3, "uncouple": 2, "delete": 2, "restore": 3}[policy],
    )


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("select sync.uncouple('CUSTOMER', 'c1')", [("c2",)]),
        ("select sync.skip('CUSTOMER', 'c1')", [("c2",)]),
        ("select sync.restore('CUSTOMER', 'c1')", [("c2",), ("lrc1",)]),
    ],
)
def test_promise_9_no_delete_makes_room_for_a_row_that_a_person_keeps_while_the_batch_runs(
    db: Database, app: Database, answer: str, left: list[tuple[str]]
) -> None:
    """The batch has looked up the couple, and has not deleted the row yet."""
    install(db, "update sync.table_mapping set on_left_delete = 'delete'", customers=2)
    db.execute("delete from erp.customer where no = 'c1'")
    with before_statement("delete", lambda: app.execute(answer.encode())):
        run(db)
    run(db)
    assert rows(db, "select id from crm.account order by id") == [("rc1",), ("rc2",)]
    assert rows(db, "select no from erp.customer order by no") == left
