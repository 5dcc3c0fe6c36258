"""Promise 3: only what changed travels, never a stale copy of the rest; edits of different fields merge."""

from __future__ import annotations

import pytest

from tests.promises.scene import Database, before_statement, install, row, run, say

BOTH_WAYS = pytest.mark.parametrize(
    ("source", "target"), [("erp.customer", "crm.account"), ("crm.account", "erp.customer")]
)
KEYS = {"erp.customer": "no = 'c1'", "crm.account": "id = 'rc1'"}


def edit(db: Database, table: str, change: str) -> None:
    """Change the first record."""
    say(db, "update {table} set {change} where {key}", table=table, change=change, key=KEYS[table])


def values(db: Database, table: str) -> tuple[object, ...] | None:
    return row(db, "select name, phone, credit from {table} where {key}", table=table, key=KEYS[table])


@BOTH_WAYS
def test_promise_3_only_what_changed_travels(db: Database, source: str, target: str) -> None:
    """The target differs in fields that never were in step: they stay, and their columns are not even named."""
    install(
        db,
        "create table crm.written (columns text)",
        "create function crm.note() returns trigger language plpgsql as"
        " $$ begin insert into crm.written values (tg_argv[0]); return null; end $$",
        "create trigger name after update of name on {target} for each row execute function crm.note('name')",
        "create trigger phone after update of phone on {target} for each row execute function crm.note('phone')",
        customers=1,
        target=target,
    )
    db.execute("select sync.disable_capture()")
    edit(db, target, "phone = 'never in step', credit = 999")
    db.execute("truncate crm.written")
    db.execute("select sync.enable_capture()")
    edit(db, source, "name = 'Alder'")
    assert run(db).modified == 1
    assert values(db, target) == ("Alder", "never in step", 999)
    assert db.execute("select distinct columns from crm.written").fetchall() == [("name",)]


@BOTH_WAYS
def test_promise_3_only_what_changed_travels_and_edits_of_different_fields_merge(
    db: Database, source: str, target: str
) -> None:
    install(db, customers=1)
    edit(db, source, "name = 'Alder'")
    edit(db, target, "phone = '77'")
    counts = run(db)
    assert (counts.modified, counts.conflicted) == (2, 0)
    assert values(db, source) == values(db, target) == ("Alder", "77", 1)


@pytest.mark.parametrize(
    ("source", "target", "step"),
    [
        ("erp.customer", "crm.account", "lock"),
        ("crm.account", "erp.customer", "lock"),
        ("erp.customer", "crm.account", "summary"),
    ],
)
def test_promise_3_only_what_changed_travels_over_a_row_that_is_edited_during_the_batch(
    db: Database, app: Database, source: str, target: str, step: str
) -> None:
    install(db, customers=1)
    edit(db, source, "name = 'Alder'")
    held: list[bool] = []

    def work() -> None:
        # From the lock on the row is the pass's own for a moment.
        app.execute("set lock_timeout = '100ms'")
        try:
            edit(app, target, "phone = '77'")
        except Exception:
            held.append(True)

    with before_statement(step, work):
        run(db)
    assert held == ([True] if step == "summary" else [])
    run(db)
    phone = "phone 1" if held else "77"
    assert values(db, source) == values(db, target) == ("Alder", phone, 1)


def test_promise_3_only_what_changed_travels_and_there_and_back_is_no_change(db: Database) -> None:
    install(db, customers=1)
    edit(db, "erp.customer", "name = 'Alder'")
    edit(db, "erp.customer", "name = 'name 1'")
    edit(db, "crm.account", "name = 'theirs'")
    counts = run(db)
    assert (counts.modified, counts.conflicted) == (1, 0)
    assert values(db, "erp.customer") == ("theirs", "phone 1", 1)
