"""What tests of the Business Central and Sales pack share: its database with the sample data, and what they read."""

# ruff: noqa: S608 - table and column names come from the tests themselves.
from __future__ import annotations

from typing import Any

import pytest

from tests.packs.conftest import Ask, Problems

DEFAULT_LIST = "Business Central Default Price List"


@pytest.fixture
def dsn(office_dsn: str) -> str:
    """The pack with its sample data, captured."""
    return office_dsn


@pytest.fixture
def creating(ask: Ask) -> None:
    """Uncoupled records are created on the other side."""
    ask("update sync.table_mapping set coupled_only = false")


def parked(ask: Ask) -> list[tuple[Any, ...]]:
    """What stands aside, and why."""
    return ask("select mapping_name, side, record_key, reason from sync.parked order by mapping_name, side, record_key")


def product(ask: Ask, columns: str, number: str = "1010") -> tuple[Any, ...]:
    """Values of a product."""
    (row,) = ask(f"select {columns} from crm.product where productnumber = $1", number)
    return row


def default_line(ask: Ask, number: str = "1010") -> list[tuple[Any, ...]]:
    """Lines of a product on the default price list, with amount and unit."""
    return ask(
        "select l.amount, u.name from crm.productpricelevel l join crm.pricelevel p using (pricelevelid)"
        " join crm.uom u on u.uomid = l.uomid where p.nav_isdefault and l.productnumber = $1",
        number,
    )


def message(problems: Problems, mapping: str, key: str) -> str:
    """What sync.problem says of the one problem of a record."""
    (text,) = [m for name, record, m in problems() if (name, record) == (mapping, key)]
    return str(text)


def lines(ask: Ask, price_list: str) -> list[tuple[Any, ...]]:
    """The lines of a price list: product, unit, amount."""
    return ask(
        "select l.productnumber, u.name, l.amount from crm.productpricelevel l"
        " join crm.pricelevel p using (pricelevelid)"
        " join crm.uom u on u.uomid = l.uomid where p.name = $1 order by 1, 2",
        price_list,
    )
