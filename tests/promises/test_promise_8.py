"""Promise 8: one bad row hurts only itself and the rows that need it; it is parked, told of, and retried."""

from __future__ import annotations

from pysync.runner import Runner
from tests.promises.scene import Database, before_statement, install, row, rows, run, say

RAISES = """
create function crm.refuse() returns trigger language plpgsql as $$
begin
    if new.name = 'bad' then raise exception 'no such customer' using errcode = 'XY123'; end if;
    return new;
end $$;
create trigger refuse before insert or update on crm.account for each row execute function crm.refuse();
"""
TOWNS = """
create table crm.town (name text primary key);
insert into crm.town select 'city ' || n from generate_series(1, 50) n;
alter table crm.account add constraint account_town_fkey foreign key (town) references crm.town (name);
"""
SWALLOWS = """
create function crm.swallow() returns trigger language plpgsql as $$
begin if new.name = 'swallowed' then return null; end if; return new; end $$;
create trigger swallow before update on crm.account for each row execute function crm.swallow();
"""
SETUP = (
    RAISES,
    TOWNS,
    SWALLOWS,
    "alter table crm.account alter town type varchar(12), alter name set not null",
    "create unique index account_phone_idx on crm.account (phone)",
    "update sync.field_mapping set to_right = 'cast(phone as integer)::text' where left_column = 'phone'",
)
# Which record is bad, how, its SQLSTATE, a piece of the message, what mends it, and what is there then.
FAULTS = {
    "c2": ("credit = 5000", "23514", "account_credit_check", "credit = 5", "credit = 5"),
    "c4": ("city = 'much too long'", "22001", "too long", "city = 'city 1'", "town = 'city 1'"),
    "c5": ("name = null", "23502", "name", "name = 'x'", "name = 'x'"),
    "c9": ("name = 'bad'", "XY123", "no such customer", "name = 'good'", "name = 'good'"),
    "c10": ("city = 'Atlantis'", "23503", "account_town_fkey", "city = 'city 9'", "town = 'city 9'"),
    "c11": ("phone = '12'", "23505", "account_phone_idx", "phone = '0'", "phone = '0'"),
    "c17": ("phone = 'abc'", "22P02", "abc", "phone = '-1'", "phone = '-1'"),
    "c18": ("name = 'swallowed'", "SY020", "took 0 of 1 rows", "name = 'kept'", "name = 'kept'"),
}


def test_promise_8_one_bad_row_hurts_only_itself(db: Database) -> None:
    """The others of its batch arrive; each bad one says what is wrong, and arrives once it is mended."""
    install(db, customers=20)
    db.execute("update erp.customer set phone = substr(no, 2)")
    db.execute("update crm.account set phone = substr(id, 3)")
    run(db)
    for statement in SETUP:
        db.execute(statement.encode())
    db.execute("update erp.customer set credit = 77")
    for key, (change, *_) in FAULTS.items():
        say(db, "update erp.customer set {change} where no = $1", key, change=change)
    counts = run(db)
    assert (counts.failed, counts.modified) == (8, 12)
    assert row(db, "select count(*) from crm.account where credit = 77") == (12,)
    parked = {
        f[0]: f[1:] for f in rows(db, "select record_key, target_key, reason, sqlstate, message from sync.parked")
    }
    assert {key: f[:3] for key, f in parked.items()} == {k: (f"r{k}", "error", f[1]) for k, f in FAULTS.items()}
    assert [key for key, f in FAULTS.items() if f[2] not in parked[key][3]] == []
    assert {f[0]: f[1] for f in rows(db, "select record_key, sqlstate from sync.pass_error")} == {
        key: f[1] for key, f in FAULTS.items()
    }
    assert rows(db, "select next_command from sync.problem where record_key = 'c9'") == [
        ("select sync.retry('CUSTOMER', 'c9')",)
    ]
    db.execute("select sync.retry('CUSTOMER', 'c9')")
    assert run(db).failed == 1
    assert row(db, "select attempts from sync.parked where record_key = 'c9'") == (2,)
    for key, (*_, mending, _arrived) in FAULTS.items():
        say(db, "update erp.customer set {mending} where no = $1", key, mending=mending)
    assert run(db).failed == 0
    assert rows(db, "select record_key, message from sync.parked") == []
    for key, (*_, arrived) in FAULTS.items():
        assert row(db, "select {arrived} from crm.account where id = $1", f"r{key}", arrived=arrived) == (True,)


def test_promise_8_one_bad_row_hurts_only_itself_and_the_rows_that_need_it(db: Database) -> None:
    install(db, "alter table crm.person add constraint person_name_check check (name <> 'bad')", customers=2)
    db.execute("insert into erp.owner values ('b', 'bad'), ('g', 'good')")
    db.execute("update erp.customer set owner = case no when 'c1' then 'b' else 'g' end")
    run(db)
    assert rows(db, "select mapping_name, record_key, reason, waits_for_key from sync.parked order by 1") == [
        ("CUSTOMER", "c1", "reference", "b"),
        ("OWNER", "b", "error", None),
    ]
    assert row(db, "select owner from crm.account where id = 'rc2'") == ("rg",)
    db.execute("alter table crm.person drop constraint person_name_check")
    db.execute("select sync.retry()")
    run(db)
    assert rows(db, "select * from sync.parked") == []
    assert row(db, "select owner from crm.account where id = 'rc1'") == ("rb",)


def test_promise_8_one_bad_row_hurts_only_itself_and_comes_again_when_it_is_due(db: Database) -> None:
    install(db, customers=1)
    db.execute("update erp.customer set credit = 5000")
    run(db)
    assert row(db, "select next_attempt_at > now() from sync.parked") == (True,)
    db.execute("alter table crm.account drop constraint account_credit_check")
    assert run(db).batches == 0
    db.execute("update sync.parked set next_attempt_at = now()")
    run(db)
    assert row(db, "select credit from crm.account") == (5000,)


def test_promise_8_one_bad_row_hurts_only_itself_and_what_mends_it_meanwhile_is_not_parked_with_it(
    db: Database, app: Database
) -> None:
    """What commits while the bad value is being refused was not refused: it must not wait for an hour."""
    install(db, customers=1)
    db.execute("update erp.customer set credit = 5000")
    with before_statement("update", lambda: app.execute("update erp.customer set credit = 7")):
        assert run(db).failed == 1
    run(db)
    assert rows(db, "select * from sync.parked") == []
    assert row(db, "select credit from crm.account") == (7,)


def test_a_bad_row_of_a_dry_run_is_counted_once(db: Database) -> None:
    """All of a dry run is one transaction: what it asks for itself has been refused like all else."""
    install(db, customers=1)
    db.execute("update erp.customer set credit = 5000")
    run(db)
    db.execute("select sync.retry('CUSTOMER')")
    dry = Runner(db)
    dry.session.keep_open = True
    with db.transaction(force_rollback=True):
        assert dry.run().counts["CUSTOMER", "to_right"].failed == 1


def test_a_record_that_a_person_couples_while_a_pass_makes_its_partner_is_no_bad_row(
    db: Database, app: Database
) -> None:
    install(db)
    db.execute("insert into erp.customer (no, name) values ('n', 'new')")
    db.execute("insert into crm.account (id, name) values ('m', 'new')")
    with before_statement("insert", lambda: app.execute("select sync.couple('CUSTOMER', 'n', 'm')")):
        assert run(db, "CUSTOMER").failed == 0
    assert rows(db, "select id from crm.account") == [("m",)]
    assert rows(db, "select * from sync.parked") == []
