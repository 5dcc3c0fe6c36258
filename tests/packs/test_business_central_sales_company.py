"""A made-up company of the Business Central and Sales pack, from an empty CRM to fully synchronised, orders and all."""

# ruff: noqa: E501 - a query is read best on one line.
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from pysync import full
from pysync.compiler import Compiler
from tests.bad_input.conftest import call
from tests.packs.company import INVOICES, MASTER_DATA, ORDERS, agreement, by_message
from tests.packs.conftest import Ask, One

PACK = "business_central_sales"

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
    ("OPPORTUNITY", "SALESORDER-ORDER"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a company is; orders are those submitted in Sales."""

    customers: int
    persons: int
    items: int
    invoices: int
    orders: int


SMALL = Size(120, 300, 80, 60, 30)
# Five lines an invoice: 200 000 of them.
MID_SIZE = Size(20_000, 50_000, 10_000, 40_000, 5_000)


@dataclass(slots=True)
class Office:
    """The company's database, and the command line as its DBA uses it; tells what it did and how long that took."""

    db: psycopg.Connection[Any]
    dsn: str
    told: list[str] = field(default_factory=list)

    def tell(self, what: str, started: float) -> None:
        """A figure, at once for `pytest -s`."""
        self.told.append(f"{time.monotonic() - started:8.1f} s  {what}")
        print(self.told[-1], flush=True)

    def pysync(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        started = time.monotonic()
        answer = call("--dsn", self.dsn, *arguments, "--json")
        assert answer.code in (0, 1), answer.err
        self.tell(f"pysync {' '.join(arguments)}", started)
        assert answer.out, answer.err
        return answer.data

    def do(self, what: str, statement: str) -> None:
        """What people of the company do."""
        started = time.monotonic()
        self.db.execute(statement.encode())
        self.tell(what, started)

    def full(self) -> int:
        """A full synchronisation without faults; gives the rows it wrote."""
        told = self.pysync("full")
        assert (told["faults"], told["blocked"], told["ambiguous"], told["busy"]) == ([], {}, {}, [])
        return sum(m["inserted"] + m["modified"] + m["deleted"] for m in told["mappings"])


@pytest.fixture
def office(install: Callable[..., None], ask: Ask, db: psycopg.Connection[Any], dsn: str) -> Office:
    """Both systems, empty but for what the mapping rows need."""
    install(PACK, "schema", "mappings", "generate")
    ask("select sync.enable_capture()")
    return Office(db, dsn)


def make(office: Office, size: Size, seed: int = 7) -> None:
    """A company in Business Central, and nothing but users and the base currency in Sales."""
    office.do(
        f"bc.generate_company: {size}",
        f"select bc.generate_company({size.customers}, {size.persons}, {size.items}, {size.invoices}, {seed})",
    )


@pytest.mark.parametrize(
    "size", [pytest.param(SMALL, id="small"), pytest.param(MID_SIZE, id="mid-size", marks=pytest.mark.soak)]
)
def test_an_empty_crm_is_fully_synchronised_in_one_go_and_takes_orders(office: Office, one: One, size: Size) -> None:
    make(office, size)
    assert office.full() > 0
    agreed = agreement(one, MASTER_DATA | INVOICES)
    check_problems(office, one)
    assert office.full() == 0, "a second full synchronisation writes nothing"
    assert office.pysync("compare")["drift"] == []
    # Orders of Business Central's own are not for Sales, full synchronisation or not.
    assert one("select count(*) from bc.sales_header where document_type = 1 and status = 1") > 0
    assert one("select count(*) from crm.salesorder") == 0

    office.do("crm.generate_orders", f"select crm.generate_orders({size.orders})")
    assert office.full() > 0
    assert agreement(one, ORDERS)["orders taken"] == size.orders
    office.do(
        "every second order released",
        "update bc.sales_header h set status = 1 from bc.incoming_order i"
        " where i.sales_order_id = h.system_id and right(h.no, 1) in ('0', '2', '4', '6', '8')",
    )
    office.pysync("run")
    agreement(one, ORDERS)
    office.do(
        "every fourth of those posted",
        "select count(bc.post_sales_order(h.no)) from (select h.no, row_number() over (order by h.no) as n"
        " from bc.sales_header h join bc.incoming_order i on i.sales_order_id = h.system_id where h.status = 1) as h"
        " where n % 4 = 0",
    )
    # Posted invoices go to Sales when a full synchronisation asks for them.
    assert office.full() > 0
    agreed |= agreement(one, ORDERS | INVOICES)
    check_problems(office, one)
    assert office.pysync("compare")["drift"] == []
    assert office.full() == 0
    for name, value in agreed.items():
        print(f"{value!s:>32}  {name}")


def check_problems(office: Office, one: One) -> None:
    """Nothing needs a person but the persons of blocked customers, and `pysync why` says why those wait."""
    problems = office.pysync("problems")["problems"]
    counted = by_message(problems)
    for message, n in counted.items():
        print(f"{n:10} {message}")
    blocked = one(
        "select count(*) from bc.contact c join bc.customer u on u.no = c.customer_no where c.type = 1 and u.blocked <> 0"
    )
    assert dict(counted) == {"CONTACT: reference: customer_no … must be coupled in CUSTOMER": blocked}
    command = problems[0]["next_command"].split()
    assert command[:3] == ["pysync", "why", "CUSTOMER"]
    reasons = {reason["code"]: reason["text"] for reason in office.pysync(*command[1:])["reasons"]}
    assert reasons["filtered"] == "the left record is outside left_filter, so it is left alone: blocked = 0"


def test_the_review_goes_parents_first_and_recommends_what_the_product_does(
    office: Office, db: psycopg.Connection[Any]
) -> None:
    make(office, SMALL)
    compiler = Compiler(db)
    compiler.refresh()
    lines = full.review(db, compiler, tuple(compiler.mappings))
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
    assert advice["SALESORDER-ORDER"] == "update"


def test_a_company_is_the_same_for_the_same_seed(install: Callable[..., None], ask: Ask) -> None:
    install(PACK, "schema", "generate")
    ask("begin")
    made: list[tuple[dict[str, int], list[tuple[Any, ...]]]] = []
    for _ in range(2):
        ask("savepoint before")
        told = ask("select * from bc.generate_company(40, 90, 30, 20, 3)")
        rows = ask(
            "select md5(string_agg(description || unit_price || unit_cost || inventory || vendor_name, ',' order by description))"
            " from bc.item union all select md5(string_agg(name || email, ',' order by name, email)) from bc.contact"
            " union all select md5(string_agg(sales_code || unit_price, ',' order by sales_code, unit_price)) from bc.sales_price"
            " union all select md5(string_agg(description || amount, ',' order by description, amount)) from bc.sales_invoice_line"
        )
        made.append((dict(told), rows))
        ask("rollback to savepoint before")
    ask("rollback")
    assert made[0] == made[1]
    counts = made[0][0]
    assert (counts["customers"], counts["persons"], counts["items"]) == (40, 90, 30)
