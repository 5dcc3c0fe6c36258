"""A made-up company of the Business Central and Sales pack, from an empty CRM to fully synchronised."""

# ruff: noqa: E501, ISC004 - a query is read best on one line.
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pysync import compare, full
from pysync.compiler import Compiler
from pysync.runner import PassResult

PACK = "business_central_sales"
Ask = Callable[..., list[tuple[Any, ...]]]
One = Callable[..., Any]

# The order in which the product's full synchronisation goes: parents first.
ORDER = (
    ("SALESPEOPLE", "CUSTOMER"),
    ("CURRENCY", "CUSTOMER"),
    ("CUSTOMER", "CONTACT"),
    ("UNIT OF MEASURE", "ITEM-PRODUCT"),
    ("UNIT OF MEASURE", "RESOURCE-PRODUCT"),
    ("CURRENCY", "CUSTPRCGRP-PRICE"),
    ("CUSTPRCGRP-PRICE", "SALESPRC-PRODPRICE"),
    ("ITEM-PRODUCT", "SALESPRC-PRODPRICE"),
    ("CONTACT", "OPPORTUNITY"),
    ("OPPORTUNITY", "POSTEDSALESINV-INV"),
    ("POSTEDSALESINV-INV", "POSTEDSALESLINE-INV"),
)


@pytest.fixture
def company(install: Callable[..., None], ask: Ask) -> None:
    """Both systems with a company in Business Central and nothing but users and the base currency in Sales.

    19 invoices bring no sales orders: one that a full synchronisation makes has no lines in Sales, which counts its
    totals from them.
    """
    install(PACK, "schema", "mappings", "generate")
    ask("select sync.enable_capture()")
    ask("select bc.generate_company(120, 300, 80, 19, 7)")


def review(db: psycopg.Connection[Any]) -> list[full.Line]:
    """What `pysync full` would do."""
    compiler = Compiler(db)
    compiler.refresh()
    return full.review(db, compiler, tuple(compiler.mappings))


def synchronise(db: psycopg.Connection[Any]) -> full.Synchronised:
    """A full synchronisation of all mappings."""
    compiler = Compiler(db)
    compiler.refresh()
    lines = full.review(db, compiler, tuple(compiler.mappings))
    return full.Full(db, compiler).run(full.begin(db, lines, restart=True))


def drift(db: psycopg.Connection[Any]) -> list[compare.Drift]:
    """Every couple that is not in step, whatever the mapping."""
    compiler = Compiler(db)
    compiler.refresh()
    return [d for name in compiler.mappings for d in compare.find(db, compiler, name) if d.state != "uncoupled"]


def unexplained(ask: Ask) -> list[tuple[Any, ...]]:
    """Problems but those that are meant to be: a person of a blocked customer, which stays at home, waits for it."""
    return ask(
        "select p.mapping_name, p.record_key, p.message from sync.problem p"
        " where not exists (select from bc.contact c join bc.customer u on u.no = c.customer_no"
        " where p.mapping_name = 'CONTACT' and c.no = p.record_key and u.blocked <> 0)"
    )


# What must be the same on both sides: a query for Business Central, one for Sales.
SUMS = {
    "customers": ("select count(*) from bc.customer where blocked = 0", "select count(*) from crm.account"),
    "credit limits": (
        "select sum(credit_limit_lcy) from bc.customer where blocked = 0",
        "select sum(creditlimit) from crm.account",
    ),
    "persons": (
        "select count(*) from bc.contact c join bc.customer u on u.no = c.customer_no where c.type = 1 and u.blocked = 0",
        "select count(*) from crm.contact",
    ),
    "currencies": ("select count(*) from bc.currency", "select count(*) from crm.transactioncurrency"),
    "units": ("select count(*) from bc.unit_of_measure", "select count(*) from crm.uom"),
    "products": (
        "select (select count(*) from bc.item) + (select count(*) from bc.resource)",
        "select count(*) from crm.product",
    ),
    "list prices": (
        "select (select sum(unit_price) from bc.item) + (select sum(unit_price) from bc.resource)",
        "select sum(price) from crm.product",
    ),
    "costs": (
        "select (select sum(unit_cost) from bc.item) + (select sum(unit_cost) from bc.resource)",
        "select sum(standardcost) from crm.product",
    ),
    "stock": (
        "select sum(greatest(inventory, 0)) from bc.item",
        "select sum(quantityonhand) from crm.product where producttypecode = 1",
    ),
    "retired products": (
        "select count(*) from bc.item where blocked",
        "select count(*) from crm.product where statecode = 1",
    ),
    "lines of the default price list": (
        "select (select sum(unit_price) from bc.item) + (select sum(unit_price) from bc.resource)",
        "select sum(amount) from crm.productpricelevel join crm.pricelevel using (pricelevelid) where nav_isdefault",
    ),
    "prices of price groups": (
        "select sum(unit_price) from bc.price_list_line where sales_type = 1",
        "select sum(amount) from crm.productpricelevel join crm.pricelevel using (pricelevelid) where not nav_isdefault",
    ),
    "owners": (
        "select string_agg(s.email, ',' order by c.name) from bc.customer c"
        " join bc.salesperson_purchaser s on s.code = c.salesperson_code where c.blocked = 0",
        "select string_agg(u.internalemailaddress, ',' order by a.name) from crm.account a"
        " join crm.systemuser u on u.systemuserid = a.ownerid where not u.isintegrationuser",
    ),
}


@pytest.mark.usefixtures("company")
def test_an_empty_crm_is_fully_synchronised_in_one_go(
    db: psycopg.Connection[Any], ask: Ask, one: One, sync: Callable[..., PassResult]
) -> None:
    outcome = synchronise(db)
    assert (outcome.result.faults, outcome.blocked, outcome.ambiguous) == ({}, {}, {})
    sync()
    assert unexplained(ask) == []
    assert {name: one(left) for name, (left, _) in SUMS.items()} == {
        name: one(right) for name, (_, right) in SUMS.items()
    }
    assert drift(db) == []
    assert sync().counts == {}
    written = [(k, c) for k, c in synchronise(db).result.counts.items() if c.inserted or c.modified or c.deleted]
    assert written == [], "a second full synchronisation writes nothing"


@pytest.mark.usefixtures("company")
def test_the_review_goes_parents_first_and_recommends_what_the_product_does(db: psycopg.Connection[Any]) -> None:
    lines = review(db)
    names = [line.mapping for line in lines]
    assert [pair for pair in ORDER if names.index(pair[0]) > names.index(pair[1])] == []
    advice = {line.mapping: line.recommendation for line in lines}
    # Rows on both sides, none coupled: couple first. Rows on one side only: synchronise. None anywhere: nothing to do.
    assert {name: advice[name] for name in ("SALESPEOPLE", "CURRENCY")} == {
        "SALESPEOPLE": "couple",
        "CURRENCY": "couple",
    }
    assert {advice[n] for n in ("CUSTOMER", "CONTACT", "UNIT OF MEASURE", "ITEM-PRODUCT", "SALESPRC-PRODPRICE")} == {
        "full"
    }
    assert advice["OPPORTUNITY"] == "nothing to do"


def test_a_company_is_the_same_for_the_same_seed(install: Callable[..., None], ask: Ask) -> None:
    install(PACK, "schema", "generate")
    ask("begin")
    made: list[tuple[dict[str, int], list[tuple[Any, ...]]]] = []
    for _ in range(2):
        ask("savepoint before")
        told = ask("select * from bc.generate_company(40, 90, 30, 0, 3)")
        rows = ask(
            "select md5(string_agg(description || unit_price || unit_cost || inventory || vendor_name, ',' order by description))"
            " from bc.item union all select md5(string_agg(name || email, ',' order by name, email)) from bc.contact"
            " union all select md5(string_agg(sales_code || unit_price, ',' order by sales_code, unit_price)) from bc.sales_price"
        )
        made.append((dict(told), rows))
        ask("rollback to savepoint before")
    ask("rollback")
    assert made[0] == made[1]
    counts = made[0][0]
    assert (counts["customers"], counts["persons"], counts["items"]) == (40, 90, 30)
