"""ORDER-NOTES: notes of orders, made on either side, corrected by Sales only, deleted by neither."""

from __future__ import annotations

import pytest

from tests.packs.documents.office import Office

MAPPING = "ORDER-NOTES"


@pytest.fixture(scope="module")
def order(office: Office) -> str:
    """An order of Sales that is a sales order too; gives its key in Sales."""
    found = office.submit("N-0", ("1010", 1, "420", "84"))
    office.rest()
    return found


def annotate(office: Office, order: str, subject: str, text: str, **columns: str) -> str:
    """A note of Sales."""
    given = {"objecttypecode": "salesorder", "filesize": "0"} | columns
    return str(
        office.one(
            "insert into crm.annotation (objectid, subject, notetext, objecttypecode, filesize)"
            " values ($1::uuid, $2, $3, $4, $5::integer) returning annotationid::text",
            order,
            subject,
            text,
            given["objecttypecode"],
            given["filesize"],
        )
    )


def write(office: Office, order: str, description: str, note: str, kind: int = 1) -> int:
    """A note of Business Central."""
    return int(
        office.one(
            "insert into bc.record_link (sales_header_system_id, description, note, type)"
            " select sales_order_id, $2, $3, $4::smallint from bc.incoming_order where order_id = $1::uuid"
            " returning link_id",
            order,
            description,
            note,
            kind,
        )
    )


def in_bc(office: Office, description: str) -> list[tuple[object, ...]]:
    """Notes of Business Central of that description."""
    return office.ask("select type, note from bc.record_link where description = $1", description)


def in_sales(office: Office, subject: str) -> list[tuple[object, ...]]:
    """Notes of Sales of that subject."""
    return office.ask("select objecttypecode, objectid::text, notetext from crm.annotation where subject = $1", subject)


def test_the_notes_of_an_order_come_with_it(office: Office) -> None:
    order = office.one("insert into crm.salesorder (ordernumber, customerid) values"
                       " ('N-1', 'acc00000-0000-4000-8000-000000000020') returning salesorderid::text")  # fmt: skip
    office.line(order, 1, "1010", 1, "420")
    annotate(office, order, "Early", "Written before it was submitted")
    office.sync()
    assert in_bc(office, "Early") == []
    assert office.problems(MAPPING) == []
    office.ask("update crm.salesorder set statecode = 1 where ordernumber = 'N-1'")
    office.rest()
    assert in_bc(office, "Early") == [(1, "Written before it was submitted")]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<div>Bring <b>two</b> men</div>", "Bring two men"),
        ("one<br/>two</p><p>three", "one\ntwo\nthree"),
        ("a &lt; b &amp;&nbsp;c &quot;d&quot;", 'a < b & c "d"'),
        ("<p><span style='color:red'></span></p>", ""),
    ],
)
def test_html_is_stripped(office: Office, order: str, html: str, text: str) -> None:
    annotate(office, order, f"H {html[:40]}", html)
    office.rest()
    assert in_bc(office, f"H {html[:40]}") == [(1, text)]


def test_a_note_of_sales_keeps_its_date(office: Office, order: str) -> None:
    key = annotate(office, order, "Dated", "x")
    office.rest()
    assert office.one("select l.created = a.createdon from bc.record_link l, crm.annotation a"
                      " where l.description = 'Dated' and a.annotationid = $1::uuid", key)  # fmt: skip


def test_a_note_of_business_central_is_created_in_sales(office: Office, order: str) -> None:
    write(office, order, "Ours", "Ask for the key")
    office.rest()
    assert in_sales(office, "Ours") == [("salesorder", order, "Ask for the key")]


def test_later_edits_in_business_central_stay_there(office: Office, order: str) -> None:
    link = write(office, order, "Edited", "First")
    office.rest()
    office.ask("update bc.record_link set note = 'Second', description = 'Edited too' where link_id = $1", link)
    office.rest()
    assert in_sales(office, "Edited") == [("salesorder", order, "First")]


def test_later_edits_in_sales_overwrite_the_text_and_nothing_else(office: Office, order: str) -> None:
    key = annotate(office, order, "Corrected", "First")
    office.rest()
    office.ask("update bc.record_link set note = 'Ours' where description = 'Corrected'")
    office.rest()
    office.ask(
        "update crm.annotation set notetext = '<p>Second</p>', subject = 'New subject' where annotationid = $1::uuid",
        key,
    )
    office.rest()
    assert in_bc(office, "Corrected") == [(1, "Second")]


def test_deletions_do_not_travel(office: Office, order: str) -> None:
    annotate(office, order, "Kept here", "x")
    write(office, order, "Kept there", "y")
    office.rest()
    office.ask("delete from crm.annotation where subject = 'Kept here'")
    office.ask("delete from bc.record_link where description = 'Kept there'")
    office.rest()
    assert in_bc(office, "Kept here") == [(1, "x")]
    assert len(in_sales(office, "Kept there")) == 1
    assert office.problems(MAPPING) == []


def test_links_stay_at_home(office: Office, order: str) -> None:
    write(office, order, "Link", "https://example.org", kind=0)
    office.rest()
    assert in_sales(office, "Link") == []


@pytest.mark.parametrize(
    ("subject", "columns"), [("File", {"filesize": "12"}), ("Account", {"objecttypecode": "account"})]
)
def test_files_and_notes_of_other_records_stay_in_sales(
    office: Office, order: str, subject: str, columns: dict[str, str]
) -> None:
    annotate(office, order, subject, "x", **columns)
    office.rest()
    assert in_bc(office, subject) == []


def test_notes_of_a_sales_order_that_is_not_coupled_wait_and_bother_nobody(office: Office) -> None:
    office.ask("insert into bc.record_link (sales_header_system_id, description, note)"
               " select system_id, 'Alone', 'x' from bc.sales_header where no = 'SO000010'")  # fmt: skip
    office.sync()
    assert in_sales(office, "Alone") == []
    assert office.problems(MAPPING) == []
    assert office.one("select reason from sync.parked where mapping_name = $1", MAPPING) == "reference"


def test_a_posted_order_takes_its_notes_along_and_sales_keeps_its_own(office: Office) -> None:
    order = office.submit("N-2", ("1010", 1, "420", "84"))
    annotate(office, order, "Stays", "x")
    office.rest()
    office.ask("select bc.post_sales_order(no) from bc.sales_header where your_reference = 'N-2'")
    office.rest()
    assert in_bc(office, "Stays") == []
    assert len(in_sales(office, "Stays")) == 1
    assert office.problems(MAPPING) == []
