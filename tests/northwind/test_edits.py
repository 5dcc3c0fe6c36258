"""Edits on either side, new orders, the employee hierarchy, and deletes by each policy."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync.runner import PassResult

Database = psycopg.Connection[TupleRow]
Ask = Callable[..., list[tuple[Any, ...]]]
Run = Callable[[], PassResult]

CHAIN = """
    select p.staff_no, m.staff_no
    from desk."SalesPerson" p
    join desk."SalesPerson" m on m.id = p.manager_id
    order by 1
"""


def test_edits_of_different_fields_on_both_sides_merge(run: Run, ask: Ask) -> None:
    ask("update northwind.customers set city = 'Münster', phone = null where customer_id = 'ALFKI'")
    ask("update desk.account set contact = 'Renée Ångström' where code = 'ALFKI'")
    run()
    expected = [("Münster", None, "Renée Ångström")]
    assert ask("select city, phone, contact_name from northwind.customers where customer_id = 'ALFKI'") == expected
    assert ask("select town, phone, contact from desk.account where code = 'ALFKI'") == expected


def test_the_same_field_on_both_sides_is_a_conflict_until_a_person_decides(run: Run, ask: Ask) -> None:
    ask("update northwind.customers set city = 'Bonn' where customer_id = 'ALFKI'")
    ask("update desk.account set town = 'Köln' where code = 'ALFKI'")
    assert run().has_problems
    ((number, left, right, base),) = ask(
        "select conflict_id, left_value, right_value, base_value from sync.conflict where resolved_at is null"
    )
    assert (left, right, base) == ("Bonn", "Köln", "Berlin")
    ask("select sync.resolve_conflict($1, 'right')", number)
    run()
    assert ask("select city from northwind.customers where customer_id = 'ALFKI'") == [("Köln",)]


def test_exact_money_comes_back_as_real(run: Run, ask: Ask) -> None:
    ask("update desk.item set price = 9.85, is_active = false, family = 'seafood' where sku = 'P-0042'")
    run()
    assert ask("select unit_price::text, discontinued, category_id from northwind.products where product_id = 42") == [
        ("9.85", 1, 8)
    ]
    assert run().counts == {}


def test_a_change_of_real_money_below_the_cent_is_no_change(run: Run, ask: Ask) -> None:
    ask("update northwind.products set unit_price = 18.001 where product_id = 1")
    run()
    assert ask("select price from desk.item where sku = 'P-0001'") == [(Decimal("18.00"),)]
    assert ask("select unit_price from northwind.products where product_id = 1") == [(pytest.approx(18.001),)]


def test_a_new_order_of_the_desk_arrives_with_its_lines_under_its_own_number(run: Run, ask: Ask) -> None:
    ((order,),) = ask(
        'insert into desk."SalesOrder" ("AccountId", "OwnerId", "Placed At", "Carrier", "Freight", "ShipTo")'
        " select a.account_id, p.id, '1998-06-01 23:30+00', 'united', 12.34, a.company"
        ' from desk.account a, desk."SalesPerson" p where a.code = \'VINET\' and p.staff_no = 3 returning "Id"'
    )
    ask(
        "insert into desk.order_line (order_id, item_id, quantity, price, discount_percent)"
        " select $1, item_id, 7, 18.25, 15 from desk.item where sku in ('P-0001', 'P-0002')",
        order,
    )
    result = run()
    assert result.counts[("ORDER", "to_left")].inserted == 1
    assert result.counts[("LINE", "to_left")].inserted == 2
    assert ask(
        "select customer_id, employee_id, order_date::text, ship_via, freight::text from northwind.orders"
        " where order_id = 20001"
    ) == [("VINET", 3, "1998-06-01", 2, "12.34")]
    assert ask(
        "select product_id, quantity, unit_price::text, discount::text from northwind.order_details"
        " where order_id = 20001 order by 1"
    ) == [(1, 7, "18.25", "0.15"), (2, 7, "18.25", "0.15")]
    assert ask("select left_key from sync.coupling where left_key like '_\"20001%' order by 1") == [
        ('["20001", "1"]',),
        ('["20001", "2"]',),
    ]
    assert run().counts == {}


def test_a_new_customer_order_and_lines_in_one_transaction(run: Run, ask: Ask, db: Database) -> None:
    with db.transaction():
        ask("insert into northwind.customers (customer_id, company_name) values ('NEWCO', 'New & Co')")
        ask("insert into northwind.orders (order_id, customer_id, order_date) values (12000, 'NEWCO', '1998-05-07')")
        ask("insert into northwind.order_details values (12000, 5, 1.5, 3, 0.05), (12000, 6, 2.25, 1, 0)")
    run()
    assert ask(
        'select a.company, l.quantity, l.price, l.discount_percent from desk."SalesOrder" o'
        ' join desk.account a on a.account_id = o."AccountId" join desk.order_line l on l.order_id = o."Id"'
        ' where o."Number" = 12000 order by 2'
    ) == [("New & Co", 1, Decimal("2.25"), Decimal(0)), ("New & Co", 3, Decimal("1.50"), Decimal(5))]


def test_a_customer_without_country_gets_the_desks_own_default(run: Run, ask: Ask) -> None:
    ask("insert into northwind.customers (customer_id, company_name) values ('NOWHR', 'Nowhere')")
    assert not run().has_problems
    assert ask("select country from desk.account where code = 'NOWHR'") == [("unknown",)]


def test_the_hierarchy_follows_in_both_directions(run: Run, ask: Ask, db: Database) -> None:
    with db.transaction():
        # The report comes before its manager, and an old one moves below the new one.
        hire = (
            "insert into northwind.employees (employee_id, last_name, reports_to, first_name) values ($1, $2, $3, 'A')"
        )
        ask(hire, 10, "Low", None)
        ask(hire, 11, "Top", 1)
        ask("update northwind.employees set reports_to = 11 where employee_id in (2, 10)")
    ask(
        'update desk."SalesPerson" p set manager_id = m.id from desk."SalesPerson" m'
        " where p.staff_no = 9 and m.staff_no = 4"
    )
    run()
    expected = [(1, 2), (2, 11), (3, 2), (4, 2), (5, 2), (6, 5), (7, 5), (8, 2), (9, 4), (10, 11), (11, 1)]
    assert ask(CHAIN) == expected
    assert (
        ask("select employee_id, reports_to from northwind.employees where reports_to is not null order by 1")
        == expected
    )
    assert run().counts == {}


def test_employees_who_report_to_themselves_and_to_each_other_arrive(run: Run, ask: Ask, db: Database) -> None:
    with db.transaction():
        ask(
            "insert into northwind.employees (employee_id, first_name, last_name, reports_to)"
            " values (20, 'Own', 'Boss', 20), (21, 'One', 'Other', 22), (22, 'Other', 'One', 21)"
        )
    ask(
        'insert into desk."SalesPerson" (id, staff_no, full_name, manager_id)'
        " values ('00000000-0000-4000-8000-000000000001', 30, 'Her Own', '00000000-0000-4000-8000-000000000001')"
    )
    run()
    expected = [(20, 20), (21, 22), (22, 21), (30, 30)]
    assert ask("select employee_id, reports_to from northwind.employees where employee_id >= 20 order by 1") == expected
    assert [pair for pair in ask(CHAIN) if pair[0] >= 20] == expected
    assert ask("select count(*) from sync.parked") == [(0,)]


def test_a_whole_name_is_split_on_the_way_back(run: Run, ask: Ask) -> None:
    ask("update desk.\"SalesPerson\" set full_name = 'Nancy van der Meer' where staff_no = 1")
    run()
    assert ask("select first_name, last_name from northwind.employees where employee_id = 1") == [
        ("Nancy", "van der Meer")
    ]
    assert run().counts == {}


def test_a_name_too_long_for_northwind_is_parked_and_hurts_nothing_else(run: Run, ask: Ask) -> None:
    ask("update desk.account set town = repeat('x', 16) where code = 'ALFKI'")
    ask("update desk.account set town = 'Paris' where code = 'ANATR'")
    run()
    assert ask(
        "select record_key = (select account_id::text from desk.account where code = 'ALFKI'), reason, sqlstate"
        " from sync.parked"
    ) == [(True, "error", "22001")]
    assert ask("select city from northwind.customers where customer_id = 'ANATR'") == [("Paris",)]
    ask("update desk.account set town = 'Berlin' where code = 'ALFKI'")
    run()
    assert ask("select count(*) from sync.parked") == [(0,)]


def test_a_deleted_order_takes_its_lines_along_in_either_direction(run: Run, ask: Ask, db: Database) -> None:
    with db.transaction():
        ask("delete from northwind.order_details where order_id = 10248")
        ask("delete from northwind.orders where order_id = 10248")
    ask('delete from desk."SalesOrder" where "Number" = 10249')
    assert not run().has_problems
    assert ask('select "Number" from desk."SalesOrder" where "Number" in (10248, 10249)') == []
    assert ask("select order_id from northwind.orders where order_id in (10248, 10249)") == []
    assert ask("select count(*) from northwind.order_details where order_id in (10248, 10249)") == [(0,)]
    assert ask("select count(*) from sync.coupling where mapping_name in ('ORDER', 'LINE')") == [(2155 - 5 + 830 - 2,)]
    assert run().counts == {}


def test_a_customer_deleted_in_northwind_waits_for_a_person(run: Run, ask: Ask) -> None:
    ask("delete from northwind.customers where customer_id = 'FISSA'")
    assert run().has_problems
    assert ask("select record_key, reason from sync.parked") == [("FISSA", "deleted")]
    ((command,),) = ask("select next_command from sync.problem")
    ask(command)
    run()
    assert ask("select count(*) from desk.account where code = 'FISSA'") == [(1,)]
    assert ask("select * from sync.problem") == []


def test_an_account_deleted_at_the_desk_comes_back(run: Run, ask: Ask) -> None:
    ((before,),) = ask("delete from desk.account where code = 'PARIS' returning account_id")
    assert not run().has_problems
    ((company, after),) = ask("select company, account_id from desk.account where code = 'PARIS'")
    assert company == "Paris spécialités"
    assert after != before
    assert ask("select right_key from sync.coupling where mapping_name = 'CUSTOMER' and left_key = 'PARIS'") == [
        (str(after),)
    ]
    assert run().counts == {}


def test_a_product_no_longer_coupled_stays_on_the_other_side(run: Run, ask: Ask) -> None:
    ask("insert into northwind.products (product_id, product_name, discontinued) values (900, 'Short-lived', 0)")
    run()
    ask("delete from northwind.products where product_id = 900")
    assert not run().has_problems
    assert ask("select title, is_active from desk.item where sku = 'P-0900'") == [("Short-lived", True)]
    assert ask("select count(*) from sync.coupling where mapping_name = 'PRODUCT'") == [(77,)]
