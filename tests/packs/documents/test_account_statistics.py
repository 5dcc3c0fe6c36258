"""ACCOUNT-STATISTICS: the figures of a customer, for its account."""

from __future__ import annotations

from decimal import Decimal

from tests.packs.documents.office import Office

MAPPING = "ACCOUNT-STATISTICS"
MOORLAND = "acc00000-0000-4000-8000-000000000030"


def figures(office: Office, no: str, columns: str) -> tuple[object, ...]:
    """Columns of the figures of a customer."""
    (row,) = office.ask(f"select {columns} from crm.nav_accountstatistics where nav_customerno = $1", no)  # noqa: S608
    return row


def enter(office: Office, no: str, kind: int, amount: str, remaining: str, due: str = "current_date + 30") -> None:
    """A ledger entry."""
    office.ask(
        "insert into bc.cust_ledger_entry (entry_no, customer_no, document_type, document_no, posting_date, due_date,"  # noqa: S608
        " amount, remaining_amount) values (nextval('bc.cust_ledger_entry_no_seq'), $1, $2::smallint, 'L',"
        f" current_date, {due}, $3::numeric, $4::numeric)",
        no,
        kind,
        amount,
        remaining,
    )


def test_the_sample_figures_are_in_step(office: Office) -> None:
    office.ask("select sync.request_full_sync($1)", MAPPING)
    counts = office.sync(MAPPING).counts[(MAPPING, "to_right")]
    assert (counts.unchanged, counts.modified, counts.inserted) == (3, 0, 0)


def test_a_first_entry_makes_the_figures_and_links_them_to_the_account(office: Office) -> None:
    enter(office, "C00060", 2, "1200.10", "1000")
    office.rest()
    assert figures(
        office, "C00060", "nav_name, nav_balancelcy::text, nav_totalsaleslcy::text, nav_creditlimitlcy::text"
    ) == (
        "Prairie Office Supply", "1000", "1200.10", "75000",
    )  # fmt: skip
    assert office.one(
        "select a.nav_accountstatisticsid = s.nav_accountstatisticsid and s.transactioncurrencyid = o.basecurrencyid"
        " from crm.account a, crm.nav_accountstatistics s, crm.organization o"
        " where a.accountid = 'acc00000-0000-4000-8000-000000000060' and s.nav_customerno = 'C00060'"
    )


def test_figures_follow_the_ledger(office: Office) -> None:
    enter(office, "C00010", 2, "100", "100", "current_date - 1")
    enter(office, "C00010", 3, "-40.50", "-40.50")
    enter(office, "C00010", 1, "-30", "0")
    office.rest()
    before = Decimal("1270.68")
    assert figures(
        office, "C00010", "nav_balancelcy, nav_overdueamountslcy >= 100, nav_totalsaleslcy::text,"
        " nav_overdueamountsasof = current_date"
    ) == (before + Decimal("59.50"), True, "59.50", True)  # fmt: skip


def test_open_orders_and_shipments_count(office: Office) -> None:
    office.ask(
        "insert into bc.sales_header (no, sell_to_customer_no, bill_to_customer_no) values ('ST1', 'C00030', 'C00030')"
    )
    office.ask("insert into bc.sales_line (document_no, line_no, type, no, quantity, amount_including_vat,"
               " outstanding_quantity, qty_shipped_not_invoiced, sell_to_customer_no)"
               " values ('ST1', 10000, 2, '1010', 4, 100.20, 3, 1, 'C00030')")  # fmt: skip
    office.rest()
    assert figures(
        office, "C00030", "nav_outstandingorderslcy::text, nav_shippednotinvoicedlcy::text,"
        " nav_outstandinginvoiceslcy::text,"
        " nav_totallcy - nav_balancelcy - nav_outstandingorderslcy - nav_shippednotinvoicedlcy",
    ) == ("75.15", "25.05", "0.00", 0)  # fmt: skip
    office.ask("delete from bc.sales_header where no = 'ST1'")
    office.rest()
    assert figures(office, "C00030", "nav_outstandingorderslcy::text") == ("0.00",)


def test_a_new_credit_limit_reaches_figures_and_account(office: Office) -> None:
    office.ask("update bc.customer set credit_limit_lcy = 51000 where no = 'C00030'")
    office.rest()
    assert figures(office, "C00030", "nav_creditlimitlcy::text") == ("51000",)
    assert office.one("select creditlimit::text from crm.account where accountid = $1::uuid", MOORLAND) == "51000"


def test_new_figures_are_no_change_of_the_account(office: Office) -> None:
    enter(office, "C00040", 2, "10", "10")
    counts = office.rest().counts
    assert {key: c.modified for key, c in counts.items() if key[0] == "CUSTOMER" and c.modified} == {}
    assert office.one("select count(*) from sync.conflict") == 0


def test_a_customer_that_is_not_coupled_waits_bothers_nobody_and_comes_with_its_coupling(office: Office) -> None:
    enter(office, "C00080", 2, "10", "10")
    office.sync()
    assert office.problems(MAPPING) == []
    assert office.one("select count(*) from crm.nav_accountstatistics where nav_customerno = 'C00080'") == 0
    office.ask("select sync.couple('CUSTOMER', 'C00080', 'acc00000-0000-4000-8000-000000000080')")
    office.sync()
    assert figures(office, "C00080", "nav_accountid::text") == ("acc00000-0000-4000-8000-000000000080",)


def test_a_skipped_customer_keeps_its_figures_out_of_sales(office: Office) -> None:
    office.ask("select sync.skip($1, 'C00020')", MAPPING)
    enter(office, "C00020", 2, "10", "10")
    office.sync()
    assert figures(office, "C00020", "nav_balancelcy::text") == ("0",)
    office.ask("select sync.unskip($1, 'C00020')", MAPPING)
    office.sync()
    assert figures(office, "C00020", "nav_balancelcy::text") == ("10",)


def test_figures_edited_in_sales_are_written_again_with_the_next_entry(office: Office) -> None:
    office.ask("update crm.nav_accountstatistics set nav_balancelcy = 1 where nav_customerno = 'C00030'")
    assert office.rest().counts == {}
    enter(office, "C00030", 2, "7", "7")
    office.rest()
    assert office.one(
        "select s.nav_balancelcy = b.balance from crm.nav_accountstatistics s"
        " join bc.customer_statistics b on b.no = s.nav_customerno"
        " where b.no = 'C00030'"
    )
