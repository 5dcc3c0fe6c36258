"""The mapping rows of the Business Central and Sales pack are those of the documentation, row for row."""

# ruff: noqa: E501 - a table is read line by line.
from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pysync import check
from tests.packs.conftest import Ask
from tests.packs.sales import dsn

__all__ = ["dsn"]


# Tables, direction, what travels only when coupled, filters, dependencies.
TABLES = {
    "SALESPEOPLE": (
        "bc.salesperson_purchaser", "crm.systemuser", "to_left", True,
        None, "not isdisabled and islicensed and not isintegrationuser", [],
    ),
    "CURRENCY": (
        "bc.currency", "crm.transactioncurrency", "to_right", True,
        "code ~ '^[A-Z]{3}$' and (iso_code = '' or iso_code = code)", None, [],
    ),
    "UNIT OF MEASURE": ("bc.unit_of_measure", "crm.uomschedule", "to_right", True, None, None, []),
    "CUSTOMER": (
        "bc.customer", "crm.account", "both", True,
        "blocked = 0", "statecode = 0 and customertypecode = 3", ["CURRENCY", "SALESPEOPLE"],
    ),
    "CONTACT": (
        "bc.contact", "crm.contact", "both", True,
        "type = 1 and company_no <> '' and customer_no <> ''",
        "parentcustomerid is not null and parentcustomeridtype = 'account'", ["CUSTOMER"],
    ),
    "ITEM-PRODUCT": (
        "bc.item", "crm.product", "both", True,
        "not is_write_in", "producttypecode = 1", ["DEFAULT PRICE LIST", "UNIT OF MEASURE"],
    ),
    "RESOURCE-PRODUCT": (
        "bc.resource", "crm.product", "both", True,
        "not is_write_in", "producttypecode = 3", ["DEFAULT PRICE LIST", "UNIT OF MEASURE"],
    ),
    "CUSTPRCGRP-PRICE": ("bc.customer_price_group", "crm.pricelevel", "to_right", True, None, None, ["CURRENCY"]),
    "SALESPRC-PRODPRICE": (
        "bc.price_list_line", "crm.productpricelevel", "to_right", False,
        "sales_type = 1 and sales_code <> ''", None, ["CUSTPRCGRP-PRICE", "ITEM-PRODUCT"],
    ),
}  # fmt: skip

ITEM: list[tuple[Any, ...]] = [
    ("no", "productnumber", "to_right"), ("unit_price", "price", "to_right"), ("unit_cost", "standardcost", "to_right"),
    ("unit_cost", "currentcost", "to_right"), ("vendor_no", "vendorid", "to_right"),
]  # fmt: skip
ADDRESS: list[tuple[Any, ...]] = [
    ("address", "address1_line1", "both"), ("address_2", "address1_line2", "both"),
    ("post_code", "address1_postalcode", "both"), ("city", "address1_city", "both"),
    ("country_region_code", "address1_country", "both"), ("county", "address1_stateorprovince", "both"),
    ("email", "emailaddress1", "both"), ("fax_no", "fax", "both"), ("home_page", "websiteurl", "both"),
    ("phone_no", "telephone1", "both"), ("salesperson_code", "ownerid", "to_right"), (None, "owneridtype", "to_right"),
]  # fmt: skip
FIELDS: dict[str, list[tuple[Any, ...]]] = {
    "SALESPEOPLE": [
        ("email", "internalemailaddress", "to_left"), ("name", "fullname", "to_left"), ("phone_no", "mobilephone", "to_left"),
    ],
    "CURRENCY": [
        ("code", "isocurrencycode", "to_right"), ("code", "currencysymbol", "to_right"),
        ("description", "currencyname", "to_right"), ("latest_exchange_rate", "exchangerate", "to_right"),
    ],
    "UNIT OF MEASURE": [("code", "baseuomname", "to_right"), ("code", "name", "to_right")],
    "CUSTOMER": [
        *ADDRESS, ("name", "name", "both"), ("contact", "address1_primarycontactname", "to_left"),
        ("shipment_method_code", "address1_freighttermscode", "to_right"),
        ("shipping_agent_code", "address1_shippingmethodcode", "to_right"),
        ("payment_terms_code", "paymenttermscode", "to_right"), ("credit_limit_lcy", "creditlimit", "to_right"),
        ("primary_contact_no", "primarycontactid", "both"),
    ],
    "CONTACT": [
        *ADDRESS, ("first_name", "firstname", "both"), ("middle_name", "middlename", "both"), ("surname", "lastname", "both"),
        ("mobile_phone_no", "mobilephone", "both"), ("pager", "pager", "both"), ("type", None, "to_left"),
        (None, "parentcustomeridtype", "to_right"),
    ],
    "ITEM-PRODUCT": [
        *ITEM, ("description", "name", "both"), ("unit_volume", "stockvolume", "to_right"),
        ("gross_weight", "stockweight", "to_right"), ("vendor_item_no", "vendorpartnumber", "to_right"),
        ("inventory", "quantityonhand", "to_right"), ("base_unit_of_measure", "defaultuomscheduleid", "both"),
    ],
    "RESOURCE-PRODUCT": [*ITEM, ("name", "name", "both"), ("capacity", "quantityonhand", "to_right")],
    "CUSTPRCGRP-PRICE": [("code", "name", "to_right")],
    "SALESPRC-PRODPRICE": [
        ("sales_code", "pricelevelid", "to_right"), ("item_no", "productid", "to_right"),
        ("item_no", "productnumber", "to_right"), ("transaction_currency_code", "transactioncurrencyid", "to_right"),
        (None, "pricingmethodcode", "to_right"), ("unit_price", "amount", "to_right"),
    ],
}  # fmt: skip


def test_tables_directions_filters_and_dependencies_are_the_documented_ones(ask: Ask) -> None:
    found = ask(
        "select m.mapping_name, m.left_table, m.right_table, m.direction, m.coupled_only, m.left_filter, m.right_filter,"
        " array(select depends_on from sync.mapping_dependency d where d.mapping_name = m.mapping_name order by 1)"
        " from sync.table_mapping m where m.mapping_name = any ($1)",
        list(TABLES),
    )
    assert {name: tuple(rest) for name, *rest in found} == TABLES


@pytest.mark.parametrize("mapping", FIELDS)
def test_every_documented_field_has_its_row(ask: Ask, mapping: str) -> None:
    found = set(
        ask("select left_column, right_column, direction from sync.field_mapping where mapping_name = $1", mapping)
    )
    assert set(FIELDS[mapping]) - found == set()


def test_conflicts_are_errors_by_default(ask: Ask) -> None:
    assert ask(
        "select distinct update_conflict, on_left_delete from sync.table_mapping where mapping_name = any ($1)",
        list(TABLES),
    ) == [("fail", "fail")]


def test_check_finds_no_error_in_the_pack(db: psycopg.Connection[Any]) -> None:
    assert [fault for fault in check.check(db, timeout="60s") if fault.severity == "error"] == []
