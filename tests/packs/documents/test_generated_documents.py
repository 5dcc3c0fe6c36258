"""Made-up documents in numbers: plausible, the same for the same seed, and their sums agree in both systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packs.documents.office import Office

FOLDER = Path(__file__).parents[3] / "sql" / "packs" / "business_central_sales"
INVOICES, ORDERS = 300, 60


@pytest.fixture(scope="module", autouse=True)
def generated(office: Office) -> None:
    """Customers and products in step, then invoices, sales orders and submitted orders."""
    for name in ("generate.sql", "generate_documents.sql"):
        office.db.execute((FOLDER / name).read_bytes())
    office.ask("select bc.generate_customers(50)")
    office.ask("select sync.couple('SALESPEOPLE', 'SV', '5a100000-0000-4000-8000-000000000004')")
    # Two items whose unit groups in Sales a person would have to mend: nobody sells them.
    office.ask("update bc.item set blocked = true where no in ('1050', '1070')")
    office.ask(
        "select sync.couple('ITEM-PRODUCT', productnumber, productid::text) from crm.product"
        " where productnumber = '1040'"
    )
    for mapping in ("CUSTOMER", "ITEM-PRODUCT", "RESOURCE-PRODUCT"):
        office.ask("select sync.request_full_sync($1)", mapping)
    office.ask("update sync.table_mapping set coupled_only = false where mapping_name = 'POSTEDSALESINV-INV'")
    office.sync()
    assert office.one("select bc.generate_documents($1, $2)", INVOICES, ORDERS) == INVOICES + ORDERS
    assert office.one("select crm.generate_orders($1)", ORDERS) == ORDERS
    office.sync()


def test_the_same_seed_gives_the_same_lines(office: Office) -> None:
    lines = "select array_agg(l::text order by l::text) from bc.generated_line(1, 50, $1) as l"
    assert office.one(lines, 3) == office.one(lines, 3)
    assert office.one(lines, 3) != office.one(lines, 4)


def test_documents_are_of_every_kind(office: Office) -> None:
    assert office.ask("select distinct type from bc.sales_invoice_line order by 1") == [(0,), (1,), (2,), (3,)]
    assert office.ask(
        "select count(distinct statuscode)::integer from crm.invoice where statuscode in (4, 100001, 100002)"
    ) == [(3,)]
    assert office.one("select min(n) = 1 and max(n) = 9 from (select count(*) as n from bc.sales_invoice_line"
                      " where document_no ~ '^PSI001' group by document_no) as lines")  # fmt: skip


def test_sums_of_invoices_agree_to_the_cent(office: Office) -> None:
    in_step = (
        "select i.invoicenumber from crm.invoice i join bc.sales_invoice_header h on h.no = i.invoicenumber"
        " join sync.coupling c on c.mapping_name = 'POSTEDSALESINV-INV' and c.left_key = h.no"
        " where ((i.totalamount, i.totalamountlessfreight, i.totaltax) is not distinct from"
        " (h.amount_including_vat, h.amount, h.amount_including_vat - h.amount)) is {}"
    )
    assert office.ask(in_step.format("false")) == []
    assert len(office.ask(in_step.format("true"))) >= INVOICES * 2 // 3
    assert (
        office.ask(
            "select h.no from bc.sales_invoice_header h join crm.invoice i on i.invoicenumber = h.no"
            " cross join lateral (select count(*) as n, sum(extendedamount) as gross from crm.invoicedetail d"
            " where d.invoiceid = i.invoiceid) as d"
            " where not exists (select from sync.parked p where p.mapping_name = 'POSTEDSALESLINE-INV'"
            " and p.record_key::jsonb ->> 0 = h.no)"
            " and (d.n, d.gross - h.invoice_discount_amount) is distinct from"
            " ((select count(*) from bc.sales_invoice_line l where l.document_no = h.no), h.amount_including_vat)"
        )
        == []
    )


def test_sums_of_orders_agree_to_the_cent(office: Office) -> None:
    rows = office.ask(
        "select o.totalamount - h.amount_including_vat from crm.salesorder o"
        " join bc.incoming_order i on i.order_id = o.salesorderid"
        " join bc.sales_header h on h.system_id = i.sales_order_id"
        " where o.ordernumber like 'ORD-4-%'"
    )
    assert len(rows) >= ORDERS // 3
    assert {row[0] for row in rows} == {0}


def test_what_could_not_travel_says_why(office: Office) -> None:
    allowed = ("must be coupled in", "unit group NAV", "has no unit group")
    odd = office.ask("select mapping_name, message from sync.problem")
    assert [row for row in odd if not any(text in row[1] for text in allowed)] == []
    assert office.sync().counts == {}
