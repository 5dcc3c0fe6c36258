"""The two systems of the Business Central and Sales pack: their own business logic, and mapping rows that fit them."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.conftest import dsn_with, fresh_database, template_database
from tests.packs.conftest import Ask, One, install_parts

PACK = "business_central_sales"


systems_template = template_database("bc_systems", lambda db: install_parts(db, PACK, "schema"))
systems_dsn = fresh_database("systems_template")
dsn = dsn_with("systems")


@pytest.fixture
def systems(db: psycopg.Connection[Any]) -> None:
    """Both systems without sample data, in pounds."""


@pytest.fixture
def office(install: Callable[..., None]) -> None:
    """The pack with its sample data."""
    install(PACK, "schema", "mappings", "data", "generate")


@pytest.mark.usefixtures("systems")
@pytest.mark.parametrize(
    ("table", "columns", "values", "expected"),
    [
        ("bc.customer", "name", "'A'", "C01001"),
        ("bc.customer", "no, name", "'', 'A'", "C01001"),
        ("bc.contact", "name", "'A'", "CT001001"),
        ("bc.opportunity", "no", "''", "OP001001"),
        ("bc.sales_header", "sell_to_customer_no, bill_to_customer_no", "'C', 'C'", "SO001001"),
    ],
)
def test_a_record_without_a_number_gets_the_next_of_its_series(
    one: One, table: str, columns: str, values: str, expected: str
) -> None:
    assert one(f"insert into {table} ({columns}) values ({values}) returning no") == expected


@pytest.mark.usefixtures("systems")
def test_a_salesperson_without_a_code_is_numbered(ask: Ask) -> None:
    ask("insert into bc.salesperson_purchaser (name) values ('A'), ('B')")
    assert ask("select code from bc.salesperson_purchaser order by code") == [("SP NO. 1",), ("SP NO. 2",)]


@pytest.mark.usefixtures("systems")
def test_the_search_name_follows_the_name_until_it_is_changed(ask: Ask, one: One) -> None:
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door')")
    ask("update bc.customer set name = 'Red Door'")
    assert one("select search_name from bc.customer") == "RED DOOR"
    ask("update bc.customer set search_name = 'DOORS'")
    ask("update bc.customer set name = 'Green Door'")
    assert one("select search_name from bc.customer") == "DOORS"


@pytest.mark.usefixtures("systems")
def test_a_new_customer_gets_its_company_contact(ask: Ask) -> None:
    ask("insert into bc.customer (no, name, city) values ('C1', 'Blue Door', 'Leeds')")
    company = ask("select no, type, name, city, company_no, customer_no from bc.contact")
    assert company == [("CT001001", 0, "Blue Door", "Leeds", "CT001001", "C1")]
    assert ask("select contact_no, business_relation_code, link_to_table, no from bc.contact_business_relation") == [
        ("CT001001", "CUST", 1, "C1")
    ]


@pytest.mark.usefixtures("systems")
def test_without_a_relation_code_a_customer_gets_no_contact(ask: Ask, one: One) -> None:
    ask("update bc.marketing_setup set bus_rel_code_for_customers = ''")
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door')")
    assert one("select count(*) from bc.contact") == 0


@pytest.mark.usefixtures("systems")
def test_an_update_of_a_customer_reaches_its_company_contact_and_its_persons(ask: Ask, one: One) -> None:
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door'), ('C2', 'Other')")
    ask("insert into bc.contact (no, type, first_name, customer_no) values ('P1', 1, 'Ann', 'C1')")
    ask("update bc.customer set name = 'Red Door', email = 'a@example.org' where no = 'C1'")
    assert ask("select name, email from bc.contact where type = 0 order by name") == [
        ("Other", ""),
        ("Red Door", "a@example.org"),
    ]
    assert one("select company_name from bc.contact where no = 'P1'") == "Red Door"


@pytest.mark.usefixtures("systems")
def test_relations_follow_the_number_and_the_end_of_a_customer(ask: Ask, one: One) -> None:
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door')")
    ask("insert into bc.contact (no, type, first_name, customer_no) values ('P1', 1, 'Ann', 'C1')")
    ask("update bc.customer set no = 'C9'")
    assert ask("select distinct customer_no from bc.contact") == [("C9",)]
    ask("delete from bc.customer")
    assert ask("select distinct customer_no from bc.contact") == [("",)]
    assert one("select company_no from bc.contact where no = 'P1'") == "CT001001"


@pytest.mark.usefixtures("systems")
def test_the_name_of_a_person_is_composed_and_broken_down(ask: Ask, one: One) -> None:
    ask(
        "insert into bc.contact (no, type, first_name, middle_name, surname)"
        " values ('P1', 1, 'Joost', 'van der', 'Meer')"
    )
    assert one("select name from bc.contact") == "Joost van der Meer"
    ask("update bc.contact set middle_name = ''")
    assert one("select name from bc.contact") == "Joost Meer"
    ask("update bc.contact set name = 'Ann Mary Clay'")
    assert ask("select first_name, middle_name, surname from bc.contact") == [("Ann", "Mary", "Clay")]


@pytest.mark.usefixtures("systems")
def test_company_and_customer_of_a_person_find_each_other(ask: Ask) -> None:
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door'), ('C2', 'Red Door')")
    ask("insert into bc.contact (no, type, first_name, company_no) values ('P1', 1, 'Ann', 'CT001001')")
    ask("insert into bc.contact (no, type, first_name, customer_no) values ('P2', 1, 'Bob', 'C2')")
    ask("insert into bc.contact (no, type, first_name) values ('P3', 1, 'Cid')")
    persons = "select no, company_no, company_name, customer_no from bc.contact where type = 1 order by no"
    assert ask(persons) == [
        ("P1", "CT001001", "Blue Door", "C1"),
        ("P2", "CT001002", "Red Door", "C2"),
        ("P3", "", "", ""),
    ]
    ask("update bc.contact set customer_no = 'C1' where no = 'P2'")
    ask("update bc.contact set company_no = 'CT001002' where no = 'P1'")
    assert [row[1:] for row in ask(persons)][:2] == [("CT001002", "Red Door", "C2"), ("CT001001", "Blue Door", "C1")]


@pytest.mark.usefixtures("systems")
def test_a_person_of_a_customer_without_a_company_contact_is_refused(ask: Ask) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="contact company of customer C7 does not exist"):
        ask("insert into bc.contact (type, first_name, customer_no) values (1, 'Ann', 'C7')")


@pytest.mark.usefixtures("systems")
def test_the_primary_contact_belongs_to_the_customer_and_names_it(ask: Ask, one: One) -> None:
    ask("insert into bc.customer (no, name) values ('C1', 'Blue Door'), ('C2', 'Red Door')")
    ask("insert into bc.contact (no, type, name, customer_no) values ('P1', 1, 'Ann Clay', 'C1')")
    ask("update bc.customer set primary_contact_no = 'P1' where no = 'C1'")
    assert one("select contact from bc.customer where no = 'C1'") == "Ann Clay"
    with pytest.raises(psycopg.errors.CheckViolation, match="not related to customer C2"):
        ask("update bc.customer set primary_contact_no = 'P1' where no = 'C2'")
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="P9 does not exist"):
        ask("update bc.customer set primary_contact_no = 'P9' where no = 'C2'")


@pytest.mark.usefixtures("systems")
def test_a_blank_currency_is_the_local_currency_said_out_loud(ask: Ask) -> None:
    ask("insert into bc.contact (no, name) values ('K0', 'Early')")
    ask("insert into bc.general_ledger_setup (lcy_code) values ('GBP')")
    ask("insert into bc.contact (no, name, currency_code) values ('K1', 'Blank', ''), ('K2', 'Euro', 'EUR')")
    ask(
        "insert into bc.contact (no, name, transaction_currency_code)"
        " values ('K3', 'Local', 'GBP'), ('K4', 'Kr', 'NOK')"
    )
    both = "select no, currency_code, transaction_currency_code from bc.contact order by no"
    assert ask(both) == [
        ("K0", "", "GBP"),
        ("K1", "", "GBP"),
        ("K2", "EUR", "EUR"),
        ("K3", "", "GBP"),
        ("K4", "NOK", "NOK"),
    ]
    ask("update bc.contact set currency_code = '' where no = 'K2'")
    ask("update bc.contact set transaction_currency_code = 'EUR' where no = 'K3'")
    ask("update bc.contact set transaction_currency_code = 'GBP' where no = 'K4'")
    assert ask(both)[2:] == [("K2", "", "GBP"), ("K3", "EUR", "EUR"), ("K4", "", "GBP")]


@pytest.mark.usefixtures("systems")
def test_the_latest_rate_is_the_one_with_the_highest_starting_date(ask: Ask, one: One) -> None:
    ask("insert into bc.currency (code, iso_code) values ('EUR', 'EUR')")
    insert = (
        "insert into bc.currency_exchange_rate (currency_code, starting_date, exchange_rate_amount,"
        " relational_exch_rate_amount) values ('EUR', $1::date, $2::numeric, 80)"
    )
    rate = "select latest_exchange_rate from bc.currency"
    ask(insert, "2019-07-01", 100)
    ask(insert, "2019-01-01", 120)
    assert one(rate) == 1.25
    ask("update bc.currency_exchange_rate set exchange_rate_amount = 88 where starting_date = '2019-07-01'")
    assert float(one(rate)) == pytest.approx(1.1)
    ask("delete from bc.currency_exchange_rate where starting_date = '2019-07-01'")
    assert one(rate) == 1.5
    ask("delete from bc.currency_exchange_rate")
    assert one(rate) is None


RATE = (
    "insert into bc.currency_exchange_rate (currency_code, starting_date, exchange_rate_amount,"
    " relational_currency_code, relational_exch_rate_amount) values ($1, $2::date, $3::numeric, $4, $5::numeric)"
)
RATES = "select code, latest_exchange_rate::text from bc.currency where code = any ($1) order by code"


@pytest.mark.usefixtures("systems")
def test_a_rate_given_in_another_currency_leads_through_it_to_the_local_one(ask: Ask) -> None:
    """A hundred DKK are 13.4 EUR, and a hundred EUR are 85 GBP: the product of the two, to ten decimals."""
    ask("insert into bc.general_ledger_setup (lcy_code) values ('GBP')")
    ask("insert into bc.currency (code, iso_code) values ('EUR', 'EUR'), ('DKK', 'DKK'), ('ISK', 'ISK')")
    ask(RATE, "DKK", "2019-01-01", 100, "EUR", "13.4")
    assert ask(RATES, ["DKK"]) == [("DKK", None)]
    ask(RATE, "EUR", "2019-01-01", 100, "GBP", 85)
    ask(RATE, "ISK", "2019-01-01", 1, "DKK", "0.05")
    assert ask(RATES, ["EUR", "DKK", "ISK"]) == [
        ("DKK", "8.7796312555"), ("EUR", "1.1764705882"), ("ISK", "175.5926251097"),
    ]  # fmt: skip
    ask(RATE, "EUR", "2019-07-01", 100, "", 80)
    assert ask(RATES, ["EUR", "DKK"]) == [("DKK", "9.3283582090"), ("EUR", "1.2500000000")]


@pytest.mark.usefixtures("systems")
def test_rates_that_lead_in_a_circle_or_to_nothing_are_no_rates(ask: Ask) -> None:
    ask("insert into bc.general_ledger_setup (lcy_code) values ('GBP')")
    ask("insert into bc.currency (code, iso_code) values ('EUR', 'EUR'), ('DKK', 'DKK'), ('ISK', 'ISK')")
    ask(RATE, "DKK", "2019-01-01", 100, "EUR", 13)
    ask(RATE, "EUR", "2019-01-01", 100, "DKK", 750)
    ask(RATE, "ISK", "2019-01-01", 0, "", 1)
    assert ask(RATES, ["EUR", "DKK", "ISK"]) == [("DKK", None), ("EUR", None), ("ISK", None)]


@pytest.mark.usefixtures("systems")
def test_against_another_base_currency_rates_of_today_cross_through_the_local_one(ask: Ask) -> None:
    ask("insert into bc.general_ledger_setup (lcy_code) values ('GBP')")
    ask("insert into bc.currency (code, iso_code) values ('EUR', 'EUR'), ('USD', 'USD')")
    for code, amount in (("EUR", 115), ("USD", 130)):
        ask(RATE, code, "2019-01-01", amount, "", 100)
        # What starts tomorrow is the latest rate against the local currency, and not yet a rate of today.
        ask("insert into bc.currency_exchange_rate values ($1, current_date + 1, 200, '', 100)", code)
    assert ask(RATES, ["EUR", "GBP", "USD"]) == [("EUR", "2.0000000000"), ("GBP", "1"), ("USD", "2.0000000000")]
    ask("insert into bc.crm_connection_setup (base_currency_code) values ('EUR')")
    assert ask(RATES, ["EUR", "GBP", "USD"]) == [("EUR", "1"), ("GBP", "0.8695652174"), ("USD", "1.1304347826")]


@pytest.mark.usefixtures("systems")
def test_a_base_currency_that_is_not_known_is_refused(ask: Ask) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="the base currency CHF of Sales does not exist"):
        ask("insert into bc.crm_connection_setup (base_currency_code) values ('CHF')")


@pytest.mark.usefixtures("office")
def test_sums_are_kept_when_entries_come_change_and_go(ask: Ask, one: One) -> None:
    inventory = "select inventory from bc.item where no = '1010'"
    assert one(inventory) == 10
    ask("update bc.item_ledger_entry set quantity = 15 where entry_no = 1")
    ask("delete from bc.item_ledger_entry where entry_no = 5")
    assert one(inventory) == 15
    ask("insert into bc.sales_header (no, sell_to_customer_no, bill_to_customer_no) values ('S1', 'C00010', 'C00010')")
    ask("insert into bc.sales_line (document_no, line_no, type, amount) values ('S1', 1, 2, 10), ('S1', 2, 2, 5)")
    ask("delete from bc.sales_line where line_no = 1")
    assert one("select amount from bc.sales_header where no = 'S1'") == 5


@pytest.mark.usefixtures("office")
def test_the_system_fields_say_when_and_cannot_be_forged(ask: Ask) -> None:
    ask(
        "update bc.customer set system_modified_at = 'infinity', system_created_at = 'infinity',"
        " system_id = gen_random_uuid() where no = 'C00010'"
    )
    assert ask(
        "select system_modified_at > system_created_at, system_modified_at <= clock_timestamp()"
        " from bc.customer where no = 'C00010'"
    ) == [(True, True)]
    ask("update crm.account set modifiedon = 'infinity', createdon = 'infinity' where name like 'Harbour%'")
    assert ask(
        "select modifiedon > createdon, modifiedon <= clock_timestamp() from crm.account where name like 'H%'"
    ) == [(True, True)]


@pytest.mark.usefixtures("office")
def test_a_sales_record_belongs_to_the_user_who_makes_it(db: psycopg.Connection[Any], ask: Ask, one: One) -> None:
    hanna = one("select systemuserid from crm.systemuser where lastname = 'Brink'")
    with db.transaction():
        ask("select set_config('crm.user', $1, true)", str(hanna))
        ask("insert into crm.account (name) values ('By Hanna')")
    ask("insert into crm.account (name) values ('By the connection')")
    owners = ask(
        "select a.name, u.lastname, a.ownerid = a.createdby, a.transactioncurrencyid = o.basecurrencyid"
        " from crm.account a join crm.systemuser u on u.systemuserid = a.ownerid cross join crm.organization o"
        " where a.name like 'By %' order by a.name"
    )
    assert owners == [("By Hanna", "Brink", True, True), ("By the connection", "Connection", True, True)]


@pytest.mark.usefixtures("systems")
def test_sales_composes_names_follows_states_and_makes_base_units(ask: Ask, one: One) -> None:
    ask("insert into crm.contact (firstname, middlename, lastname) values ('Dale', 'R.', 'Hutchins')")
    assert one("select fullname from crm.contact") == "Dale Hutchins"
    ask("insert into crm.account (name) values ('A')")
    ask("update crm.account set statecode = 1")
    assert ask("select statecode, statuscode from crm.account") == [(1, 2)]
    ask("update crm.account set statuscode = 1")
    assert ask("select statecode, statuscode from crm.account") == [(0, 1)]
    ask("insert into crm.uomschedule (name, baseuomname) values ('NAV PCS', 'PCS')")
    assert ask("select name, quantity, isschedulebaseuom from crm.uom") == [("PCS", 1, True)]


@pytest.mark.usefixtures("systems")
def test_sales_refuses_a_currency_that_is_no_iso_code(ask: Ask) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        ask(
            "insert into crm.transactioncurrency (isocurrencycode, currencysymbol, currencyname, exchangerate)"
            " values ('BONUS', 'B', 'Bonus', 1)"
        )


@pytest.mark.usefixtures("office")
def test_every_column_a_mapping_row_names_exists(ask: Ask) -> None:
    missing = ask(
        "select f.mapping_name, f.field_no, c.name from sync.field_mapping f"
        " join sync.table_mapping m using (mapping_name)"
        " cross join lateral (values (m.left_table, f.left_column), (m.right_table, f.right_column)) as c (tab, name)"
        " where c.name is not null and not exists (select from pg_attribute a"
        " where a.attrelid = c.tab::regclass and a.attname = c.name and a.attnum > 0)"
    )
    assert missing == []


@pytest.mark.usefixtures("office")
def test_every_coupling_names_records_that_exist(ask: Ask, one: One) -> None:
    keys = ask(
        "select c.mapping_name, s.table_name, (sync_private.key_columns(s.table_name::regclass, s.key, c.mapping_name))"
        "[1], s.record_key from sync.coupling c join sync.table_mapping m using (mapping_name)"
        " cross join lateral (values"
        " (m.left_table, m.left_key, c.left_key), (m.right_table, m.right_key, c.right_key))"
        " as s (table_name, key, record_key)"
        " where s.record_key not like '[%'"
    )
    assert {row[0] for row in keys} > {"SALESPEOPLE", "CURRENCY", "CUSTOMER", "CONTACT", "ITEM-PRODUCT"}
    for mapping, table, column, key in keys:
        assert one(f"select count(*) from {table} where {column}::text = $1", key) == 1, (mapping, table, key)


@pytest.mark.usefixtures("office")
def test_the_generator_makes_the_same_customers_for_the_same_seed(ask: Ask, one: One) -> None:
    made = "select name, address, city, email, salesperson_code from bc.customer where no between $1 and $2 order by no"
    assert one("select bc.generate_customers(200, 7)") == 200
    assert one("select bc.generate_customers(200, 7)") == 200
    first, second = ask(made, "C01001", "C01200"), ask(made, "C01201", "C01400")
    assert len(first) == 200
    assert first == second
    assert one("select count(*) from bc.contact where type = 1 and customer_no between 'C01001' and 'C01400'") == 400
    one("select crm.generate_accounts(50, 3)")
    assert one("select count(*) from crm.contact k join crm.account a on a.accountid = k.parentcustomerid") >= 50


@pytest.mark.usefixtures("office")
def test_a_bulk_update_after_a_small_one_stays_fast(ask: Ask, one: One) -> None:
    """Plans that the triggers kept from the small update must not be quadratic in the large one."""
    ask("update bc.customer set phone_no = '1' where no = 'C00010'")
    ask("update bc.contact set phone_no = '2' where no = 'CT000110'")
    one("select bc.generate_customers(3000)")
    ask("set statement_timeout = '20s'")
    ask("update bc.customer set phone_no = '3'")
    assert one("select count(*) from bc.contact where type = 0 and customer_no <> '' and phone_no <> '3'") == 0
