"""What must be the same in both systems once a company is synchronised, and what a DBA is told of the rest."""

# ruff: noqa: E501, ISC004, S608 - a query is read best on one line, and these are our own.
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

One = Callable[..., Any]

# A query for Business Central, one for Sales.
MASTER_DATA = {
    "customers": ("select count(*) from bc.customer where blocked = 0", "select count(*) from crm.account"),
    "credit limits": (
        "select sum(credit_limit_lcy) from bc.customer where blocked = 0",
        "select sum(creditlimit) from crm.account",
    ),
    "persons": (
        "select count(*) from bc.contact c join bc.customer u on u.no = c.customer_no where c.type = 1 and u.blocked = 0",
        "select count(*) from crm.contact",
    ),
    "currencies": ("select count(*) from bc.currency", "select count(*) from crm.transactioncurrency"),
    "units": ("select count(*) from bc.unit_of_measure", "select count(*) from crm.uom"),
    "products": (
        "select (select count(*) from bc.item where not is_write_in) + (select count(*) from bc.resource)",
        "select count(*) from crm.product",
    ),
    "list prices": (
        "select (select sum(unit_price) from bc.item) + (select sum(unit_price) from bc.resource)",
        "select sum(price) from crm.product",
    ),
    "costs": (
        "select (select sum(unit_cost) from bc.item) + (select sum(unit_cost) from bc.resource)",
        "select sum(standardcost) from crm.product",
    ),
    "stock": (
        "select sum(greatest(inventory, 0)) from bc.item",
        "select sum(quantityonhand) from crm.product where producttypecode = 1",
    ),
    "retired products": (
        "select count(*) from bc.item where blocked",
        "select count(*) from crm.product where statecode = 1",
    ),
    "lines of the default price list": (
        "select (select sum(unit_price) from bc.item) + (select sum(unit_price) from bc.resource)",
        "select sum(amount) from crm.productpricelevel join crm.pricelevel using (pricelevelid) where nav_isdefault",
    ),
    "prices of price groups": (
        "select sum(unit_price) from bc.price_list_line where sales_type = 1",
        "select sum(amount) from crm.productpricelevel join crm.pricelevel using (pricelevelid) where not nav_isdefault",
    ),
    "owners": (
        "select md5(string_agg(s.email, ',' order by c.name)) from bc.customer c"
        " join bc.salesperson_purchaser s on s.code = c.salesperson_code where c.blocked = 0",
        "select md5(string_agg(u.internalemailaddress, ',' order by a.name)) from crm.account a"
        " join crm.systemuser u on u.systemuserid = a.ownerid where not u.isintegrationuser",
    ),
}
INVOICES = {
    "invoices": ("select count(*) from bc.sales_invoice_header", "select count(*) from crm.invoice"),
    "invoices, net": (
        "select sum(amount) from bc.sales_invoice_header",
        "select sum(totalamountlessfreight) from crm.invoice",
    ),
    "invoices, with VAT": (
        "select sum(amount_including_vat) from bc.sales_invoice_header",
        "select sum(totalamount) from crm.invoice",
    ),
    "invoices, discount": (
        "select sum(invoice_discount_amount) from bc.sales_invoice_header",
        "select sum(discountamount) from crm.invoice",
    ),
    "invoices not paid at all": (
        "select count(*) from bc.sales_invoice_header where remaining_amount = ledger_amount and ledger_amount <> 0",
        "select count(*) from crm.invoice where statuscode = 4",
    ),
    "invoice lines": ("select count(*) from bc.sales_invoice_line", "select count(*) from crm.invoicedetail"),
    "invoice lines, quantity": (
        "select sum(quantity) from bc.sales_invoice_line",
        "select sum(quantity) from crm.invoicedetail",
    ),
    "invoice lines, net before discount": (
        "select sum(amount + inv_discount_amount + line_discount_amount) from bc.sales_invoice_line",
        "select sum(baseamount) from crm.invoicedetail",
    ),
    "invoice lines, VAT": (
        "select sum(amount_including_vat - amount) from bc.sales_invoice_line",
        "select sum(tax) from crm.invoicedetail",
    ),
    "balances": (
        "select sum(balance) from bc.customer_statistics",
        "select sum(nav_balancelcy) from crm.nav_accountstatistics",
    ),
}
# Orders are born in Sales; those that Business Central made for itself stay there.
_OF_SALES = "bc.sales_header h join bc.incoming_order i on i.sales_order_id = h.system_id"
ORDERS = {
    "orders": ("select count(*) from bc.incoming_order", "select count(*) from crm.salesorder"),
    "order lines": ("select count(*) from bc.incoming_order_line", "select count(*) from crm.salesorderdetail"),
    "orders taken": (
        "select count(*) from bc.incoming_order where sales_order_id is not null or is_posted",
        "select count(*) from crm.salesorder where lastbackofficesubmit = current_date",
    ),
    "open orders, with VAT": (
        f"select coalesce(sum(amount_including_vat), 0) from {_OF_SALES}",
        "select coalesce(sum(totalamount), 0) from crm.salesorder where statecode = 1",
    ),
    "released orders, net": (
        f"select coalesce(sum(amount), 0) from {_OF_SALES} where status = 1",
        "select coalesce(sum(totalamountlessfreight), 0) from crm.salesorder where statecode = 1 and shipto_name is not null",
    ),
    "posted orders": (
        "select count(*) from bc.incoming_order where is_posted",
        "select count(*) from crm.salesorder where statecode = 4 and statuscode = 100003",
    ),
    "invoices of orders, with VAT": (
        "select coalesce(sum(amount_including_vat), 0) from bc.sales_invoice_header where order_no <> ''",
        "select coalesce(sum(o.totalamount), 0) from crm.invoice join crm.salesorder o using (salesorderid)",
    ),
}


def agreement(one: One, wanted: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """The values that both sides agree on; fails with those that differ."""
    found = {name: (one(left), one(right)) for name, (left, right) in wanted.items()}
    differing = {name: values for name, values in found.items() if values[0] != values[1]}
    assert not differing, differing
    return {name: left for name, (left, _) in found.items()}


def by_message(problems: Iterable[dict[str, Any]]) -> Counter[str]:
    """How often each thing is said, whichever the record."""
    return Counter(f"{p['mapping_name']}: {re.sub('[A-Z]*[0-9]+', '…', p['message'])}" for p in problems)
