"""Contacts with customers, vendors and bank accounts: SC01 to SC21, SC45 and SC46, what travels from card to card."""

from __future__ import annotations

import psycopg
import pytest

from tests.packs.people import Nav, dsn, nav, pysync

__all__ = ["dsn", "nav", "pysync"]


def test_sc01_a_new_customer_gets_a_contact(nav: Nav) -> None:
    k1 = nav.make("customer", name="Alder", phone_no="1", vat_registration_no="GB1")
    contact = nav.contact_of("customer", k1)
    assert contact == "CT001001"
    columns = ("type", "name", "phone_no", "vat_registration_no", "search_name", "company_no", "company_name")
    assert nav.get("contact", contact, *columns) == (0, "Alder", "1", "GB1", "ALDER", contact, "Alder")
    assert nav.relations() == [(contact, "CUST", 1, k1)]
    assert nav.couples() == [("CONTACT-CUSTOMER", contact, k1)]
    assert nav.is_calm()


@pytest.mark.parametrize(
    ("kind", "code"), [("customer", "customers"), ("vendor", "vendors"), ("bank_account", "bank_accs")]
)
def test_sc02_without_a_relation_code_it_gets_none(nav: Nav, kind: str, code: str) -> None:
    nav.setup(**{f"bus_rel_code_for_{code}": ""})
    nav.make(kind, name="Alder")
    assert (nav.count(kind), nav.count("contact"), nav.relations()) == (1, 0, [])
    assert nav.is_calm()


def test_sc03_without_a_number_series_for_contacts_the_customer_is_refused(nav: Nav) -> None:
    nav.setup(contact_nos="")
    with pytest.raises(psycopg.errors.NoDataFound, match=r"number series .* contacts .*contact_nos"):
        nav.make("customer", name="Alder")
    assert nav.count("customer") == 0


def test_sc04_a_person_who_is_a_customer_is_its_own_primary_contact(nav: Nav) -> None:
    k1 = nav.make("customer", name="Ann Mary Lee", contact_type=1)
    contact = nav.contact_of("customer", k1)
    assert contact is not None
    assert nav.get("contact", contact, "type", "first_name", "middle_name", "surname") == (1, "Ann", "Mary", "Lee")
    assert nav.get("customer", k1, "primary_contact_no", "contact") == (contact, "Ann Mary Lee")


def test_sc05_vendors_and_bank_accounts_hand_their_contact_of_ours_to_the_new_contact(nav: Nav) -> None:
    v1 = nav.make("vendor", name="Birch", purchaser_code="P")
    b1 = nav.make("bank_account", name="Cedar", our_contact_code="Q")
    for kind, no, salesperson in (("vendor", v1, "P"), ("bank_account", b1, "Q")):
        assert nav.get("contact", nav.contact_of(kind, no) or "", "type", "salesperson_code") == (0, salesperson)


def test_sc06_what_new_contacts_start_with_is_not_for_those_made_from_a_card(nav: Nav) -> None:
    nav.setup(default_territory_code="T")
    k1 = nav.make("customer", name="Alder")
    assert nav.get("contact", nav.contact_of("customer", k1) or "", "territory_code") == ""
    assert nav.get("contact", nav.make("contact", name="Birch"), "territory_code") == "T"


@pytest.mark.parametrize("kind", ["customer", "vendor", "bank_account"])
def test_sc07_a_phone_number_of_a_card_reaches_its_contact(nav: Nav, kind: str) -> None:
    contact, no = nav.roles(kind)
    nav.set(kind, no, phone_no="2")
    nav.run()
    assert nav.get("contact", contact, "phone_no", "type", "name") == ("2", 0, "Moorland Hotels")
    assert nav.count("contact") == 1


@pytest.mark.parametrize("kind", ["customer", "vendor", "bank_account"])
def test_sc08_a_phone_number_of_a_contact_reaches_its_card(nav: Nav, kind: str) -> None:
    contact, no = nav.roles(kind)
    own = "iban" if kind == "bank_account" else "payment_terms_code"
    nav.set(kind, no, **{own: "NET30"})
    stamp = nav.get(kind, no, "last_modified_date_time")
    nav.set("contact", contact, phone_no="2")
    nav.run()
    assert nav.get(kind, no, "phone_no", own) == ("2", "NET30")
    assert nav.get(kind, no, "last_modified_date_time") > stamp
    assert nav.is_calm()


def test_sc09_a_new_address_of_the_customer_reaches_vendor_and_bank_account_too(nav: Nav) -> None:
    contact, k1, v1, b1 = nav.roles("customer", "vendor", "bank_account")
    nav.set("customer", k1, address="Mill Lane 1", post_code="LS2", city="Leeds")
    nav.run()
    for table, no in (("contact", contact), ("vendor", v1), ("bank_account", b1)):
        assert nav.get(table, no, "address", "post_code", "city") == ("Mill Lane 1", "LS2", "Leeds")
    assert nav.is_calm()


def test_sc10_an_e_mail_of_the_contact_reaches_all_three(nav: Nav) -> None:
    contact, k1, v1, b1 = nav.roles("customer", "vendor", "bank_account")
    nav.set("contact", contact, e_mail="a@b.example")
    nav.run()
    for table, no in (("customer", k1), ("vendor", v1), ("bank_account", b1)):
        assert nav.get(table, no, "e_mail") == "a@b.example"
    assert nav.get("contact", contact, "search_e_mail") == "A@B.EXAMPLE"


def test_sc11_the_salesperson_is_the_customers_and_the_contacts(nav: Nav) -> None:
    contact, k1, v1 = nav.roles("customer", "vendor")
    nav.set("vendor", v1, purchaser_code="P")
    nav.set("customer", k1, salesperson_code="S")
    nav.run()
    assert nav.get("contact", contact, "salesperson_code") == "S"
    assert nav.get("vendor", v1, "purchaser_code") == "P"


def test_sc12_the_purchaser_is_the_vendors_alone(nav: Nav) -> None:
    contact, k1, v1 = nav.roles("customer", "vendor", salesperson_code="S")
    nav.set("vendor", v1, purchaser_code="P", name="Fell Hotels")
    nav.run()
    for table, no in (("contact", contact), ("customer", k1)):
        assert nav.get(table, no, "name", "salesperson_code") == ("Fell Hotels", "S")


def test_sc13_a_bank_account_knows_no_registration_numbers(nav: Nav) -> None:
    numbers = {"vat_registration_no": "GB1", "registration_number": "R1"}
    contact, v1, b1 = nav.roles("vendor", "bank_account", **numbers)
    nav.set("bank_account", b1, home_page="moor.example", our_contact_code="Q")
    nav.run()
    for table, no in (("contact", contact), ("vendor", v1)):
        assert nav.get(table, no, "home_page", "vat_registration_no", "registration_number") == (
            "moor.example",
            "GB1",
            "R1",
        )
    assert nav.get("contact", contact, "salesperson_code") == ""


def test_sc14_a_cleared_field_is_cleared_there_too(nav: Nav) -> None:
    contact, k1 = nav.roles("customer", fax_no="9")
    assert nav.get("customer", k1, "fax_no") == "9"
    nav.set("contact", contact, fax_no="")
    nav.run()
    assert nav.get("customer", k1, "fax_no") == ""


def test_sc15_what_is_the_customers_alone_goes_nowhere(nav: Nav) -> None:
    contact, k1 = nav.roles("customer")
    stamp = nav.get("contact", contact, "last_modified_date_time")
    nav.set("customer", k1, payment_terms_code="COD", customer_posting_group="EU")
    assert nav.is_calm()
    assert nav.get("contact", contact, "last_modified_date_time") == stamp


def test_sc16_saving_the_same_values_writes_nothing(nav: Nav) -> None:
    contact, k1 = nav.roles("customer", phone_no="1")
    stamps = (
        "select last_modified_date_time from nav.contact union all select last_modified_date_time from nav.customer"
    )
    nav.set("contact", contact, phone_no="1", name="Moorland Hotels")
    nav.set("customer", k1, phone_no="1", name="Moorland Hotels")
    before = nav.ask(stamps)
    assert nav.is_calm()
    assert (nav.ask(stamps), nav.ask("select from sync.outbox")) == (before, [])


def test_sc17_a_bank_account_with_open_entries_refuses_a_currency_and_the_customer_takes_it(nav: Nav) -> None:
    contact, k1, b1 = nav.roles("customer", "bank_account", currency_code="USD")
    nav.type("insert into nav.bank_ledger_entry (bank_account_no, amount) values ($1, 10)", b1)
    nav.set("contact", contact, currency_code="EUR")
    nav.run(code=1)
    assert (nav.get("customer", k1, "currency_code"), nav.get("bank_account", b1, "currency_code")) == ("EUR", "USD")
    (told,) = nav.pysync("problems", "--json").data["problems"]
    assert told["mapping_name"] == "CONTACT-BANK"
    assert f"the currency of bank account {b1} cannot change" in told["message"]


def test_sc18_format_region_and_registration_number_are_two_things(nav: Nav) -> None:
    contact, b1 = nav.roles("bank_account", registration_number="R1", format_region="en-GB")
    nav.set("bank_account", b1, name="Cedar", format_region="nl-NL")
    nav.run()
    assert nav.get("contact", contact, "name", "registration_number", "format_region") == ("Cedar", "R1", "nl-NL")


def test_sc19_a_code_that_is_blanked_later_stops_nothing(nav: Nav) -> None:
    contact, k1 = nav.roles("customer")
    nav.setup(bus_rel_code_for_customers="")
    nav.set("customer", k1, name="Fell Hotels")
    nav.run()
    assert nav.get("contact", contact, "name") == "Fell Hotels"


def test_sc20_a_link_under_another_code_is_a_link(nav: Nav) -> None:
    contact = nav.make("contact", name="Alder")
    k1 = nav.apart("customer", name="Alder")
    nav.ask("insert into nav.business_relation (code) values ('ALT')")
    nav.ask("insert into nav.contact_business_relation values ($1, 'ALT', 1, $2)", contact, k1)
    nav.set("customer", k1, name="Birch")
    nav.run()
    assert (nav.get("contact", contact, "name"), nav.label(contact)) == ("Birch", 101)


def test_sc21_a_label_is_no_link(nav: Nav) -> None:
    contact = nav.make("contact", name="Alder")
    k1 = nav.apart("customer", name="Alder")
    nav.ask("insert into nav.contact_business_relation values ($1, 'CUST', 0, '')", contact)
    nav.set("contact", contact, name="Birch")
    assert nav.is_calm()
    assert nav.get("customer", k1, "name") == "Alder"
    assert nav.couples() == []


@pytest.mark.parametrize("order", [1, -1])
def test_sc45_edits_of_different_fields_between_two_passes_both_stay(nav: Nav, order: int) -> None:
    contact, k1 = nav.roles("customer", phone_no="1", address="Mill Lane 1")
    edits = [("customer", k1, {"phone_no": "2"}), ("contact", contact, {"address": "High Street 2"})]
    for table, no, values in edits[::order]:
        nav.set(table, no, **values)
    nav.run()
    for table, no in (("customer", k1), ("contact", contact)):
        assert nav.get(table, no, "phone_no", "address") == ("2", "High Street 2")
    assert nav.ask("select from sync.conflict") == []


@pytest.mark.parametrize("order", [1, -1])
def test_sc46_of_two_edits_of_one_field_the_later_stays_and_the_other_is_on_record(nav: Nav, order: int) -> None:
    contact, k1 = nav.roles("customer", phone_no="0")
    for n, (table, no) in enumerate([("customer", k1), ("contact", contact)][::order], 1):
        nav.set(table, no, phone_no=str(n))
    nav.run()
    assert (nav.get("customer", k1, "phone_no"), nav.get("contact", contact, "phone_no")) == ("2", "2")
    kept = nav.ask("select base_value, least(left_value, right_value), policy, resolution from sync.conflict")
    assert kept == [("0", "1", "newest_wins", "left" if order == 1 else "right")]


def test_customer_and_vendor_with_different_edits_of_one_field_agree_and_the_other_value_is_on_record(nav: Nav) -> None:
    contact, k1, v1 = nav.roles("customer", "vendor", phone_no="0")
    nav.set("vendor", v1, phone_no="1")
    nav.set("customer", k1, phone_no="2")
    nav.run()
    found = {nav.get(table, no, "phone_no") for table, no in (("contact", contact), ("customer", k1), ("vendor", v1))}
    assert found == {"2"}
    kept = nav.ask("select mapping_name, left_value, right_value, resolution from sync.conflict")
    assert kept == [("CONTACT-VENDOR", "2", "1", "left")]


RANDOM_EDIT = """
update nav.{table} set {column} = 'v' || n from (select $1::integer as n) x
 where no in (select no from nav.{table} order by hashint8extended(hashtext(no), n) limit 4)
"""
DIFFERENT = """
select r.contact_no, r.link_to_table
  from nav.contact_business_relation r
  join nav.contact c on c.no = r.contact_no
  left join nav.customer k on r.link_to_table = 1 and k.no = r.no
  left join nav.vendor v on r.link_to_table = 2 and v.no = r.no
  left join nav.bank_account b on r.link_to_table = 3 and b.no = r.no
 where (c.name, c.address, c.phone_no, c.fax_no, c.e_mail)
       is distinct from (coalesce(k.name, v.name, b.name), coalesce(k.address, v.address, b.address),
                         coalesce(k.phone_no, v.phone_no, b.phone_no), coalesce(k.fax_no, v.fax_no, b.fax_no),
                         coalesce(k.e_mail, v.e_mail, b.e_mail))
"""


def test_whoever_edits_what_all_cards_of_a_contact_come_to_say_the_same(nav: Nav) -> None:
    nav.ask("insert into nav.contact (name) select 'Company ' || i from generate_series(1, 12) i")
    nav.ask(
        "select nav.create_from_contacts(k, array(select no from nav.contact))"
        " from unnest(array['customer', 'vendor', 'bank_account']) k"
    )
    tables, columns = (
        ("contact", "customer", "vendor", "bank_account"),
        ("name", "address", "phone_no", "fax_no", "e_mail"),
    )
    for n in range(120):
        edit = RANDOM_EDIT.format(table=tables[n * 7 % 4], column=columns[n * 3 % 5])
        nav.ask(edit, n)
        if n % 40 == 39:
            nav.run()
            assert nav.ask(DIFFERENT) == []
    assert nav.is_calm()
    assert nav.ask("select from sync.parked") == []
