"""Promise 1: nothing is lost. A change is applied, or stands somewhere with a reason, or a rule filters it."""

from __future__ import annotations

import pytest

from tests.promises.scene import Database, before_statement, beside, install, row, rows, run, say


def test_promise_1_nothing_is_lost_when_transactions_commit_out_of_id_order(db: Database, app: Database) -> None:
    install(db, customers=3)
    app.execute("begin")
    app.execute("update erp.customer set city = 'Late' where no = 'c1'")
    db.execute("update erp.customer set city = 'Early' where no = 'c2'")
    assert run(db).modified == 1
    app.execute("commit")
    assert row(db, "select max(entry_id) = min(entry_id) from sync.outbox") == (True,)
    assert run(db).modified == 1
    assert rows(db, "select town from crm.account order by id") == [("Late",), ("Early",), ("city 3",)]


@pytest.mark.parametrize("step", ["claim", "lock", "summary", "update"])
def test_promise_1_nothing_is_lost_of_what_commits_while_a_batch_runs(db: Database, app: Database, step: str) -> None:
    install(db, customers=2)
    db.execute("update erp.customer set city = 'First' where no = 'c1'")
    with before_statement(
        step,
        lambda: app.execute("update erp.customer set city = 'Second', phone = '2' where no in ('c1', 'c2')"),
    ):
        run(db)
    run(db)
    assert rows(db, "select town, phone from crm.account") == [("Second", "2")] * 2
    assert rows(db, "select * from sync.outbox") == []


def test_promise_1_nothing_is_lost_every_change_has_its_place(db: Database) -> None:
    install(db, "update sync.field_mapping set conflict = 'fail'", customers=7)
    db.execute("select sync.skip('CUSTOMER', 'c4')")
    db.execute("update crm.account set name = 'theirs' where id = 'rc2'")
    for key, change in {
        "c1": "name = 'applied'",
        "c2": "name = 'ours'",
        "c3": "credit = 5000",
        "c4": "name = 'set aside'",
        "c5": "owner = 'nobody yet'",
        "c7": "name = 'hidden', blocked = true",
    }.items():
        say(db, "update erp.customer set {change} where no = $1", key, change=change)
    db.execute("delete from erp.customer where no = 'c6'")
    run(db)
    assert rows(db, "select record_key, operation from sync.outbox") == []
    assert row(db, "select name from crm.account where id = 'rc1'") == ("applied",)
    assert rows(db, "select left_key, left_value, right_value from sync.conflict") == [("c2", "ours", "theirs")]
    assert rows(db, "select record_key, reason, message <> '' from sync.parked order by 1") == [
        ("c3", "error", True),
        ("c4", "skipped", True),
        ("c5", "reference", True),
        ("c6", "deleted", True),
    ]
    # c7 left the filter: the only one that stands nowhere, and comes back whole when it enters it again.
    db.execute("update erp.customer set blocked = false where no = 'c7'")
    run(db)
    assert row(db, "select name from crm.account where id = 'rc7'") == ("hidden",)


def test_promise_1_nothing_is_lost_that_was_parked_or_waited_on_a_changed_key(db: Database) -> None:
    install(db, customers=2)
    db.execute("update erp.customer set credit = 5000, city = 'Rome' where no = 'c1'")
    run(db)
    db.execute("update erp.customer set no = 'new' where no = 'c1'")
    db.execute("update erp.customer set credit = 7 where no = 'new'")
    run(db)
    assert row(db, "select town, credit from crm.account where id = 'rc1'") == ("Rome", 7)
    assert rows(db, "select * from sync.parked") == []


def test_promise_1_nothing_is_lost_when_a_key_changes_between_two_statements_of_a_pass(
    db: Database, app: Database
) -> None:
    install(db, "update sync.table_mapping set on_left_delete = 'delete'", customers=2)
    db.execute("update crm.account set own = 'kept'")
    db.execute("update erp.customer set city = 'Rome' where no = 'c1'")
    with before_statement("claim", lambda: app.execute("update erp.customer set no = 'new' where no = 'c1'")):
        run(db)
    run(db)
    assert rows(db, "select left_key, right_key from sync.coupling where mapping_name = 'CUSTOMER' order by 1") == [
        ("c2", "rc2"),
        ("new", "rc1"),
    ]
    assert row(db, "select town, own from crm.account where id = 'rc1'") == ("Rome", "kept")


def test_promise_1_nothing_is_lost_when_a_key_is_given_to_another_row_during_a_pass(
    db: Database, app: Database
) -> None:
    install(db, customers=2)

    def swap() -> None:
        app.execute("begin")
        app.execute("update erp.customer set no = 'new' where no = 'c1'")
        app.execute("insert into erp.customer (no, name) values ('c1', 'another')")
        app.execute("commit")

    db.execute("update erp.customer set city = 'Rome' where no = 'c1'")
    with before_statement("claim", swap):
        run(db)
    run(db)
    assert rows(db, "select id, name, town from crm.account order by id") == [
        ("rc1", "name 1", "Rome"),
        ("rc2", "name 2", "city 2"),
    ] or rows(db, "select name, town from crm.account order by name") == [
        ("another", None),
        ("name 1", "Rome"),
        ("name 2", "city 2"),
    ]


def test_promise_1_nothing_is_lost_when_two_runners_meet(db: Database, app: Database, dsn: str) -> None:
    """The second runner must not follow a changed key while the first is about to couple that record."""
    install(db, customers=1)
    db.execute("insert into erp.customer (no, name) values ('x', 'new')")

    def second_runner() -> None:
        app.execute("update erp.customer set no = 'y', city = 'Rome' where no = 'x'")
        app.execute("set lock_timeout = '1s'")
        run(app)

    with before_statement("insert", second_runner):
        run(db)
    run(db)
    assert rows(db, "select left_key from sync.coupling where mapping_name = 'CUSTOMER' order by 1") == [
        ("c1",),
        ("y",),
    ]
    assert row(
        db, "select a.town from crm.account a join sync.coupling c on c.right_key = a.id where c.left_key = 'y'"
    ) == ("Rome",)


@pytest.mark.parametrize("change", ["update erp.customer set city = 'Rome'", "delete from erp.customer"])
def test_promise_1_nothing_is_lost_when_the_target_gets_a_new_key_during_a_pass(
    db: Database, app: Database, change: str
) -> None:
    install(db, "update sync.table_mapping set on_left_delete = 'delete'", customers=1)
    db.execute(change.encode())
    with before_statement("lock", lambda: app.execute("update crm.account set id = 'new'")):
        run(db)
    run(db)
    assert rows(db, "select id, town from crm.account") == ([("new", "Rome")] if "Rome" in change else [])
    assert rows(db, "select * from sync.parked") == []


def test_promise_1_nothing_is_lost_when_capture_is_made_anew_under_a_runner_that_keeps_its_plans(db: Database) -> None:
    """A dropped column whose name stood in an expression was watched: from then on old values come in another order."""
    install(
        db,
        "alter table erp.customer add tail text",
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        " values ('CUSTOMER', 6, 'tail', 'own')",
        "update sync.field_mapping set to_right = 'coalesce(city, ''own'')' where field_no = 2",
        customers=2,
    )
    db.execute("update erp.customer set tail = 'same'")
    run(db)
    db.execute("alter table erp.customer drop own")
    db.execute("select sync.enable_capture('CUSTOMER')")
    db.execute("update erp.customer set tail = null where no = 'c1'")
    db.execute("update erp.customer set name = 'new' where no = 'c2'")
    db.execute("update crm.account set own = 'theirs' where id = 'rc2'")
    run(db)
    assert rows(db, "select name, own from crm.account order by id") == [("name 1", None), ("new", "theirs")]
    assert rows(db, "select * from sync.conflict") == []


def test_promise_1_nothing_is_lost_when_capture_is_made_anew_while_a_batch_runs(db: Database, dsn: str) -> None:
    """The batch would read the new entry by the columns of the old layout, and see no change."""
    install(db, customers=2)
    db.execute("update sync.field_mapping set is_enabled = false where mapping_name = 'CUSTOMER' and field_no = 3")
    db.execute("select sync.enable_capture('CUSTOMER')")
    db.execute("update erp.customer set city = 'Rome' where no = 'c2'")
    db.execute("insert into erp.customer (no, name) values ('c0', 'new')")
    with beside(
        "claim",
        dsn,
        "update sync.field_mapping set is_enabled = field_no <> 2 where mapping_name = 'CUSTOMER'",
        "select sync.enable_capture('CUSTOMER')",
        "update erp.customer set name = 'newer' where no = 'c1'",
    ):
        run(db)
    run(db)
    assert rows(db, "select name from crm.account where id = 'rc1'") == [("newer",)]


def test_promise_1_nothing_is_lost_when_a_mapping_is_renamed_while_a_batch_runs(db: Database, dsn: str) -> None:
    """The couple that the batch is about to make must go with its mapping, or the row is made a second time."""
    install(db)
    db.execute("insert into erp.customer (no, name) values ('n', 'new')")
    db.execute("select sync.disable_capture('CUSTOMER')")
    with beside(
        "insert", dsn, "update sync.table_mapping set mapping_name = 'CLIENT' where mapping_name = 'CUSTOMER'"
    ) as refused:
        run(db)
    db.execute("select sync.request_full_sync('CLIENT')")
    run(db)
    assert (refused, rows(db, "select id from crm.account")) == ([], [("rn",)])
    assert rows(db, "select mapping_name from sync.coupling where left_key = 'n'") == [("CLIENT",)]


def test_promise_1_nothing_is_lost_when_a_mapping_is_deleted_while_a_batch_runs(db: Database, dsn: str) -> None:
    install(db)
    db.execute("insert into erp.customer (no, name) values ('n', 'new')")
    with beside("insert", dsn, "delete from sync.table_mapping where mapping_name = 'CUSTOMER'") as refused:
        run(db)
    # It has a couple now.
    assert (refused, rows(db, "select count(*) from sync.table_mapping")) == (["SY012"], [(2,)])
