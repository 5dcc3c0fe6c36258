"""Each mapping of documents through the whole life of a record: made, changed, disputed, filtered, let go, deleted."""

# ruff: noqa: ISC004, S608 - one statement may take several lines.
from __future__ import annotations

import pytest

from pysync import match
from pysync.compiler import Compiler
from tests.packs.documents.office import Office
from tests.packs.walk import Life, Walker

OPPORTUNITY = "aaaaaaaa-0000-4000-8000-000000000011"
NOTE = "aaaaaaaa-0000-4000-8000-000000000012"
ORDER = "aaaaaaaa-0000-4000-8000-000000000013"
LINE = "aaaaaaaa-0000-4000-8000-000000000014"
HEADER = "aaaaaaaa-0000-4000-8000-000000000015"
HARBOUR = "acc00000-0000-4000-8000-000000000010"
STUDIO = "0d000000-0000-4000-8000-000000001001"  # ORD-01001, which is a sales order too

LIVES = (
    Life(
        mapping="OPPORTUNITY",
        side="left",
        key="W1",
        make=("insert into bc.opportunity (no, description) values ('W1', 'Walk')",),
        edit="update bc.opportunity set description = $1 where no = 'W1'",
        read="select name from crm.opportunity where opportunityid = $1::uuid",
        edit_partner="update crm.opportunity set name = $1 where opportunityid = $2::uuid",
        read_back="select description from bc.opportunity where no = 'W1'",
        drop="delete from bc.opportunity where no = 'W1'",
        drop_partner="delete from crm.opportunity where opportunityid = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="OPPORTUNITY",
        side="right",
        key=OPPORTUNITY,
        make=(f"insert into crm.opportunity (opportunityid, name) values ('{OPPORTUNITY}', 'Walk')",),
        edit=f"update crm.opportunity set name = $1 where opportunityid = '{OPPORTUNITY}'",
        read="select description from bc.opportunity where no = $1",
        edit_partner="update bc.opportunity set description = $1 where no = $2",
        read_back=f"select name from crm.opportunity where opportunityid = '{OPPORTUNITY}'",
        drop=f"delete from crm.opportunity where opportunityid = '{OPPORTUNITY}'",
        drop_partner="delete from bc.opportunity where no = $1",
        needs_coupling=False,
    ),
    Life(
        mapping="POSTEDSALESINV-INV",
        side="left",
        key="W1",
        make=(
            "insert into bc.sales_invoice_header (no, sell_to_customer_no, bill_to_customer_no)"
            " values ('W1', 'C00010', 'C00010')",
        ),
        edit="update bc.sales_invoice_header set ship_to_name = $1 where no = 'W1'",
        read="select shipto_name from crm.invoice where invoiceid = $1::uuid",
        drop="delete from bc.sales_invoice_header where no = 'W1'",
        drop_partner="delete from crm.invoice where invoiceid = $1::uuid",
    ),
    Life(
        mapping="POSTEDSALESLINE-INV",
        side="left",
        key='["PSI000010", "90000"]',
        make=("insert into bc.sales_invoice_line (document_no, line_no, type) values ('PSI000010', 90000, 0)",),
        edit=(
            "update bc.sales_invoice_line set quantity = $1::numeric"
            " where document_no = 'PSI000010' and line_no = 90000"
        ),
        read="select quantity::text from crm.invoicedetail where invoicedetailid = $1::uuid",
        drop="delete from bc.sales_invoice_line where document_no = 'PSI000010' and line_no = 90000",
        drop_partner="delete from crm.invoicedetail where invoicedetailid = $1::uuid",
        needs_coupling=False,
        values=("1", "2", "3", "4", "5", "6"),
    ),
    Life(
        mapping="SALESORDER-ORDER",
        side="left",
        key=HEADER,
        make=(
            "insert into bc.sales_header (system_id, no, status, sell_to_customer_no, bill_to_customer_no)"
            f" values ('{HEADER}', 'W1', 1, 'C00010', 'C00010')",
        ),
        edit="update bc.sales_header set ship_to_city = $1 where no = 'W1'",
        read="select shipto_city from crm.salesorder where salesorderid = $1::uuid",
        leave="update bc.sales_header set status = 0 where no = 'W1'",
        enter="update bc.sales_header set status = 1 where no = 'W1'",
        drop="delete from bc.sales_header where no = 'W1'",
        drop_partner="delete from crm.salesorder where salesorderid = $1::uuid",
    ),
    Life(
        mapping="ORDER-NOTES",
        side="left",
        key="9001",
        make=(
            "insert into bc.record_link (link_id, sales_header_system_id, note)"
            f" select 9001, sales_order_id, 'Walk' from bc.incoming_order where order_id = '{STUDIO}'",
        ),
        read="select notetext from crm.annotation where annotationid = $1::uuid",
        drop="delete from bc.record_link where link_id = 9001",
        drop_partner="delete from crm.annotation where annotationid = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="ORDER-NOTES",
        side="right",
        key=NOTE,
        make=(
            "insert into crm.annotation (annotationid, objectid, objecttypecode, notetext)"
            f" values ('{NOTE}', '{STUDIO}', 'salesorder', 'Walk')",
        ),
        edit=f"update crm.annotation set notetext = $1 where annotationid = '{NOTE}'",
        read="select note from bc.record_link where link_id = $1::integer",
        leave=f"update crm.annotation set filesize = 1 where annotationid = '{NOTE}'",
        enter=f"update crm.annotation set filesize = 0 where annotationid = '{NOTE}'",
        drop=f"delete from crm.annotation where annotationid = '{NOTE}'",
        drop_partner="delete from bc.record_link where link_id = $1::integer",
        needs_coupling=False,
    ),
    Life(
        mapping="ORDER-POSTS",
        side="left",
        key="9001",
        make=(
            "insert into bc.crm_post_buffer"
            " (entry_no, incoming_order_id, sales_order_no, customer_no, change_type, message)"
            f" values (9001, '{STUDIO}', 'X', 'C00020', 1, 'Walk')",
        ),
        read="select text from crm.post where postid = $1::uuid",
        drop="delete from bc.crm_post_buffer where entry_no = 9001",
        drop_partner="delete from crm.post where postid = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="ACCOUNT-POSTS",
        side="left",
        key="9002",
        make=(
            "insert into bc.crm_post_buffer"
            " (entry_no, incoming_order_id, sales_order_no, customer_no, change_type, message)"
            f" values (9002, '{STUDIO}', 'X', 'C00020', 4, 'Walk')",
        ),
        read="select text from crm.post where postid = $1::uuid",
        drop="delete from bc.crm_post_buffer where entry_no = 9002",
        drop_partner="delete from crm.post where postid = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="ACCOUNT-STATISTICS",
        side="left",
        key="C00050",
        make=("insert into bc.cust_ledger_entry (entry_no, customer_no, amount) values (9001, 'C00050', 5)",),
        edit="update bc.customer set name = $1 where no = 'C00050'",
        read="select nav_name from crm.nav_accountstatistics where nav_accountstatisticsid = $1::uuid",
        drop="delete from bc.cust_ledger_entry where entry_no = 9001",
        drop_partner="delete from crm.nav_accountstatistics where nav_accountstatisticsid = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="SUBMITTED-ORDER",
        side="right",
        key=ORDER,
        make=(
            f"insert into crm.salesorder (salesorderid, ordernumber, customerid) values ('{ORDER}', 'W1', '{HARBOUR}')",
            f"update crm.salesorder set statecode = 1 where salesorderid = '{ORDER}'",
        ),
        edit=f"update crm.salesorder set name = $1 where salesorderid = '{ORDER}'",
        read="select name from bc.incoming_order where order_id = $1::uuid",
        leave=f"update crm.salesorder set lastbackofficesubmit = '2019-01-01' where salesorderid = '{ORDER}'",
        enter=f"update crm.salesorder set lastbackofficesubmit = null where salesorderid = '{ORDER}'",
        drop=f"delete from crm.salesorder where salesorderid = '{ORDER}'",
        drop_partner="delete from bc.incoming_order where order_id = $1::uuid",
        needs_coupling=False,
    ),
    Life(
        mapping="SUBMITTED-ORDERLINE",
        side="right",
        key=LINE,
        make=(
            "insert into crm.salesorder (salesorderid, ordernumber, customerid)"
            f" values ('{HEADER}', 'W2', '{HARBOUR}')",
            f"insert into crm.salesorderdetail (salesorderdetailid, salesorderid) values ('{LINE}', '{HEADER}')",
            f"update crm.salesorder set statecode = 1 where salesorderid = '{HEADER}'",
        ),
        edit=f"update crm.salesorderdetail set description = $1 where salesorderdetailid = '{LINE}'",
        read="select description from bc.incoming_order_line where line_id = $1::uuid",
        leave=f"update crm.salesorder set statecode = 0 where salesorderid = '{HEADER}'",
        enter=f"update crm.salesorder set statecode = 1 where salesorderid = '{HEADER}'",
        drop=f"delete from crm.salesorderdetail where salesorderdetailid = '{LINE}'",
        drop_partner="delete from bc.incoming_order_line where line_id = $1::uuid",
        needs_coupling=False,
    ),
)


@pytest.fixture(scope="module", autouse=True)
def on_demand(office: Office) -> None:
    """Orders wait until somebody asks for them, so that their facts can be changed."""
    office.ask("update bc.crm_connection_setup set auto_create_sales_orders = false")


@pytest.mark.parametrize("life", LIVES, ids=str)
def test_a_record_lives_from_the_first_insert_to_the_last_delete(life: Life, office: Office) -> None:
    Walker(life, office.ask, office.rest).walk()


def matched(office: Office, mapping: str) -> dict[str, str]:
    """Couples that matching makes."""
    compiler = Compiler(office.db)
    compiler.refresh()
    result = match.run(office.db, compiler, mapping, match.Wanted())
    office.sync()
    return {couple.left_key: couple.right_key for couple in result.couples}


def test_opportunities_are_matched_by_their_description(office: Office) -> None:
    office.ask("select sync.pause('OPPORTUNITY')")
    office.ask("insert into bc.opportunity (no, description) values ('M1', 'Same in both')")
    office.ask("insert into crm.opportunity (opportunityid, name) values ($1::uuid, 'Same in both')", OPPORTUNITY)
    office.ask("select sync.resume('OPPORTUNITY')")
    assert matched(office, "OPPORTUNITY") == {"M1": OPPORTUNITY}


def test_invoices_are_matched_by_number_and_their_lines_by_line_number(office: Office) -> None:
    office.ask("insert into crm.invoice (invoiceid, invoicenumber, customerid)"
               " values ($1::uuid, 'PSI000020', $2::uuid)", HEADER, HARBOUR)  # fmt: skip
    office.ask("insert into crm.invoicedetail (invoicedetailid, invoiceid, lineitemnumber)"
               " values ($1::uuid, $2::uuid, 10000)", LINE, HEADER)  # fmt: skip
    assert matched(office, "POSTEDSALESINV-INV") == {"PSI000020": HEADER}
    assert matched(office, "POSTEDSALESLINE-INV") == {'["PSI000020", "10000"]': LINE}
