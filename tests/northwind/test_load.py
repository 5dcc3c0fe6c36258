"""The first load: everything arrives, sums agree, and a second pass has nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import check
from pysync.runner import PassResult

Database = psycopg.Connection[TupleRow]
Ask = Callable[..., list[tuple[Any, ...]]]

ROWS = {"CUSTOMER": 91, "EMPLOYEE": 9, "LINE": 2155, "ORDER": 830, "PRODUCT": 77}


def test_the_mappings_have_no_faults(db: Database) -> None:
    assert [fault for fault in check.check(db) if fault.severity == "error"] == []


def test_every_row_arrives_in_one_pass_and_is_coupled(loaded: PassResult, ask: Ask) -> None:
    assert {key: counts.inserted for key, counts in loaded.counts.items()} == {
        (n, "to_right"): c for n, c in ROWS.items()
    }
    assert not loaded.has_problems
    # The self reference follows its rows, so that nobody has to wait for a manager.
    assert [(key, counts.waiting) for key, counts in loaded.counts.items() if counts.waiting] == []
    assert dict(ask("select mapping_name, count(*) from sync.coupling group by 1")) == ROWS
    assert ask("select count(*) from sync.outbox") == [(0,)]
    assert ask("select * from sync.problem") == []


def test_a_second_pass_has_nothing_to_do_and_leaves_no_row(run: Callable[[], PassResult], ask: Ask) -> None:
    before = ask("select max(pass_id) from sync.pass")
    assert run().counts == {}
    assert ask("select max(pass_id) from sync.pass") == before


def test_asking_for_everything_again_writes_nothing(run: Callable[[], PassResult], ask: Ask) -> None:
    versions = (
        'select xmin::text, "Id" from desk."SalesOrder" union all select xmin::text, line_id from desk.order_line'
    )
    before = sorted(ask(versions))
    assert ask("select sync.request_full_sync()") == [(sum(ROWS.values()),)]
    again = run()
    assert {name: counts.unchanged for (name, _), counts in again.counts.items()} == ROWS
    assert sum(c.inserted + c.modified + c.deleted for c in again.counts.values()) == 0
    assert sorted(ask(versions)) == before


SUMS = {
    "money on lines": (
        "select sum(round(unit_price::numeric, 2) * quantity) from northwind.order_details",
        "select sum(price * quantity) from desk.order_line",
    ),
    "quantities and discounts": (
        "select sum(quantity), sum(round(discount::numeric * 100, 2)) from northwind.order_details",
        "select sum(quantity), sum(discount_percent) from desk.order_line",
    ),
    "orders": (
        "select sum(round(freight::numeric, 2)), count(shipped_date), min(order_date) from northwind.orders",
        """
        select sum("Freight"), count("ShippedOn"), min("Placed At" at time zone 'UTC')::date from desk."SalesOrder"
        """,
    ),
    "products": (
        """
        select sum(round(unit_price::numeric, 2)), sum(units_in_stock), count(*) filter (where discontinued = 0)
        from northwind.products
        """,
        "select sum(price), sum(in_stock), count(*) filter (where is_active) from desk.item",
    ),
    "orders of each customer": (
        """
        select c.company_name, count(*), sum(round(o.freight::numeric, 2))
        from northwind.orders o join northwind.customers c using (customer_id)
        group by 1 order by c.company_name collate "C"
        """,
        """
        select a.company, count(*), sum(o."Freight")
        from desk."SalesOrder" o join desk.account a on a.account_id = o."AccountId"
        group by 1 order by a.company collate "C"
        """,
    ),
    "hierarchy": (
        """
        select e.first_name || ' ' || e.last_name, m.last_name, e.hire_date
        from northwind.employees e left join northwind.employees m on m.employee_id = e.reports_to order by 1
        """,
        """
        select p.full_name, split_part(m.full_name, ' ', 2), (p.hired_at at time zone 'UTC')::date
        from desk."SalesPerson" p left join desk."SalesPerson" m on m.id = p.manager_id order by 1
        """,
    ),
    "carriers": (
        "select ship_via, count(*) from northwind.orders group by 1 order by 1",
        """
        select array_position('{speedy,united,federal}', "Carrier"), count(*) from desk."SalesOrder"
        group by 1 order by 1
        """,
    ),
}


@pytest.mark.parametrize(("left", "right"), SUMS.values(), ids=SUMS)
def test_sums_agree_to_the_cent(ask: Ask, left: str, right: str) -> None:
    found = ask(left)
    assert found
    assert found == ask(right)
