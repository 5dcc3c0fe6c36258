"""Both packs in one database: a phone number that a salesperson types reaches customer, contact and vendor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Pysync, pysync
from tests.packs.conftest import Ask
from tests.packs.sales import dsn

__all__ = ["dsn", "pysync"]

BRIDGE = Path(__file__).parents[2] / "sql" / "packs" / "contacts" / "business_central_sales.sql"
CUSTOMER = "C00010"


@pytest.fixture
def account(ask: Ask, pysync: Pysync) -> str:
    """Both packs, all in step; the customer's contact is a vendor too. Gives the key of the customer's account."""
    assert pysync("pack", "install", "contacts").code == 0
    ask(BRIDGE.read_text("utf-8"))
    ask("insert into bc.vendor (no, name) values ('V1', 'Harbour Street Furnishings')")
    ask(
        "insert into bc.contact_business_relation select contact_no, 'VEND', 2, 'V1'"
        " from bc.contact_business_relation where link_to_table = 1 and no = $1",
        CUSTOMER,
    )
    pysync("run")
    pysync("run")
    ((found,),) = ask("select right_key from sync.coupling where mapping_name = 'CUSTOMER' and left_key = $1", CUSTOMER)
    return str(found)


def test_a_phone_number_typed_in_sales_reaches_customer_contact_and_vendor(
    ask: Ask, in_sales: Callable[..., None], pysync: Pysync, account: str
) -> None:
    ((contact,),) = ask(
        "select left_key from sync.coupling where mapping_name = 'BC-CONTACT-CUSTOMER' and right_key = $1", CUSTOMER
    )

    def why(mapping: str, key: str) -> tuple[str, str]:
        """The headline, and what stands in the outbox."""
        reasons = pysync("why", mapping, key, "--json").data["reasons"]
        return reasons[0]["code"], " ".join(r["text"] for r in reasons if r["code"] == "waiting")

    in_sales("update crm.account set telephone1 = '+44 1' where accountid = $1::uuid", account)
    hops = [
        ("CUSTOMER", account, ""),
        ("BC-CONTACT-CUSTOMER", contact, "CUSTOMER"),
        ("BC-CONTACT-VENDOR", contact, "BC-CONTACT-CUSTOMER"),
    ]
    for mapping, key, through in hops:
        code, waits = why(mapping, key)
        assert code == "waiting"
        assert through in waits
        assert pysync("run", mapping).code == 0
        assert why(mapping, key) == ("in_step", "")

    phones = ask(
        "select phone_no from bc.customer where no = $1 union all select phone_no from bc.contact where no = $2"
        " union all select phone_no from bc.vendor where no = 'V1'",
        CUSTOMER,
        contact,
    )
    assert phones == [("+44 1",)] * 3
    rest = pysync("run", "--json").data["mappings"]
    assert [row["mapping"] for row in rest if row["inserted"] or row["modified"] or row["deleted"]] == []
    assert ask("select mapping_name, side, record_key from sync.outbox") == []


def test_and_back(ask: Ask, pysync: Pysync, account: str) -> None:
    ask("update bc.vendor set phone_no = '+44 2' where no = 'V1'")
    pysync("run")
    assert ask("select telephone1 from crm.account where accountid = $1::uuid", account) == [("+44 2",)]
    assert ask("select from sync.outbox") == []


def test_both_packs_have_no_fault(pysync: Pysync, account: str) -> None:
    answer = pysync("check", "--json")
    assert [fault for fault in answer.data["faults"] if fault["severity"] == "error"] == []
    assert pysync("pack", "remove", "contacts", "--yes").code == 0
