-- Intercompany customer information: what is typed on one order of a chain is copied to the others.
-- Original sales order <-> intercompany purchase order <-> intercompany sales order. The documented facts are quoted as
-- comments. All orders are in one schema: the two sides of a mapping are two kinds of order, not two systems.

insert into sync.system (system_name, schema_name, integration_role, description)
values ('INTERCOMPANY', 'ic', null, 'Orders of the companies of the group');

-- "Customer information is synchronized when the sales order is created or when the customer reference, vendor reference or
-- customer requisition number changes." An original order has a chain for each vendor of the group; each gets its pair of orders.
-- Two people who type the same field: the later one is kept, the earlier value is in sync.conflict.
-- The orders themselves outlive each other.
insert into sync.table_mapping
    (mapping_name, left_table, right_table, left_key, right_key, direction, left_filter, right_filter, coupled_only,
     update_conflict, left_modified_at, right_modified_at, on_left_delete, on_right_delete, description) values
    ('ORDER-PURCHASE', 'ic.order_chain', 'ic.purchase_order', '{chain_id}', '{rec_id}', 'both',
     null, $$ic_order and ic_original_sales_id <> ''$$, false,
     'newest_wins', 'info_changed_at', 'info_changed_at', 'uncouple', 'uncouple',
     'Original sales order and intercompany purchase order'),
    ('PURCHASE-SALES', 'ic.purchase_order', 'ic.sales_order', '{rec_id}', '{rec_id}', 'both',
     'ic_order', 'ic_order', false,
     'newest_wins', 'info_changed_at', 'info_changed_at', 'uncouple', 'uncouple',
     'Intercompany purchase order and intercompany sales order');

insert into sync.mapping_dependency (mapping_name, depends_on) values ('PURCHASE-SALES', 'ORDER-PURCHASE');

-- Customer information travels where it is switched on for the leg (ic.sync_policy, or the order itself). "You can always change
-- the value in these fields": the switch says only whether it is copied, so it is a filter of the field, not of the order.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, left_filter, right_filter, description) values
    ('ORDER-PURCHASE', 1, 'customer_ref', 'vendor_ref', 'both',
     $$'customer_info' = any (purchase_toggles)$$, $$'customer_info' = any (original_toggles)$$,
     'Customer reference; the purchase order calls it vendor reference'),
    ('ORDER-PURCHASE', 2, 'customer_requisition', 'ic_customer_requisition', 'both',
     $$'customer_info' = any (purchase_toggles)$$, $$'customer_info' = any (original_toggles)$$,
     'Purchase order number of the customer'),
    ('ORDER-PURCHASE', 3, 'info_changed_at', 'info_changed_at', 'to_right',
     $$'customer_info' = any (purchase_toggles)$$, null, 'When it was typed, so that the later one wins along the chain'),
    ('ORDER-PURCHASE', 4, 'info_changed_at', 'info_changed_at', 'to_left',
     null, $$'customer_info' = any (original_toggles)$$, 'The same on the way back'),
    ('PURCHASE-SALES', 1, 'vendor_ref', 'customer_ref', 'both',
     $$'customer_info' = any (sales_toggles)$$, $$'customer_info' = any (purchase_toggles)$$,
     'Vendor reference; the sales order calls it customer reference'),
    ('PURCHASE-SALES', 2, 'ic_customer_requisition', 'customer_requisition', 'both',
     $$'customer_info' = any (sales_toggles)$$, $$'customer_info' = any (purchase_toggles)$$,
     'Purchase order number of the customer'),
    ('PURCHASE-SALES', 3, 'info_changed_at', 'info_changed_at', 'to_right',
     $$'customer_info' = any (sales_toggles)$$, null, 'When it was typed'),
    ('PURCHASE-SALES', 4, 'info_changed_at', 'info_changed_at', 'to_left',
     null, $$'customer_info' = any (purchase_toggles)$$, 'The same on the way back');

-- What a new order takes from the one it is made from. The customer account does not travel: the customer of the original order is
-- the external one, that of the intercompany sales order is the buying company.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, write_on, description) values
    ('ORDER-PURCHASE', 10, 'original_company_id', 'company_id', 'both', null, 'insert', 'The purchase order is the same company''s'),
    ('ORDER-PURCHASE', 11, 'vendor_account', 'order_account', 'both', null, 'insert', 'The vendor that stands for the seller'),
    ('ORDER-PURCHASE', 12, 'original_sales_id', 'ic_original_sales_id', 'both', null, 'insert', 'Number of the original order'),
    ('ORDER-PURCHASE', 13, 'cust_account', 'ic_original_cust_account', 'both', null, 'insert', 'The external customer'),
    ('ORDER-PURCHASE', 14, 'currency_code', 'currency_code', 'both', null, 'insert', 'Currency'),
    ('ORDER-PURCHASE', 15, null, 'ic_origin', 'to_right', '1', 'insert', 'Derived, not typed'),
    ('PURCHASE-SALES', 10, 'ic_company_id', 'company_id', 'to_right', null, 'insert', 'The selling company'),
    ('PURCHASE-SALES', 11, 'ic_customer_account', 'cust_account', 'to_right', null, 'insert', 'Its customer that stands for the buyer'),
    ('PURCHASE-SALES', 12, 'purch_id', 'ic_purch_id', 'to_right', null, 'insert', 'Number of the purchase order'),
    ('PURCHASE-SALES', 13, 'ic_original_sales_id', 'ic_original_sales_id', 'to_right', null, 'insert', 'Number of the original order'),
    ('PURCHASE-SALES', 14, 'ic_original_cust_account', 'ic_original_cust_account', 'to_right', null, 'insert', 'The external customer'),
    ('PURCHASE-SALES', 15, 'currency_code', 'currency_code', 'both', null, 'insert', 'Purchase and sales order always share one'),
    ('PURCHASE-SALES', 16, null, 'ic_origin', 'to_right', '1', 'insert', 'Derived, not typed'),
    ('PURCHASE-SALES', 20, 'company_id', 'ic_company_id', 'to_left', null, 'insert', 'An order that began as a sales order: the buying company'),
    ('PURCHASE-SALES', 21, 'order_account', 'ic_vendor_account', 'to_left', null, 'insert', 'Its vendor that stands for the seller'),
    ('PURCHASE-SALES', 22, 'ic_sales_id', 'sales_id', 'to_left', null, 'insert', 'Number of the sales order'),
    ('PURCHASE-SALES', 23, 'ic_origin', null, 'to_left', '1', 'insert', 'Derived, not typed');

-- Ready-made, switched off ----------------------------------------------------------------------------------------
-- The other toggles of ic.sync_policy. To use one, set is_enabled to true here and the toggle on its leg.
-- Return number: a toggle of its own for each leg.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, left_filter, right_filter, is_enabled, description) values
    ('ORDER-PURCHASE', 30, 'return_item_num', 'return_item_num', 'both',
     $$'return_item_num' = any (purchase_toggles)$$, $$'return_item_num' = any (original_toggles)$$, false, 'Return (RMA) number'),
    ('PURCHASE-SALES', 30, 'return_item_num', 'return_item_num', 'both',
     $$'return_item_num' = any (sales_toggles)$$, $$'return_item_num' = any (purchase_toggles)$$, false, 'Return (RMA) number');

-- Lines: quantities follow the original order. Prices and discounts go between purchase and sales order always, to the original order
-- only with price_discount. Batch and serial numbers go from the sales order to the purchase order.
insert into sync.table_mapping
    (mapping_name, left_table, right_table, direction, left_filter, coupled_only, update_conflict,
     on_left_delete, on_right_delete, parent_mapping, is_enabled, description) values
    ('ORDER-PURCHASE-LINE', 'ic.sales_line', 'ic.purchase_line', 'to_right', 'chain_id is not null', false, 'newest_wins',
     'delete', 'fail', 'ORDER-PURCHASE', false, 'Lines of the original sales order and of the intercompany purchase order'),
    ('PURCHASE-SALES-LINE', 'ic.purchase_line', 'ic.sales_line', 'both', null, false, 'newest_wins',
     'delete', 'fail', 'PURCHASE-SALES', false, 'Lines of the intercompany purchase order and sales order');

insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, reference, write_on, description) values
    ('ORDER-PURCHASE-LINE', 1, 'chain_id', 'order_rec_id', 'to_right', 'ORDER-PURCHASE', 'always', 'The purchase order of the line''s vendor'),
    ('ORDER-PURCHASE-LINE', 2, 'line_no', 'line_no', 'to_right', null, 'always', 'Line number'),
    ('ORDER-PURCHASE-LINE', 3, 'item_id', 'item_id', 'to_right', null, 'always', 'Item'),
    ('ORDER-PURCHASE-LINE', 4, 'qty', 'qty', 'to_right', null, 'always', 'The original order controls the quantity'),
    ('PURCHASE-SALES-LINE', 1, 'order_rec_id', 'order_rec_id', 'both', 'PURCHASE-SALES', 'always', 'The order'),
    ('PURCHASE-SALES-LINE', 2, 'line_no', 'line_no', 'both', null, 'always', 'Line number'),
    ('PURCHASE-SALES-LINE', 3, 'item_id', 'item_id', 'both', null, 'always', 'Item'),
    ('PURCHASE-SALES-LINE', 4, 'qty', 'qty', 'to_right', null, 'always', 'Quantity'),
    ('PURCHASE-SALES-LINE', 5, 'purch_price', 'sales_price', 'both', null, 'always', 'Price'),
    ('PURCHASE-SALES-LINE', 6, 'line_disc_pct', 'line_disc_pct', 'both', null, 'always', 'Discount'),
    ('PURCHASE-SALES-LINE', 7, 'invent_batch_id', 'invent_batch_id', 'to_left', null, 'always', 'Batch number'),
    ('PURCHASE-SALES-LINE', 8, 'invent_serial_id', 'invent_serial_id', 'to_left', null, 'always', 'Serial number');
