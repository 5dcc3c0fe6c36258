"""SALESORDER-ORDER and what became of an order: released orders, posts on walls, the end of an order."""

from __future__ import annotations

import pytest

from tests.packs.documents.office import Office

MAPPING = "SALESORDER-ORDER"
ALDGATE = "acc00000-0000-4000-8000-000000000020"
SOFIE = "5a100000-0000-4000-8000-000000000004"


def order(office: Office, number: str, **columns: str) -> str:
    """A sales order that came from Sales; gives its number."""
    office.submit(number, ("1010", 2, "420", "168"), ("R10", 1, "85", "17"), **columns)
    office.rest()
    return str(office.one("select no from bc.sales_header where your_reference = $1", number))


def release(office: Office, no: str) -> None:
    """Released, and synchronised."""
    office.ask("update bc.sales_header set status = 1 where no = $1", no)
    office.rest()


def in_sales(office: Office, number: str, columns: str) -> tuple[object, ...]:
    """Columns of the order in Sales."""
    (row,) = office.ask(f"select {columns} from crm.salesorder where ordernumber = $1", number)  # noqa: S608
    return row


def walls(office: Office, number: str) -> list[tuple[object, ...]]:
    """Posts on the wall of an order."""
    return office.ask(
        "select p.text from crm.post p join crm.salesorder o on o.salesorderid = p.regardingobjectid"
        " where o.ordernumber = $1 and p.regardingobjecttypecode = 'salesorder' order by p.createdon, p.text",
        number,
    )


def test_the_mapping_is_the_documented_one(office: Office) -> None:
    assert office.ask(
        "select left_table, right_table, direction, coupled_only, left_filter from sync.table_mapping"
        " where mapping_name = $1",
        MAPPING,
    ) == [("bc.sales_header", "crm.salesorder", "to_right", True, "document_type = 1 and status = 1")]


def test_rule_15_an_order_travels_once_it_is_released(office: Office) -> None:
    no = order(office, "R-1")
    office.ask(
        "update bc.sales_header set ship_to_city = 'Hull', requested_delivery_date = '2019-07-01' where no = $1", no
    )
    office.rest()
    assert in_sales(office, "R-1", "shipto_city, requestdeliveryby") == (None, None)
    release(office, no)
    assert in_sales(office, "R-1", "shipto_city, requestdeliveryby::text, shipto_name, billto_line1, statecode") == (
        "Hull",
        "2019-07-01",
        "Aldgate Design Studio",
        "3 Aldgate Row",
        1,
    )


def test_rule_15_an_order_that_is_opened_again_stays_at_home_and_comes_back_with_its_changes(office: Office) -> None:
    no = order(office, "R-2")
    release(office, no)
    office.ask("update bc.sales_header set status = 0, ship_to_city = 'Hull' where no = $1", no)
    office.rest()
    assert in_sales(office, "R-2", "shipto_city") == ("London",)
    release(office, no)
    assert in_sales(office, "R-2", "shipto_city") == ("Hull",)


def test_rule_15_an_order_that_was_not_born_in_sales_is_not_picked_up(office: Office) -> None:
    office.ask("update bc.sales_header set ship_to_city = 'Hull' where no = 'SO000010'")
    assert {c.modified + c.inserted for c in office.rest().counts.values()} <= {0}
    assert office.one("select count(*) from crm.salesorder where ordernumber = 'SO000010'") == 0
    assert office.problems(MAPPING) == []


@pytest.mark.parametrize("document_type", [0, 2, 5])
def test_rule_15_only_orders_travel(office: Office, document_type: int) -> None:
    number = f"DT-{document_type}"
    office.ask("insert into crm.salesorder (salesorderid, ordernumber, customerid) values"
               " (md5($1)::uuid, $1, $2::uuid)", number, ALDGATE)  # fmt: skip
    system_id = office.one(
        "insert into bc.sales_header (document_type, no, status, sell_to_customer_no, bill_to_customer_no)"
        " values ($1::smallint, $2, 1, 'C00020', 'C00020') returning system_id::text",
        document_type,
        number,
    )
    office.ask("select sync.couple($1, $2, md5($3)::uuid::text)", MAPPING, system_id, number)
    office.ask("update bc.sales_header set ship_to_city = 'Hull' where no = $1", number)
    office.rest()
    assert in_sales(office, number, "shipto_city") == (None,)


def test_number_and_currency_of_the_order_are_not_overwritten(office: Office) -> None:
    no = order(office, "R-3")
    office.ask("update bc.sales_header set currency_code = 'EUR', status = 1 where no = $1", no)
    office.rest()
    assert in_sales(office, "R-3", "ordernumber, (select isocurrencycode from crm.transactioncurrency c"
                    " where c.transactioncurrencyid = salesorder.transactioncurrencyid)") == ("R-3", "GBP")  # fmt: skip


def test_amounts_of_changed_lines_reach_sales_to_the_cent(office: Office) -> None:
    no = order(office, "R-4")
    release(office, no)
    office.ask("update bc.sales_line set quantity = 1, amount = 419.33, amount_including_vat = 503.19,"
               " inv_discount_amount = 0.67 where document_no = $1 and no = '1010'", no)  # fmt: skip
    office.rest()
    totals = office.ask(
        "select amount, amount_including_vat, invoice_discount_amount from bc.sales_header where no = $1", no
    )
    assert in_sales(office, "R-4", "totalamountlessfreight, totalamount, discountamount") == totals[0]
    assert str(totals[0][1]) == "605.19"


def test_the_last_shipment_dates_the_order(office: Office) -> None:
    no = order(office, "R-5")
    release(office, no)
    office.ask("insert into bc.sales_shipment_header (no, order_no, shipment_date) values ('X1', $1, '2019-03-03'),"
               " ('X2', $1, '2019-03-05')", no)  # fmt: skip
    office.rest()
    assert in_sales(office, "R-5", "datefulfilled::text") == ("2019-03-05",)


def test_rule_5_the_salesperson_of_an_order_must_be_coupled(office: Office) -> None:
    no = order(office, "R-6")
    office.ask("update bc.sales_header set salesperson_code = 'SV', status = 1 where no = $1", no)
    office.sync()
    assert office.problems(MAPPING) == ["reference: salesperson_code SV must be coupled in SALESPEOPLE"]
    assert in_sales(office, "R-6", "shipto_city") == (None,)
    office.ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    office.sync()
    assert in_sales(office, "R-6", "ownerid::text, shipto_city") == (SOFIE, "London")
    assert office.problems(MAPPING) == []


@pytest.mark.parametrize(("code", "option"), [("NET60", 4), ("COD", None)])
def test_rule_16_a_code_without_an_option_is_blank(office: Office, code: str, option: int | None) -> None:
    no = order(office, f"R-7-{code}", paymenttermscode="1")
    office.ask("update bc.sales_header set payment_terms_code = $1, status = 1 where no = $2", code, no)
    office.rest()
    assert in_sales(office, f"R-7-{code}", "paymenttermscode") == (option,)


def test_what_sales_changes_on_a_taken_order_does_not_come_back(office: Office) -> None:
    no = order(office, "R-8")
    release(office, no)
    office.ask("update crm.salesorder set shipto_city = 'Nowhere' where ordernumber = 'R-8'")
    office.rest()
    assert office.one("select ship_to_city from bc.sales_header where no = $1", no) == "London"


def test_an_order_of_sales_and_a_sales_order_are_coupled_by_hand(office: Office) -> None:
    office.ask("insert into crm.salesorder (salesorderid, ordernumber, customerid, lastbackofficesubmit) values"
               " ('0d000000-0000-4000-8000-0000000000aa', 'R-9', $1::uuid, '2019-01-01')", ALDGATE)  # fmt: skip
    system_id = office.one("select system_id::text from bc.sales_header where no = 'SO000010'")
    office.ask("select sync.couple($1, $2, '0d000000-0000-4000-8000-0000000000aa')", MAPPING, system_id)
    office.ask("update bc.sales_header set ship_to_city = 'Reading' where no = 'SO000010'")
    office.rest()
    assert in_sales(office, "R-9", "shipto_city") == ("Reading",)
    office.ask("select sync.uncouple($1, $2)", MAPPING, system_id)
    office.ask("update bc.sales_header set ship_to_city = 'Oxford' where no = 'SO000010'")
    office.rest()
    assert in_sales(office, "R-9", "shipto_city") == ("Reading",)


def test_sales_reads_on_the_wall_that_an_order_was_released_shipped_and_invoiced(office: Office) -> None:
    no = order(office, "W-1")
    release(office, no)
    assert walls(office, "W-1") == [(f"The status of sales order {no} is Released.",)]
    invoice = office.one("select bc.post_sales_order($1)", no)
    office.rest()
    assert sorted(walls(office, "W-1")) == sorted(
        [
            (f"The status of sales order {no} is Released.",),
            (f"Shipment SH-{no} was created for sales order {no}.",),
            (f"Invoice {invoice} was created for sales order {no}.",),
        ]
    )
    assert office.ask(
        "select text from crm.post where regardingobjectid = $1::uuid and regardingobjecttypecode = 'account'"
        " and text like '%' || $2 || '%'",
        ALDGATE,
        no,
    ) == [(f"Sales order {no} was posted.",)]


def test_orders_that_were_not_born_in_sales_tell_nothing(office: Office) -> None:
    before = office.one("select count(*) from bc.crm_post_buffer")
    office.ask(
        "insert into bc.sales_header (no, sell_to_customer_no, bill_to_customer_no) values ('OWN', 'C00020', 'C00020')"
    )
    office.ask("update bc.sales_header set status = 1 where no = 'OWN'")
    office.ask("select bc.post_sales_order('OWN')")
    office.rest()
    assert office.one("select count(*) from bc.crm_post_buffer") == before


def test_a_posted_order_is_invoiced_in_sales_and_no_longer_coupled(office: Office) -> None:
    no = order(office, "W-2")
    release(office, no)
    system_id = office.one("select system_id::text from bc.sales_header where no = $1", no)
    office.ask("select bc.post_sales_order($1)", no)
    office.rest()
    assert in_sales(office, "W-2", "statecode, statuscode, lastbackofficesubmit is not null") == (4, 100003, True)
    assert office.coupled(MAPPING, str(system_id)) is None
    assert office.one("select bc.create_sales_orders()") == 0


def test_the_invoice_of_a_posted_order_finds_the_order_again(office: Office) -> None:
    no = order(office, "W-3")
    release(office, no)
    invoice = office.one("select bc.post_sales_order($1)", no)
    office.ask("select sync_private.ask('POSTEDSALESINV-INV', 'left', $1, 'create')", invoice)
    office.rest()
    assert office.ask(
        "select i.name, o.ordernumber, i.totalamount - o.totalamount, count(d)::integer from crm.invoice i"
        " join crm.salesorder o using (salesorderid) join crm.invoicedetail d on d.invoiceid = i.invoiceid"
        " where i.invoicenumber = $1 group by 1, 2, 3",
        invoice,
    ) == [("Order W-3", "W-3", 0, 2)]


def test_an_order_deleted_in_sales_is_a_question(office: Office) -> None:
    no = order(office, "W-4")
    office.ask("delete from crm.salesorder where ordernumber = 'W-4'")
    office.sync()
    assert [text.partition(":")[0] for text in office.problems(MAPPING)] == ["deleted"]
    assert office.one("select count(*) from bc.sales_header where no = $1", no) == 1
    office.ask("select sync.uncouple($1, system_id::text) from bc.sales_header where no = $2", MAPPING, no)
    office.sync()
    assert office.problems(MAPPING) == []
