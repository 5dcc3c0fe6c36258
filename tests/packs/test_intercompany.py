"""Intercompany customer information: the scenarios SI01 to SI14, in SQL and `pysync run` as their users have them."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.commands.conftest import Pysync
from tests.packs.group import Database, Group, group, pysync

__all__ = ["group", "pysync"]

Make = Callable[..., Group]
ON, OFF = {"P1": True, "P2": True}, {"P1": False, "P2": False}
SALE = "update ic.sales_order set customer_ref = $1 where company_id = $2 and cust_account = $3"
REQUISITION = "update ic.sales_order set customer_requisition = $1 where company_id = $2 and cust_account = $3"
PURCHASE = "update ic.purchase_order set vendor_ref = $1 where company_id = $2 and order_account = $3"


@pytest.fixture
def chain(group: Group) -> Make:
    """An original order of A with one chain to B, for the toggles given."""

    def make(**toggles: bool) -> Group:
        group.relate("A", "B", **toggles)
        group.order("A", "original", ("R", "Q"), "B")
        group.run()
        return group

    return make


def test_si01_a_new_chain_takes_reference_and_requisition_along(chain: Make) -> None:
    group = chain(**ON)
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R", "Q"), ("R", "Q"))
    assert group.waits() == 0


def test_si02_with_the_toggles_off_new_orders_are_blank_and_stay_so(chain: Make) -> None:
    group = chain(**OFF)
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("", ""), ("", ""))
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("", ""), ("", ""))


def test_si03_a_requisition_reaches_both_orders_in_one_drain(chain: Make) -> None:
    group = chain(**ON)
    group.type(REQUISITION, "Q2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R", "Q2"), ("R", "Q2"))
    assert group.waits() == 0


def test_si04_a_vendor_reference_goes_both_ways_from_the_purchase_order(chain: Make) -> None:
    group = chain(**ON)
    group.type(PURCHASE, "R2", "A", "VB")
    group.run()
    assert (group.sale("A"), group.sale("B", "A")) == (("R2", "Q"), ("R2", "Q"))


def test_si05_the_sales_order_may_differ_until_the_next_push(chain: Make) -> None:
    group = chain(**ON)
    group.type(SALE, "own", "B", "KA")
    group.run()
    assert (group.sale("A"), group.purchase("A", "B"), group.sale("B", "A")) == (("R", "Q"), ("R", "Q"), ("own", "Q"))
    group.type(REQUISITION, "Q2", "A", "external")
    group.run()
    assert group.sale("B", "A") == ("own", "Q2")
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert group.sale("B", "A") == ("R2", "Q2")


def test_si06_with_the_sales_side_alone_a_change_stops_at_the_purchase_order(chain: Make) -> None:
    group = chain(S=True)
    group.type(SALE, "R2", "B", "KA")
    group.run()
    assert (group.purchase("A", "B"), group.sale("A")) == (("R2", ""), ("R", "Q"))


@pytest.mark.parametrize("drains", [1, 2], ids=["in one drain", "a drain between"])
@pytest.mark.parametrize("last", ["A", "B"])
def test_si07_with_both_sides_on_the_last_writer_wins_and_nothing_echoes(chain: Make, last: str, drains: int) -> None:
    group = chain(**ON, S=True)
    edits = [("R1", "B", "KA"), ("R2", "A", "external")]
    for edit in edits if last == "A" else reversed(edits):
        group.type(SALE, *edit)
        if drains == 2:
            group.run()
    group.run()
    won = ("R2" if last == "A" else "R1", "Q")
    assert (group.sale("A"), group.purchase("A", "B"), group.sale("B", "A")) == (won, won, won)
    assert group.waits() == 0


def test_si07_the_value_that_lost_is_kept(chain: Make) -> None:
    group = chain(**ON, S=True)
    group.type(SALE, "R1", "B", "KA")
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert group.db.execute(
        "select mapping_name, left_value, right_value, resolution from sync.conflict"
    ).fetchall() == [("PURCHASE-SALES", "R2", "R1", "left")]


def test_si08_with_the_second_leg_off_the_sales_order_stays(chain: Make) -> None:
    group = chain(P1=True)
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R2", "Q"), ("", ""))


def test_si09_each_vendor_has_its_own_toggles(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.relate("A", "D", **OFF)
    group.order("A", "original", ("R", "Q"), "B", "D")
    group.run()
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R2", "Q"), ("R2", "Q"))
    assert (group.purchase("A", "D"), group.sale("D", "A")) == (("", ""), ("", ""))


def test_a_change_that_comes_from_one_vendor_reaches_the_others(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.relate("A", "D", **ON)
    group.order("A", "original", ("R", "Q"), "B", "D")
    group.run()
    group.type(PURCHASE, "R2", "A", "VB")
    group.run()
    found = [group.sale("A"), group.purchase("A", "D"), group.sale("D", "A"), group.sale("B", "A")]
    assert found == [("R2", "Q")] * 4


def test_si10_a_value_runs_to_the_end_of_a_chain_of_three_companies(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.relate("B", "C", **ON)
    group.order("A", "original", ("R", "Q"), "B")
    group.run()
    row = group.db.execute("select sales_id from ic.sales_order where company_id = 'B'").fetchone()
    assert row is not None
    group.lines("B", row[0], "C")
    group.run()
    assert group.sale("C", "B") == ("R", "Q")
    group.type(SALE, "R2", "A", "external")
    group.run()
    found = [group.purchase("A", "B"), group.sale("B", "A"), group.purchase("B", "C"), group.sale("C", "B")]
    assert found == [("R2", "Q")] * 4
    assert group.waits() == 0


def test_si11_two_legs_that_began_with_a_purchase_order(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.db.execute("insert into ic.purchase_order (company_id, order_account, vendor_ref) values ('A', 'VB', 'R')")
    group.run()
    assert group.sale("B", "A") == ("R", "")
    group.type(PURCHASE, "R2", "A", "VB")
    group.run()
    assert group.sale("B", "A") == ("R2", "")


def test_two_legs_that_began_with_a_sales_order(group: Group) -> None:
    group.relate("A", "B", S=True)
    group.order("B", "first", ("R", "Q"), customer="KA")
    group.run()
    assert group.purchase("A", "B") == ("R", "Q")
    row = group.db.execute("select ic_sales_id, ic_origin from ic.purchase_order").fetchone()
    assert row == ("first", 1)


def test_si12_an_inactive_relation_copies_nothing(chain: Make) -> None:
    group = chain(**ON, S=True)
    group.db.execute("update ic.trading_relation set active = false")
    group.type(SALE, "R2", "A", "external")
    group.type(PURCHASE, "R3", "A", "VB")
    group.type(SALE, "R4", "B", "KA")
    group.run()
    assert (group.sale("A"), group.purchase("A", "B"), group.sale("B", "A")) == (("R2", "Q"), ("R3", "Q"), ("R4", "Q"))


def test_si13_a_toggle_set_later_copies_what_is_edited_from_then_on(chain: Make) -> None:
    group = chain(**OFF)
    group.toggle("A", "B", **ON)
    group.run()
    assert group.purchase("A", "B") == ("", "")
    group.type(REQUISITION, "Q2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("", "Q2"), ("", "Q2"))


def test_a_chain_can_be_asked_to_send_all_it_has(chain: Make) -> None:
    group = chain(**OFF)
    group.toggle("A", "B", **ON)
    group.db.execute("select sync.request_sync('ORDER-PURCHASE', 'left', chain_id::text) from ic.order_chain")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R", "Q"), ("R", "Q"))


def test_si14_an_invoiced_sales_order_is_not_written_and_the_refusal_is_on_record(chain: Make) -> None:
    group = chain(**ON)
    group.type("update ic.sales_order set status = 3 where company_id = $1 and cust_account = $2", "B", "KA")
    group.type(SALE, "R2", "A", "external")
    group.run(code=1)
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R2", "Q"), ("R", "Q"))
    (told,) = group.pysync("problems", "--json").data["problems"]
    assert told["mapping_name"] == "PURCHASE-SALES"
    assert "of B is invoiced: its customer information cannot change" in told["message"]


COMBINATIONS: list[tuple[dict[str, bool], str, tuple[str, str, str]]] = [
    ({}, "original", ("new", "", "")),
    ({}, "purchase", ("R", "new", "")),
    ({}, "sales", ("R", "", "new")),
    (ON, "original", ("new", "new", "new")),
    (ON, "purchase", ("new", "new", "new")),
    (ON, "sales", ("R", "R", "new")),
    ({"S": True}, "original", ("new", "", "")),
    ({"S": True}, "purchase", ("R", "new", "")),
    ({"S": True}, "sales", ("R", "new", "new")),
    ({**ON, "S": True}, "original", ("new", "new", "new")),
    ({**ON, "S": True}, "purchase", ("new", "new", "new")),
    ({**ON, "S": True}, "sales", ("new", "new", "new")),
    ({"P1": True}, "original", ("new", "new", "")),
    ({"P1": True}, "purchase", ("new", "new", "")),
    ({"P1": True}, "sales", ("R", "R", "new")),
    ({"P2": True}, "original", ("new", "", "")),
    ({"P2": True}, "purchase", ("R", "new", "new")),
    ({"P2": True}, "sales", ("R", "", "new")),
    ({"P1": True, "S": True}, "sales", ("new", "new", "new")),
    ({"P2": True, "S": True}, "sales", ("R", "new", "new")),
]


def test_every_combination_of_toggles(group: Group) -> None:
    """Customer references of original, purchase and sales order after an edit of one of them."""
    pairs = [(f"A{n}", f"B{n}") for n in range(len(COMBINATIONS))]
    for (buyer, seller), (toggles, _, _) in zip(pairs, COMBINATIONS, strict=True):
        group.db.execute("insert into ic.company (company_id) values ($1), ($2)", (buyer, seller))
        group.relate(buyer, seller, **toggles)
        group.order(buyer, "original", ("R", "Q"), seller)
    group.run()
    for (buyer, seller), (_, place, _) in zip(pairs, COMBINATIONS, strict=True):
        if place == "original":
            group.type(SALE, "new", buyer, "external")
        elif place == "purchase":
            group.type(PURCHASE, "new", buyer, f"V{seller}")
        else:
            group.type(SALE, "new", seller, f"K{buyer}")
    group.run()
    for (buyer, seller), (toggles, place, expected) in zip(pairs, COMBINATIONS, strict=True):
        found = [group.sale(buyer), group.purchase(buyer, seller), group.sale(seller, buyer)]
        assert tuple(info[0] for info in found if info) == expected, (toggles, place)
    assert group.waits() == 0


def test_an_order_may_say_itself_what_its_policy_does_not(chain: Make) -> None:
    group = chain(**OFF)
    group.type("update ic.purchase_order set customer_info = true where company_id = $1", "A")
    group.type(SALE, "R2", "A", "external")
    group.run()
    assert (group.purchase("A", "B"), group.sale("B", "A")) == (("R2", ""), ("R2", ""))


def test_a_new_relation_has_the_recommended_set_up(group: Group) -> None:
    group.db.execute(
        "insert into ic.trading_relation (buying_company_id, vendor_account, selling_company_id, customer_account)"
        " values ('A', 'VB', 'B', 'KA')"
    )
    rows = group.db.execute("select leg, customer_info from ic.sync_policy order by 1").fetchall()
    assert rows == [("IC_PO__IC_SO", True), ("IC_SO__IC_PO", False), ("ORIG_SO__IC_PO", True)]


def test_every_order_carries_the_numbers_of_the_others(chain: Make) -> None:
    group = chain(**ON)
    row = group.db.execute(
        """
        select o.ic_original_sales_id, o.ic_original_cust_account, s.ic_original_sales_id, o.ic_sales_id = s.sales_id,
               s.ic_purch_id = o.purch_id, c.ic_purch_id = o.purch_id, o.ic_origin, s.ic_origin, s.cust_account
          from ic.purchase_order o, ic.sales_order s, ic.order_chain c
         where s.company_id = 'B'
        """
    ).fetchone()
    assert row == ("original", "external", "original", True, True, True, 1, 1, "KA")


def test_an_ordinary_purchase_order_takes_no_part(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.db.execute("insert into ic.purchase_order (company_id, order_account, vendor_ref) values ('A', 'other', 'R')")
    group.run()
    assert group.db.execute("select count(*) from ic.sales_order").fetchone() == (0,)


def test_the_ready_made_toggles_work_once_they_are_switched_on(group: Group) -> None:
    group.relate("A", "B", **ON)
    group.db.execute("update sync.table_mapping set is_enabled = true where mapping_name like '%-LINE'")
    group.db.execute("update sync.field_mapping set is_enabled = true where field_no = 30")
    group.db.execute("select sync.enable_capture()")
    group.db.execute("update ic.sync_policy set return_item_num = true")
    group.order("A", "original", ("R", "Q"), "B")
    group.run()
    lines = "select item_id, qty from ic.{} l join ic.{} o on o.rec_id = l.order_rec_id where o.company_id = $1"
    for table, company in (("purchase", "A"), ("sales", "B")):
        query = psycopg.sql.SQL(lines).format(
            psycopg.sql.Identifier(f"{table}_line"), psycopg.sql.Identifier(f"{table}_order")
        )
        assert group.db.execute(query, (company,)).fetchall() == [("item", 1)]
    group.type("update ic.sales_order set return_item_num = $1 where company_id = 'A'", "RMA1")
    group.type("update ic.purchase_line set purch_price = $1", 12)
    group.run()
    row = group.db.execute(
        "select o.return_item_num, s.return_item_num, l.sales_price from ic.purchase_order o, ic.sales_order s"
        " join ic.sales_line l on l.order_rec_id = s.rec_id where s.company_id = 'B'"
    ).fetchone()
    assert row == ("RMA1", "RMA1", 12)


def test_check_finds_nothing_to_say(group: Group) -> None:
    answer = group.pysync("check", "--json")
    assert (answer.code, answer.data["faults"]) == (0, [])


def test_the_sample_data_makes_a_chain(db: Database, pysync: Pysync) -> None:
    assert pysync("pack", "install", "intercompany").code == 0
    db.execute("select sync.request_full_sync()")
    assert pysync("run").code == 0
    rows = db.execute("select company_id, customer_ref, customer_requisition from ic.sales_order order by 1").fetchall()
    assert rows == [("DEMF", "Contoso Retail San Diego", "PO-7731"), ("USMF", "Contoso Retail San Diego", "PO-7731")]
