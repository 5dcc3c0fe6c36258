"""Contacts of the Business Central and Sales pack through whole passes."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

import pytest

from tests.packs.conftest import Ask, One, Sync
from tests.packs.sales import creating, dsn, parked

__all__ = ["creating", "dsn"]

HARBOUR = "acc00000-0000-4000-8000-000000000010"
RUTH = "c0a00000-0000-4000-8000-000000000110"
LUCA = "5a100000-0000-4000-8000-000000000002"
SOFIE = "5a100000-0000-4000-8000-000000000004"
EUR = "cc100000-0000-4000-8000-000000000002"
GBP = "cc100000-0000-4000-8000-000000000001"


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
