"""Match-based coupling in the Business Central and Sales pack: what finds what, and what does not."""

# ruff: noqa: ISC004 - one statement may take several lines.
from __future__ import annotations

from collections.abc import Callable

import pytest

from pysync.match import Matched
from pysync.runner import PassResult
from tests.packs.conftest import Ask
from tests.packs.sales import dsn

__all__ = ["dsn"]


# Per mapping: a record of each side that belong together, and how they are found again.
PAIRS = {
    "SALESPEOPLE": (
        "insert into bc.salesperson_purchaser (code, name, email) values ('M1', 'Max', 'max@example.org')",
        "insert into crm.systemuser (firstname, internalemailaddress) values ('Maximilian', 'MAX@example.org')",
        ("M1", "select systemuserid::text from crm.systemuser where firstname = 'Maximilian'"),
    ),
    "CURRENCY": (
        "insert into bc.currency (code, iso_code) values ('SEK', 'SEK')",
        "insert into crm.transactioncurrency (isocurrencycode, currencysymbol, currencyname, exchangerate)"
        " values ('SEK', 'kr', 'Krona', 12)",
        ("SEK", "select transactioncurrencyid::text from crm.transactioncurrency where isocurrencycode = 'SEK'"),
    ),
    "UNIT OF MEASURE": (
        "insert into bc.unit_of_measure (code) values ('TUBE')",
        "insert into crm.uomschedule (name, baseuomname) values ('NAV TUBE', 'Rohr')",
        ("TUBE", "select uomscheduleid::text from crm.uomschedule where name = 'NAV TUBE'"),
    ),
    "CUSTOMER": (
        "insert into bc.customer (no, name, post_code) values ('M1', 'Mill Yard', 'AB1 2CD')",
        "insert into crm.account (name, address1_postalcode, customertypecode) values ('Mill Yard', 'AB1 2CD', 3)",
        ("M1", "select accountid::text from crm.account where name = 'Mill Yard'"),
    ),
    "CONTACT": (
        "insert into bc.contact (no, type, first_name, customer_no, email)"
        " values ('M1', 1, 'Max', 'C00010', 'max@harbour.example')",
        "insert into crm.contact (firstname, parentcustomerid, parentcustomeridtype, emailaddress1)"
        " values ('M.', 'acc00000-0000-4000-8000-000000000010', 'account', 'max@harbour.example')",
        ("M1", "select contactid::text from crm.contact where firstname = 'M.'"),
    ),
    "ITEM-PRODUCT": (
        "select",
        "select",
        ("1040", "select productid::text from crm.product where productnumber = '1040'"),
    ),
    "RESOURCE-PRODUCT": (
        "insert into bc.resource (no, name, base_unit_of_measure) values ('X-AUDIT', 'Audit', 'HOUR')",
        "select",
        ("X-AUDIT", "select productid::text from crm.product where productnumber = 'X-AUDIT'"),
    ),
    "CUSTPRCGRP-PRICE": (
        "select",
        "insert into crm.pricelevel (name, transactioncurrencyid)"
        " values ('RETAIL', 'cc100000-0000-4000-8000-000000000001')",
        ("RETAIL", "select pricelevelid::text from crm.pricelevel where name = 'RETAIL'"),
    ),
}


@pytest.mark.parametrize("mapping", PAIRS)
def test_records_that_belong_together_find_each_other(
    ask: Ask, match: Callable[[str], Matched], sync: Callable[..., PassResult], mapping: str
) -> None:
    left, right, (left_key, right_key) = PAIRS[mapping]
    ask(left)
    ask(right)
    match(mapping)
    partner = "select right_key from sync.coupling where mapping_name = $1 and left_key = $2"
    assert ask(partner, mapping, left_key) == ask(right_key)
    sync()
    assert ask("select count(*) from sync.coupling where mapping_name = $1 and left_key = $2", mapping, left_key) == [
        (1,)
    ]


def test_the_default_price_list_that_is_there_is_taken(ask: Ask, match: Callable[[str], Matched]) -> None:
    ask("select sync.uncouple('DEFAULT PRICE LIST')")
    assert match("DEFAULT PRICE LIST").coupled == 1


def test_a_matched_price_list_line_is_the_one_of_list_product_and_unit(
    ask: Ask, match: Callable[[str], Matched]
) -> None:
    before = ask("select left_key, right_key from sync.coupling where mapping_name = 'SALESPRC-PRODPRICE' order by 1")
    ask("select sync.uncouple('SALESPRC-PRODPRICE')")
    assert match("SALESPRC-PRODPRICE").coupled == 2
    assert before == ask(
        "select left_key, right_key from sync.coupling where mapping_name = 'SALESPRC-PRODPRICE' order by 1"
    )


def test_what_has_two_partners_is_left_to_a_person(ask: Ask, match: Callable[[str], Matched]) -> None:
    ask("insert into bc.customer (no, name, post_code) values ('M1', 'Mill Yard', 'AB1 2CD')")
    ask(
        "insert into crm.account (name, address1_postalcode, customertypecode)"
        " select 'Mill Yard', 'AB1 2CD', 3 from generate_series(1, 2)"
    )
    assert match("CUSTOMER").ambiguous >= 1
    assert ask("select count(*) from sync.coupling where left_key = 'M1'") == [(0,)]
