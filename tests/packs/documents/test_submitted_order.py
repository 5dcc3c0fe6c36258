"""Orders submitted in Sales become sales orders in Business Central: what stands in them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.packs.documents.office import Office
from tests.packs.documents.submitted import LINE, ORDER, lines, sales_order, set_up, taken

__all__ = ["set_up"]

KONTOR = "acc00000-0000-4000-8000-000000000040"


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
