"""Price lists, price groups and prices of the Business Central and Sales pack: every rule and special case by name."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

from decimal import Decimal

import pytest

from tests.packs.conftest import Ask, One, Person, Problems, Sync
from tests.packs.sales import DEFAULT_LIST, creating, default_line, dsn, lines, message, product

__all__ = ["creating", "dsn"]


# The default price list


def test_rule_8_a_new_price_reaches_the_line_of_the_default_price_list(ask: Ask, pass_and_rest: Sync) -> None:
    ask("update bc.item set unit_price = 433.33 where no = '1010'")
    pass_and_rest()
    assert default_line(ask) == [(Decimal("433.33"), "PCS")]


@pytest.mark.parametrize(
    "damage",
    [
        "update crm.productpricelevel set amount = 1, pricingmethodcode = 2 where productnumber = '1010'",
        "delete from crm.productpricelevel where productnumber = '1010'",
    ],
    ids=["edited", "deleted"],
)
def test_rule_8_a_line_that_was_touched_is_put_right_when_its_item_is_synchronised(
    ask: Ask, in_sales: Person, sync: Sync, damage: str
) -> None:
    in_sales(damage + f" and pricelevelid = (select pricelevelid from crm.pricelevel where name = '{DEFAULT_LIST}')")
    ask("update bc.item set unit_cost = 250 where no = '1010'")
    sync()
    assert default_line(ask) == [(420, "PCS")]


def test_rule_8_a_deleted_default_price_list_is_made_anew_with_its_lines(
    ask: Ask, one: One, in_sales: Person, pass_and_rest: Sync, problems: Problems
) -> None:
    before = one(
        "select count(*) from crm.productpricelevel l join crm.pricelevel p using (pricelevelid) where nav_isdefault"
    )
    in_sales("delete from crm.pricelevel where nav_isdefault")
    assert product(ask, "pricelevelid") == (None,)
    pass_and_rest()
    assert problems() == []
    assert ask("select name from crm.pricelevel where nav_isdefault") == [(DEFAULT_LIST,)]
    assert default_line(ask) == [(420, "PCS")]
    assert before == one(
        "select count(*) from crm.productpricelevel l join crm.pricelevel p using (pricelevelid) where nav_isdefault"
    )


def test_rule_8_another_local_currency_makes_a_second_list(ask: Ask, pass_and_rest: Sync) -> None:
    ask("update bc.general_ledger_setup set lcy_code = 'EUR'")
    pass_and_rest()
    assert ask(
        "select l.name, c.isocurrencycode, l.nav_isdefault from crm.pricelevel l"
        " join crm.transactioncurrency c using (transactioncurrencyid) where l.name like 'Business%' order by 3"
    ) == [(DEFAULT_LIST, "GBP", False), ("Business Central EUR Default Price List", "EUR", True)]
    assert product(ask, "(select name from crm.pricelevel l where l.pricelevelid = product.pricelevelid)") == (
        "Business Central EUR Default Price List",
    )
    assert default_line(ask) == [(420, "PCS")]
    assert len(lines(ask, DEFAULT_LIST)) == len(lines(ask, "Business Central EUR Default Price List"))


def test_items_are_in_the_local_currency(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.general_ledger_setup set lcy_code = 'EUR'")
    pass_and_rest()
    assert one(
        "select distinct c.isocurrencycode from crm.product p"
        " join crm.transactioncurrency c using (transactioncurrencyid)"
        " join sync.coupling k on k.right_key = p.productid::text"
    ) == ("EUR")


# Price groups and prices


@pytest.mark.usefixtures("creating")
def test_a_new_price_group_becomes_a_price_list_in_the_currency_of_its_first_price(
    ask: Ask, pass_and_rest: Sync
) -> None:
    ask("insert into bc.customer_price_group (code, description) values ('FAIR', 'At the fair'), ('NONE', '')")
    ask(
        "insert into bc.sales_price (item_no, sales_type, sales_code, currency_code, unit_price)"
        " values ('1020', 1, 'FAIR', 'EUR', 210), ('1010', 1, 'FAIR', 'EUR', 480.5)"
    )
    pass_and_rest()
    assert ask(
        "select l.name, l.description, c.isocurrencycode from crm.pricelevel l"
        " join crm.transactioncurrency c using (transactioncurrencyid) where l.name in ('FAIR', 'NONE') order by 1"
    ) == [("FAIR", "At the fair", "EUR"), ("NONE", None, "GBP")]
    assert lines(ask, "FAIR") == [("1010", "PCS", Decimal("480.5")), ("1020", "PCS", 210)]


def test_the_description_of_a_price_group_travels_only_once(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.customer_price_group set description = 'Trade', code = 'TRADE' where code = 'WHOLESALE'")
    pass_and_rest()
    assert one("select description from crm.pricelevel where name = 'TRADE'") == "Wholesale trade"


def test_rule_11_prices_of_a_group_in_two_currencies_are_refused_until_one_is_left(
    ask: Ask, sync: Sync, problems: Problems
) -> None:
    ask(
        "insert into bc.sales_price (item_no, sales_type, sales_code, currency_code, unit_price)"
        " values ('1030', 1, 'WHOLESALE', 'EUR', 60)"
    )
    sync()
    assert message(problems, "CUSTPRCGRP-PRICE", "WHOLESALE") == (
        "error: the prices of price list WHOLESALE are in more than one currency: EUR, GBP"
    )
    assert message(problems, "SALESPRC-PRODPRICE", '["1", "WHOLESALE", "1030", "PCS"]') == (
        "error: the currency of the price of product 1030 is not that of price list WHOLESALE"
    )
    ask("update bc.sales_price set currency_code = '' where item_no = '1030' and sales_code = 'WHOLESALE'")
    sync()
    assert problems() == []
    assert ("1030", "PCS", 60) in lines(ask, "WHOLESALE")


def test_rule_11_a_price_list_keeps_its_currency(ask: Ask, sync: Sync, problems: Problems) -> None:
    ask("update bc.sales_price set currency_code = 'EUR' where sales_code = 'WHOLESALE'")
    sync()
    assert message(problems, "CUSTPRCGRP-PRICE", "WHOLESALE") == (
        "error: the currency of price list WHOLESALE cannot be changed"
    )


@pytest.mark.parametrize(("sales_type", "sales_code"), [(0, "C00010"), (2, ""), (3, "SPRING"), (1, "")])
def test_rule_12_prices_that_are_not_a_price_groups_stay_at_home(
    ask: Ask, one: One, pass_and_rest: Sync, sales_type: int, sales_code: str
) -> None:
    ask(
        "insert into bc.sales_price (item_no, sales_type, sales_code, unit_price) values ('1010', $1::smallint, $2, 1)",
        sales_type,
        sales_code,
    )
    pass_and_rest()
    assert one("select count(*) from sync.parked") == 0
    assert one("select count(*) from crm.productpricelevel where amount = 1") == 0


@pytest.mark.parametrize(
    ("item", "group", "told"),
    [
        ("1010", "RETAIL", "reference: sales_code RETAIL must be coupled in CUSTPRCGRP-PRICE"),
        ("2090", "WHOLESALE", "reference: item_no 2090 must be coupled in ITEM-PRODUCT"),
    ],
)
def test_rule_12_a_price_waits_for_its_group_and_its_item(
    ask: Ask, sync: Sync, problems: Problems, item: str, group: str, told: str
) -> None:
    ask("insert into bc.item (no, description, base_unit_of_measure) values ('2090', 'Stool', 'PCS')")
    ask("insert into bc.sales_price (item_no, sales_type, sales_code, unit_price) values ($1, 1, $2, 33)", item, group)
    sync()
    assert message(problems, "SALESPRC-PRODPRICE", f'["1", "{group}", "{item}", "PCS"]') == told
    ask("update sync.table_mapping set coupled_only = false")
    ask("select sync.request_sync('CUSTPRCGRP-PRICE', 'left', $1)", group)
    ask("select sync.request_sync('ITEM-PRODUCT', 'left', $1)", item)
    sync()
    assert problems() == []
    assert (item, "PCS", 33) in lines(ask, group)


def test_rule_12_a_price_in_a_unit_that_is_not_sound_is_refused(ask: Ask, sync: Sync, problems: Problems) -> None:
    ask(
        "insert into bc.sales_price (item_no, sales_type, sales_code, unit_of_measure_code, unit_price)"
        " values ('1010', 1, 'WHOLESALE', 'SET', 33)"
    )
    sync()
    assert "unit group NAV SET has 2 units" in message(
        problems, "SALESPRC-PRODPRICE", '["1", "WHOLESALE", "1010", "SET"]'
    )


def test_a_price_without_a_unit_is_in_the_base_unit_of_its_item(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into bc.sales_price (item_no, sales_type, sales_code, unit_price) values ('1030', 1, 'WHOLESALE', 58)")
    pass_and_rest()
    assert ("1030", "PCS", 58) in lines(ask, "WHOLESALE")


def test_prices_that_differ_in_date_or_quantity_only_share_a_line_and_the_first_counts(
    ask: Ask, pass_and_rest: Sync
) -> None:
    assert ("1020", "PCS", 165) in lines(ask, "WHOLESALE")
    ask("update bc.sales_price set unit_price = 150 where item_no = '1020' and starting_date = '2019-06-01'")
    pass_and_rest()
    assert ("1020", "PCS", 165) in lines(ask, "WHOLESALE")
    ask(
        "delete from bc.sales_price where item_no = '1020' and sales_code = 'WHOLESALE'"
        " and starting_date < '2019-06-01'"
    )
    pass_and_rest()
    assert ("1020", "PCS", 150) in lines(ask, "WHOLESALE")


def test_what_sales_makes_of_a_price_is_overwritten_by_the_next_one(
    ask: Ask, in_sales: Person, pass_and_rest: Sync
) -> None:
    in_sales(
        "update crm.productpricelevel l set amount = 1 from crm.pricelevel p"
        " where p.pricelevelid = l.pricelevelid and p.name = 'WHOLESALE' and l.productnumber = '1010'"
    )
    pass_and_rest()
    ask("update bc.sales_price set unit_price = 370 where item_no = '1010' and sales_code = 'WHOLESALE'")
    pass_and_rest()
    assert ("1010", "PCS", 370) in lines(ask, "WHOLESALE")


# Rules for all of them


@pytest.mark.usefixtures("creating")
def test_rule_17_what_is_made_in_the_wrong_order_arrives_in_one_pass(
    ask: Ask, pass_and_rest: Sync, problems: Problems
) -> None:
    ask(
        "insert into bc.sales_price (item_no, sales_type, sales_code, currency_code, unit_price)"
        " values ('N1', 1, 'NEW', 'NOK', 88)"
    )
    ask("insert into bc.customer_price_group (code) values ('NEW')")
    ask("insert into bc.item (no, description, base_unit_of_measure) values ('N1', 'New', 'NEWUNIT')")
    ask("insert into bc.unit_of_measure (code) values ('NEWUNIT')")
    ask("update bc.currency set description = 'Norsk krone' where code = 'NOK'")
    pass_and_rest()
    assert problems() == []
    assert lines(ask, "NEW") == [("N1", "NEWUNIT", 88)]


@pytest.mark.usefixtures("creating")
def test_the_sample_records_that_break_a_rule_say_which(ask: Ask, sync: Sync, problems: Problems) -> None:
    ask("select sync.request_sync('ITEM-PRODUCT', 'left', no) from bc.item where no in ('1050', '1070', '1080')")
    ask("select sync.request_sync('CUSTPRCGRP-PRICE', 'left', 'MIXED')")
    sync()
    assert [(row[1], row[2].removeprefix("error: ")) for row in problems()] == [
        ("MIXED", "the prices of price list MIXED are in more than one currency: EUR, GBP"),
        ("1050", "unit group NAV SET has 2 units: it must have one, SET"),
        ("1070", "unit group NAV KG is not active"),
        ("1080", "product 1080 has no unit group: fill in the base unit of measure"),
    ]
