"""Salespeople, currencies, customers and contacts of the Business Central and Sales pack through whole passes."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pysync.runner import PassResult

Ask = Callable[..., list[tuple[Any, ...]]]
One = Callable[..., Any]
Sync = Callable[..., PassResult]

HARBOUR = "acc00000-0000-4000-8000-000000000010"
RUTH = "c0a00000-0000-4000-8000-000000000110"
LUCA = "5a100000-0000-4000-8000-000000000002"
SOFIE = "5a100000-0000-4000-8000-000000000004"
ROSA = "5a100000-0000-4000-8000-000000000006"
CONNECTION = "5a100000-0000-4000-8000-000000000099"
EUR = "cc100000-0000-4000-8000-000000000002"
GBP = "cc100000-0000-4000-8000-000000000001"


@pytest.fixture
def dsn(office_dsn: str) -> str:
    """The pack with its sample data, captured."""
    return office_dsn


@pytest.fixture
def creating(ask: Ask) -> None:
    """Uncoupled records are created on the other side."""
    ask("update sync.table_mapping set coupled_only = false")


def parked(ask: Ask) -> list[tuple[Any, ...]]:
    """What stands aside, and why."""
    return ask("select mapping_name, side, record_key, reason from sync.parked order by mapping_name, side, record_key")


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


# Customers


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


# Contacts


def test_a_contact_travels_both_ways(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.contact set surname = 'Ellison-Pym', pager = '9' where no = 'CT000110'")
    pass_and_rest()
    assert ask("select fullname, lastname, pager from crm.contact where contactid = $1::uuid", RUTH) == [
        ("Ruth Ellison-Pym", "Ellison-Pym", "9")
    ]
    ask("update crm.contact set firstname = 'Ruthie', pager = null where contactid = $1::uuid", RUTH)
    pass_and_rest()
    assert ask("select name, pager from bc.contact where no = 'CT000110'") == [("Ruthie Ellison-Pym", "")]


@pytest.mark.usefixtures("creating")
def test_a_new_person_goes_to_sales_with_parent_owner_and_currency(ask: Ask, pass_and_rest: Sync) -> None:
    ask(
        "insert into bc.contact (type, first_name, surname, customer_no, salesperson_code)"
        " values (1, 'Ann', 'Clay', 'C00010', 'LM')"
    )
    pass_and_rest()
    assert ask(
        "select parentcustomerid::text, parentcustomeridtype, ownerid::text, transactioncurrencyid::text"
        " from crm.contact where lastname = 'Clay'"
    ) == [(HARBOUR, "account", LUCA, GBP)]


@pytest.mark.usefixtures("creating")
def test_rule_3_a_contact_comes_with_the_company_of_its_account(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("insert into crm.contact (firstname, lastname) values ('Ann', 'Clay')")
    pass_and_rest()
    assert one("select count(*) from bc.contact where surname = 'Clay'") == 0
    ask(
        "update crm.contact set parentcustomerid = $1::uuid, parentcustomeridtype = 'account' where lastname = 'Clay'",
        HARBOUR,
    )
    pass_and_rest()
    assert ask(
        "select type, name, company_name, customer_no, currency_code from bc.contact where surname = 'Clay'"
    ) == [(1, "Ann Clay", "Harbour Street Furnishings", "C00010", "")]


@pytest.mark.usefixtures("creating")
def test_rule_3_a_contact_of_an_uncoupled_account_waits_for_it(ask: Ask, one: One, sync: Sync) -> None:
    ask("update sync.table_mapping set coupled_only = true where mapping_name = 'CUSTOMER'")
    ask("insert into crm.account (name, customertypecode) values ('New', 3)")
    ask(
        "insert into crm.contact (lastname, parentcustomerid, parentcustomeridtype)"
        " select 'Clay', accountid, 'account' from crm.account where name = 'New'"
    )
    sync()
    assert [row[3] for row in parked(ask)] == ["reference"]
    ask("update sync.table_mapping set coupled_only = false where mapping_name = 'CUSTOMER'")
    ask("update crm.account set fax = '1' where name = 'New'")
    sync()
    assert parked(ask) == []
    assert one("select company_name from bc.contact where surname = 'Clay'") == "New"


@pytest.mark.usefixtures("creating")
@pytest.mark.parametrize("account", ["customertypecode = 10", "customertypecode = null", "statecode = 1"])
def test_a_contact_whose_account_is_outside_the_filter_comes_without_a_company(
    ask: Ask, one: One, pass_and_rest: Sync, account: str
) -> None:
    """It gets its company with the first customer that the account becomes."""
    ask("insert into crm.account (name, customertypecode) values ('Supplies', 3)")
    ask(f"update crm.account set {account} where name = 'Supplies'")
    ask(
        "insert into crm.contact (firstname, lastname, parentcustomerid, parentcustomeridtype)"
        " select 'Ann', 'Clay', accountid, 'account' from crm.account where name = 'Supplies'"
    )
    pass_and_rest()
    assert parked(ask) == []
    company = "select type, name, company_no, company_name, customer_no from bc.contact where surname = 'Clay'"
    assert ask(company) == [(1, "Ann Clay", "", "", "")]
    ask("update crm.account set customertypecode = 3, statecode = 0 where name = 'Supplies'")
    pass_and_rest()
    assert one("select company_name from bc.contact where surname = 'Clay'") == "Supplies"
    assert one("select c.name from bc.contact k join bc.customer c on c.no = k.customer_no"
               " where k.surname = 'Clay'") == "Supplies"  # fmt: skip


def test_a_contact_keeps_its_company_when_the_account_falls_out_of_the_filter(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    company = "select company_name from bc.contact where no = 'CT000110'"
    before = one(company)
    ask("update crm.account set statecode = 1 where accountid = $1::uuid", HARBOUR)
    ask("update crm.contact set pager = '77' where contactid = $1::uuid", RUTH)
    pass_and_rest()
    assert (one(company), one("select pager from bc.contact where no = 'CT000110'")) == (before, "77")
    ask("update crm.account set statecode = 0 where accountid = $1::uuid", HARBOUR)
    pass_and_rest()
    assert one("select parentcustomerid::text from crm.contact where contactid = $1::uuid", RUTH) == HARBOUR


@pytest.mark.usefixtures("creating")
def test_rule_4_only_persons_of_a_customers_company_go_to_sales(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask(
        "insert into bc.contact (no, type, name, company_no) values ('K1', 0, 'A company', ''),"
        " ('K2', 1, 'No Company', ''), ('K3', 1, 'Foreign Person', 'K1')"
    )
    pass_and_rest()
    assert parked(ask) == []
    assert one("select count(*) from sync.coupling where left_key ~ '^K[0-9]'") == 0
    ask("insert into bc.contact_business_relation values ('K1', 'CUST', 1, 'C00020')")
    pass_and_rest()
    assert one("select left_key from sync.coupling where left_key ~ '^K[0-9]'") == "K3"


def test_rule_5_a_contact_waits_for_its_salesperson(ask: Ask, sync: Sync) -> None:
    ask("update bc.contact set salesperson_code = 'SV' where no = 'CT000110'")
    sync()
    assert parked(ask) == [("CONTACT", "left", "CT000110", "reference")]
    ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    sync()
    assert ask("select ownerid::text from crm.contact where contactid = $1::uuid", RUTH) == [(SOFIE,)]


def test_the_currency_of_a_contact_travels_blank_is_local(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.contact set currency_code = 'EUR' where no = 'CT000110'")
    pass_and_rest()
    assert ask("select transactioncurrencyid::text from crm.contact where contactid = $1::uuid", RUTH) == [(EUR,)]
    ask("update crm.contact set transactioncurrencyid = $1::uuid where contactid = $2::uuid", GBP, RUTH)
    pass_and_rest()
    assert one("select currency_code from bc.contact where no = 'CT000110'") == ""


def test_the_same_contact_field_changed_on_both_sides_is_a_conflict(ask: Ask, one: One, sync: Sync) -> None:
    ask("update bc.contact set email = 'a@example.org' where no = 'CT000110'")
    ask("update crm.contact set emailaddress1 = 'b@example.org' where contactid = $1::uuid", RUTH)
    sync()
    assert ask("select left_value, right_value from sync.conflict") == [("a@example.org", "b@example.org")]
    assert one("select email from bc.contact where no = 'CT000110'") == "a@example.org"


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_deleted_contact_is_a_question(ask: Ask, one: One, sync: Sync, side: str) -> None:
    ask(
        "delete from bc.contact where no = 'CT000150'"
        if side == "left"
        else "delete from crm.contact where lastname = 'Garnier'"
    )
    sync()
    assert [row[3] for row in parked(ask)] == ["deleted"]
    kept = "crm.contact where lastname = 'Garnier'" if side == "left" else "bc.contact where no = 'CT000150'"
    assert one(f"select count(*) from {kept}") == 1


# Salespeople and currencies


def test_a_user_updates_the_coupled_salesperson_and_never_the_reverse(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.systemuser set lastname = 'Brink-Olsen', mobilephone = null where firstname = 'Hanna'")
    ask("update bc.salesperson_purchaser set email = 'own@example.org' where code = 'LM'")
    pass_and_rest()
    assert ask("select name, phone_no from bc.salesperson_purchaser where code = 'HB'") == [("Hanna Brink-Olsen", "")]
    assert (
        one("select internalemailaddress from crm.systemuser where firstname = 'Luca'")
        == "luca.moretti@cedarlane.example"
    )


@pytest.mark.usefixtures("creating")
def test_rule_9_only_enabled_licensed_people_become_salespeople(ask: Ask, pass_and_rest: Sync) -> None:
    ask(
        "update crm.systemuser set mobilephone = '1'"
        " where systemuserid::text not in (select right_key from sync.coupling)"
    )
    ask("insert into crm.systemuser (fullname, islicensed) values ('No Licence', false)")
    ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    pass_and_rest()
    assert ask("select code, name from bc.salesperson_purchaser where code like 'SP NO.%'") == [
        ("SP NO. 1", "Rosa Delgado")
    ]


def test_a_new_rate_reaches_sales(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("insert into bc.currency_exchange_rate values ('EUR', '2019-10-01', 110, '', 100)")
    pass_and_rest()
    assert float(
        one("select exchangerate from crm.transactioncurrency where isocurrencycode = 'EUR'")
    ) == pytest.approx(1.1)


def test_a_new_rate_of_one_currency_reaches_those_whose_rates_are_given_in_it(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    ask("insert into bc.currency_exchange_rate values ('USD', '2019-09-01', 110, 'EUR', 100)")
    ask("insert into bc.currency_exchange_rate values ('EUR', '2019-10-01', 112, '', 100)")
    pass_and_rest()
    assert one("select exchangerate::text from crm.transactioncurrency where isocurrencycode = 'USD'") == "1.2320000000"


@pytest.mark.usefixtures("creating")
def test_rule_6_only_currencies_with_an_iso_code_go_to_sales(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.currency set description = 'Norsk krone' where code = 'NOK'")
    ask("update bc.currency set description = 'Points' where code = 'BONUS'")
    pass_and_rest()
    assert parked(ask) == []
    assert ask(
        "select isocurrencycode, currencysymbol, currencyname, currencyprecision from crm.transactioncurrency"
        " where isocurrencycode not in ('GBP', 'EUR', 'USD')"
    ) == [("NOK", "NOK", "Norsk krone", 2)]


@pytest.mark.usefixtures("creating")
def test_rule_6_a_currency_without_a_rate_is_refused_until_it_has_one(ask: Ask, one: One, sync: Sync) -> None:
    ask("insert into bc.currency (code, iso_code) values ('SEK', 'SEK')")
    sync()
    assert ask("select record_key, message from sync.problem") == [
        ("SEK", "error: no exchange rate is defined for currency SEK")
    ]
    ask("insert into bc.currency_exchange_rate values ('SEK', '2019-01-01', 100, '', 8)")
    sync()
    assert parked(ask) == []
    assert one("select exchangerate from crm.transactioncurrency where isocurrencycode = 'SEK'") == 12.5


@pytest.mark.usefixtures("creating")
def test_a_new_currency_has_the_precision_of_the_organisation(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.organization set currencydecimalprecision = 3")
    ask("update bc.currency set description = 'Norsk krone' where code = 'NOK'")
    pass_and_rest()
    precision = "select currencyprecision from crm.transactioncurrency where isocurrencycode = 'NOK'"
    assert one(precision) == 3
    ask("update crm.organization set currencydecimalprecision = 4")
    ask("update bc.currency set description = 'Krone' where code = 'NOK'")
    pass_and_rest()
    assert one(precision) == 3
