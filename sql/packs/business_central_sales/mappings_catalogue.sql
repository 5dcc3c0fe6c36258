-- Units, items, resources, price groups and prices. The documented facts are quoted as comments; where this pack
-- differs from the product, the comment says so.

insert into sync.table_mapping
    (mapping_name, left_table, right_table, left_key, direction, coupled_only, left_filter, right_filter,
     on_right_delete, description) values
    -- A unit group has one unit. Sales makes that unit itself, out of the group's base unit name.
    ('UNIT OF MEASURE', 'bc.unit_of_measure', 'crm.uomschedule', null, 'to_right', true, null, null,
     'fail', 'Unit of Measure to Unit Group'),
    -- Product type Sales Inventory (1). Blocked items travel, as retired products. The item that stands for write-in
    -- products stays at home, as in later releases: an order refuses one that is coupled.
    ('ITEM-PRODUCT', 'bc.item', 'crm.product', null, 'both', true, 'not is_write_in', 'producttypecode = 1',
     'fail', 'Item and Product'),
    -- Product type Services (3).
    ('RESOURCE-PRODUCT', 'bc.resource', 'crm.product', null, 'both', true, 'not is_write_in', 'producttypecode = 3',
     'fail', 'Resource and Product'),
    -- The price list that is made with the items. No mapping in the product, where code made the list: here it can be
    -- seen, is made anew when somebody deletes it, and is the only one of the pack that needs no coupling by hand.
    ('DEFAULT PRICE LIST', 'bc.default_price_list', 'crm.pricelevel', null, 'to_right', false, null, null,
     'restore', 'Default Price List of items and resources'),
    ('CUSTPRCGRP-PRICE', 'bc.customer_price_group', 'crm.pricelevel', null, 'to_right', true, null, null,
     'fail', 'Customer Price Group to Price List'),
    -- Sales type Customer Price Group (1), sales code not blank. Prices need no coupling: they go with their group.
    ('SALESPRC-PRODPRICE', 'bc.price_list_line', 'crm.productpricelevel',
     '{sales_type,sales_code,item_no,unit_code}', 'to_right', false, $$sales_type = 1 and sales_code <> ''$$, null,
     'fail', 'Sales Price to Price List Line');

insert into sync.capture_source (mapping_name, side, table_name, key_expression) values
    ('SALESPRC-PRODPRICE', 'left', 'bc.sales_price', 'sales_type, sales_code, item_no, unit_code');

insert into sync.mapping_dependency (mapping_name, depends_on) values
    ('ITEM-PRODUCT', 'UNIT OF MEASURE'),
    ('RESOURCE-PRODUCT', 'UNIT OF MEASURE'),
    ('DEFAULT PRICE LIST', 'CURRENCY'),
    ('ITEM-PRODUCT', 'DEFAULT PRICE LIST'),
    ('RESOURCE-PRODUCT', 'DEFAULT PRICE LIST'),
    ('CUSTPRCGRP-PRICE', 'CURRENCY'),
    ('SALESPRC-PRODPRICE', 'CUSTPRCGRP-PRICE'),
    ('SALESPRC-PRODPRICE', 'ITEM-PRODUCT');

-- UNIT OF MEASURE --------------------------------------------------------------------------------------------------
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, to_right, write_on, match_priority, description)
values
    ('UNIT OF MEASURE', 1, 'code', 'baseuomname', 'to_right', null, 'insert', null,
     'Base unit; Sales takes it when the group is made and never again'),
    ('UNIT OF MEASURE', 2, 'code', 'name', 'to_right', $$'NAV ' || code$$, 'always', 1,
     'Name: NAV and the code; finds the group when matching');

-- ITEM-PRODUCT and RESOURCE-PRODUCT --------------------------------------------------------------------------------
-- The name goes both ways, the unit of an item too. A retired product, or one that is still a draft, blocks its item; a
-- blocked item is a retired product. The product first made every new product active and retired it at the next run.
-- Currency, vendor name and type are the product's own additions; the default price list and its line are made by the
-- integration solution in Sales.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, to_left, reference,
     match_priority, description) values
    ('ITEM-PRODUCT', 1, 'no', 'productnumber', 'to_right', null, null, null, null, 1,
     'Number; finds the product when matching'),
    ('ITEM-PRODUCT', 2, 'description', 'name', 'both', null, null, null, null, null, 'Description'),
    ('ITEM-PRODUCT', 3, 'unit_price', 'price', 'to_right', null, 'greatest(unit_price, 0)', null, null, null,
     'Unit price; below zero is zero'),
    ('ITEM-PRODUCT', 4, 'unit_cost', 'standardcost', 'to_right', null, null, null, null, null, 'Standard cost'),
    ('ITEM-PRODUCT', 5, 'unit_cost', 'currentcost', 'to_right', null, null, null, null, null, 'Current cost'),
    ('ITEM-PRODUCT', 6, 'unit_volume', 'stockvolume', 'to_right', null, null, null, null, null, 'Volume'),
    ('ITEM-PRODUCT', 7, 'gross_weight', 'stockweight', 'to_right', null, null, null, null, null, 'Weight'),
    ('ITEM-PRODUCT', 8, 'vendor_no', 'vendorid', 'to_right', null, $$nullif(vendor_no, '')$$, null, null, null,
     'Vendor: the number as text'),
    ('ITEM-PRODUCT', 9, 'vendor_item_no', 'vendorpartnumber', 'to_right',
     null, $$nullif(vendor_item_no, '')$$, null, null, null, 'Number of the item at the vendor'),
    ('ITEM-PRODUCT', 10, 'inventory', 'quantityonhand', 'to_right', null, 'greatest(inventory, 0)', null, null, null,
     'Inventory: what is available; below zero is zero'),
    ('ITEM-PRODUCT', 11, 'base_unit_of_measure', 'defaultuomscheduleid', 'both', null, null, null, 'UNIT OF MEASURE', null,
     'Base unit: the unit group coupled to it'),
    ('ITEM-PRODUCT', 12, 'transaction_currency_code', 'transactioncurrencyid', 'to_right',
     null, null, null, 'CURRENCY', null, 'Currency: the local one'),
    ('ITEM-PRODUCT', 13, 'vendor_name', 'vendorname', 'to_right', null, $$nullif(vendor_name, '')$$, null, null, null,
     'Name of the vendor'),
    ('ITEM-PRODUCT', 14, null, 'producttypecode', 'to_right', '1', null, null, null, null, 'Type: Sales Inventory'),
    ('ITEM-PRODUCT', 15, 'blocked', 'statecode', 'both',
     null, 'case when blocked then 1 else 0 end', 'statecode <> 0', null, null,
     'Blocked: a product that is not active'),

    ('RESOURCE-PRODUCT', 1, 'no', 'productnumber', 'to_right', null, null, null, null, 1,
     'Number; finds the product when matching'),
    ('RESOURCE-PRODUCT', 2, 'name', 'name', 'both', null, null, null, null, null, 'Name'),
    ('RESOURCE-PRODUCT', 3, 'unit_price', 'price', 'to_right', null, 'greatest(unit_price, 0)', null, null, null,
     'Unit price; below zero is zero'),
    ('RESOURCE-PRODUCT', 4, 'unit_cost', 'standardcost', 'to_right', null, null, null, null, null, 'Standard cost'),
    ('RESOURCE-PRODUCT', 5, 'unit_cost', 'currentcost', 'to_right', null, null, null, null, null, 'Current cost'),
    ('RESOURCE-PRODUCT', 6, 'vendor_no', 'vendorid', 'to_right', null, $$nullif(vendor_no, '')$$, null, null, null,
     'Vendor: the number as text'),
    ('RESOURCE-PRODUCT', 7, 'capacity', 'quantityonhand', 'to_right', null, 'greatest(capacity, 0)', null, null, null,
     'Capacity: what is available; below zero is zero'),
    ('RESOURCE-PRODUCT', 8, 'base_unit_of_measure', 'defaultuomscheduleid', 'to_right',
     null, null, null, 'UNIT OF MEASURE', null, 'Base unit: the unit group coupled to it'),
    ('RESOURCE-PRODUCT', 9, 'transaction_currency_code', 'transactioncurrencyid', 'to_right',
     null, null, null, 'CURRENCY', null, 'Currency: the local one'),
    ('RESOURCE-PRODUCT', 10, 'vendor_name', 'vendorname', 'to_right', null, $$nullif(vendor_name, '')$$, null, null, null,
     'Name of the vendor'),
    ('RESOURCE-PRODUCT', 11, null, 'producttypecode', 'to_right', '3', null, null, null, null, 'Type: Services'),
    ('RESOURCE-PRODUCT', 12, 'blocked', 'statecode', 'both',
     null, 'case when blocked then 1 else 0 end', 'statecode <> 0', null, null,
     'Blocked: a product that is not active');

insert into sync.insert_default (mapping_name, side, column_name, value, description) values
    ('ITEM-PRODUCT', 'right', 'quantitydecimal', '2', 'Decimals of a quantity'),
    ('RESOURCE-PRODUCT', 'right', 'quantitydecimal', '2', 'Decimals of a quantity');

-- Price lists ------------------------------------------------------------------------------------------------------
-- A price list keeps the currency it was made with: Sales refuses another. 4 of CUSTPRCGRP-PRICE tells Sales which
-- currencies the group's prices have; it refuses more than one.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, reference, write_on,
     match_priority, description) values
    ('DEFAULT PRICE LIST', 1, 'name', 'name', 'to_right', null, null, null, 'always', 1,
     'Name; finds the list when matching'),
    ('DEFAULT PRICE LIST', 2, 'currency_code', 'transactioncurrencyid', 'to_right', null, null, 'CURRENCY', 'always', 1,
     'Currency: the local one; with the name it finds the list when matching'),
    ('DEFAULT PRICE LIST', 3, 'is_default', 'nav_isdefault', 'to_right', null, null, null, 'always', null,
     'Whether it is the default price list'),

    ('CUSTPRCGRP-PRICE', 1, 'code', 'name', 'to_right', null, null, null, 'always', 1,
     'Code; finds the price list when matching'),
    ('CUSTPRCGRP-PRICE', 2, 'description', 'description', 'to_right',
     null, $$nullif(description, '')$$, null, 'insert', null, 'Description; only when the list is made'),
    ('CUSTPRCGRP-PRICE', 3, 'transaction_currency_code', 'transactioncurrencyid', 'to_right',
     null, null, 'CURRENCY', 'always', null, 'Currency: that of the first price, else the local one'),
    ('CUSTPRCGRP-PRICE', 4, 'price_currency_codes', 'nav_pricecurrencies', 'to_right',
     null, $$nullif(price_currency_codes, '')$$, null, 'always', null, 'Currencies of all prices'),

    ('SALESPRC-PRODPRICE', 1, 'sales_code', 'pricelevelid', 'to_right', null, null, 'CUSTPRCGRP-PRICE', 'insert', 1,
     'Price list: the one coupled to the price group; with product and unit it finds the line when matching'),
    ('SALESPRC-PRODPRICE', 2, 'item_no', 'productid', 'to_right', null, null, 'ITEM-PRODUCT', 'always', 1,
     'Product: the one coupled to the item'),
    ('SALESPRC-PRODPRICE', 4, 'transaction_currency_code', 'transactioncurrencyid', 'to_right',
     null, null, 'CURRENCY', 'always', null, 'Currency; Sales refuses one that is not the list''s'),
    ('SALESPRC-PRODPRICE', 5, null, 'pricingmethodcode', 'to_right', '1', null, null, 'always', null,
     'Pricing method: Currency Amount'),
    ('SALESPRC-PRODPRICE', 6, 'unit_price', 'amount', 'to_right', null, null, null, 'always', null, 'Price'),
    ('SALESPRC-PRODPRICE', 7, 'unit_code', 'uomscheduleid', 'to_right', null, null, 'UNIT OF MEASURE', 'always', 1,
     'Unit: the unit group coupled to it; Sales takes its one unit');
-- 3, the product number, is read-only in Sales, which fills it: the row stands for the record.
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, is_enabled, description)
values ('SALESPRC-PRODPRICE', 3, 'item_no', 'productnumber', 'to_right', false, 'Number; read-only in Sales, which fills it');
