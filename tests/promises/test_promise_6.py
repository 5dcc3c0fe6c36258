"""Promise 6: no echo, and no deaf spot. Business triggers are heard, other mappings are told, nobody hears himself."""

from __future__ import annotations

import pytest

from tests.promises.scene import Database, install, row, rows, run, say, traces

BEFORE = """
create function {schema}.tidy() returns trigger language plpgsql as
    $$ begin new.phone := coalesce(new.phone, '') || '!'; return new; end $$;
create trigger tidy before insert or update of name on {table} for each row execute function {schema}.tidy();
"""
AFTER = """
create function {schema}.tidy() returns trigger language plpgsql as
    $$ begin update {table} set phone = 'called ' || new.name where {key} = new.{key}; return null; end $$;
create trigger tidy after insert or update of name on {table} for each row execute function {schema}.tidy();
"""
# Chains of contacts: a customer's contact is a vendor's contact too.
CHAIN = """
create table erp.contact (no text primary key, name text);
create table crm.vendor (id text primary key, name text);
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key, coupled_only) values
    ('CONTACT', 'crm.account', 'erp.contact', null, '''k'' || id', false),
    ('VENDOR', 'erp.contact', 'crm.vendor', null, '''v'' || no', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values
    ('CONTACT', 1, 'name', 'name'), ('VENDOR', 1, 'name', 'name');
"""


def quiet(db: Database) -> None:
    """Nothing waits, and another pass writes nothing."""
    assert rows(db, "select * from sync.outbox") == []
    before = traces(db, "erp", "crm")
    assert run(db).batches == 0
    assert traces(db, "erp", "crm") == before


NOTES = """
create table crm.noted (mapping_name text, side text, record_key text);
create function crm.note() returns trigger language plpgsql security definer as
    $$ begin insert into crm.noted select mapping_name, side, record_key from fresh; return null; end $$;
create trigger note after insert on sync.outbox referencing new table as fresh
    for each statement execute function crm.note();
"""


def test_promise_6_no_echo_of_what_a_pass_wrote(db: Database) -> None:
    """Not even an entry that would be found unchanged: only what the applications did was ever noted."""
    install(db, NOTES, "update sync.table_mapping set on_left_delete = 'delete'", customers=3)
    db.execute("update erp.customer set name = 'new' where no = 'c1'")
    db.execute("update crm.account set name = 'newer' where id = 'rc2'")
    db.execute("insert into erp.customer (no, name) values ('n', 'there')")
    db.execute("insert into crm.account (id, name) values ('m', 'back')")
    db.execute("delete from erp.customer where no = 'c3'")
    counts = run(db)
    assert (counts.modified, counts.inserted, counts.deleted, counts.unchanged) == (2, 2, 1, 0)
    assert rows(db, "select side, record_key from crm.noted order by 1, 2") == [
        ("left", "c1"),
        ("left", "c3"),
        ("left", "n"),
        ("right", "m"),
        ("right", "rc2"),
    ]
    quiet(db)


@pytest.mark.parametrize("target", ["left", "right"])
@pytest.mark.parametrize("change", ["update", "insert"])
@pytest.mark.parametrize(("trigger", "expected"), [(BEFORE, "!"), (AFTER, "called new")], ids=["before", "after"])
def test_promise_6_no_echo_and_no_deaf_spot_for_business_triggers(
    db: Database, trigger: str, expected: str, change: str, target: str
) -> None:
    """What a trigger of the target makes of a row, or does by itself, comes back; what the pass wrote does not."""
    left = {"schema": "erp", "table": "erp.customer", "key": "no"}
    right = {"schema": "crm", "table": "crm.account", "key": "id"}
    there, here = (left, right) if target == "left" else (right, left)
    install(db, trigger, customers=1, **there)
    if change == "insert":
        say(db, "insert into {table} ({key}, name) values ('n', 'new')", table=here["table"], key=here["key"])
    else:
        say(db, "update {table} set name = 'new'", table=here["table"])
    counts = run(db)
    assert counts.conflicted == 0
    assert row(db, "select phone like $1 from {table} where name = 'new'", f"%{expected}", table=there["table"]) == (
        True,
    )
    assert rows(db, "select c.phone from erp.customer c where name = 'new'") == rows(
        db, "select a.phone from crm.account a where name = 'new'"
    )
    quiet(db)


def test_promise_6_no_echo_and_no_deaf_spot_for_other_mappings(db: Database) -> None:
    """Customer, account, contact, vendor: one pass carries a change through, in whichever order mappings run."""
    install(db, CHAIN, customers=2)
    db.execute("select sync.request_sync('CONTACT', 'left', id) from crm.account")
    run(db)
    assert row(db, "select count(*) from crm.vendor") == (2,)
    quiet(db)
    db.execute("update erp.customer set name = 'forth' where no = 'c1'")
    run(db)
    assert row(db, "select name from crm.vendor where id = 'vkrc1'") == ("forth",)
    quiet(db)
    db.execute("update crm.vendor set name = 'back' where id = 'vkrc1'")
    run(db)
    assert row(db, "select name from erp.customer where no = 'c1'") == ("back",)
    quiet(db)


def test_promise_6_no_echo_and_no_deaf_spot_in_a_loop_of_mappings_that_never_agree(db: Database) -> None:
    """A change that each mapping of a circle changes again is stopped, and stands where people look."""
    install(
        db,
        "create table erp.ring (id int primary key, name text); create table crm.ring (id int primary key, name text)",
        "insert into sync.table_mapping (mapping_name, left_table, right_table, direction) values"
        " ('THERE', 'erp.ring', 'crm.ring', 'to_right'), ('BACK', 'erp.ring', 'crm.ring', 'to_left')",
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, to_left) values"
        " ('THERE', 1, 'name', 'name', 'name || ''x''', null), ('BACK', 1, 'name', 'name', null, 'name || ''y''')",
        "insert into erp.ring values (1, 'a'); insert into crm.ring values (1, 'a')",
        "insert into sync.coupling values ('THERE', '1', '1'), ('BACK', '1', '1')",
    )
    db.execute("update erp.ring set name = 'b'")
    for _ in range(5):
        run(db)
    assert rows(db, "select reason from sync.parked") == [("loop",)]
    assert rows(db, "select * from sync.outbox") == []
