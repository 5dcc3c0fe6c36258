-- Rounding rule: the desk keeps money to the cent, half away from zero; Northwind's `real` 9.80000019 is 9.80 there.
insert into sync.system (system_name, schema_name, description) values
    ('NORTHWIND', 'northwind', 'Trading company'), ('DESK', 'desk', 'Customer desk');

insert into sync.table_mapping
    (mapping_name, left_table, right_table, coupled_only, update_conflict, on_left_delete, on_right_delete) values
    ('CUSTOMER', 'northwind.customers', 'desk.account',       false, 'fail',        'fail',     'restore'),
    ('EMPLOYEE', 'northwind.employees', 'desk."SalesPerson"', false, 'left_wins',   'fail',     'fail'),
    ('PRODUCT',  'northwind.products',  'desk.item',          false, 'left_wins',   'uncouple', 'uncouple'),
    ('ORDER',    'northwind.orders',    'desk."SalesOrder"',  false, 'fail',        'delete',   'delete'),
    ('LINE',     'northwind.order_details', 'desk.order_line', false, 'right_wins', 'delete',   'delete');
update sync.table_mapping set parent_mapping = 'ORDER' where mapping_name = 'LINE';

insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values
    ('CUSTOMER', 1, 'customer_id', 'code'),
    ('CUSTOMER', 2, 'company_name', 'company'),
    ('CUSTOMER', 3, 'contact_name', 'contact'),
    ('CUSTOMER', 4, 'contact_title', 'contact_role'),
    ('CUSTOMER', 5, 'address', 'street'),
    ('CUSTOMER', 6, 'city', 'town'),
    ('CUSTOMER', 7, 'country', 'country'),
    ('CUSTOMER', 8, 'phone', 'phone');

insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right, to_left, reference) values
    ('EMPLOYEE', 1, 'employee_id', 'staff_no', 'both', null, null, null),
    ('EMPLOYEE', 2, null, 'full_name', 'to_right', 'first_name || '' '' || last_name', null, null),
    ('EMPLOYEE', 3, 'first_name', null, 'to_left', null, 'split_part(full_name, '' '', 1)', null),
    ('EMPLOYEE', 4, 'last_name', null, 'to_left', null, 'substr(full_name, strpos(full_name, '' '') + 1)', null),
    ('EMPLOYEE', 5, 'title', 'job', 'both', null, null, null),
    ('EMPLOYEE', 6, 'hire_date', 'hired_at', 'both',
     'hire_date::timestamp at time zone ''UTC''', '(hired_at at time zone ''UTC'')::date', null),
    ('EMPLOYEE', 7, 'reports_to', 'manager_id', 'both', null, null, 'EMPLOYEE');

insert into sync.option_mapping (option_set, left_value, right_value, label) values
    ('FAMILY', '1', 'beverages', 'Beverages'), ('FAMILY', '2', 'condiments', 'Condiments'),
    ('FAMILY', '3', 'confections', 'Confections'), ('FAMILY', '4', 'dairy', 'Dairy Products'),
    ('FAMILY', '5', 'grains', 'Grains/Cereals'), ('FAMILY', '6', 'meat', 'Meat/Poultry'),
    ('FAMILY', '7', 'produce', 'Produce'), ('FAMILY', '8', 'seafood', 'Seafood'),
    ('CARRIER', '1', 'speedy', 'Speedy Express'), ('CARRIER', '2', 'united', 'United Package'),
    ('CARRIER', '3', 'federal', 'Federal Shipping');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, to_left, option_set) values
    ('PRODUCT', 1, 'product_id', 'sku', '''P-'' || lpad(product_id::text, 4, ''0'')', 'substr(sku, 3)::integer', null),
    ('PRODUCT', 2, 'product_name', 'title', null, null, null),
    ('PRODUCT', 3, 'category_id', 'family', null, null, 'FAMILY'),
    ('PRODUCT', 4, 'unit_price', 'price', 'round(unit_price::numeric, 2)', null, null),
    ('PRODUCT', 5, 'units_in_stock', 'in_stock', null, null, null),
    ('PRODUCT', 6, 'discontinued', 'is_active', 'discontinued = 0',
     'case when is_active then 0 else 1 end', null);

insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, to_right, to_left, reference, option_set) values
    ('ORDER', 1, 'order_id', 'Number', null, null, null, null),
    ('ORDER', 2, 'customer_id', 'AccountId', null, null, 'CUSTOMER', null),
    ('ORDER', 3, 'employee_id', 'OwnerId', null, null, 'EMPLOYEE', null),
    ('ORDER', 4, 'order_date', 'Placed At', 'order_date::timestamp at time zone ''UTC''',
     '("Placed At" at time zone ''UTC'')::date', null, null),
    ('ORDER', 5, 'shipped_date', 'ShippedOn', null, null, null, null),
    ('ORDER', 6, 'ship_via', 'Carrier', null, null, null, 'CARRIER'),
    ('ORDER', 7, 'freight', 'Freight', 'round(freight::numeric, 2)', null, null, null),
    ('ORDER', 8, 'ship_name', 'ShipTo', null, null, null, null);

insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, to_left, reference) values
    ('LINE', 1, 'order_id', 'order_id', null, null, 'ORDER'),
    ('LINE', 2, 'product_id', 'item_id', null, null, 'PRODUCT'),
    ('LINE', 3, 'quantity', 'quantity', null, null, null),
    ('LINE', 4, 'unit_price', 'price', 'round(unit_price::numeric, 2)', null, null),
    ('LINE', 5, 'discount', 'discount_percent', 'round(discount::numeric * 100, 2)', 'discount_percent / 100', null);
