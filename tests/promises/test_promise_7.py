"""Promise 7: a second pass does nothing: no writes, no dead rows, no row of its own."""

from __future__ import annotations

from tests.promises.scene import Database, install, row, rows, run, traces

STORY = (
    "insert into erp.customer (no, name, owner) values ('n1', 'new', 'o1')",
    "insert into crm.account (id, name) values ('m1', 'newer')",
    "update erp.customer set city = 'Rome' where no in ('c1', 'c2')",
    "update crm.account set town = 'Oslo', phone = '1' where id in ('rc2', 'rc3')",
    "update erp.customer set credit = 5000 where no = 'c4'",
    "update erp.customer set owner = 'nobody' where no = 'c5'",
    "delete from erp.customer where no = 'c6'",
    "select sync.skip('CUSTOMER', 'c7')",
    "update erp.customer set name = 'set aside' where no = 'c7'",
    "update erp.customer set blocked = true where no = 'c8'",
    "update erp.customer set no = 'moved' where no = 'c9'",
)


def test_promise_7_a_second_pass_does_nothing(db: Database) -> None:
    install(db, customers=10)
    for statement in STORY:
        db.execute(statement.encode())
    first = run(db)
    assert (first.inserted, first.conflicted, first.failed, first.waiting, first.skipped) == (2, 1, 2, 1, 1)
    before = traces(db, "erp", "crm")
    last_pass = row(db, "select max(pass_id), count(*) from sync.pass")
    second = run(db)
    assert second.values() == [0] * len(second.values())
    assert traces(db, "erp", "crm") == before
    assert row(db, "select max(pass_id), count(*) from sync.pass") == last_pass


def test_promise_7_a_second_pass_does_nothing_but_count_what_is_asked_for_again(db: Database) -> None:
    """Asked to look at rows that are in step, it writes no row of either system and touches no coupling."""
    install(db, customers=10)
    db.execute("select sync.request_sync('CUSTOMER', 'left', no) from erp.customer")
    db.execute("update crm.account set name = name || ''")
    before = [traces(db, schema)[:2] for schema in ("erp", "crm")]
    couplings = rows(db, "select ctid::text, xmin::text from sync.coupling")
    counts = run(db)
    assert counts.unchanged == 20
    assert counts.modified == counts.inserted == counts.deleted == counts.conflicted == 0
    locks_aside = [[r[:2] for r in table] for side in before for table in side]
    assert [[r[:2] for r in t] for s in ("erp", "crm") for t in traces(db, s)[:2]] == locks_aside
    assert rows(db, "select ctid::text, xmin::text from sync.coupling") == couplings
