"""Orders submitted in Sales are created in Business Central whole or not at all, and are taken once."""

from __future__ import annotations

import psycopg
import pytest

from tests.packs.documents.office import Office
from tests.packs.documents.submitted import LINE, ORDER, lines, sales_order, set_up, taken

__all__ = ["set_up"]

ALDGATE = "acc00000-0000-4000-8000-000000000020"


def test_rule_17_an_account_that_is_not_coupled_is_waited_for(office: Office) -> None:
    delta = "acc00000-0000-4000-8000-000000000100"
    order = office.submit("T-14", ("1010", 1, "420", "84"), account=delta)
    office.sync()
    assert office.problems(ORDER) == [f"reference: accountid {delta} must be coupled in CUSTOMER"]
    assert office.problems(LINE) == []
    office.ask("select sync.couple('CUSTOMER', 'C00100', $1)", delta)
    office.sync()
    assert sales_order(office, order, "sell_to_customer_no") == ("C00100",)
    assert office.problems(ORDER) == []


def test_rule_17_a_product_that_is_not_coupled_is_waited_for_and_nothing_is_half_made(office: Office) -> None:
    office.ask("insert into crm.product (productid, productnumber, name, producttypecode, defaultuomscheduleid,"
               " statecode)"
               " select 'b2000000-0000-4000-8000-0000000000ff', 'NEWP', 'New product', 1, uomscheduleid, 0"
               " from crm.uomschedule where name = 'NAV PCS'")  # fmt: skip
    order = office.submit("T-15", ("1010", 1, "420", "84"), ("NEWP", 1, "10", "2"))
    office.sync()
    assert office.problems(LINE) == [
        "reference: productid b2000000-0000-4000-8000-0000000000ff must be coupled in ITEM-PRODUCT"
    ]
    assert sales_order(office, order, "1") is None
    office.ask("insert into bc.item (no, description, base_unit_of_measure) values ('NEWP', 'New product', 'PCS')")
    office.ask("select sync.couple('ITEM-PRODUCT', 'NEWP', 'b2000000-0000-4000-8000-0000000000ff')")
    office.sync()
    assert [row[1] for row in lines(office, order)] == ["1010", "NEWP"]
    assert office.problems(LINE) == []


@pytest.mark.parametrize(
    ("number", "column", "value", "reason"),
    [
        ("B-1", "statecode", "1", "the product 1030 is not active"),
        ("B-2", "producttypecode", "4", "the product 1030 is neither an item nor a resource"),
    ],
)
def test_a_product_must_be_active_and_an_item_or_a_resource(
    office: Office, number: str, column: str, value: str, reason: str
) -> None:
    was = office.one(f"select {column}::text from crm.product where productnumber = '1030'")  # noqa: S608
    change = f"update crm.product set {column} = $1::integer where productnumber = '1030'"  # noqa: S608
    office.ask(change, value)
    order = office.submit(number, ("1030", 1, "64", "12.8"))
    office.sync()
    assert office.problems(LINE) == [f"error: the sales order cannot be created: order {number}: {reason}"]
    office.ask(change, was)
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert sales_order(office, order, "1") is not None


def test_an_order_that_is_still_written_stays_in_sales(office: Office) -> None:
    order = office.one("select salesorderid::text from crm.salesorder where ordernumber = 'ORD-01003'")
    office.line(order, 2, "1010", 1, "420")
    office.ask("update crm.salesorder set requestdeliveryby = '2019-06-01' where ordernumber = 'ORD-01003'")
    office.rest()
    assert office.one("select count(*) from bc.incoming_order where order_number = 'ORD-01003'") == 0
    assert office.one("select count(*) from sync.parked where mapping_name in ($1, $2)", ORDER, LINE) == 0


def test_an_order_that_was_taken_is_not_taken_again(office: Office) -> None:
    order = office.submit("T-16", ("1010", 1, "420", "84"))
    office.rest()
    office.ask("update crm.salesorder set name = 'Another name' where ordernumber = 'T-16'")
    office.rest()
    assert len(office.ask("select no from bc.sales_header where your_reference = 'T-16'")) == 1
    assert sales_order(office, order, "external_document_no") == ("Order T-16",)


def test_an_old_date_of_submission_counts_as_none(office: Office) -> None:
    order = office.submit("T-17", ("1010", 1, "420", "84"), lastbackofficesubmit="1900-01-01")
    office.rest()
    assert sales_order(office, order, "1") is not None


def test_without_auto_create_the_order_waits_until_somebody_asks(office: Office) -> None:
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = false")
    order = office.submit("T-18", ("1010", 1, "420", "84"))
    office.rest()
    assert sales_order(office, order, "1") is None
    assert taken(office, order) is None
    no = office.one("select bc.create_sales_order($1::uuid)", order)
    office.rest()
    assert sales_order(office, order, "h.no") == (no,)
    assert taken(office, order) is not None
    with pytest.raises(psycopg.errors.UniqueViolation, match=f"order T-18 is sales order {no} already"):
        office.ask("select bc.create_sales_order($1::uuid)", order)


def test_switching_auto_create_on_creates_what_waits(office: Office) -> None:
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = false")
    order = office.submit("T-19", ("1010", 1, "420", "84"))
    office.rest()
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = true")
    assert sales_order(office, order, "1") is not None
    office.rest()


def test_an_order_recalled_before_it_is_taken_is_not_created(office: Office) -> None:
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = false")
    order = office.submit("T-20", ("1010", 1, "420", "84"))
    office.rest()
    office.ask("update crm.salesorder set statecode = 2 where ordernumber = 'T-20'")
    office.rest()
    with pytest.raises(psycopg.errors.CheckViolation, match="order T-20: it is not submitted"):
        office.ask("select bc.create_sales_order($1::uuid)", order)


def test_an_order_deleted_in_sales_before_it_is_taken_is_not_created(office: Office) -> None:
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = false")
    order = office.submit("T-25", ("1010", 1, "420", "84"))
    office.rest()
    office.ask("delete from crm.salesorder where ordernumber = 'T-25'")
    office.rest()
    with pytest.raises(psycopg.errors.NoDataFound):
        office.ask("select bc.create_sales_order($1::uuid)", order)


def test_rule_15_without_order_integration_nothing_is_created(office: Office) -> None:
    office.ask("update bc.crm_connection_setup set is_sales_order_integration_enabled = false")
    order = office.submit("T-21", ("1010", 1, "420", "84"))
    office.sync()
    assert office.problems(LINE) == [
        "error: the sales order cannot be created: order T-21: sales order integration is not enabled"
    ]
    office.ask("update bc.crm_connection_setup set is_sales_order_integration_enabled = true")
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert sales_order(office, order, "1") is not None


def test_a_faulty_order_does_not_hold_up_the_others(office: Office) -> None:
    office.ask("update bc.sales_receivables_setup set write_in_product_no = ''")
    good = [office.submit(f"G-{i}", ("1010", 1, "420", "84"), ("1020", 1, "1", "0")) for i in range(3)]
    bad = office.submit("G-bad", ("1010", 1, "420", "84"), (None, 1, "5", "1", {"description": "Thing"}))
    office.sync()
    assert all(sales_order(office, order, "1") for order in good)
    assert sales_order(office, bad, "1") is None
    assert office.problems(LINE) == ["error: the sales order cannot be created: order G-bad: it has a write-in product"]
    office.ask("update bc.sales_receivables_setup set write_in_product_no = '9010'")
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert len(lines(office, bad)) == 2


def test_a_sales_order_deleted_by_hand_can_be_created_again(office: Office) -> None:
    order = office.submit("T-22", ("1010", 1, "420", "84"))
    office.rest()
    (system_id,) = sales_order(office, order, "h.system_id::text") or ("",)
    office.ask("delete from bc.sales_header where your_reference = 'T-22'")
    office.rest()
    assert office.coupled("SALESORDER-ORDER", str(system_id)) is None
    assert taken(office, order) is None
    assert office.one("select bc.create_sales_orders()") == 1
    office.rest()
    assert [row[1] for row in lines(office, order)] == ["1010"]
    assert taken(office, order) is not None


def test_an_order_that_is_corrected_and_submitted_again_is_created_as_it_is_now(office: Office) -> None:
    order = office.submit("T-23", ("1010", 1, "420", "84"), ("1020", 1, "189.9", "37.98"))
    office.rest()
    office.ask("delete from bc.sales_header where your_reference = 'T-23'")
    office.rest()
    office.ask("update crm.salesorder set statecode = 0 where ordernumber = 'T-23'")
    office.ask("delete from crm.salesorderdetail where salesorderid = $1::uuid and lineitemnumber = 2", order)
    office.ask("update crm.salesorderdetail set quantity = 5 where salesorderid = $1::uuid", order)
    office.line(order, 3, "R10", 2, "85")
    office.rest()
    assert sales_order(office, order, "1") is None
    office.ask("update crm.salesorder set statecode = 1 where ordernumber = 'T-23'")
    office.rest()
    assert [(row[1], row[2]) for row in lines(office, order)] == [("1010", "5"), ("R10", "2")]


def test_rule_0_an_order_that_the_connection_account_submits_is_ignored(office: Office) -> None:
    role = office.one("select integration_role from sync.system where schema_name = 'crm'")
    order = office.one(
        "insert into crm.salesorder (ordernumber, customerid) values ('T-24', $1::uuid) returning salesorderid::text",
        ALDGATE,
    )
    office.line(order, 1, "1010", 1, "420")
    office.sync()
    office.ask(f"create role {role}")
    try:
        office.ask(f"grant usage on schema crm to {role}")
        office.ask(f"grant select, update on all tables in schema crm to {role}")
        office.ask(f"set role {role}")
        office.ask("update crm.salesorder set statecode = 1 where ordernumber = 'T-24'")
        office.ask("reset role")
        office.sync()
        assert office.one("select count(*) from bc.incoming_order where order_number = 'T-24'") == 0
    finally:
        office.ask("reset role")
        office.ask(f"drop owned by {role}")
        office.ask(f"drop role {role}")
