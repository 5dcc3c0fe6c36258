"""Promise 4: nothing is overwritten silently. Both values of a conflict are kept, whoever wins."""

from __future__ import annotations

import pytest

from tests.promises.scene import Database, before_statement, beside, install, row, rows, run

POLICIES = {
    "fail": ("ours", "theirs", None),
    "left_wins": ("ours", "ours", "left"),
    "right_wins": ("theirs", "theirs", "right"),
    "newest_wins": ("theirs", "theirs", "right"),
}


def names(db: Database) -> tuple[object, ...]:
    found = row(db, "select c.name, a.name from erp.customer c, crm.account a where c.no = 'c1' and a.id = 'rc1'")
    assert found is not None
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_promise_4_nothing_is_overwritten_silently(db: Database, policy: str) -> None:
    install(db, "update sync.table_mapping set update_conflict = '{policy}'", customers=1, policy=policy)
    db.execute("update erp.customer set name = 'ours' where no = 'c1'")
    db.execute("update crm.account set name = 'theirs', phone = '77' where id = 'rc1'")
    run(db)
    run(db)
    left, right, winner = POLICIES[policy]
    assert names(db) == (left, right)
    assert rows(db, "select left_value, right_value, base_value, policy, resolution from sync.conflict") == [
        ("ours", "theirs", "name 1", policy, winner)
    ]
    assert row(db, "select phone from erp.customer where no = 'c1'") == ("77",)


@pytest.mark.parametrize("policy", POLICIES)
def test_promise_4_nothing_is_overwritten_silently_that_was_written_during_the_batch(
    db: Database, app: Database, policy: str
) -> None:
    install(db, "update sync.table_mapping set update_conflict = '{policy}'", customers=1, policy=policy)
    db.execute("update erp.customer set name = 'ours' where no = 'c1'")
    with before_statement("lock", lambda: app.execute("update crm.account set name = 'theirs' where id = 'rc1'")):
        run(db)
    run(db)
    assert names(db) == POLICIES[policy][:2]
    assert rows(db, "select left_value, right_value from sync.conflict") == [("ours", "theirs")]


def test_promise_4_nothing_is_overwritten_silently_when_capture_is_made_anew_while_a_batch_runs(
    db: Database, dsn: str
) -> None:
    install(db, customers=1)
    db.execute("update sync.field_mapping set is_enabled = false where mapping_name = 'CUSTOMER' and field_no = 3")
    db.execute("select sync.enable_capture('CUSTOMER')")
    db.execute("update erp.customer set name = 'ours' where no = 'c1'")
    with beside(
        "lock",
        dsn,
        "update sync.field_mapping set is_enabled = true where mapping_name = 'CUSTOMER'",
        "select sync.enable_capture('CUSTOMER')",
        "update crm.account set name = 'theirs' where id = 'rc1'",
    ):
        run(db)
    run(db)
    assert names(db) == ("theirs", "theirs")
    assert rows(db, "select left_value, right_value from sync.conflict") == []


def test_promise_4_nothing_is_overwritten_silently_while_a_change_is_parked(db: Database) -> None:
    install(db, "update sync.table_mapping set update_conflict = 'left_wins'", customers=1)
    db.execute("update crm.account set name = 'theirs', owner = 'nobody' where id = 'rc1'")
    run(db)
    assert row(db, "select reason from sync.parked") == ("reference",)
    db.execute("update erp.customer set name = 'ours' where no = 'c1'")
    run(db)
    assert names(db) == ("ours", "ours")
    assert rows(db, "select left_value, right_value from sync.conflict") == [("ours", "theirs")]


@pytest.mark.parametrize(
    ("policy", "is_left"), [("fail", False), ("left_wins", False), ("right_wins", True), ("newest_wins", True)]
)
def test_promise_4_nothing_is_overwritten_silently_by_a_deletion(db: Database, policy: str, is_left: bool) -> None:
    install(
        db,
        "update sync.table_mapping set update_conflict = '{policy}', on_left_delete = 'delete'",
        customers=1,
        policy=policy,
    )
    db.execute("delete from erp.customer where no = 'c1'")
    db.execute("update crm.account set name = 'theirs' where id = 'rc1'")
    run(db)
    run(db)
    assert rows(db, "select field_no, left_value, right_value from sync.conflict") == [(0, "(deleted)", "(changed)")]
    assert rows(db, "select name from crm.account") == ([] if policy == "left_wins" else [("theirs",)])
    assert rows(db, "select name from erp.customer") == ([("theirs",)] if is_left else [])


@pytest.mark.parametrize(
    ("made", "ours", "theirs"),
    [
        ("to_right = 'btrim(name)', to_left = 'upper(name)'", " ada", "ada"),
        ("to_right = 'lower(name)'", "Ada", "ada"),
    ],
)
def test_promise_4_nothing_is_overwritten_silently_where_both_sides_came_to_agree(
    db: Database, made: str, ours: str, theirs: str
) -> None:
    install(
        db,
        "update sync.field_mapping set {made} where mapping_name = 'CUSTOMER' and field_no = 1",
        customers=1,
        made=made,
    )
    db.execute("update erp.customer set name = $1 where no = 'c1'", [ours])
    db.execute("update crm.account set name = $1, phone = '77' where id = 'rc1'", [theirs])
    run(db)
    assert names(db) == (ours, theirs)
    assert rows(db, "select * from sync.conflict") == []
    assert row(db, "select phone from erp.customer where no = 'c1'") == ("77",)
