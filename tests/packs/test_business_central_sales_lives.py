"""Each mapping of the Business Central and Sales pack through the whole life of a record, from both sides."""

# ruff: noqa: S608, ISC004 - keys come from the test itself; one statement may take several lines.
from __future__ import annotations

import pytest

from tests.packs.conftest import Ask, Sync
from tests.packs.sales import dsn
from tests.packs.walk import Life, Walker

__all__ = ["dsn"]

ACCOUNT = "aaaaaaaa-0000-4000-8000-000000000001"
CONTACT = "aaaaaaaa-0000-4000-8000-000000000002"
PRODUCT = "aaaaaaaa-0000-4000-8000-000000000003"
USER = "aaaaaaaa-0000-4000-8000-000000000004"
HARBOUR = "acc00000-0000-4000-8000-000000000010"
PIECES = "00a00000-0000-4000-8000-000000000001"

LIVES = (
    Life(
        mapping="SALESPEOPLE",
        side="right",
        key=USER,
        make=(f"insert into crm.systemuser (systemuserid, firstname, lastname) values ('{USER}', 'Wim', 'Walker')",),
        edit=f"update crm.systemuser set mobilephone = $1 where systemuserid = '{USER}'",
        read="select phone_no from bc.salesperson_purchaser where code = $1",
        leave=f"update crm.systemuser set isdisabled = true where systemuserid = '{USER}'",
        enter=f"update crm.systemuser set isdisabled = false where systemuserid = '{USER}'",
        drop=f"delete from crm.systemuser where systemuserid = '{USER}'",
        drop_partner="delete from bc.salesperson_purchaser where code = $1",
    ),
    Life(
        mapping="CURRENCY",
        side="left",
        key="SEK",
        make=(
            "insert into bc.currency (code, iso_code) values ('SEK', 'SEK')",
            "insert into bc.currency_exchange_rate values ('SEK', '2019-01-01', 100, '', 8)",
        ),
        edit="update bc.currency set description = $1 where code = 'SEK'",
        read="select currencyname from crm.transactioncurrency where transactioncurrencyid = $1::uuid",
        leave="update bc.currency set iso_code = 'XXX' where code = 'SEK'",
        enter="update bc.currency set iso_code = '' where code = 'SEK'",
        drop="delete from bc.currency where code = 'SEK'",
        drop_partner="delete from crm.transactioncurrency where transactioncurrencyid = $1::uuid",
    ),
    Life(
        mapping="UNIT OF MEASURE",
        side="left",
        key="CASE",
        make=("insert into bc.unit_of_measure (code, description) values ('CASE', 'Walked')",),
        read="select name from crm.uomschedule where uomscheduleid = $1::uuid",
        drop="delete from bc.unit_of_measure where code = 'CASE'",
        drop_partner="delete from crm.uomschedule where uomscheduleid = $1::uuid",
    ),
    Life(
        mapping="CUSTOMER",
        side="left",
        key="W1",
        make=("insert into bc.customer (no, name) values ('W1', 'Walker & Sons')",),
        edit="update bc.customer set phone_no = $1 where no = 'W1'",
        read="select telephone1 from crm.account where accountid = $1::uuid",
        edit_partner="update crm.account set telephone1 = $1 where accountid = $2::uuid",
        read_back="select phone_no from bc.customer where no = 'W1'",
        leave="update bc.customer set blocked = 3 where no = 'W1'",
        enter="update bc.customer set blocked = 0 where no = 'W1'",
        drop="delete from bc.customer where no = 'W1'",
        drop_partner="delete from crm.account where accountid = $1::uuid",
    ),
    Life(
        mapping="CUSTOMER",
        side="right",
        key=ACCOUNT,
        make=(f"insert into crm.account (accountid, name, customertypecode) values ('{ACCOUNT}', 'Walker', 3)",),
        edit=f"update crm.account set telephone1 = $1 where accountid = '{ACCOUNT}'",
        read="select phone_no from bc.customer where no = $1",
        edit_partner="update bc.customer set phone_no = $1 where no = $2",
        read_back=f"select telephone1 from crm.account where accountid = '{ACCOUNT}'",
        leave=f"update crm.account set customertypecode = 8 where accountid = '{ACCOUNT}'",
        enter=f"update crm.account set customertypecode = 3 where accountid = '{ACCOUNT}'",
        drop=f"delete from crm.account where accountid = '{ACCOUNT}'",
        drop_partner="delete from bc.customer where no = $1",
    ),
    Life(
        mapping="CONTACT",
        side="left",
        key="W1",
        make=(
            "insert into bc.contact (no, type, first_name, surname, customer_no)"
            " values ('W1', 1, 'Wim', 'Walker', 'C00010')",
        ),
        edit="update bc.contact set pager = $1 where no = 'W1'",
        read="select pager from crm.contact where contactid = $1::uuid",
        edit_partner="update crm.contact set pager = $1 where contactid = $2::uuid",
        read_back="select pager from bc.contact where no = 'W1'",
        leave="update bc.contact set company_no = '' where no = 'W1'",
        enter="update bc.contact set customer_no = 'C00010' where no = 'W1'",
        drop="delete from bc.contact where no = 'W1'",
        drop_partner="delete from crm.contact where contactid = $1::uuid",
    ),
    Life(
        mapping="CONTACT",
        side="right",
        key=CONTACT,
        make=(
            "insert into crm.contact (contactid, lastname, parentcustomerid, parentcustomeridtype)"
            f" values ('{CONTACT}', 'Walker', '{HARBOUR}', 'account')",
        ),
        edit=f"update crm.contact set pager = $1 where contactid = '{CONTACT}'",
        read="select pager from bc.contact where no = $1",
        edit_partner="update bc.contact set pager = $1 where no = $2",
        read_back=f"select pager from crm.contact where contactid = '{CONTACT}'",
        leave=f"update crm.contact set parentcustomerid = null where contactid = '{CONTACT}'",
        enter=f"update crm.contact set parentcustomerid = '{HARBOUR}' where contactid = '{CONTACT}'",
        drop=f"delete from crm.contact where contactid = '{CONTACT}'",
        drop_partner="delete from bc.contact where no = $1",
    ),
    Life(
        mapping="ITEM-PRODUCT",
        side="left",
        key="W1",
        make=("insert into bc.item (no, description, base_unit_of_measure) values ('W1', 'Walking stick', 'PCS')",),
        edit="update bc.item set description = $1 where no = 'W1'",
        read="select name from crm.product where productid = $1::uuid",
        edit_partner="update crm.product set name = $1 where productid = $2::uuid",
        read_back="select description from bc.item where no = 'W1'",
        drop="delete from bc.item where no = 'W1'",
        drop_partner="delete from crm.product where productid = $1::uuid",
    ),
    Life(
        mapping="ITEM-PRODUCT",
        side="right",
        key=PRODUCT,
        make=(
            "insert into crm.product (productid, productnumber, name, defaultuomscheduleid)"
            f" values ('{PRODUCT}', 'W1', 'Walking stick', '{PIECES}')",
        ),
        edit=f"update crm.product set name = $1 where productid = '{PRODUCT}'",
        read="select description from bc.item where no = $1",
        edit_partner="update bc.item set description = $1 where no = $2",
        read_back=f"select name from crm.product where productid = '{PRODUCT}'",
        leave=f"update crm.product set producttypecode = 2 where productid = '{PRODUCT}'",
        enter=f"update crm.product set producttypecode = 1 where productid = '{PRODUCT}'",
        drop=f"delete from crm.product where productid = '{PRODUCT}'",
        drop_partner="delete from bc.item where no = $1",
    ),
    Life(
        mapping="RESOURCE-PRODUCT",
        side="left",
        key="W1",
        make=("insert into bc.resource (no, name, base_unit_of_measure) values ('W1', 'Walking tour', 'HOUR')",),
        edit="update bc.resource set name = $1 where no = 'W1'",
        read="select name from crm.product where productid = $1::uuid",
        edit_partner="update crm.product set name = $1 where productid = $2::uuid",
        read_back="select name from bc.resource where no = 'W1'",
        drop="delete from bc.resource where no = 'W1'",
        drop_partner="delete from crm.product where productid = $1::uuid",
    ),
    Life(
        mapping="RESOURCE-PRODUCT",
        side="right",
        key=PRODUCT,
        make=(
            "insert into crm.product (productid, productnumber, name, producttypecode, defaultuomscheduleid)"
            f" values ('{PRODUCT}', 'W1', 'Walking tour', 3, '{PIECES}')",
        ),
        edit=f"update crm.product set name = $1 where productid = '{PRODUCT}'",
        read="select name from bc.resource where no = $1",
        edit_partner="update bc.resource set name = $1 where no = $2",
        read_back=f"select name from crm.product where productid = '{PRODUCT}'",
        leave=f"update crm.product set producttypecode = 4 where productid = '{PRODUCT}'",
        enter=f"update crm.product set producttypecode = 3 where productid = '{PRODUCT}'",
        drop=f"delete from crm.product where productid = '{PRODUCT}'",
        drop_partner="delete from bc.resource where no = $1",
    ),
    Life(
        mapping="CUSTPRCGRP-PRICE",
        side="left",
        key="WALK",
        make=("insert into bc.customer_price_group (code, description) values ('WALK', 'Walked')",),
        read="select name from crm.pricelevel where pricelevelid = $1::uuid",
        drop="delete from bc.customer_price_group where code = 'WALK'",
        drop_partner="delete from crm.pricelevel where pricelevelid = $1::uuid",
    ),
    Life(
        mapping="SALESPRC-PRODPRICE",
        side="left",
        key='["1", "WHOLESALE", "1030", "PCS"]',
        make=(
            "insert into bc.sales_price (item_no, sales_type, sales_code, unit_price)"
            " values ('1030', 1, 'WHOLESALE', 55)",
        ),
        edit="update bc.sales_price set unit_price = $1::numeric where item_no = '1030' and sales_code = 'WHOLESALE'",
        read="select amount::text from crm.productpricelevel where productpricelevelid = $1::uuid",
        drop="delete from bc.sales_price where item_no = '1030' and sales_code = 'WHOLESALE'",
        drop_partner="delete from crm.productpricelevel where productpricelevelid = $1::uuid",
        needs_coupling=False,
        values=("51.00", "52", "53", "54", "55", "56"),
    ),
)


@pytest.mark.parametrize("life", LIVES, ids=str)
def test_a_record_lives_from_the_first_insert_to_the_last_delete(life: Life, ask: Ask, pass_and_rest: Sync) -> None:
    Walker(life, ask, pass_and_rest).walk()
