"""Contacts and documents: quotes and orders of sales and purchases, and the log of what contacts were sent."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.packs.people import Nav, dsn, nav, pysync

__all__ = ["dsn", "nav", "pysync"]

PURCHASE = ("purchase_header", "buy_from_contact_no", "buy_from_vendor_no", "pay_to_contact_no", "pay_to_vendor_no")
SALES = ("sales_header", "sell_to_contact_no", "sell_to_customer_no", "bill_to_contact_no", "bill_to_customer_no")
BOTH = pytest.mark.parametrize(
    ("kind", "names"), [("vendor", PURCHASE), ("customer", SALES)], ids=["purchase", "sales"]
)


def person_of(nav: Nav, company: str) -> str:
    return nav.make("contact", name="Ann Lee", type=1, company_no=company)


def log(nav: Nav) -> list[tuple[Any, ...]]:
    return nav.ask(
        "select contact_no, interaction_template_code, event, document_no"
        " from nav.interaction_log_entry order by entry_no"
    )


def printed(nav: Nav, kind: str, document_type: int, *nos: str) -> int:
    ((logged,),) = nav.ask("select nav.log_documents('print', $1, $2, $3)", kind, document_type, list(nos))
    return int(logged)


@pytest.mark.parametrize("way", ["created", "linked"])
def test_purchase_quotes_get_the_vendor_that_their_contact_becomes(nav: Nav, way: str) -> None:
    company, other = nav.make("contact", name="Alder"), nav.make("contact", name="Birch")
    person = person_of(nav, company)
    for no, contact in (("Q1", company), ("Q2", person), ("Q3", other)):
        nav.make("purchase_header", no=no, buy_from_contact_no=contact, purchaser_code="OLD")
        nav.ask("insert into nav.purchase_line (document_no, line_no) values ($1, 10000)", no)
    if way == "linked":
        v1, purchaser = nav.apart("vendor", name="Alder", purchaser_code="P"), "P"
        assert nav.link("vendor", company, v1) is None
    else:
        ((_, v1, _),) = nav.ask("select * from nav.create_from_contacts('vendor', array[$1::text])", company)
        purchaser = "OLD"
    header = "buy_from_vendor_no", "buy_from_vendor_name", "pay_to_vendor_no", "purchaser_code"
    found = {no: nav.get("purchase_header", no, *header) for no in ("Q1", "Q2", "Q3")}
    assert found == {
        "Q1": (v1, "Alder", v1, purchaser),
        "Q2": (v1, "Alder", v1, purchaser),
        "Q3": ("", "", "", "OLD"),
    }
    lines = nav.ask("select document_no, buy_from_vendor_no, pay_to_vendor_no from nav.purchase_line order by 1")
    assert lines == [("Q1", v1, v1), ("Q2", v1, v1), ("Q3", "", "")]
    nav.run()
    assert nav.get("vendor", v1, "purchaser_code") == ("P" if way == "linked" else "")


@BOTH
def test_a_quote_of_a_person_that_its_company_pays_gets_both_numbers(
    nav: Nav, kind: str, names: tuple[str, ...]
) -> None:
    header, contact, no, pays, paying = names
    company = nav.make("contact", name="Alder")
    nav.make(header, no="Q1", **{contact: person_of(nav, company), pays: company})
    ((_, k1, _),) = nav.ask("select * from nav.create_from_contacts($1, array[$2::text])", kind, company)
    assert nav.get(header, "Q1", no, paying) == (k1, k1)


@BOTH
def test_an_order_needs_a_card_and_a_quote_does_not(nav: Nav, kind: str, names: tuple[str, ...]) -> None:
    header, contact, no, *_ = names
    company = nav.make("contact", name="Alder")
    with pytest.raises(psycopg.errors.CheckViolation, match=f'O1 needs a {kind}: contact "{company}" is none'):
        nav.make(header, document_type=1, no="O1", **{contact: company})
    nav.make(header, no="Q1", **{contact: company})
    with pytest.raises(psycopg.errors.CheckViolation, match=f"Q1 needs a {kind}"):
        nav.set(header, "Q1", document_type=1)
    ((_, k1, _),) = nav.ask("select * from nav.create_from_contacts($1, array[$2::text])", kind, company)
    nav.set(header, "Q1", document_type=1)
    assert nav.get(header, "Q1", "document_type", no) == (1, k1)


@BOTH
def test_an_order_started_from_a_person_takes_its_own_card_before_its_companys(
    nav: Nav, kind: str, names: tuple[str, ...]
) -> None:
    header, contact, no, _, paying = names
    company, k1 = nav.roles(kind)
    person = person_of(nav, company)
    nav.make(header, document_type=1, no="O1", **{contact: person})
    k2 = nav.apart(kind, name="Ann Lee")
    nav.ask(
        "insert into nav.contact_business_relation values ($1, nav.relation_code($2), nav.link_of($2), $3)",
        person,
        kind,
        k2,
    )
    nav.make(header, document_type=1, no="O2", **{contact: person})
    assert [nav.get(header, order, no, paying) for order in ("O1", "O2")] == [(k1, k1), (k2, k2)]


@BOTH
def test_a_document_started_from_a_card_is_for_its_primary_contact_else_the_linked_one(
    nav: Nav, kind: str, names: tuple[str, ...]
) -> None:
    header, contact, no, pays, _ = names
    company, k1 = nav.roles(kind)
    person = person_of(nav, company)
    nav.make(header, document_type=1, no="O1", **{no: k1})
    nav.set(kind, k1, primary_contact_no=person)
    nav.make(header, document_type=1, no="O2", **{no: k1})
    nav.make(header, document_type=1, no="O3", **{no: nav.apart(kind, name="Birch")})
    found = [nav.get(header, order, contact, pays) for order in ("O1", "O2", "O3")]
    assert found == [(company, company), (person, person), ("", "")]
    nav.set("contact", person, no="NEW")
    assert nav.get(header, "O2", contact, pays) == ("NEW", "NEW")


def test_what_is_printed_is_logged_with_the_linked_contact_and_without_a_link_not_at_all(nav: Nav) -> None:
    company, k1, v1 = nav.roles("customer", "vendor")
    alone = nav.apart("vendor", name="Birch")
    nav.make("sales_header", document_type=2, no="S1", sell_to_customer_no=k1)
    nav.make("purchase_header", document_type=1, no="P1", buy_from_vendor_no=v1)
    nav.make("purchase_header", document_type=1, no="P2", buy_from_vendor_no=alone)
    nav.make("purchase_header", no="P1", buy_from_contact_no=nav.make("contact", name="Cedar"))
    assert printed(nav, "vendor", 1, "P1", "P2") == 1
    assert printed(nav, "vendor", 0, "P1") == 0
    assert nav.ask("select nav.log_documents('post', 'customer', 2, '{S1}')") == [(1,)]
    assert log(nav) == [(company, "P_ORDER", 1, "P1"), (company, "S_INVOICE", 2, "S1")]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match='no event "fax"'):
        nav.ask("select nav.log_documents('fax', 'customer', 2, '{S1}')")
    assert nav.is_calm()


def test_the_set_up_says_which_events_of_a_document_type_are_logged(nav: Nav) -> None:
    company, v1 = nav.roles("vendor")
    for document_type in (0, 1):
        nav.make("purchase_header", document_type=document_type, no="P1", buy_from_vendor_no=v1)
    nav.ask("delete from nav.interaction_template_setup where link_to_table = 2 and document_type = 1 and event = 1")
    nav.ask("update nav.interaction_template set code = 'INQUIRY' where code = 'P_QUOTE'")
    assert [printed(nav, "vendor", document_type, "P1") for document_type in (0, 1)] == [1, 0]
    assert nav.ask("select nav.log_documents('e-mail', 'vendor', 1, '{P1}')") == [(1,)]
    assert log(nav) == [(company, "INQUIRY", 1, "P1"), (company, "P_ORDER", 3, "P1")]


def test_the_log_of_a_deleted_person_goes_to_its_company_and_a_companys_to_nobody(nav: Nav) -> None:
    company, v1 = nav.roles("vendor")
    other, v2 = nav.roles("vendor")
    person = person_of(nav, company)
    for no, vendor in (("P1", v1), ("P2", v1), ("P3", v2)):
        nav.make("purchase_header", document_type=1, no=no, buy_from_vendor_no=vendor)
    assert printed(nav, "vendor", 1, "P1", "P2", "P3") == 3
    nav.ask("update nav.interaction_log_entry set contact_no = $1 where document_no = 'P1'", person)
    nav.ask("delete from nav.contact where no = $1", person)
    assert [row[0] for row in log(nav)] == [company, company, other]
    nav.set("contact", company, no="NEW")
    assert [row[0] for row in log(nav)] == ["NEW", "NEW", other]
    second = person_of(nav, "NEW")
    nav.ask("update nav.interaction_log_entry set contact_no = $1 where document_no = 'P2'", second)
    nav.ask("delete from nav.contact where no = 'NEW'")
    assert [row[0] for row in log(nav)] == ["", "", other]
    nav.run()
