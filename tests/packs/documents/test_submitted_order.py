"""Orders submitted in Sales become sales orders in Business Central, whole or not at all, and are taken once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from tests.packs.documents.office import Office

ORDER, LINE = "SUBMITTED-ORDER", "SUBMITTED-ORDERLINE"
ALDGATE = "acc00000-0000-4000-8000-000000000020"
KONTOR = "acc00000-0000-4000-8000-000000000040"


def sales_order(office: Office, order: str, columns: str) -> tuple[object, ...] | None:
    """Columns of the sales order that an order of Sales became."""
    rows = office.ask(
        f"select {columns} from bc.sales_header h join bc.incoming_order o on o.sales_order_id = h.system_id"  # noqa: S608
        " where o.order_id = $1::uuid",
        order,
    )
    return rows[0] if rows else None


def lines(
    office: Office, order: str, columns: str = "type, l.no, quantity::text, unit_price::text"
) -> list[tuple[object, ...]]:
    """Columns of its lines."""
    return office.ask(
        f"select {columns} from bc.sales_line l join bc.sales_header h on h.no = l.document_no"  # noqa: S608
        " join bc.incoming_order o on o.sales_order_id = h.system_id where o.order_id = $1::uuid order by line_no",
        order,
    )


def taken(office: Office, order: str) -> object:
    """When the back office took it."""
    return office.one("select lastbackofficesubmit from crm.salesorder where salesorderid = $1::uuid", order)


@pytest.fixture(autouse=True)
def set_up(office: Office) -> Iterator[None]:
    """The set-up that tests change."""
    yield
    office.ask(
        "update bc.crm_connection_setup set is_sales_order_integration_enabled = true, auto_create_sales_orders = true"
    )
    office.ask("update bc.sales_receivables_setup set write_in_product_type = 0, write_in_product_no = '9010',"
               " freight_gl_acc_no = '6810'")  # fmt: skip


def test_the_sample_order_is_in_step(office: Office) -> None:
    office.ask("select sync.request_sync(mapping_name, 'right', right_key) from sync.coupling"
               " where mapping_name in ($1, $2)", ORDER, LINE)  # fmt: skip
    office.ask("select sync.request_sync($1, 'left', left_key) from sync.coupling where mapping_name = $1", ORDER)
    counts = office.rest().counts
    assert {(c.modified, c.inserted, c.failed) for c in counts.values()} <= {(0, 0, 0)}


def test_a_submitted_order_becomes_a_sales_order(office: Office) -> None:
    order = office.submit("T-1", ("1010", 2, "420", "168"), ("R10", 3, "85", "51"), requestdeliveryby="2019-05-01")
    office.rest()
    assert sales_order(
        office, order, "document_type, status, sell_to_customer_no, bill_to_customer_no, your_reference,"
        " external_document_no, h.currency_code, h.requested_delivery_date::text, h.salesperson_code, h.no ~ '^SO'",
    ) == (1, 0, "C00020", "C00020", "T-1", "Order T-1", "", "2019-05-01", "HB", True)  # fmt: skip
    assert lines(
        office, order, "line_no, type, l.no, l.description, unit_of_measure_code, quantity::text, unit_price::text"
    ) == [
        (10000, 2, "1010", "Writing desk, oak", "PCS", "2", "420"),
        (20000, 3, "R10", "Workplace planning", "HOUR", "3", "85"),
    ]


def test_the_order_is_coupled_with_the_sales_order_and_marked_as_taken(office: Office) -> None:
    order = office.submit("T-2", ("1010", 1, "420", "84"))
    office.rest()
    (system_id,) = sales_order(office, order, "h.system_id::text") or ("",)
    assert office.coupled("SALESORDER-ORDER", str(system_id)) == order
    assert isinstance(taken(office, order), date)
    assert office.one("select statecode from crm.salesorder where salesorderid = $1::uuid", order) == 1


def test_amounts_agree_to_the_cent(office: Office) -> None:
    order = office.submit(
        "T-3",
        ("1010", 3, "419.99", "251.03", {"manualdiscountamount": "12.35", "volumediscountamount": "1.11"}),
        ("R10", 7, "85.05", "119.07"),
        (None, 1, "33.33", "6.67", {"description": "Plate"}),
        freightamount="45.5",
        discountamount="99.99",
        discountpercentage="2.5",
    )
    office.rest()
    (less, total, tax, freight) = office.ask(
        "select totalamountlessfreight, totalamount, totaltax, freightamount from crm.salesorder"
        " where salesorderid = $1::uuid",
        order,
    )[0]
    assert sales_order(office, order, "amount, amount_including_vat") == (less + freight, total)
    (gross, discount) = office.ask(
        "select totallineitemamount, totallineitemamount - totalamountlessfreight from crm.salesorder"
        " where salesorderid = $1::uuid", order,
    )[0]  # fmt: skip
    assert discount > Decimal("99.99")
    assert tax > 0
    assert gross > less
    assert sales_order(office, order, "h.invoice_discount_amount, h.payment_discount_pct::text") == (discount, "2.5")
    assert lines(office, order, "line_discount_amount::text, inv_discount_amount > 0")[:2] == [
        ("15.68", True),
        ("0.00", True),
    ]


def test_the_name_is_cut_to_the_external_document_number(office: Office) -> None:
    order = office.submit("T-4" + "0" * 40, ("1010", 1, "420", "84"), name="N" * 200)
    office.rest()
    assert sales_order(office, order, "length(external_document_no), length(your_reference)") == (35, 35)


def test_a_write_in_product_takes_the_item_of_the_set_up(office: Office) -> None:
    order = office.submit("T-5", (None, 2, "17.5", "7", {"description": "Engraving"}))
    office.rest()
    assert lines(
        office, order, "type, l.no, l.description, unit_of_measure_code, quantity::text, unit_price::text"
    ) == [(2, "9010", "Engraving", "PCS", "2", "17.5")]


def test_a_write_in_product_takes_the_resource_of_the_set_up(office: Office) -> None:
    office.ask("update bc.sales_receivables_setup set write_in_product_type = 1, write_in_product_no = 'R20'")
    order = office.submit("T-6", (None, 2, "17.5", "7", {"description": "Van"}))
    office.rest()
    assert lines(office, order, "type, l.no, l.description") == [(3, "R20", "Van")]


@pytest.mark.parametrize(
    ("number", "set_up", "reason"),
    [
        ("W-1", "write_in_product_no = ''", "it has a write-in product"),
        ("W-2", "write_in_product_no = '1040'", "the write-in item 1040 is kept in inventory"),
        ("W-3", "write_in_product_no = 'NONE'", "the write-in item NONE does not exist"),
        ("W-4", "write_in_product_type = 1", "the write-in resource 9010 does not exist"),
    ],
)
def test_a_write_in_product_needs_a_service_in_the_set_up(
    office: Office, number: str, set_up: str, reason: str
) -> None:
    office.ask(f"update bc.sales_receivables_setup set {set_up}")  # noqa: S608
    order = office.submit(number, (None, 1, "1", "0", {"description": "Thing"}))
    office.sync()
    assert office.problems(LINE) == [f"error: the sales order cannot be created: order {number}: {reason}"]
    assert sales_order(office, order, "1") is None
    office.ask("update bc.sales_receivables_setup set write_in_product_type = 0, write_in_product_no = '9010'")
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert sales_order(office, order, "1") is not None
    assert office.problems(LINE) == []


def test_a_write_in_product_must_not_be_coupled(office: Office) -> None:
    office.ask("update bc.sales_receivables_setup set write_in_product_type = 1, write_in_product_no = 'R10'")
    office.submit("W-5", (None, 1, "1", "0", {"description": "Thing"}))
    office.sync()
    assert office.problems(LINE) == [
        (
            "error: the sales order cannot be created: order W-5:"
            " the write-in product R10 is coupled with a product in Sales"
        )
    ]
    office.ask("update bc.sales_receivables_setup set write_in_product_type = 0, write_in_product_no = '9010'")
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert office.problems(LINE) == []


def test_a_long_description_goes_on_in_comment_lines(office: Office) -> None:
    words = "A" * 100 + "B" * 100 + "C" * 5
    order = office.submit("T-7", ("1010", 1, "420", "84", {"description": words}), ("1020", 1, "189.9", "37.98"))
    office.rest()
    assert lines(office, order, "line_no, type, l.no, l.description, quantity::text") == [
        (10000, 2, "1010", "A" * 100, "1"),
        (20000, 0, "", "B" * 100, "0"),
        (30000, 0, "", "C" * 5, "0"),
        (40000, 2, "1020", "Swivel chair, grey", "1"),
    ]


@pytest.mark.parametrize("length", [1, 100])
def test_a_short_description_leaves_the_item_its_own(office: Office, length: int) -> None:
    order = office.submit(f"T-8-{length}", ("1010", 1, "420", "84", {"description": "A" * length}))
    office.rest()
    assert lines(office, order, "l.description") == [("Writing desk, oak",)]


def test_freight_is_a_line_of_its_own(office: Office) -> None:
    order = office.submit("T-9", ("1010", 1, "420", "84"), freightamount="19.95")
    office.rest()
    assert lines(office, order, "type, l.no, l.description, quantity::text, unit_price::text")[1:] == [
        (1, "6810", "Freight Amount", "1", "19.95")
    ]


def test_freight_needs_an_account(office: Office) -> None:
    office.ask("update bc.sales_receivables_setup set freight_gl_acc_no = ''")
    office.submit("F-1", ("1010", 1, "420", "84"), freightamount="19.95")
    office.sync()
    assert office.problems(LINE) == ["error: the sales order cannot be created: order F-1: freight needs a G/L account"]
    office.ask("update bc.sales_receivables_setup set freight_gl_acc_no = '6810'")
    office.ask("select sync.retry($1)", LINE)
    office.sync()
    assert office.problems(LINE) == []


def test_an_order_discount_needs_a_line_that_allows_it(office: Office) -> None:
    office.submit("F-2", ("1010", 1, "0", "0"), discountamount="5")
    office.sync()
    assert office.problems(LINE) == [
        "error: the sales order cannot be created: order F-2: no line allows an invoice discount"
    ]
    office.ask("delete from crm.salesorder where ordernumber = 'F-2'")
    office.sync()
    assert office.problems(LINE) + office.problems(ORDER) == []


def test_addresses_come_from_sales_when_a_part_is_filled_else_from_the_customer(office: Office) -> None:
    order = office.submit("T-10", ("1010", 1, "420", "84"), shipto_city="Hull", shipto_name="Not copied")
    office.rest()
    assert sales_order(
        office, order, "h.ship_to_name, h.ship_to_address, h.ship_to_city, h.bill_to_address, h.bill_to_city"
    ) == ("Aldgate Design Studio", "", "Hull", "3 Aldgate Row", "London")


@pytest.mark.parametrize(("number", "option", "code"), [("P-1", "4", "NET60"), ("P-2", None, "NET45")])
def test_rule_16_an_option_that_is_blank_leaves_the_customers_own(
    office: Office, number: str, option: str | None, code: str
) -> None:
    columns = {"paymenttermscode": option} if option else {}
    order = office.submit(number, ("1010", 1, "420", "84"), **columns)
    office.rest()
    assert sales_order(office, order, "h.payment_terms_code, h.shipment_method_code") == (code, "NOCHARGE")


def test_an_order_in_a_foreign_currency_keeps_it(office: Office) -> None:
    order = office.submit(
        "T-11", ("1010", 1, "465", "0"), account=KONTOR, transactioncurrencyid="cc100000-0000-4000-8000-000000000002"
    )
    office.rest()
    assert sales_order(office, order, "h.currency_code, sell_to_customer_no") == ("EUR", "C00040")


def test_the_order_of_a_contact_goes_to_its_parent_account(office: Office) -> None:
    order = office.submit(
        "T-12", ("1010", 1, "420", "84"), account="c0a00000-0000-4000-8000-000000000150", customeridtype="contact"
    )
    office.rest()
    assert sales_order(office, order, "sell_to_customer_no") == ("C00050",)


def test_the_order_of_a_contact_without_account_cannot_be_created(office: Office) -> None:
    office.submit(
        "T-13", ("1010", 1, "420", "84"), account="c0a00000-0000-4000-8000-000000000202", customeridtype="contact"
    )
    office.sync()
    assert office.problems(LINE) == [
        "error: the sales order cannot be created: order T-13: its customer is not an account"
    ]
    office.ask("delete from crm.salesorder where ordernumber = 'T-13'")
    office.sync()


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
