"""Units, items and resources of the Business Central and Sales pack: every rule and special case by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.packs.conftest import Ask, One, Person, Problems, Sync
from tests.packs.sales import DEFAULT_LIST, creating, default_line, dsn, message, product

__all__ = ["creating", "dsn"]

PIECES = "00a00000-0000-4000-8000-000000000001"
DESK = "b2000000-0000-4000-8000-000000001010"
LAMP_DRAFT = "b2000000-0000-4000-8000-000000000201"
PLANNING = "b2000000-0000-4000-8000-000000000010"


# Units of measure


@pytest.mark.usefixtures("creating")
def test_a_new_unit_becomes_a_unit_group_with_one_base_unit(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into bc.unit_of_measure (code, description) values ('CASE', 'Case')")
    pass_and_rest()
    assert ask(
        "select g.name, g.baseuomname, u.name, u.quantity, u.isschedulebaseuom"
        " from crm.uomschedule g join crm.uom u using (uomscheduleid) where g.name like '%CASE'"
    ) == [("NAV CASE", "CASE", "CASE", 1, True)]


def test_a_renamed_unit_renames_group_and_unit_but_not_the_base_unit_name(ask: Ask, pass_and_rest: Sync) -> None:
    ask("update bc.unit_of_measure set code = 'CARTON' where code = 'BOX'")
    pass_and_rest()
    assert ask(
        "select g.name, u.name, g.baseuomname from crm.uomschedule g join crm.uom u using (uomscheduleid)"
        " where g.baseuomname = 'BOX'"
    ) == [("NAV CARTON", "CARTON", "BOX")]


def test_what_sales_calls_a_unit_group_does_not_come_back(ask: Ask, one: One, in_sales: Person, sync: Sync) -> None:
    in_sales("update crm.uomschedule set name = 'Pieces' where uomscheduleid = $1::uuid", PIECES)
    sync()
    assert one("select count(*) from bc.unit_of_measure where code = 'PCS'") == 1


BROKEN_GROUPS = [
    (
        "insert into crm.uom (uomscheduleid, name, quantity) values ('{}', 'Dozen', 12)",
        "unit group NAV PCS has 2 units: it must have one, PCS",
    ),
    ("update crm.uom set name = 'Piece' where uomscheduleid = '{}'", "unit group NAV PCS is called Piece"),
    ("update crm.uom set isschedulebaseuom = false where uomscheduleid = '{}'", "is not the base unit"),
    ("update crm.uom set quantity = 5 where uomscheduleid = '{}'", "has the quantity 5: it must be 1"),
    ("update crm.uomschedule set statecode = 1 where uomscheduleid = '{}'", "unit group NAV PCS is not active"),
    ("update crm.uomschedule set name = 'Pieces' where uomscheduleid = '{}'", "does not belong to Business Central"),
    ("insert into crm.uomschedule (name, baseuomname) values ('NAV PCS', 'x')", "more than one unit group NAV PCS"),
]


@pytest.mark.parametrize(("damage", "told"), BROKEN_GROUPS, ids=[told for _, told in BROKEN_GROUPS])
def test_rule_7_an_item_of_a_unit_group_that_is_not_one_sound_unit_is_refused_until_it_is_mended(
    ask: Ask, in_sales: Person, sync: Sync, problems: Problems, damage: str, told: str
) -> None:
    in_sales(damage.format(PIECES))
    ask("update bc.item set unit_price = 421 where no = '1010'")
    sync()
    assert told in message(problems, "ITEM-PRODUCT", "1010")
    assert product(ask, "price") == (420,)
    for mended in (
        "delete from crm.uomschedule where name = 'NAV PCS' and uomscheduleid <> $1::uuid",
        "delete from crm.uom where name = 'Dozen' and uomscheduleid = $1::uuid",
        "update crm.uom set name = 'PCS', quantity = 1, isschedulebaseuom = true where uomscheduleid = $1::uuid",
        "update crm.uomschedule set name = 'NAV PCS', statecode = 0 where uomscheduleid = $1::uuid",
    ):
        in_sales(mended, PIECES)
    ask("select sync.retry('ITEM-PRODUCT')")
    sync()
    assert problems() == []
    assert product(ask, "price") == (421,)


def test_rule_7_a_person_in_sales_may_work_with_such_a_group(ask: Ask, in_sales: Person, pass_and_rest: Sync) -> None:
    in_sales("insert into crm.uom (uomscheduleid, name, quantity) values ($1::uuid, 'Dozen', 12)", PIECES)
    in_sales("update crm.product set name = 'Writing desk' where productid = $1::uuid", DESK)
    pass_and_rest()
    assert ask("select description from bc.item where no = '1010'") == [("Writing desk",)]


def test_rule_7_a_unit_group_with_two_units_refuses_the_new_name_of_its_unit(
    ask: Ask, sync: Sync, problems: Problems
) -> None:
    ask("update bc.unit_of_measure set code = 'KIT' where code = 'SET'")
    sync()
    assert "unit group NAV KIT has 2 units" in message(problems, "UNIT OF MEASURE", "KIT")


# Items


@pytest.mark.usefixtures("creating")
def test_a_new_item_becomes_a_product_with_everything_it_needs(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask(
        "insert into bc.item (no, description, base_unit_of_measure, unit_price, unit_cost, unit_volume, gross_weight,"
        " vendor_no, vendor_item_no) values ('2010', 'Shelf', 'PCS', 99.95, 40.125, 0.4, 21, 'V00020', 'S/1')"
    )
    ask("insert into bc.item_ledger_entry (entry_no, item_no, quantity) values (100, '2010', 7)")
    pass_and_rest()
    assert product(
        ask,
        "name, price, standardcost, currentcost, stockvolume, stockweight, vendorid, vendorname, vendorpartnumber,"
        " quantityonhand, producttypecode, statecode, statuscode, quantitydecimal",
        "2010",
    ) == (
        "Shelf", Decimal("99.95"), Decimal("40.125"), Decimal("40.125"), Decimal("0.4"), 21, "V00020",
        "Lumen Lampen GmbH", "S/1", 7, 1, 0, 1, 2,
    )  # fmt: skip
    assert one(
        "select u.name || ' of ' || g.name || ' in ' || c.isocurrencycode || ' on ' || l.name from crm.product p"
        " join crm.uom u on u.uomid = p.defaultuomid join crm.uomschedule g on g.uomscheduleid = p.defaultuomscheduleid"
        " join crm.transactioncurrency c using (transactioncurrencyid)"
        " join crm.pricelevel l on l.pricelevelid = p.pricelevelid where p.productnumber = '2010'"
    ) == (f"PCS of NAV PCS in GBP on {DEFAULT_LIST}")
    assert default_line(ask, "2010") == [(Decimal("99.95"), "PCS")]


def test_only_name_unit_and_state_of_a_product_come_back(
    ask: Ask, one: One, in_sales: Person, pass_and_rest: Sync
) -> None:
    in_sales(
        "update crm.product set name = 'Desk', price = 1, standardcost = 2, vendorid = 'Z', quantityonhand = 9,"
        " defaultuomscheduleid = '00a00000-0000-4000-8000-000000000002' where productid = $1::uuid",
        DESK,
    )
    pass_and_rest()
    assert ask(
        "select description, base_unit_of_measure, unit_price, unit_cost, vendor_no, inventory, blocked"
        " from bc.item where no = '1010'"
    ) == [("Desk", "BOX", 420, Decimal("251.5"), "V00010", 10, False)]
    assert (
        one("select qty_per_unit_of_measure from bc.item_unit_of_measure where item_no = '1010' and code = 'BOX'") == 1
    )


def test_a_new_base_unit_moves_product_unit_and_default_price(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.item set base_unit_of_measure = 'BOX' where no = '1030'")
    pass_and_rest()
    assert (
        one("select u.name from crm.product p join crm.uom u on u.uomid = p.defaultuomid where productnumber = '1030'")
        == "BOX"
    )
    assert default_line(ask, "1030") == [(64, "BOX")]


def test_an_item_without_a_base_unit_is_refused(ask: Ask, sync: Sync, problems: Problems) -> None:
    ask("update bc.item set base_unit_of_measure = '' where no = '1010'")
    sync()
    assert "product 1010 has no unit group: fill in the base unit" in message(problems, "ITEM-PRODUCT", "1010")


def test_an_item_whose_unit_is_not_coupled_waits_for_it(ask: Ask, sync: Sync, problems: Problems) -> None:
    ask("update bc.item set base_unit_of_measure = 'PALLET' where no = '1010'")
    sync()
    assert message(problems, "ITEM-PRODUCT", "1010") == (
        "reference: base_unit_of_measure PALLET must be coupled in UNIT OF MEASURE"
    )
    ask("update sync.table_mapping set coupled_only = false where mapping_name = 'UNIT OF MEASURE'")
    ask("select sync.request_sync('UNIT OF MEASURE', 'left', 'PALLET')")
    sync()
    assert problems() == []
    assert default_line(ask) == [(420, "PALLET")]


def test_stock_below_zero_is_zero_in_sales(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into bc.item_ledger_entry (entry_no, item_no, quantity) values (100, '1010', -11)")
    pass_and_rest()
    assert product(ask, "quantityonhand") == (0,)
    ask("insert into bc.item_ledger_entry (entry_no, item_no, quantity) values (101, '1010', 3)")
    pass_and_rest()
    assert product(ask, "quantityonhand") == (2,)


def test_item_availability_follows_every_posting(ask: Ask, pass_and_rest: Sync) -> None:
    ask("insert into bc.item_ledger_entry (entry_no, item_no, quantity) values (100, '1010', -4), (101, '1020', 5)")
    assert pass_and_rest().counts[("ITEM-PRODUCT", "to_right")].modified == 2
    assert (product(ask, "quantityonhand"), product(ask, "quantityonhand", "1020")) == ((6,), (45,))


def test_the_vendor_is_text_and_its_name_is_looked_up(ask: Ask, pass_and_rest: Sync) -> None:
    ask("update bc.vendor set name = 'Oakline' where no = 'V00010'")
    ask("update bc.item set vendor_no = 'V00077' where no = '1030'")
    pass_and_rest()
    assert product(ask, "vendorid, vendorname") == ("V00010", "Oakline")
    assert product(ask, "vendorid, vendorname", "1030") == ("V00077", None)


def test_a_blocked_item_is_a_retired_product_and_back(ask: Ask, pass_and_rest: Sync) -> None:
    ask("update bc.item set blocked = true where no = '1010'")
    pass_and_rest()
    assert product(ask, "statecode, statuscode") == (1, 2)
    ask("update bc.item set blocked = false where no = '1010'")
    pass_and_rest()
    assert product(ask, "statecode, statuscode") == (0, 1)


@pytest.mark.parametrize(("state", "blocked"), [(1, True), (2, True), (3, True), (0, False)])
def test_a_product_that_is_not_active_blocks_its_item(
    ask: Ask, one: One, in_sales: Person, pass_and_rest: Sync, state: int, blocked: bool
) -> None:
    in_sales("update crm.product set statecode = 1 where productid = $1::uuid", DESK)
    pass_and_rest()
    in_sales("update crm.product set statecode = $1::integer where productid = $2::uuid", state, DESK)
    pass_and_rest()
    assert one("select blocked from bc.item where no = '1010'") is blocked
    assert product(ask, "statecode") == (state,)


@pytest.mark.usefixtures("creating")
def test_a_new_product_becomes_a_numbered_item(ask: Ask, in_sales: Person, pass_and_rest: Sync) -> None:
    in_sales("update crm.product set name = 'Floor lamp', statecode = 0 where productid = $1::uuid", LAMP_DRAFT)
    pass_and_rest()
    assert ask(
        "select i.no, i.base_unit_of_measure, i.blocked, i.unit_price, u.code, u.qty_per_unit_of_measure"
        " from bc.item i join bc.item_unit_of_measure u on u.item_no = i.no where i.description = 'Floor lamp'"
    ) == [("I01001", "PCS", False, 0, "PCS", 1)]


@pytest.mark.usefixtures("creating")
def test_what_is_blank_on_a_new_product_is_filled_from_its_item_and_what_was_typed_stays(
    ask: Ask, in_sales: Person, pass_and_rest: Sync
) -> None:
    in_sales(
        "insert into crm.product (productnumber, name, producttypecode, defaultuomscheduleid, price, statecode)"
        " values ('S-1', 'Stand', 1, $1::uuid, 99, 0)",
        PIECES,
    )
    pass_and_rest()
    assert product(ask, "price::text, standardcost::text, currentcost::text, stockvolume::text", "S-1") == (
        "99", "0", "0", "0",
    )  # fmt: skip


@pytest.mark.usefixtures("creating")
@pytest.mark.parametrize("kind", [2, 4])
def test_rule_10_products_of_other_types_stay_in_sales(
    ask: Ask, one: One, in_sales: Person, pass_and_rest: Sync, kind: int
) -> None:
    in_sales(
        "insert into crm.product (productnumber, name, producttypecode, defaultuomscheduleid)"
        " values ('X-9', 'Other', $1::integer, $2::uuid)",
        kind,
        PIECES,
    )
    pass_and_rest()
    assert one("select count(*) from bc.item where description = 'Other'") == 0
    assert one("select count(*) from bc.resource where name = 'Other'") == 0


# Resources


@pytest.mark.usefixtures("creating")
def test_rule_10_a_resource_is_a_service(ask: Ask, pass_and_rest: Sync) -> None:
    ask(
        "insert into bc.resource (no, name, base_unit_of_measure, unit_price, unit_cost, vendor_no)"
        " values ('R30', 'Installation', 'HOUR', 60, 25, 'V00020')"
    )
    ask("insert into bc.res_capacity_entry (entry_no, resource_no, capacity) values (100, 'R30', 40)")
    pass_and_rest()
    assert product(
        ask, "name, producttypecode, price, standardcost, currentcost, quantityonhand, vendorname, statecode", "R30"
    ) == ("Installation", 3, 60, 25, 25, 40, "Lumen Lampen GmbH", 0)
    assert default_line(ask, "R30") == [(60, "HOUR")]


def test_only_name_and_state_of_a_service_come_back(ask: Ask, in_sales: Person, pass_and_rest: Sync) -> None:
    in_sales(
        "update crm.product set name = 'Planning', statecode = 1, price = 1, defaultuomscheduleid = $1::uuid"
        " where productid = $2::uuid",
        PIECES,
        PLANNING,
    )
    pass_and_rest()
    assert ask("select name, blocked, unit_price, base_unit_of_measure from bc.resource where no = 'R10'") == [
        ("Planning", True, 85, "HOUR")
    ]


@pytest.mark.usefixtures("creating")
def test_a_new_service_becomes_a_numbered_resource(ask: Ask, in_sales: Person, pass_and_rest: Sync) -> None:
    in_sales("update crm.product set name = 'Light check', statecode = 0 where productnumber = 'X-AUDIT'")
    pass_and_rest()
    assert ask("select no, blocked from bc.resource where name = 'Light check'") == [("R01001", False)]


# What stands for write-in products


WRITE_IN = "update bc.sales_receivables_setup set write_in_product_type = $1::smallint, write_in_product_no = $2"


@pytest.mark.parametrize(("mapping", "kind", "no"), [("ITEM-PRODUCT", 0, "9010"), ("RESOURCE-PRODUCT", 1, "R20")])
def test_what_stands_for_write_in_products_stays_at_home_even_in_a_full_synchronisation(
    ask: Ask, one: One, sync: Sync, mapping: str, kind: int, no: str
) -> None:
    """Coupled, it would stop the next order with a write-in product."""
    ask(WRITE_IN, kind, no)
    sync()
    ask("select sync.request_full_sync($1)", mapping)
    sync()
    assert one("select count(*) from sync.coupling where mapping_name = $1 and left_key = $2", mapping, no) == 0
    assert one("select count(*) from crm.product where productnumber = $1", no) == 0


@pytest.mark.usefixtures("creating")
def test_what_stands_for_write_in_products_no_longer_travels_like_any_other(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    ask(WRITE_IN, 1, "R20")
    pass_and_rest()
    ask(WRITE_IN, 0, "2091")
    pass_and_rest()
    assert one("select p.name from crm.product p where p.productnumber = 'R20'") == "Assembly van"
    ask("insert into bc.item (no, description, type, base_unit_of_measure) values ('2091', 'Anything', 1, 'PCS')")
    pass_and_rest()
    assert one("select count(*) from crm.product where productnumber = '2091'") == 0
    assert ask("select no from bc.item where is_write_in union all select no from bc.resource where is_write_in") == [
        ("2091",)
    ]
