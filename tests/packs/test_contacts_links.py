"""Contacts with customers, vendors and bank accounts: SC22 to SC44, how cards come together, stay together and part."""

from __future__ import annotations

import psycopg
import pytest

from tests.packs.people import Nav, dsn, nav, pysync

__all__ = ["dsn", "nav", "pysync"]


def test_sc22_a_card_has_one_partner_of_a_kind(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder")
    c1 = nav.contact_of("customer", k1)
    assert c1 is not None
    k2, c2 = nav.apart("customer", name="Birch"), nav.make("contact", name="Birch")
    before = nav.relations()
    assert nav.link("customer", c1, k2) == f"contact {c1} is linked to customer {k1} already"
    assert nav.link("customer", c2, k1) == f"customer {k1} is linked to contact {c1} already"
    with pytest.raises(psycopg.errors.UniqueViolation):
        nav.ask("insert into nav.contact_business_relation values ($1, 'CUST', 1, $2)", c2, k1)
    assert nav.relations() == before


def test_sc23_the_contact_is_the_master_of_a_new_link(nav: Nav) -> None:
    contact, k1 = nav.make("contact", name="Alder", phone_no="1"), nav.apart("customer", name="Birch", fax_no="9")
    assert nav.link("customer", contact, k1) is None
    nav.run()
    for table, no in (("contact", contact), ("customer", k1)):
        assert nav.get(table, no, "name", "phone_no", "fax_no") == ("Alder", "1", "")
    assert nav.ask("select from sync.conflict") == []


def test_sc24_the_customer_as_master_reaches_the_contacts_vendor(nav: Nav) -> None:
    v1 = nav.make("vendor", name="Alder")
    contact = nav.contact_of("vendor", v1)
    assert contact is not None
    k1 = nav.apart("customer", name="Birch")
    assert nav.link("customer", contact, k1, "customer") is None
    nav.run()
    found = [nav.get(table, no, "name") for table, no in (("contact", contact), ("customer", k1), ("vendor", v1))]
    assert found == ["Birch"] * 3


def test_sc25_a_link_takes_the_place_of_a_label(nav: Nav) -> None:
    contact, k1 = nav.make("contact", name="Alder"), nav.apart("customer", name="Alder")
    nav.ask("insert into nav.contact_business_relation values ($1, 'CUST', 0, '')", contact)
    assert nav.link("customer", contact, k1) is None
    assert nav.relations() == [(contact, "CUST", 1, k1)]


def test_sc26_one_code_for_two_kinds_links_only_one(nav: Nav) -> None:
    contact = nav.make("contact", name="Alder")
    k1, v1 = nav.apart("customer", name="Alder"), nav.apart("vendor", name="Alder")
    nav.setup(bus_rel_code_for_vendors="CUST")
    assert nav.link("customer", contact, k1) is None
    assert nav.link("vendor", contact, v1) == f"contact {contact} has relation CUST with {k1} already"
    assert nav.relations() == [(contact, "CUST", 1, k1)]


def templates(nav: Nav) -> None:
    """One customer template for each type of contact."""
    nav.ask(
        "insert into nav.customer_templ (code, contact_type, currency_code, country_region_code, payment_terms_code)"
        " values ('COMPANY', 0, 'EUR', 'NL', 'NET30'), ('PERSON', 1, 'EUR', 'NL', 'COD')"
    )


def test_sc27_a_template_fills_what_the_contact_leaves_blank(nav: Nav) -> None:
    templates(nav)
    contact = nav.make("contact", name="Moorland Hotels", currency_code="GBP")
    ((_, k1, _),) = nav.ask("select * from nav.create_from_contacts('customer', array[$1::text])", contact)
    nav.run()
    columns = ("currency_code", "country_region_code", "name")
    assert nav.get("customer", k1, *columns) == ("GBP", "NL", "Moorland Hotels")
    assert nav.get("customer", k1, "payment_terms_code", "contact_type") == ("NET30", 0)
    assert nav.get("contact", contact, *columns) == ("GBP", "NL", "Moorland Hotels")
    assert nav.count("contact") == 1


def test_sc28_a_person_stands_for_its_company(nav: Nav) -> None:
    company = nav.make("contact", name="Alder")
    person = nav.make("contact", name="Ann Lee", type=1, company_no=company)
    before = nav.get("contact", person, "name", "company_no", "type", "phone_no")
    ((contact, k1, problem),) = nav.ask("select * from nav.create_from_contacts('customer', array[$1::text])", person)
    assert (contact, problem, nav.get("customer", k1, "name", "contact_type")) == (company, None, ("Alder", 0))
    assert nav.couples() == [("CONTACT-CUSTOMER", company, k1)]
    assert nav.get("contact", person, "name", "company_no", "type", "phone_no") == before
    assert nav.label(person) == 1


def test_sc29_two_persons_of_a_company_make_one_customer(nav: Nav) -> None:
    company = nav.make("contact", name="Alder")
    persons = [nav.make("contact", name=name, type=1, company_no=company) for name in ("Ann Lee", "Bo Yu")]
    rows = nav.ask("select * from nav.create_from_contacts('customer', $1)", persons)
    assert [(row[0], row[2]) for row in rows] == [
        (company, None),
        (company, f"contact {company} is linked already: it is named more than once"),
    ]
    assert nav.count("customer") == 1
    ((_, _, again),) = nav.ask("select * from nav.create_from_contacts('customer', $1)", persons[:1])
    assert again == f"contact {company} is linked to customer {rows[0][1]} already"


def test_sc30_a_person_without_a_company_can_be_a_customer_but_no_vendor(nav: Nav) -> None:
    person = nav.make("contact", name="Ann Lee", type=1)
    ((_, k1, _),) = nav.ask("select * from nav.create_from_contacts('customer', array[$1::text])", person)
    assert nav.get("customer", k1, "contact_type", "name") == (1, "Ann Lee")
    assert nav.contact_of("customer", k1) == person
    ((_, no, problem),) = nav.ask("select * from nav.create_from_contacts('vendor', array[$1::text])", person)
    assert (no, problem, nav.count("vendor")) == (None, f"contact {person} has no company number", 0)


def test_sc31_a_contact_blocked_for_privacy_is_linked_to_nothing(nav: Nav) -> None:
    contact, k1 = nav.make("contact", name="Ann", privacy_blocked=True), nav.apart("customer", name="Ann")
    told = f"contact {contact} is blocked for privacy"
    assert nav.link("customer", contact, k1) == told
    rows = nav.ask("select no, problem from nav.create_from_contacts('customer', array[$1::text])", contact)
    assert (rows, nav.relations(), nav.count("customer")) == ([(None, told)], [], 1)


def test_sc32_quotes_get_the_customer_that_their_contact_becomes(nav: Nav) -> None:
    company = nav.make("contact", name="Alder", salesperson_code="S")
    person = nav.make("contact", name="Ann Lee", type=1, company_no=company)
    other = nav.make("contact", name="Birch")
    for no, contact in (("Q1", company), ("Q2", person), ("Q3", other)):
        nav.make(
            "sales_header",
            no=no,
            sell_to_contact_no=contact,
            sell_to_customer_templ_code="T",
            bill_to_contact_no=contact,
            bill_to_customer_templ_code="T",
        )
        nav.ask("insert into nav.sales_line (document_no, line_no) values ($1, 10000)", no)
    ((_, k1, _),) = nav.ask("select * from nav.create_from_contacts('customer', array[$1::text])", company)
    header = "sell_to_customer_no", "sell_to_customer_name", "sell_to_customer_templ_code", "bill_to_customer_no"
    found = {no: nav.get("sales_header", no, *header) for no in ("Q1", "Q2", "Q3")}
    assert found == {"Q1": (k1, "Alder", "", k1), "Q2": (k1, "Alder", "", k1), "Q3": ("", "", "T", "")}
    lines = nav.ask("select document_no, sell_to_customer_no, bill_to_customer_no from nav.sales_line order by 1")
    assert lines == [("Q1", k1, k1), ("Q2", k1, k1), ("Q3", "", "")]


def test_sc33_a_batch_makes_contacts_for_what_matches_and_has_none(nav: Nav) -> None:
    k1, k2, k3 = (nav.apart("customer", name=n, currency_code=c) for n, c in (("A", "USD"), ("B", "EUR"), ("C", "")))
    k4 = nav.make("customer", name="D", currency_code="USD")
    batch = "select nav.create_contacts('customer', currency_code => 'USD')"
    assert nav.ask(batch) == [(1,)]
    assert [bool(nav.contact_of("customer", no)) for no in (k1, k2, k3, k4)] == [True, False, False, True]
    assert nav.ask(batch) == [(0,)]
    assert nav.is_calm()


def test_sc34_a_contact_name_becomes_a_person_and_the_primary_contact(nav: Nav) -> None:
    k1 = nav.apart("customer", name="Alder", contact="Ann Lee", phone_no="1")
    nav.ask("select nav.create_contacts('customer')")
    company = nav.contact_of("customer", k1)
    person = nav.get("customer", k1, "primary_contact_no")
    columns = ("type", "name", "company_no", "company_name", "phone_no")
    assert nav.get("contact", person, *columns) == (1, "Ann Lee", company, "Alder", "1")
    assert nav.get("customer", k1, "contact") == "Ann Lee"


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_sc35_without_a_contact_name_the_company_is_the_primary_contact(nav: Nav, kind: str) -> None:
    no = nav.apart(kind, name="Birch")
    nav.ask("select nav.create_contacts($1)", kind)
    assert nav.get(kind, no, "primary_contact_no", "contact") == (nav.contact_of(kind, no), "")
    assert nav.count("contact") == 1


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_sc36_a_name_typed_as_contact_becomes_a_person_once(nav: Nav, kind: str) -> None:
    no = nav.make(kind, name="Alder", address="Mill Lane 1", e_mail="a@b.example")
    nav.set(kind, no, contact="Bo")
    person = nav.get(kind, no, "primary_contact_no")
    assert nav.get("contact", person, "name", "address", "e_mail") == ("Bo", "Mill Lane 1", "a@b.example")
    nav.set(kind, no, contact="Cy")
    assert (nav.get("contact", person, "name"), nav.count("contact")) == ("Bo", 2)
    assert nav.get(kind, no, "primary_contact_no") == person


def test_sc37_a_renamed_primary_contact_is_renamed_at_the_customer(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder", phone_no="1", e_mail="a@b.example")
    nav.set("customer", k1, contact="Ann Lee")
    nav.set(
        "contact", nav.get("customer", k1, "primary_contact_no"), name="Ann Low", phone_no="2", e_mail="c@d.example"
    )
    nav.run()
    assert nav.get("customer", k1, "contact", "phone_no", "e_mail") == ("Ann Low", "1", "a@b.example")


def test_sc38_a_primary_contact_of_another_company_is_refused(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder")
    stranger = nav.make("contact", name="Di", type=1, company_no=nav.make("contact", name="Elm"))
    with pytest.raises(psycopg.errors.CheckViolation, match=f"contact {stranger} is not related to customer {k1}"):
        nav.set("customer", k1, primary_contact_no=stranger)


def test_a_primary_contact_links_a_customer_that_has_no_contact(nav: Nav) -> None:
    company, taken = nav.make("contact", name="Elm"), nav.make("customer", name="Fir")
    of_company = nav.make("contact", name="Di", type=1, company_no=company)
    of_none = nav.make("contact", name="Ed", type=1)
    of_taken = nav.make("contact", name="Flo", type=1, company_no=nav.contact_of("customer", taken))
    k1, k2, k3 = (nav.apart("customer", name=name, phone_no="1") for name in ("Elm Ltd", "Gum", "Hop"))
    nav.set("customer", k1, primary_contact_no=of_company)
    assert (nav.contact_of("customer", k1), nav.get("customer", k1, "contact")) == (company, "Di")
    nav.set("customer", k2, primary_contact_no=of_none)
    made = nav.contact_of("customer", k2)
    assert nav.get("contact", of_none, "company_no", "company_name", "phone_no") == (made, "Gum", "1")
    with pytest.raises(psycopg.errors.CheckViolation, match="is linked to customer"):
        nav.set("customer", k3, primary_contact_no=of_taken)
    person = nav.apart("customer", name="Ivy", contact_type=1)
    with pytest.raises(psycopg.errors.CheckViolation, match="is not related to customer"):
        nav.set("customer", person, primary_contact_no=of_none)


def test_sc39_persons_follow_their_company_in_what_they_have_from_it(nav: Nav) -> None:
    contact, k1 = nav.roles("customer", address="Mill Lane 1", city="Leeds", phone_no="1")
    p1 = nav.make("contact", name="Ann Lee", type=1, company_no=contact)
    p2 = nav.make("contact", name="Bo Yu", type=1, company_no=contact, address="Own Road 2", city="York")
    nav.set("customer", k1, address="High Street 3", name="Fell Hotels", phone_no="2")
    nav.run()
    columns = ("address", "city", "company_name", "phone_no")
    assert nav.get("contact", p1, *columns) == ("High Street 3", "Leeds", "Fell Hotels", "2")
    assert nav.get("contact", p2, *columns) == ("Own Road 2", "York", "Fell Hotels", "2")
    nav.set("contact", p2, phone_no="3")
    nav.set("contact", contact, phone_no="4")
    nav.run()
    assert [nav.get("contact", p, "phone_no") for p in (p1, p2)] == ["4", "3"]
    assert nav.get("customer", k1, "phone_no") == "4"


def test_sc40_a_deleted_contact_leaves_its_customer(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder")
    nav.set("customer", k1, contact="Ann Lee")
    nav.run()
    nav.type("delete from nav.contact where no = $1", nav.contact_of("customer", k1))
    assert nav.is_calm()
    assert nav.get("customer", k1, "name", "primary_contact_no", "contact") == ("Alder", "", "")
    assert (nav.count("contact"), nav.relations(), nav.couples()) == (0, [], [])
    nav.set("customer", k1, name="Birch")
    nav.run()
    assert nav.count("contact") == 0


def test_sc41_a_deleted_customer_leaves_its_contact(nav: Nav) -> None:
    contact, k1, v1 = nav.roles("customer", "vendor")
    person = nav.make("contact", name="Ann Lee", type=1, company_no=contact)
    assert (nav.label(contact), nav.label(person)) == (102, 102)
    nav.type("delete from nav.customer where no = $1", k1)
    assert (nav.label(contact), nav.label(person)) == (2, 2)
    nav.set("contact", contact, phone_no="2")
    nav.run()
    assert nav.get("vendor", v1, "phone_no") == "2"
    assert nav.couples() == [("CONTACT-VENDOR", contact, v1)]


def test_sc42_a_contact_with_an_open_task_stays(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder")
    nav.set("customer", k1, contact="Ann Lee")
    company = nav.contact_of("customer", k1)
    before = nav.relations(), nav.couples()
    nav.ask("insert into nav.task (contact_no) select primary_contact_no from nav.customer")
    for _ in range(2):
        with pytest.raises(psycopg.errors.RestrictViolation, match="has open tasks"):
            nav.type("delete from nav.contact where no = $1", company)
        nav.ask("update nav.task set contact_no = $1", company)
    assert (nav.relations(), nav.couples()) == before
    nav.ask("update nav.task set is_closed = true")
    nav.type("delete from nav.contact where no = $1", company)
    assert nav.ask("select contact_no from nav.task") == [("",)]


def test_sc43_a_relation_that_leads_nowhere_goes_when_its_customer_is_edited(nav: Nav) -> None:
    contact, k1 = nav.roles("customer")
    nav.ask("set session_replication_role = replica")
    nav.type("delete from nav.contact where no = $1", contact)
    nav.ask("reset session_replication_role")
    assert len(nav.relations()) == 1
    nav.set("customer", k1, name="Birch")
    nav.run()
    assert (nav.get("customer", k1, "name"), nav.relations(), nav.couples()) == ("Birch", [], [])
    assert nav.ask("select contact_no, link_to_table, no from nav.relation_log") == [(contact, 1, k1)]


@pytest.mark.parametrize("is_waiting", [False, True])
def test_sc44_links_survive_new_numbers_and_codes(nav: Nav, is_waiting: bool) -> None:
    contact, k1 = nav.roles("customer", phone_no="1")
    if is_waiting:
        nav.set("customer", k1, phone_no="2")
    nav.set("customer", k1, no="K9")
    nav.set("contact", contact, no="C9")
    nav.type("update nav.business_relation set code = 'X' where code = 'CUST'")
    assert nav.relations() == [("C9", "X", 1, "K9")]
    assert nav.ask("select bus_rel_code_for_customers from nav.marketing_setup") == [("X",)]
    nav.run()
    assert nav.get("contact", "C9", "phone_no", "company_no") == ("2" if is_waiting else "1", "C9")
    nav.set("customer", "K9", name="Birch")
    nav.set("contact", "C9", phone_no="3")
    nav.run()
    assert [nav.get(t, no, "name", "phone_no") for t, no in (("contact", "C9"), ("customer", "K9"))] == [
        ("Birch", "3")
    ] * 2
    assert nav.couples() == [("CONTACT-CUSTOMER", "C9", "K9")]


def test_couples_made_and_ended_by_a_dba_are_relations(nav: Nav) -> None:
    contact, k1 = nav.make("contact", name="Alder"), nav.apart("customer", name="Alder")
    nav.ask("select sync.couple('CONTACT-CUSTOMER', $1, $2)", contact, k1)
    assert (nav.relations(), nav.label(contact)) == ([(contact, "CUST", 1, k1)], 1)
    nav.run()
    nav.ask("select sync.uncouple('CONTACT-CUSTOMER', $1)", contact)
    assert (nav.relations(), nav.label(contact)) == ([], 100)


def test_what_match_couples_is_a_relation(nav: Nav) -> None:
    contact = nav.make("contact", name="Alder", e_mail="a@b.example")
    k1 = nav.apart("customer", name="Alder Ltd", e_mail="a@b.example")
    nav.ask(
        "update sync.field_mapping set match_priority = 1 where mapping_name = 'CONTACT-CUSTOMER' and field_no = 15"
    )
    assert nav.pysync("match", "CONTACT-CUSTOMER").code == 0
    assert nav.relations() == [(contact, "CUST", 1, k1)]


def test_a_relation_may_end_before_a_pass_sees_the_new_number(nav: Nav) -> None:
    _, k1, v1 = nav.roles("customer", "vendor")
    nav.set("customer", k1, no="K9")
    nav.set("vendor", v1, no="V9")
    nav.type("delete from nav.contact_business_relation where no = 'K9'")
    nav.ask("select sync.uncouple('CONTACT-VENDOR')")
    nav.run()
    assert (nav.relations(), nav.couples()) == ([], [])


def test_a_relation_turned_to_another_customer_couples_that_one(nav: Nav) -> None:
    contact, k1 = nav.roles("customer")
    k2 = nav.apart("customer", name="Alder")
    nav.type("update nav.contact_business_relation set no = $1 where no = $2", k2, k1)
    assert nav.relations() == [(contact, "CUST", 1, k2)]
    assert nav.couples() == [("CONTACT-CUSTOMER", contact, k2)]


def test_an_ended_relation_ends_what_waited_for_a_person(nav: Nav) -> None:
    contact, b1 = nav.roles("bank_account", currency_code="USD")
    nav.type("insert into nav.bank_ledger_entry (bank_account_no, amount) values ($1, 10)", b1)
    nav.set("contact", contact, currency_code="EUR")
    nav.run(code=1)
    nav.ask("delete from nav.contact_business_relation")
    assert nav.ask("select kind from sync.problem") == []
    nav.set("contact", contact, name="Fell Hotels")
    nav.run()
    assert nav.get("bank_account", b1, "name") == "Moorland Hotels"


def test_an_application_needs_no_rights_in_sync(nav: Nav) -> None:
    nav.ask("create role nav_clerk")
    try:
        nav.ask("grant usage on schema nav to nav_clerk")
        nav.ask("grant all on all tables in schema nav to nav_clerk")
        nav.ask("grant all on all sequences in schema nav to nav_clerk")
        nav.ask("set role nav_clerk")
        k1 = nav.make("customer", name="Alder")
        nav.set("customer", k1, phone_no="1")
        nav.type("delete from nav.contact where no = $1", nav.contact_of("customer", k1))
        nav.ask("reset role")
        assert nav.couples() == []
    finally:
        nav.ask("reset role")
        nav.ask("drop owned by nav_clerk")
        nav.ask("drop role nav_clerk")


def test_check_finds_nothing_to_say(nav: Nav) -> None:
    answer = nav.pysync("check", "--json")
    assert (answer.code, answer.data["faults"]) == (0, [])
