"""POSTEDSALESINV-INV and POSTEDSALESLINE-INV: posted invoices with their lines, totals and state, to Sales only."""

from __future__ import annotations

import pytest

from tests.packs.documents.office import Office

HEADER, LINE = "POSTEDSALESINV-INV", "POSTEDSALESLINE-INV"
HARBOUR = "acc00000-0000-4000-8000-000000000010"
MOORLAND = "acc00000-0000-4000-8000-000000000030"
SOFIE = "5a100000-0000-4000-8000-000000000004"
DESK, CHAIR = "1010", "1020"


def post(office: Office, no: str, *lines: tuple[object, ...], **columns: str) -> None:
    """A posted invoice of C00030; a line is (type, no, quantity, price, line discount, invoice discount, VAT)."""
    given = {"sell_to_customer_no": "C00030", "bill_to_customer_no": "C00030", "salesperson_code": "LM"} | columns
    names = ", ".join(given)
    values = ", ".join(f"${i}" for i in range(2, len(given) + 2))
    office.ask(f"insert into bc.sales_invoice_header (no, {names}) values ($1, {values})", no, *given.values())  # noqa: S608
    for number, (kind, code, quantity, price, discount, share, vat) in enumerate(lines, start=1):
        office.ask(
            "insert into bc.sales_invoice_line (document_no, line_no, type, no, description, quantity, unit_price,"
            " line_discount_amount, inv_discount_amount, amount, amount_including_vat) select $1, $2::integer,"
            " $3::smallint, $4::text, 'Text of ' || $4::text, $5::numeric, $6::numeric, $7::numeric, $8::numeric,"
            " n.amount, n.amount + $9::numeric"
            " from (select $5::numeric * $6::numeric - $7::numeric - $8::numeric as amount) as n",
            no, number * 10000, kind, code, quantity, price, discount, share, vat,
        )  # fmt: skip


def send(office: Office, *numbers: str) -> None:
    """What a full synchronisation asks for, for these invoices alone: create them, coupled or not."""
    for no in numbers:
        office.ask("select sync_private.ask($1, 'left', $2, 'create')", HEADER, no)
    office.sync()


def invoice(office: Office, no: str, columns: str) -> tuple[object, ...]:
    """Columns of an invoice in Sales."""
    (row,) = office.ask(f"select {columns} from crm.invoice where invoicenumber = $1", no)  # noqa: S608
    return row


def lines(office: Office, no: str, columns: str) -> list[tuple[object, ...]]:
    """Columns of the lines of an invoice in Sales."""
    return office.ask(
        f"select {columns} from crm.invoicedetail d join crm.invoice i using (invoiceid)"  # noqa: S608
        " left join crm.product p on p.productid = d.productid where i.invoicenumber = $1 order by lineitemnumber",
        no,
    )


def pay(office: Office, no: str, amount: str, remaining: str) -> None:
    """The ledger entry of an invoice, made or changed."""
    office.ask(
        "merge into bc.cust_ledger_entry e using (values ($1, $2::numeric, $3::numeric)) as v (no, amount, remaining)"
        " on e.document_no = v.no and e.document_type = 2"
        " when matched then update set remaining_amount = v.remaining"
        " when not matched then insert (entry_no, customer_no, document_type, document_no, amount, remaining_amount)"
        " values (nextval('bc.cust_ledger_entry_no_seq'), 'C00030', 2, v.no, v.amount, v.remaining)",
        no, amount, remaining,
    )  # fmt: skip


def test_the_sample_invoice_and_its_lines_are_in_step(office: Office) -> None:
    office.ask("select sync.request_sync($1, 'left', 'PSI000010')", HEADER)
    office.ask("select sync.request_sync($1, 'left', left_key) from sync.coupling where mapping_name = $1", LINE)
    counts = office.rest().counts
    assert {key: (c.unchanged, c.modified, c.failed) for key, c in counts.items()} == {
        (HEADER, "to_right"): (1, 0, 0),
        (LINE, "to_right"): (3, 0, 0),
    }


def test_an_invoice_that_is_not_coupled_stays_at_home_and_so_do_its_lines(office: Office) -> None:
    post(office, "HOME", (2, DESK, 1, 420, 0, 0, 84))
    office.sync()
    assert office.one("select count(*) from crm.invoice where invoicenumber = 'HOME'") == 0
    assert office.problems(HEADER) + office.problems(LINE) == []
    assert office.ask("select message from sync.parked where record_key like '%HOME%'") == [
        (f"document_no HOME must be coupled in {HEADER}",)
    ]


def test_an_invoice_is_created_with_its_lines_and_all_its_fields(office: Office) -> None:
    post(
        office, "FULL", (2, CHAIR, 8, "189.90", 0, 0, "303.84"),
        due_date="2019-03-09", shipment_date="2019-02-07", shipping_agent_code="DHL", payment_terms_code="NET60",
        shipment_method_code="NOCHARGE", ship_to_name="Moorland", ship_to_address="Valley Road 88",
        ship_to_city="Leeds", ship_to_post_code="LS2 7EW", ship_to_county="West Yorkshire",
        ship_to_country_region_code="GB",
        bill_to_name="Moorland Accounts", bill_to_address="PO Box 1", bill_to_address_2="B", bill_to_city="York",
        bill_to_post_code="YO1", bill_to_country_region_code="GB",
    )  # fmt: skip
    send(office, "FULL")
    assert invoice(
        office, "FULL",
        "name, customerid::text, customeridtype, owneridtype, duedate::text, datedelivered::text, shippingmethodcode,"
        " paymenttermscode, description, shipto_name, shipto_line1, shipto_line2, shipto_city, shipto_postalcode,"
        " shipto_stateorprovince, shipto_country, billto_name, billto_line1, billto_line2, billto_city,"
        " billto_postalcode, billto_country",
    ) == (
        "FULL", MOORLAND, "account", "systemuser", "2019-03-09", "2019-02-07", 2, 4, "No Charge", "Moorland",
        "Valley Road 88", None, "Leeds", "LS2 7EW", "West Yorkshire", "GB", "Moorland Accounts", "PO Box 1", "B",
        "York", "YO1", "GB",
    )  # fmt: skip
    assert lines(
        office, "FULL", "p.productnumber, d.quantity::text, priceperunit::text, ispriceoverridden, isproductoverridden,"
        " lineitemnumber, actualdeliveryon::text, d.shipto_city, d.uomid = p.defaultuomid, volumediscountamount::text",
    ) == [("1020", "8", "189.90", True, False, 10000, "2019-02-07", "Leeds", True, "0")]  # fmt: skip


def test_sums_agree_to_the_cent_with_order_integration(office: Office) -> None:
    post(office, "SUM", (2, DESK, 3, "420.10", "12.34", "7.77", "251.11"), (3, "R10", 5, "85.05", 0, "3.21", "84.41"),
         (1, "6810", 1, "25", 0, 0, 5))  # fmt: skip
    send(office, "SUM")
    left = office.ask(
        "select amount, amount_including_vat, invoice_discount_amount, line_discount_amount"
        " from bc.sales_invoice_header where no = 'SUM'"
    )[0]
    net, gross, discount, line_discount = left
    assert invoice(
        office, "SUM", "totalamountlessfreight, totalamount, discountamount, totallineitemdiscountamount, totaltax,"
        " totaldiscountamount",
    ) == (net, gross, discount, line_discount, gross - net, discount)  # fmt: skip
    (detail,) = office.ask(
        "select sum(extendedamount), sum(tax), sum(baseamount), sum(manualdiscountamount) from crm.invoicedetail"
        " join crm.invoice using (invoiceid) where invoicenumber = 'SUM'"
    )
    assert detail == (gross + discount, gross - net, net + discount + line_discount, line_discount)


def test_without_order_integration_line_discounts_count_and_there_is_no_freight(office: Office) -> None:
    office.ask("update crm.organization set issopintegrationenabled = false")
    post(office, "NOSOP", (2, DESK, 1, 400, 10, 6, 76))
    send(office, "NOSOP")
    office.ask("update crm.organization set issopintegrationenabled = true")
    assert invoice(
        office, "NOSOP", "totaldiscountamount::text, freightamount::text, discountpercentage::text, totaltax::text"
    ) == ("16", "0", "0", "76")


def test_a_resource_line_is_a_service_and_any_other_line_a_write_in(office: Office) -> None:
    post(office, "KINDS", (3, "R10", 2, 85, 0, 0, 34), (1, "6810", 1, 25, 0, 0, 5), (0, "", 0, 0, 0, 0, 0))
    send(office, "KINDS")
    assert lines(office, "KINDS", "p.productnumber, isproductoverridden, productdescription, d.uomid is null") == [
        ("R10", False, None, False),
        (None, True, "6810 Text of 6810.", True),
        (None, True, "Text of .", True),
    ]


def test_a_line_of_the_write_in_product_is_a_write_in(office: Office) -> None:
    post(office, "WRITEIN", (2, "9010", 1, 35, 0, 0, 7))
    send(office, "WRITEIN")
    assert lines(office, "WRITEIN", "p.productnumber, isproductoverridden, productdescription") == [
        (None, True, "9010 Text of 9010.")
    ]


def test_an_update_writes_only_what_changed(office: Office) -> None:
    post(office, "UPD", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "UPD")
    office.ask(
        "update crm.invoice set description = 'A note of Sales', duedate = '2020-01-01' where invoicenumber = 'UPD'"
    )
    office.ask("update bc.sales_invoice_header set ship_to_name = 'Gate 3' where no = 'UPD'")
    office.rest()
    assert invoice(office, "UPD", "shipto_name, description, duedate::text") == (
        "Gate 3",
        "A note of Sales",
        "2020-01-01",
    )


def test_a_changed_line_reaches_its_line_and_the_totals(office: Office) -> None:
    post(office, "LCH", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "LCH")
    office.ask("update bc.sales_invoice_line set amount = 410, amount_including_vat = 492, line_discount_amount = 10"
               " where document_no = 'LCH'")  # fmt: skip
    office.rest()
    assert lines(office, "LCH", "manualdiscountamount::text, extendedamount::text, tax::text") == [("10", "492", "82")]
    assert invoice(office, "LCH", "totalamount::text, totaltax::text") == ("492", "82")


def test_number_currency_and_customer_are_not_sent_again(office: Office) -> None:
    post(office, "ONCE", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "ONCE")
    office.ask(
        "update bc.sales_invoice_header set currency_code = 'EUR', sell_to_customer_no = 'C00010' where no = 'ONCE'"
    )
    office.rest()
    assert invoice(office, "ONCE", "customerid::text, (select isocurrencycode from crm.transactioncurrency c"
                   " where c.transactioncurrencyid = invoice.transactioncurrencyid)") == (MOORLAND, "GBP")  # fmt: skip


@pytest.mark.parametrize(
    ("no", "remaining", "state"), [("P0", "504", (0, 4)), ("P1", "100.50", (2, 100002)), ("P2", "0", (2, 100001))]
)
def test_the_state_comes_from_the_ledger_entry(office: Office, no: str, remaining: str, state: tuple[int, int]) -> None:
    post(office, no, (2, DESK, 1, 420, 0, 0, 84))
    pay(office, no, "504", remaining)
    send(office, no)
    assert invoice(office, no, "statecode, statuscode") == state


def test_a_payment_and_its_undoing_reach_an_invoice_that_is_closed(office: Office) -> None:
    post(office, "PAY", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "PAY")
    assert invoice(office, "PAY", "statecode, statuscode") == (0, 1)
    for remaining, state in (("504", (0, 4)), ("4", (2, 100002)), ("0", (2, 100001)), ("504", (0, 4))):
        pay(office, "PAY", "504", remaining)
        office.rest()
        assert invoice(office, "PAY", "statecode, statuscode") == state


def test_an_invoice_finds_its_order_by_the_reference(office: Office) -> None:
    office.ask(
        "update crm.salesorder set opportunityid = '0b000000-0000-4000-8000-000000000010'"
        " where ordernumber = 'ORD-01002'"
    )
    post(office, "ORD", (2, DESK, 1, 420, 0, 0, 84), your_reference="ORD-01002")
    send(office, "ORD")
    assert invoice(office, "ORD", "name, salesorderid::text, opportunityid::text, customerid::text") == (
        "Lobby, first delivery",
        "0d000000-0000-4000-8000-000000001002",
        "0b000000-0000-4000-8000-000000000010",
        MOORLAND,
    )


def test_rule_14_the_customer_of_the_order_must_be_that_of_the_invoice(office: Office) -> None:
    post(office, "WRONG", (2, DESK, 1, 420, 0, 0, 84), your_reference="ORD-01001")
    send(office, "WRONG")
    assert office.problems(HEADER) == [
        "error: invoice WRONG: the customer of order ORD-01001 was changed or is no longer coupled"
    ]
    office.ask("update bc.sales_invoice_header set sell_to_customer_no = 'C00020' where no = 'WRONG'")
    office.sync()
    assert office.problems(HEADER) == []
    assert invoice(office, "WRONG", "name") == ("Studio, second floor",)


def test_the_price_list_is_the_default_one_or_that_of_the_currency(office: Office) -> None:
    post(office, "GBP1", (2, DESK, 1, 420, 0, 0, 84))
    post(office, "NOK1", (2, DESK, 1, 4700, 0, 0, 940), currency_code="USD")
    send(office, "GBP1", "NOK1")
    list_of = "(select l.name from crm.pricelevel l where l.pricelevelid = invoice.pricelevelid)"
    assert str(invoice(office, "GBP1", list_of)[0]).endswith("Default Price List")
    assert invoice(office, "NOK1", list_of) == ("Price List in USD",)
    assert office.ask(
        "select p.amount::text, p.productnumber from crm.productpricelevel p join crm.pricelevel l using (pricelevelid)"
        " where l.name = 'Price List in USD'"
    ) == [("4700", "1010")]


def test_rule_14_the_customer_must_be_coupled(office: Office) -> None:
    post(office, "CUST", (2, DESK, 1, 420, 0, 0, 84), sell_to_customer_no="C00080")
    send(office, "CUST")
    assert office.problems(HEADER) == ["reference: sell_to_customer_no C00080 must be coupled in CUSTOMER"]
    assert office.problems(LINE) == []
    office.ask("select sync.couple('CUSTOMER', 'C00080', 'acc00000-0000-4000-8000-000000000080')")
    office.sync()
    assert invoice(office, "CUST", "customerid::text") == ("acc00000-0000-4000-8000-000000000080",)
    assert len(lines(office, "CUST", "1")) == 1


def test_rule_5_the_salesperson_must_be_coupled(office: Office) -> None:
    post(office, "OWNER", (2, DESK, 1, 420, 0, 0, 84), salesperson_code="SV")
    send(office, "OWNER")
    assert office.problems(HEADER) == ["reference: salesperson_code SV must be coupled in SALESPEOPLE"]
    office.ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    office.sync()
    assert invoice(office, "OWNER", "ownerid::text") == (SOFIE,)


def test_rule_14_the_currency_must_be_coupled(office: Office) -> None:
    post(office, "CUR", (2, DESK, 1, 420, 0, 0, 84), currency_code="BONUS")
    send(office, "CUR")
    assert office.problems(HEADER) == ["reference: transaction_currency_code BONUS must be coupled in CURRENCY"]
    office.ask("update bc.sales_invoice_header set currency_code = '' where no = 'CUR'")
    office.sync()
    assert office.problems(HEADER) == []


def test_rule_14_an_invoice_is_not_created_before_the_items_of_all_its_lines_are_coupled(office: Office) -> None:
    office.ask("insert into bc.item (no, description, type, base_unit_of_measure) values ('9020', 'Hire', 1, 'PCS')")
    post(office, "ITEM", (2, DESK, 1, 420, 0, 0, 84), (2, "9020", 1, 35, 0, 0, 7))
    send(office, "ITEM")
    assert office.problems(HEADER) == ["error: the invoice ITEM cannot be created: the item 9020 is not coupled"]
    assert office.problems(LINE) == []
    assert office.one("select count(*) from crm.invoice where invoicenumber = 'ITEM'") == 0
    office.ask("select sync_private.ask('ITEM-PRODUCT', 'left', '9020', 'create')")
    office.ask("select sync.retry($1)", HEADER)
    office.sync()
    assert lines(office, "ITEM", "p.productnumber") == [("1010",), ("9020",)]


@pytest.mark.parametrize(
    ("no", "kind", "code", "words"), [("BLOCK", 2, "1030", "item 1030"), ("BUSY", 3, "R10", "resource R10")]
)
def test_rule_14_an_invoice_is_not_created_while_a_product_of_its_lines_is_blocked(
    office: Office, no: str, kind: int, code: str, words: str
) -> None:
    office.ask("update crm.product set statecode = 1 where productnumber = $1", code)
    post(office, no, (2, DESK, 1, 420, 0, 0, 84), (kind, code, 1, 64, 0, 0, 0))
    send(office, no)
    assert office.problems(HEADER) == [f"error: the invoice {no} cannot be created: the {words} is blocked"]
    assert office.one("select count(*) from crm.invoice where invoicenumber = $1", no) == 0
    office.ask("update crm.product set statecode = 0 where productnumber = $1", code)
    office.ask("select sync.retry($1)", HEADER)
    office.sync()
    assert lines(office, no, "p.productnumber") == [("1010",), (code,)]


def test_rule_14_an_item_blocked_later_holds_up_neither_state_nor_figures_of_its_invoice(office: Office) -> None:
    post(office, "LATER", (2, "1030", 1, 64, 0, 0, 0))
    send(office, "LATER")
    office.ask("update bc.item set blocked = true where no = '1030'")
    pay(office, "LATER", "64", "0")
    office.sync()
    assert invoice(office, "LATER", "statecode, statuscode") == (2, 100001)
    office.ask("update bc.item set blocked = false where no = '1030'")
    office.rest()


def test_rule_14_one_invoice_that_cannot_be_created_holds_up_no_other(office: Office) -> None:
    office.ask("update bc.resource set blocked = true where no = 'R20'")
    post(office, "HELD", (3, "R20", 1, 64, 0, 0, 0))
    post(office, "FREE", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "HELD", "FREE")
    assert [invoice(office, "FREE", "name"), len(office.problems(HEADER))] == [("FREE",), 1]
    office.ask("update bc.resource set blocked = false where no = 'R20'")
    office.ask("delete from bc.sales_invoice_header where no = 'HELD'")
    office.sync()


@pytest.mark.parametrize(("left", "code", "right", "option"), [
    ("payment_terms_code", "NET45", "paymenttermscode", 3), ("payment_terms_code", "COD", "paymenttermscode", None),
    ("shipping_agent_code", "UPS", "shippingmethodcode", 4),
    ("shipping_agent_code", "OWN LOG.", "shippingmethodcode", None),
])  # fmt: skip
def test_rule_16_a_code_without_an_option_is_blank(
    office: Office, left: str, code: str, right: str, option: int | None
) -> None:
    office.ask(f"update bc.sales_invoice_header set {left} = $1 where no = 'PSI000010'", code)  # noqa: S608
    office.rest()
    assert invoice(office, "PSI000010", right) == (option,)


def test_what_sales_changes_never_comes_back(office: Office) -> None:
    office.ask("update crm.invoice set billto_city = 'Nowhere', totalamount = 1 where invoicenumber = 'PSI000010'")
    assert office.rest().counts == {}
    assert office.one("select bill_to_city from bc.sales_invoice_header where no = 'PSI000010'") == "Bristol"


def test_a_deleted_invoice_is_a_question_for_header_and_lines(office: Office) -> None:
    post(office, "DEL", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "DEL")
    office.ask("delete from bc.sales_invoice_header where no = 'DEL'")
    office.sync()
    assert [len(office.problems(HEADER)), len(office.problems(LINE))] == [1, 1]
    assert len(lines(office, "DEL", "1")) == 1
    # The end of the header's couple ends those of its lines.
    office.ask("select sync.uncouple($1, 'DEL')", HEADER)
    office.sync()
    assert office.problems(HEADER) + office.problems(LINE) == []


def test_an_invoice_deleted_in_sales_is_restored_with_its_lines_when_the_mapping_says_so(office: Office) -> None:
    post(office, "RST", (2, DESK, 1, 420, 0, 0, 84))
    send(office, "RST")
    office.ask(
        "update sync.table_mapping set on_right_delete = 'restore' where parent_mapping = $1 or mapping_name = $1",
        HEADER,
    )
    office.ask("delete from crm.invoice where invoicenumber = 'RST'")
    office.sync()
    office.ask(
        "update sync.table_mapping set on_right_delete = 'fail' where parent_mapping = $1 or mapping_name = $1", HEADER
    )
    assert invoice(office, "RST", "totalamount::text") == ("504",)
    assert lines(office, "RST", "p.productnumber") == [("1010",)]


def test_an_invoice_made_in_sales_by_hand_is_coupled_by_hand(office: Office) -> None:
    post(office, "HAND", (2, DESK, 1, 420, 0, 0, 84))
    office.ask("insert into crm.invoice (invoiceid, invoicenumber, customerid) values"
               " ('0e000000-0000-4000-8000-0000000000aa', 'HAND', $1::uuid)", MOORLAND)  # fmt: skip
    office.ask("select sync.couple($1, 'HAND', '0e000000-0000-4000-8000-0000000000aa')", HEADER)
    office.sync()
    office.ask("select sync.request_sync($1, 'left', 'HAND')", HEADER)
    office.sync()
    assert invoice(office, "HAND", "totalamount::text") == ("504",)
    assert len(lines(office, "HAND", "1")) == 1


def test_a_full_synchronisation_creates_every_invoice_that_can_be(office: Office) -> None:
    office.ask("select sync.request_full_sync($1)", HEADER)
    office.sync()
    missing = office.ask(
        "select no from bc.sales_invoice_header h"
        " where not exists (select from crm.invoice i where i.invoicenumber = h.no)"
    )
    assert missing == [("PSI000030",)]
    assert office.problems(HEADER) == ["reference: sell_to_customer_no C00090 must be coupled in CUSTOMER"]
    assert office.problems(LINE) == []
