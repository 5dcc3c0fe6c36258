"""What the tests of orders submitted in Sales read, and the set-up they leave as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.packs.documents.office import Office

ORDER, LINE = "SUBMITTED-ORDER", "SUBMITTED-ORDERLINE"


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
