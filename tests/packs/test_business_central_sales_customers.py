"""Customers of the Business Central and Sales pack through whole passes."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.packs.conftest import Ask, One, Sync
from tests.packs.sales import creating, dsn, parked

__all__ = ["creating", "dsn"]

HARBOUR = "acc00000-0000-4000-8000-000000000010"
LUCA = "5a100000-0000-4000-8000-000000000002"
SOFIE = "5a100000-0000-4000-8000-000000000004"
CONNECTION = "5a100000-0000-4000-8000-000000000099"


def account(one: One, column: str, accountid: str = HARBOUR) -> Any:
    """A value of an account."""
    return one(f"select {column} from crm.account where accountid = $1::uuid", accountid)


def customer(one: One, column: str, no: str = "C00010") -> Any:
    """A value of a customer."""
    return one(f"select {column} from bc.customer where no = $1", no)


def test_the_coupled_sample_records_are_in_step(ask: Ask, pass_and_rest: Sync) -> None:
    for side, direction in (("left", "to_right"), ("right", "to_left")):
        ask(
            f"select sync.request_sync(mapping_name, $1, c.{side}_key) from sync.coupling c"
            " join sync.table_mapping using (mapping_name) where direction in ('both', $2)",
            side,
            direction,
        )
    counts = pass_and_rest().counts
    assert {(c.modified, c.inserted, c.failed, c.waiting, c.conflicted) for c in counts.values()} == {(0, 0, 0, 0, 0)}
    assert {name for name, _ in counts} > {"SALESPEOPLE", "CURRENCY", "CUSTOMER", "CONTACT", "ITEM-PRODUCT"}
    # An order that was taken has left one filter and, not being released, has not entered the other.
    outside = {("SUBMITTED-ORDER", "to_left"), ("SALESORDER-ORDER", "to_right")}
    assert {key for key, c in counts.items() if not c.unchanged} <= outside


def test_a_customer_update_writes_only_what_changed(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("alter table crm.account disable trigger user")
    ask("update crm.account set websiteurl = 'unseen by the pass' where accountid = $1::uuid", HARBOUR)
    ask("alter table crm.account enable trigger user")
    ask("update bc.customer set phone_no = '+44 1', address_2 = 'Yard', city = '' where no = 'C00010'")
    assert pass_and_rest().counts[("CUSTOMER", "to_right")].modified == 1
    assert ask(
        "select telephone1, address1_line2, address1_city, websiteurl from crm.account where accountid = $1::uuid",
        HARBOUR,
    ) == [("+44 1", "Yard", None, "unseen by the pass")]


def test_an_account_update_comes_back_with_empty_as_blank(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask(
        "update crm.account set telephone1 = null, address1_country = ' ie ', name = 'Harbour & Sons',"
        " address1_primarycontactname = 'Ms Ellison' where accountid = $1::uuid",
        HARBOUR,
    )
    assert pass_and_rest().counts[("CUSTOMER", "to_left")].modified == 1
    assert ask(
        "select phone_no, country_region_code, contact, name, search_name from bc.customer where no = 'C00010'"
    ) == [("", "IE", "Ms Ellison", "Harbour & Sons", "HARBOUR & SONS")]
    assert one("select name from bc.contact where type = 0 and customer_no = 'C00010'") == "Harbour & Sons"


def test_text_that_is_too_long_is_cut_and_not_sent_back(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    street = "A" * 240
    ask("update crm.account set address1_line1 = $1 where accountid = $2::uuid", street, HARBOUR)
    pass_and_rest()
    assert customer(one, "address") == "A" * 100
    ask("update bc.customer set phone_no = '7' where no = 'C00010'")
    pass_and_rest()
    assert account(one, "address1_line1") == street


@pytest.mark.usefixtures("creating")
def test_a_new_customer_becomes_an_account_of_type_customer(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into bc.customer (no, name, salesperson_code, payment_terms_code) values ('C2', 'New', 'LM', 'NET45')")
    counts = pass_and_rest().counts[("CUSTOMER", "to_right")]
    assert (counts.inserted, counts.coupled) == (1, 1)
    assert ask(
        "select customertypecode, ownerid::text, owneridtype, paymenttermscode, emailaddress1 from crm.account"
        " where name = 'New'"
    ) == [(3, LUCA, "systemuser", 2 + 1, None)]


@pytest.mark.usefixtures("creating")
def test_a_new_account_becomes_a_numbered_customer_with_its_contact(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into crm.account (name, customertypecode, address1_city) values ('New', 3, 'Hull')")
    assert pass_and_rest().counts[("CUSTOMER", "to_left")].inserted == 1
    assert ask("select no, city, email, primary_contact_no, blocked from bc.customer where name = 'New'") == [
        ("C01001", "Hull", "", "", 0)
    ]
    assert ask("select type, customer_no from bc.contact where name = 'New'") == [(0, "C01001")]


def test_uncoupled_customers_and_accounts_stay_at_home(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("insert into bc.customer (name) values ('New')")
    ask("insert into crm.account (name, customertypecode) values ('Newer', 3)")
    pass_and_rest()
    assert one("select count(*) from crm.account where name = 'New'") == 0
    assert one("select count(*) from bc.customer where name = 'Newer'") == 0
    assert parked(ask) == []


def test_different_fields_changed_on_both_sides_merge(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.customer set phone_no = '1' where no = 'C00010'")
    ask("update crm.account set fax = '2' where accountid = $1::uuid", HARBOUR)
    pass_and_rest()
    assert (account(one, "telephone1"), customer(one, "fax_no")) == ("1", "2")


def test_the_same_field_changed_on_both_sides_is_a_conflict_for_a_person(ask: Ask, one: One, sync: Sync) -> None:
    ask("update bc.customer set phone_no = '1' where no = 'C00010'")
    ask("update crm.account set telephone1 = '2' where accountid = $1::uuid", HARBOUR)
    sync()
    assert (account(one, "telephone1"), customer(one, "phone_no")) == ("2", "1")
    open_conflict = "select left_value, right_value from sync.conflict where resolved_at is null"
    assert ask(open_conflict) == [("1", "2")]
    ask("select sync.resolve_conflict(conflict_id, 'right') from sync.conflict")
    sync()
    assert (account(one, "telephone1"), customer(one, "phone_no")) == ("2", "2")
    assert ask(open_conflict) == []


def test_a_blocked_customer_leaves_the_filter_and_comes_back_with_its_changes(ask: Ask, one: One, sync: Sync) -> None:
    before = account(one, "telephone1")
    ask("update bc.customer set blocked = 3, phone_no = '1' where no = 'C00010'")
    sync()
    assert (account(one, "telephone1"), account(one, "statecode")) == (before, 0)
    ask("update bc.customer set blocked = 0 where no = 'C00010'")
    sync()
    assert account(one, "telephone1") == "1"


@pytest.mark.parametrize(("table", "key"), [("bc.customer", "no = 'C00020'"), ("crm.account", "name like 'Aldgate%'")])
def test_a_deleted_couple_is_a_question_and_deletes_nothing(
    ask: Ask, one: One, sync: Sync, table: str, key: str
) -> None:
    ask(f"delete from {table} where {key}")
    sync()
    assert [row[3] for row in parked(ask) if row[0] == "CUSTOMER"] == ["deleted"]
    other = "crm.account where name like 'Aldgate%'" if table == "bc.customer" else "bc.customer where no = 'C00020'"
    assert one(f"select count(*) from {other}") == 1


def test_rule_0_what_the_connection_account_changes_is_ignored(
    db: psycopg.Connection[Any], ask: Ask, one: One, pass_and_rest: Sync, connection_role: str
) -> None:
    db.execute(sql.SQL("set role {}").format(sql.Identifier(connection_role)))
    ask("update crm.account set telephone1 = '666' where accountid = $1::uuid", HARBOUR)
    ask("reset role")
    assert pass_and_rest().counts == {}
    assert customer(one, "phone_no") != "666"


@pytest.fixture
def connection_role(db: psycopg.Connection[Any], one: One) -> Iterator[str]:
    """The role of the Sales connection, as the mapping rows name it."""
    role = str(one("select integration_role from sync.system where schema_name = 'crm'"))
    name = sql.Identifier(role)
    db.execute(sql.SQL("create role {}").format(name))
    db.execute(sql.SQL("grant usage on schema crm to {}").format(name))
    db.execute(sql.SQL("grant select, update on all tables in schema crm to {}").format(name))
    yield role
    db.execute("reset role")
    db.execute(sql.SQL("drop owned by {0}").format(name))
    db.execute(sql.SQL("drop role {}").format(name))


def test_rule_1_a_customer_waits_for_its_salesperson_and_then_goes_by_itself(ask: Ask, one: One, sync: Sync) -> None:
    before = account(one, "telephone1")
    ask("update bc.customer set salesperson_code = 'SV', phone_no = '1' where no = 'C00010'")
    sync()
    assert ("CUSTOMER", "left", "C00010", "reference") in parked(ask)
    assert account(one, "telephone1") == before
    ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    sync()
    assert parked(ask) == []
    assert (account(one, "telephone1"), str(account(one, "ownerid"))) == ("1", SOFIE)


def test_rule_1_no_salesperson_leaves_the_owner_alone(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    owner = account(one, "ownerid")
    ask("update bc.customer set salesperson_code = '', phone_no = '1' where no = 'C00010'")
    pass_and_rest()
    assert (account(one, "ownerid"), account(one, "telephone1")) == (owner, "1")


@pytest.mark.usefixtures("creating")
def test_rule_1_a_new_account_without_salesperson_belongs_to_the_connection_user(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    ask("insert into bc.customer (name) values ('Nobody''s')")
    pass_and_rest()
    assert str(one("select ownerid from crm.account where name = 'Nobody''s'")) == CONNECTION


def test_the_owner_of_an_account_never_changes_the_salesperson(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.account set ownerid = $1::uuid where accountid = $2::uuid", LUCA, HARBOUR)
    pass_and_rest()
    assert customer(one, "salesperson_code") == "HB"


@pytest.mark.usefixtures("creating")
def test_rule_2_only_active_accounts_of_type_customer_are_taken(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    made = "select count(*) from bc.customer where name = 'Lead'"
    ask("insert into crm.account (name, customertypecode) values ('Lead', 8)")
    pass_and_rest()
    assert one(made) == 0
    ask("update crm.account set customertypecode = 3, statecode = 1 where name = 'Lead'")
    pass_and_rest()
    assert one(made) == 0
    ask("update crm.account set statecode = 0 where name = 'Lead'")
    pass_and_rest()
    assert one(made) == 1


def test_an_inactive_account_blocks_its_customer_once_the_filter_lets_it_through(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    ask("update crm.account set statecode = 1 where accountid = $1::uuid", HARBOUR)
    pass_and_rest()
    assert customer(one, "blocked") == 0
    ask("update sync.table_mapping set right_filter = 'customertypecode = 3' where mapping_name = 'CUSTOMER'")
    ask("select sync.request_sync('CUSTOMER', 'right', $1)", HARBOUR)
    pass_and_rest()
    assert customer(one, "blocked") == 3


def test_an_uncoupled_primary_contact_is_blank_on_the_other_side(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.customer set primary_contact_no = 'CT000111' where no = 'C00010'")
    pass_and_rest()
    assert account(one, "primarycontactid") is None


@pytest.mark.usefixtures("creating")
def test_a_customer_and_its_primary_contact_are_made_together(
    db: psycopg.Connection[Any], ask: Ask, pass_and_rest: Sync
) -> None:
    with db.transaction():
        ask("insert into bc.customer (no, name) values ('C2', 'New')")
        ask("insert into bc.contact (no, type, name, customer_no) values ('P2', 1, 'Jo Dee', 'C2')")
        ask("update bc.customer set primary_contact_no = 'P2' where no = 'C2'")
    pass_and_rest()
    assert ask(
        "select c.fullname, c.parentcustomerid = a.accountid from crm.account a"
        " join crm.contact c on c.contactid = a.primarycontactid where a.name = 'New'"
    ) == [("Jo Dee", True)]


@pytest.mark.usefixtures("creating")
def test_an_account_and_its_primary_contact_are_made_together(
    db: psycopg.Connection[Any], ask: Ask, pass_and_rest: Sync
) -> None:
    with db.transaction():
        ask("insert into crm.account (name, customertypecode) values ('New', 3)")
        ask(
            "insert into crm.contact (firstname, lastname, parentcustomerid, parentcustomeridtype)"
            " select 'Jo', 'Dee', accountid, 'account' from crm.account where name = 'New'"
        )
        ask(
            "update crm.account a set primarycontactid = c.contactid"
            " from crm.contact c where c.parentcustomerid = a.accountid and a.name = 'New'"
        )
    pass_and_rest()
    assert ask(
        "select k.name, c.contact, k.customer_no = c.no from bc.customer c"
        " join bc.contact k on k.no = c.primary_contact_no where c.name = 'New'"
    ) == [("Jo Dee", "Jo Dee", True)]


@pytest.mark.parametrize(
    ("left", "right", "code", "option"),
    [
        ("payment_terms_code", "paymenttermscode", "NET60", 4),
        ("payment_terms_code", "paymenttermscode", "COD", None),
        ("payment_terms_code", "paymenttermscode", "", None),
        ("shipment_method_code", "address1_freighttermscode", "NOCHARGE", 2),
        ("shipment_method_code", "address1_freighttermscode", "EXW", None),
        ("shipping_agent_code", "address1_shippingmethodcode", "WILLCALL", 7),
        ("shipping_agent_code", "address1_shippingmethodcode", "OWN LOG.", None),
    ],
)
def test_rule_16_a_code_without_an_option_is_blank(
    ask: Ask, one: One, pass_and_rest: Sync, left: str, right: str, code: str, option: int | None
) -> None:
    ask(f"update bc.customer set {left} = $1 where no = 'C00010'", code)
    pass_and_rest()
    assert account(one, right) == option


def test_an_option_chosen_in_sales_does_not_come_back(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.account set paymenttermscode = 4 where accountid = $1::uuid", HARBOUR)
    pass_and_rest()
    assert customer(one, "payment_terms_code") == "NET30"
