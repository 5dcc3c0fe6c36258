-- Sample data around items: some products are in step, some records break a rule of the synchronisation and show, once
-- they are asked for, what that looks like.

-- Business Central -------------------------------------------------------------------------------------------------
insert into bc.unit_of_measure (code, description, international_standard_code, symbol) values
    ('SET', 'Set', 'SET', 'set'), ('KG', 'Kilogram', 'KGM', 'kg'), ('PALLET', 'Pallet', 'PF', 'plt');
insert into bc.item (no, description, type, base_unit_of_measure, unit_price, unit_cost, vendor_no, blocked) values
    ('1050', 'Pen and ink set', 0, 'SET', 12.75, 5.1, 'V00010', false),   -- its unit group in Sales has two units
    ('1060', 'Filing cabinet, discontinued', 0, 'PCS', 210, 133, '', true),
    ('1070', 'Sealing wax', 0, 'KG', 18.2, 9.4, 'V00099', false),         -- its unit group is inactive; an unknown vendor
    ('1080', 'Sundries', 2, '', 1, 0, '', false);                         -- no base unit
insert into bc.item_ledger_entry (entry_no, item_no, quantity, posting_date) values
    (7, '1060', 3, '2018-11-12'), (8, '1050', -2, '2019-02-01');          -- one below zero
insert into bc.customer_price_group (code, description) values
    ('EXPORT', 'Export, in euro'), ('MIXED', 'One price too many');
insert into bc.sales_price (item_no, sales_type, sales_code, starting_date, currency_code, unit_of_measure_code,
    minimum_quantity, unit_price, ending_date) values
    ('1020', 1, 'WHOLESALE', '2019-06-01', '', 'PCS', 0, 159, null),      -- shares the line of the price before it
    ('1040', 1, 'WHOLESALE', '0001-01-01', '', '', 10, 19.9, null),       -- without a unit: the item's base unit
    ('1010', 1, 'EXPORT', '2019-01-01', 'EUR', 'PCS', 0, 465, null),
    ('1030', 1, 'EXPORT', '2019-01-01', 'EUR', 'PCS', 0, 70.5, null),
    ('1010', 1, 'MIXED', '2019-01-01', '', 'PCS', 0, 400, null),
    ('1020', 1, 'MIXED', '2019-01-01', 'EUR', 'PCS', 0, 200, null),       -- in another currency than the first
    ('1020', 2, '', '2019-01-01', '', 'PCS', 5, 185, '2019-12-31');       -- all customers: does not travel

-- Sales ------------------------------------------------------------------------------------------------------------
-- Entered by a person in Sales, whom the integration solution does not keep from making mistakes.
select set_config('crm.user', '5a100000-0000-4000-8000-000000000001', true);
insert into crm.uomschedule (uomscheduleid, name, baseuomname) values
    ('00a00000-0000-4000-8000-000000000001', 'NAV PCS', 'PCS'),
    ('00a00000-0000-4000-8000-000000000002', 'NAV BOX', 'BOX'),
    ('00a00000-0000-4000-8000-000000000003', 'NAV HOUR', 'HOUR'),
    ('00a00000-0000-4000-8000-000000000004', 'NAV SET', 'SET'),
    ('00a00000-0000-4000-8000-000000000005', 'NAV KG', 'KG'),
    ('00a00000-0000-4000-8000-000000000009', 'Consulting', 'Day');
insert into crm.uom (uomscheduleid, name, quantity) values ('00a00000-0000-4000-8000-000000000004', 'Dozen', 12);
update crm.uomschedule set statecode = 1 where name = 'NAV KG';
insert into sync.coupling (mapping_name, left_key, right_key)
select 'UNIT OF MEASURE', baseuomname, uomscheduleid::text from crm.uomschedule where name like 'NAV %';

insert into crm.pricelevel (pricelevelid, name, transactioncurrencyid, nav_isdefault)
select 'b1000000-0000-4000-8000-000000000001', d.name, c.right_key::uuid, d.is_default
from bc.default_price_list d join sync.coupling c on c.mapping_name = 'CURRENCY' and c.left_key = d.currency_code;
insert into sync.coupling (mapping_name, left_key, right_key)
select 'DEFAULT PRICE LIST', d.currency_code, l.pricelevelid::text
from bc.default_price_list d join crm.pricelevel l on l.name = d.name;

-- In step: four items and a resource. 1040 only matches its product, the others are not in Sales.
insert into crm.product (productid, productnumber, name, producttypecode, defaultuomscheduleid, price, standardcost,
    currentcost, stockvolume, stockweight, quantityonhand, vendorid, vendorname, vendorpartnumber, statecode)
select ('b2000000-0000-4000-8000-00000000' || i.no)::uuid, i.no, i.description, 1, u.right_key::uuid, i.unit_price,
    i.unit_cost, i.unit_cost, i.unit_volume, i.gross_weight, i.inventory, nullif(i.vendor_no, ''),
    nullif(i.vendor_name, ''), nullif(i.vendor_item_no, ''), case when i.blocked then 1 else 0 end
from bc.item i join sync.coupling u on u.mapping_name = 'UNIT OF MEASURE' and u.left_key = i.base_unit_of_measure
where i.no in ('1010', '1020', '1030', '1040', '1060');
insert into crm.product (productid, productnumber, name, producttypecode, defaultuomscheduleid, price, standardcost,
    currentcost, quantityonhand, statecode)
select 'b2000000-0000-4000-8000-000000000010', r.no, r.name, 3, u.right_key::uuid, r.unit_price, r.unit_cost,
    r.unit_cost, r.capacity, 0
from bc.resource r join sync.coupling u on u.mapping_name = 'UNIT OF MEASURE' and u.left_key = r.base_unit_of_measure
where r.no = 'R10';
insert into sync.coupling (mapping_name, left_key, right_key)
select case p.producttypecode when 1 then 'ITEM-PRODUCT' else 'RESOURCE-PRODUCT' end, p.productnumber, p.productid::text
from crm.product p where p.productnumber <> '1040';

insert into crm.pricelevel (pricelevelid, name, description, transactioncurrencyid, nav_pricecurrencies)
select 'b1000000-0000-4000-8000-000000000002', g.code, g.description, c.right_key::uuid, g.price_currency_codes
from bc.customer_price_group g
join sync.coupling c on c.mapping_name = 'CURRENCY' and c.left_key = g.transaction_currency_code
where g.code = 'WHOLESALE';
insert into sync.coupling (mapping_name, left_key, right_key)
values ('CUSTPRCGRP-PRICE', 'WHOLESALE', 'b1000000-0000-4000-8000-000000000002');
insert into crm.productpricelevel (productpricelevelid, pricelevelid, productid, uomscheduleid, amount)
select ('b3000000-0000-4000-8000-00000000' || l.item_no)::uuid, 'b1000000-0000-4000-8000-000000000002',
    p.right_key::uuid, u.right_key::uuid, l.unit_price
from bc.price_list_line l
join sync.coupling p on p.mapping_name = 'ITEM-PRODUCT' and p.left_key = l.item_no
join sync.coupling u on u.mapping_name = 'UNIT OF MEASURE' and u.left_key = l.unit_code
where l.sales_type = 1 and l.sales_code = 'WHOLESALE';
insert into sync.coupling (mapping_name, left_key, right_key)
select 'SALESPRC-PRODPRICE', jsonb_build_array('1', 'WHOLESALE', l.productnumber, 'PCS')::text,
    l.productpricelevelid::text
from crm.productpricelevel l where l.pricelevelid = 'b1000000-0000-4000-8000-000000000002';

-- Products that Business Central does not know: a draft, a service, and one of a kind that never travels.
insert into crm.product (productid, productnumber, name, producttypecode, defaultuomscheduleid, price)
values ('b2000000-0000-4000-8000-000000000201', 'X-LAMP', 'Floor lamp (draft)', 1,
        '00a00000-0000-4000-8000-000000000001', 120),
       ('b2000000-0000-4000-8000-000000000202', 'X-AUDIT', 'Light audit', 3,
        '00a00000-0000-4000-8000-000000000003', 300),
       ('b2000000-0000-4000-8000-000000000203', 'X-FEE', 'Handling fee', 4,
        '00a00000-0000-4000-8000-000000000003', 5);
select set_config('crm.user', '', true);
