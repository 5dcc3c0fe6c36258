-- Documents: opportunities, posted invoices, orders and their notes, posts and figures. Left is Business Central (bc),
-- right is Sales (crm), as in mappings.sql.

-- Table mappings ---------------------------------------------------------------------------------------------------
-- The product's rows. Opportunities are created on either side; invoices and orders travel when they are coupled, and
-- a full synchronisation creates the invoices that Sales does not have.
insert into sync.table_mapping
    (mapping_name, left_table, right_table, left_key, direction, coupled_only, left_filter, right_filter,
     on_left_delete, on_right_delete, parent_mapping, full_sync, description) values
    ('OPPORTUNITY', 'bc.opportunity', 'crm.opportunity', null, 'both', false, null, null,
     'fail', 'fail', null, 'auto', 'Opportunity and Opportunity'),
    ('POSTEDSALESINV-INV', 'bc.sales_invoice_header', 'crm.invoice', null, 'to_right', true, null, null,
     'fail', 'fail', null, 'auto', 'Posted Sales Invoice to Invoice'),
    -- Lines go with their invoice: they wait for it, and its coupling wakes them.
    ('POSTEDSALESLINE-INV', 'bc.sales_invoice_line', 'crm.invoicedetail', null, 'to_right', false, null, null,
     'fail', 'fail', 'POSTEDSALESINV-INV', 'auto', 'Posted Sales Invoice Line to Invoice Product'),
    -- Document type Order, status Released. The key is the system id: notes and couplings know an order by it, as in
    -- the product. A deleted order is no longer coupled. Only orders born in Sales travel, coupled when they are made:
    -- a full synchronisation creates none either.
    ('SALESORDER-ORDER', 'bc.sales_header', 'crm.salesorder', '{system_id}', 'to_right', true,
     'document_type = 1 and status = 1', null,
     'uncouple', 'fail', null, 'update', 'Sales Order to Order: what became of an order submitted in Sales');

-- In the product these were jobs of their own, written in code. Here they are mappings too. Orders, notes and posts
-- that are not coupled are news: a full synchronisation does not look for a match among them.
insert into sync.table_mapping
    (mapping_name, left_table, right_table, left_key, right_key, direction, coupled_only, left_filter, right_filter,
     on_left_delete, on_right_delete, parent_mapping, full_sync, description) values
    -- Orders submitted in Sales that the back office has not taken. Business Central gets the facts and makes its own
    -- document of them (bc.create_sales_orders); Sales hears that it was taken and, in the end, invoiced. An order
    -- that is recalled before it is taken travels too: it must not be created, nor must one that is deleted. Once
    -- it is taken, a deletion leaves the facts alone: the order has left the filter.
    ('SUBMITTED-ORDER', 'bc.incoming_order', 'crm.salesorder', null, null, 'both', false,
     null,
     $$submitcount > 0 and (lastbackofficesubmit is null or lastbackofficesubmit = date '1900-01-01')$$,
     'uncouple', 'delete', null, 'full', 'Order submitted in Sales to Sales Order'),
    ('SUBMITTED-ORDERLINE', 'bc.incoming_order_line', 'crm.submitted_order_line', null, '{salesorderdetailid}', 'to_left',
     false, null, 'salesorderstatecode = 1',
     'uncouple', 'uncouple', 'SUBMITTED-ORDER', 'full', 'Lines of orders submitted in Sales'),
    -- Links (0) stay at home, and so do files. Edits in Business Central and deletions on either side do not travel.
    ('ORDER-NOTES', 'bc.record_link', 'crm.annotation', null, null, 'both', false,
     'type = 1 and sales_header_system_id is not null',
     $$objecttypecode = 'salesorder' and objectid is not null and filesize = 0$$,
     'uncouple', 'uncouple', 'SALESORDER-ORDER', 'full', 'Notes of sales orders'),
    ('ORDER-POSTS', 'bc.crm_post_buffer', 'crm.post', null, null, 'to_right', false, 'change_type in (1, 2, 3)', null,
     'uncouple', 'uncouple', null, 'full', 'What became of an order, on its wall'),
    ('ACCOUNT-POSTS', 'bc.crm_post_buffer', 'crm.post', null, null, 'to_right', false, 'change_type = 4', null,
     'uncouple', 'uncouple', 'CUSTOMER', 'full', 'Posted orders, on the wall of the account'),
    ('ACCOUNT-STATISTICS', 'bc.customer_statistics', 'crm.nav_accountstatistics', '{no}', null, 'to_right', false,
     null, null,
     'uncouple', 'uncouple', 'CUSTOMER', 'auto', 'Figures of a customer, for its account');

insert into sync.capture_source (mapping_name, side, table_name, key_expression) values
    ('SUBMITTED-ORDERLINE', 'right', 'crm.salesorderdetail', 'salesorderdetailid'),
    ('ACCOUNT-STATISTICS', 'left', 'bc.customer', 'no'),
    ('ACCOUNT-STATISTICS', 'left', 'bc.cust_ledger_entry', 'customer_no'),
    ('ACCOUNT-STATISTICS', 'left', 'bc.sales_line', 'sell_to_customer_no');

insert into sync.mapping_dependency (mapping_name, depends_on) values
    ('OPPORTUNITY', 'CONTACT'),
    ('POSTEDSALESINV-INV', 'OPPORTUNITY'),
    -- An invoice needs the products of all its lines.
    ('POSTEDSALESINV-INV', 'ITEM-PRODUCT'),
    ('POSTEDSALESINV-INV', 'RESOURCE-PRODUCT'),
    ('SALESORDER-ORDER', 'OPPORTUNITY');

-- OPPORTUNITY ------------------------------------------------------------------------------------------------------
-- Only the description flows back. Stage, status, won and lost are not synchronised in either direction. A new one
-- from Sales gets its number and today's creation date from Business Central, and neither contact nor salesperson.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, to_left, reference,
     when_null, match_priority, description) values
    ('OPPORTUNITY', 1, 'description', 'name', 'both', null, null, 'left(name, 100)', null,
     'write', 1, 'Description; finds the opportunity when matching'),
    ('OPPORTUNITY', 2, 'contact_no', 'parentcontactid', 'to_right', null, null, null, 'CONTACT',
     'write', null, 'Contact; one that is set must be coupled'),
    ('OPPORTUNITY', 3, null, 'owneridtype', 'to_right', 'systemuser', null, null, null,
     'write', null, 'Owner type: ownership by persons'),
    ('OPPORTUNITY', 4, 'salesperson_code', 'ownerid', 'to_right', null, null, null, 'SALESPEOPLE',
     'keep', null, 'Owner: the user coupled to the salesperson'),
    ('OPPORTUNITY', 5, 'estimated_value_lcy', 'estimatedvalue', 'to_right', null, null, null, null,
     'write', null, 'Estimated value, of the active entry'),
    ('OPPORTUNITY', 6, 'estimated_closing_date', 'estimatedclosedate', 'to_right', null, null, null, null,
     'write', null, 'Estimated closing date, of the active entry');

-- POSTEDSALESINV-INV -----------------------------------------------------------------------------------------------
-- 27 to 35 were code in the product. The order behind the invoice is found in Sales, by a trigger of crm, from the
-- reference in 27; it also gives price list, opportunity and name. Tax and total discount are Sales' own sums.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, reference, option_set,
     on_unresolved, when_null, write_on, match_priority, description) values
    ('POSTEDSALESINV-INV', 1, 'no', 'invoicenumber', 'to_right', null, null, null, null,
     'wait', 'write', 'insert', 1, 'Number; finds the invoice when matching'),
    ('POSTEDSALESINV-INV', 2, null, 'owneridtype', 'to_right', 'systemuser', null, null, null,
     'wait', 'write', 'always', null, 'Owner type: ownership by persons'),
    ('POSTEDSALESINV-INV', 3, 'salesperson_code', 'ownerid', 'to_right', null, null, 'SALESPEOPLE', null,
     'wait', 'keep', 'always', null, 'Owner: the user coupled to the salesperson'),
    ('POSTEDSALESINV-INV', 4, 'transaction_currency_code', 'transactioncurrencyid', 'to_right', null, null, 'CURRENCY', null,
     'wait', 'write', 'insert', null, 'Currency; Sales takes it when the invoice is made and never again'),
    ('POSTEDSALESINV-INV', 5, 'due_date', 'duedate', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Due date'),
    ('POSTEDSALESINV-INV', 6, 'ship_to_name', 'shipto_name', 'to_right', null, $$nullif(ship_to_name, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to name'),
    ('POSTEDSALESINV-INV', 7, 'ship_to_address', 'shipto_line1', 'to_right', null, $$nullif(ship_to_address, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to address'),
    ('POSTEDSALESINV-INV', 8, 'ship_to_address_2', 'shipto_line2', 'to_right', null, $$nullif(ship_to_address_2, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to address 2'),
    ('POSTEDSALESINV-INV', 9, 'ship_to_city', 'shipto_city', 'to_right', null, $$nullif(ship_to_city, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to city'),
    ('POSTEDSALESINV-INV', 10, 'ship_to_country_region_code', 'shipto_country', 'to_right', null,
     $$nullif(ship_to_country_region_code, '')$$, null, null, 'wait', 'write', 'always', null, 'Ship-to country'),
    ('POSTEDSALESINV-INV', 11, 'ship_to_post_code', 'shipto_postalcode', 'to_right', null, $$nullif(ship_to_post_code, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to post code'),
    ('POSTEDSALESINV-INV', 12, 'ship_to_county', 'shipto_stateorprovince', 'to_right', null, $$nullif(ship_to_county, '')$$, null, null,
     'wait', 'write', 'always', null, 'Ship-to county'),
    ('POSTEDSALESINV-INV', 13, 'shipment_date', 'datedelivered', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Shipment date'),
    ('POSTEDSALESINV-INV', 14, 'bill_to_name', 'billto_name', 'to_right', null, $$nullif(bill_to_name, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to name'),
    ('POSTEDSALESINV-INV', 15, 'bill_to_address', 'billto_line1', 'to_right', null, $$nullif(bill_to_address, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to address'),
    ('POSTEDSALESINV-INV', 16, 'bill_to_address_2', 'billto_line2', 'to_right', null, $$nullif(bill_to_address_2, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to address 2'),
    ('POSTEDSALESINV-INV', 17, 'bill_to_city', 'billto_city', 'to_right', null, $$nullif(bill_to_city, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to city'),
    ('POSTEDSALESINV-INV', 18, 'bill_to_country_region_code', 'billto_country', 'to_right', null,
     $$nullif(bill_to_country_region_code, '')$$, null, null, 'wait', 'write', 'always', null, 'Bill-to country'),
    ('POSTEDSALESINV-INV', 19, 'bill_to_post_code', 'billto_postalcode', 'to_right', null, $$nullif(bill_to_post_code, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to post code'),
    ('POSTEDSALESINV-INV', 20, 'bill_to_county', 'billto_stateorprovince', 'to_right', null, $$nullif(bill_to_county, '')$$, null, null,
     'wait', 'write', 'always', null, 'Bill-to county'),
    ('POSTEDSALESINV-INV', 21, 'amount', 'totalamountlessfreight', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Amount: sum of the lines'),
    ('POSTEDSALESINV-INV', 22, 'amount_including_vat', 'totalamount', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Amount with VAT: sum of the lines'),
    ('POSTEDSALESINV-INV', 23, 'invoice_discount_amount', 'discountamount', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Invoice discount: sum of the lines'),
    ('POSTEDSALESINV-INV', 24, 'shipping_agent_code', 'shippingmethodcode', 'to_right', null, null, null, 'SHIPPING AGENT',
     'null', 'write', 'always', null, 'Shipping agent; a code without an option leaves it blank'),
    ('POSTEDSALESINV-INV', 25, 'payment_terms_code', 'paymenttermscode', 'to_right', null, null, null, 'PAYMENT TERMS',
     'null', 'write', 'always', null, 'Payment terms; a code without an option leaves it blank'),
    ('POSTEDSALESINV-INV', 27, 'your_reference', 'nav_yourreference', 'to_right', null, null, null, null,
     'wait', 'write', 'insert', null, 'Number of the order in Sales; Sales finds the order'),
    ('POSTEDSALESINV-INV', 28, 'sell_to_customer_no', 'customerid', 'to_right', null, null, 'CUSTOMER', null,
     'wait', 'write', 'insert', null, 'Customer; must be coupled'),
    ('POSTEDSALESINV-INV', 29, null, 'customeridtype', 'to_right', 'account', null, null, null,
     'wait', 'write', 'insert', null, 'Customer type: Account'),
    ('POSTEDSALESINV-INV', 30, 'no', 'name', 'to_right', null, null, null, null,
     'wait', 'write', 'insert', null, 'Name: the number; an order has a better one'),
    ('POSTEDSALESINV-INV', 31, 'shipment_method_description', 'description', 'to_right', null,
     $$nullif(shipment_method_description, '')$$, null, null, 'wait', 'write', 'insert', null, 'Description of the shipment method'),
    ('POSTEDSALESINV-INV', 32, 'line_discount_amount', 'totallineitemdiscountamount', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Line discounts: sum of the lines'),
    ('POSTEDSALESINV-INV', 33, 'remaining_amount', 'statecode', 'to_right', null,
     'case when remaining_amount = ledger_amount and ledger_amount <> 0 then 0 when remaining_amount is not null then 2 end',
     null, null, 'wait', 'keep', 'always', null, 'State, from the ledger entry: Active, or Paid once something is paid'),
    ('POSTEDSALESINV-INV', 34, 'remaining_amount', 'statuscode', 'to_right', null,
     'case when remaining_amount = 0 then 100001 when remaining_amount = ledger_amount then 4 when remaining_amount is not null then 100002 end',
     null, null, 'wait', 'keep', 'always', null, 'Status, from the ledger entry: Billed, Partial or Complete');

-- POSTEDSALESLINE-INV ----------------------------------------------------------------------------------------------
-- A line that is neither item nor resource (a G/L account such as freight, a charge, a comment) is a write-in product in
-- Sales, and so is one of the item or resource that stands for write-in products: it must not be coupled. (The release of
-- 2019 refused such a line; later ones do as we do.) Unit, delivery date and address of a line come from the invoice
-- and the product, by triggers of crm.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, reference, write_on,
     match_priority, description) values
    ('POSTEDSALESLINE-INV', 1, 'document_no', 'invoiceid', 'to_right', null, null, 'POSTEDSALESINV-INV', 'insert', 1, 'Invoice'),
    ('POSTEDSALESLINE-INV', 2, 'line_no', 'lineitemnumber', 'to_right', null, null, null, 'insert', 1, 'Line number; with the invoice it finds the line when matching'),
    ('POSTEDSALESLINE-INV', 5, 'description', 'productdescription', 'to_right', null,
     $$case when is_write_in or type not in (2, 3) then ltrim(no || ' ' || description) || '.' end$$, null, 'insert', null,
     'Write-in product: number and description'),
    ('POSTEDSALESLINE-INV', 6, 'quantity', 'quantity', 'to_right', null, null, null, 'always', null, 'Quantity'),
    ('POSTEDSALESLINE-INV', 7, 'line_discount_amount', 'manualdiscountamount', 'to_right', null, null, null, 'always', null, 'Line discount'),
    ('POSTEDSALESLINE-INV', 8, 'unit_price', 'priceperunit', 'to_right', null, null, null, 'always', null, 'Price'),
    ('POSTEDSALESLINE-INV', 9, null, 'ispriceoverridden', 'to_right', 'true', null, null, 'always', null, 'Price is not that of the price list'),
    ('POSTEDSALESLINE-INV', 10, 'amount', 'baseamount', 'to_right', null,
     'amount + inv_discount_amount + line_discount_amount', null, 'always', null, 'Amount before discounts'),
    ('POSTEDSALESLINE-INV', 11, 'amount_including_vat', 'extendedamount', 'to_right', null,
     'amount_including_vat + inv_discount_amount', null, 'always', null, 'Amount with VAT before the invoice discount'),
    ('POSTEDSALESLINE-INV', 12, null, 'tax', 'to_right', null, 'amount_including_vat - amount', null, 'always', null, 'VAT');
-- The product of a line is an item or a resource: two rows write the column, each for its own lines.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, left_filter, reference, write_on, description) values
    ('POSTEDSALESLINE-INV', 3, 'no', 'productid', 'to_right', 'type = 2 and not is_write_in', 'ITEM-PRODUCT', 'insert',
     'Product: the item of an item line; must be coupled'),
    ('POSTEDSALESLINE-INV', 4, 'no', 'productid', 'to_right', 'type = 3 and not is_write_in', 'RESOURCE-PRODUCT', 'insert',
     'Product: the resource of a resource line; must be coupled');

-- SALESORDER-ORDER -------------------------------------------------------------------------------------------------
-- Number and currency are taken when an order is made and never again: they do not overwrite the order's own.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, reference, option_set,
     on_unresolved, when_null, write_on, match_priority, description)
select 'SALESORDER-ORDER', field_no, left_column, right_column, 'to_right', constant, to_right, reference, option_set,
    on_unresolved, when_null, write_on, null, description
from sync.field_mapping
where mapping_name = 'POSTEDSALESINV-INV' and (field_no between 2 and 4 or field_no between 6 and 12 or field_no between 14 and 25)
union all values
    ('SALESORDER-ORDER', 1, 'no', 'ordernumber', 'to_right', null, null, null, null,
     'wait', 'write', 'insert', null::integer, 'Number; never overwrites that of an order'),
    ('SALESORDER-ORDER', 13, 'last_shipment_date', 'datefulfilled', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Date of the last shipment'),
    ('SALESORDER-ORDER', 26, 'requested_delivery_date', 'requestdeliveryby', 'to_right', null, null, null, null,
     'wait', 'write', 'always', null, 'Requested delivery date'),
    -- Orders born in Sales have a customer; one that Sales lost and a person restores needs it again. No row in the product.
    ('SALESORDER-ORDER', 28, 'sell_to_customer_no', 'customerid', 'to_right', null, null, 'CUSTOMER', null,
     'wait', 'write', 'insert', null, 'Customer of an order that is restored in Sales');
insert into sync.insert_default (mapping_name, side, column_name, value, description) values
    ('SALESORDER-ORDER', 'right', 'name', 'no', 'An order that is restored in Sales has its number for a name');

-- SUBMITTED-ORDER --------------------------------------------------------------------------------------------------
-- The discount of the order is what Sales took off the sum of the lines. An option without a code here leaves the
-- customer's own.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, to_right, to_left, reference, option_set,
     on_unresolved, when_null, write_on, description) values
    ('SUBMITTED-ORDER', 1, 'order_id', 'salesorderid', 'to_left', null, null, null, null, 'wait', 'write', 'insert', 'Key: that of the order in Sales'),
    ('SUBMITTED-ORDER', 2, 'order_number', 'ordernumber', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Order number: Your Reference'),
    ('SUBMITTED-ORDER', 3, 'name', 'name', 'to_left', null, $$coalesce(name, '')$$, null, null, 'wait', 'write', 'always', 'Name: External Document No.'),
    ('SUBMITTED-ORDER', 4, 'state', 'statecode', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'State: only Submitted is created'),
    ('SUBMITTED-ORDER', 5, 'submission', 'submitcount', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Which submission this is'),
    ('SUBMITTED-ORDER', 6, 'line_count', 'linecount', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Number of lines to wait for'),
    ('SUBMITTED-ORDER', 7, 'customer_no', 'accountid', 'to_left', null, null, 'CUSTOMER', null, 'wait', 'write', 'always',
     'Customer: coupled to the account, or to the parent account of a contact'),
    ('SUBMITTED-ORDER', 8, 'currency_code', 'transactioncurrencyid', 'to_left', null, null, 'CURRENCY', null, 'wait', 'write', 'always', 'Currency'),
    ('SUBMITTED-ORDER', 9, 'requested_delivery_date', 'requestdeliveryby', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Requested delivery date'),
    ('SUBMITTED-ORDER', 10, 'payment_discount_pct', 'discountpercentage', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Payment discount %'),
    ('SUBMITTED-ORDER', 11, 'invoice_discount_amount', 'discountamount', 'to_left', null,
     'case when coalesce(discountamount, 0) <> 0 or coalesce(discountpercentage, 0) <> 0 then totallineitemamount - totalamountlessfreight else 0 end',
     null, null, 'wait', 'write', 'always', 'Invoice discount'),
    ('SUBMITTED-ORDER', 12, 'freight_amount', 'freightamount', 'to_left', null, null, null, null, 'wait', 'write', 'always', 'Freight'),
    ('SUBMITTED-ORDER', 13, 'shipping_agent_code', 'shippingmethodcode', 'to_left', null, null, null, 'SHIPPING AGENT', 'null', 'write', 'always', 'Shipping agent'),
    ('SUBMITTED-ORDER', 14, 'payment_terms_code', 'paymenttermscode', 'to_left', null, null, null, 'PAYMENT TERMS', 'null', 'write', 'always', 'Payment terms'),
    ('SUBMITTED-ORDER', 15, 'shipment_method_code', 'freighttermscode', 'to_left', null, null, null, 'SHIPMENT METHOD', 'null', 'write', 'always', 'Shipment method'),
    ('SUBMITTED-ORDER', 16, 'ship_to_address', 'shipto_line1', 'to_left', null, $$coalesce(left(shipto_line1, 100), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to address'),
    ('SUBMITTED-ORDER', 17, 'ship_to_address_2', 'shipto_line2', 'to_left', null, $$coalesce(left(shipto_line2, 50), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to address 2'),
    ('SUBMITTED-ORDER', 18, 'ship_to_city', 'shipto_city', 'to_left', null, $$coalesce(left(shipto_city, 30), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to city'),
    ('SUBMITTED-ORDER', 19, 'ship_to_post_code', 'shipto_postalcode', 'to_left', null, $$coalesce(upper(trim(shipto_postalcode)), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to post code'),
    ('SUBMITTED-ORDER', 20, 'ship_to_county', 'shipto_stateorprovince', 'to_left', null, $$coalesce(left(shipto_stateorprovince, 30), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to county'),
    ('SUBMITTED-ORDER', 21, 'ship_to_country_region_code', 'shipto_country', 'to_left', null, $$coalesce(left(upper(trim(shipto_country)), 10), '')$$, null, null, 'wait', 'write', 'always', 'Ship-to country'),
    ('SUBMITTED-ORDER', 22, 'bill_to_address', 'billto_line1', 'to_left', null, $$coalesce(left(billto_line1, 100), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to address'),
    ('SUBMITTED-ORDER', 23, 'bill_to_address_2', 'billto_line2', 'to_left', null, $$coalesce(left(billto_line2, 50), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to address 2'),
    ('SUBMITTED-ORDER', 24, 'bill_to_city', 'billto_city', 'to_left', null, $$coalesce(left(billto_city, 30), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to city'),
    ('SUBMITTED-ORDER', 25, 'bill_to_post_code', 'billto_postalcode', 'to_left', null, $$coalesce(upper(trim(billto_postalcode)), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to post code'),
    ('SUBMITTED-ORDER', 26, 'bill_to_county', 'billto_stateorprovince', 'to_left', null, $$coalesce(left(billto_stateorprovince, 30), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to county'),
    ('SUBMITTED-ORDER', 27, 'bill_to_country_region_code', 'billto_country', 'to_left', null, $$coalesce(left(upper(trim(billto_country)), 10), '')$$, null, null, 'wait', 'write', 'always', 'Bill-to country'),
    ('SUBMITTED-ORDER', 31, 'created_on', 'lastbackofficesubmit', 'to_right', null, null, null, null, 'wait', 'write', 'always',
     'Taken by the back office on; blank again when the sales order is deleted by hand'),
    ('SUBMITTED-ORDER', 32, 'is_posted', 'statecode', 'to_right', 'case when is_posted then 4 end', null, null, null, 'wait', 'keep', 'always', 'State: Invoiced, once posted'),
    ('SUBMITTED-ORDER', 33, 'is_posted', 'statuscode', 'to_right', 'case when is_posted then 100003 end', null, null, null, 'wait', 'keep', 'always', 'Status: Invoiced, once posted');

-- SUBMITTED-ORDERLINE ----------------------------------------------------------------------------------------------
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, to_left, reference, write_on, description) values
    ('SUBMITTED-ORDERLINE', 1, 'line_id', 'salesorderdetailid', 'to_left', null, null, 'insert', 'Key: that of the line in Sales'),
    ('SUBMITTED-ORDERLINE', 2, 'order_id', 'salesorderid', 'to_left', null, 'SUBMITTED-ORDER', 'insert', 'Order'),
    ('SUBMITTED-ORDERLINE', 3, 'submission', 'submitcount', 'to_left', null, null, 'always', 'Which submission of the order this line belongs to'),
    ('SUBMITTED-ORDERLINE', 4, 'sorting', 'sorting', 'to_left', null, null, 'always', 'Place in the order'),
    ('SUBMITTED-ORDERLINE', 5, 'is_write_in', 'is_write_in', 'to_left', null, null, 'always', 'Write-in product'),
    ('SUBMITTED-ORDERLINE', 6, 'product_number', 'productnumber', 'to_left', $$coalesce(productnumber, '')$$, null, 'always', 'Product number, for messages'),
    ('SUBMITTED-ORDERLINE', 7, 'product_type', 'producttypecode', 'to_left', 'coalesce(producttypecode, 0)', null, 'always', 'Product type'),
    ('SUBMITTED-ORDERLINE', 8, 'is_product_active', 'is_product_active', 'to_left', 'coalesce(is_product_active, true)', null, 'always', 'Product is active'),
    ('SUBMITTED-ORDERLINE', 9, 'item_no', 'productid', 'to_left', 'case when producttypecode = 1 then productid end', 'ITEM-PRODUCT', 'always', 'Item; must be coupled'),
    ('SUBMITTED-ORDERLINE', 10, 'resource_no', 'productid', 'to_left', 'case when producttypecode = 3 then productid end', 'RESOURCE-PRODUCT', 'always', 'Resource; must be coupled'),
    ('SUBMITTED-ORDERLINE', 11, 'description', 'description', 'to_left', $$coalesce(description, '')$$, null, 'always', 'Description'),
    ('SUBMITTED-ORDERLINE', 12, 'quantity', 'quantity', 'to_left', 'coalesce(quantity, 0)', null, 'always', 'Quantity'),
    ('SUBMITTED-ORDERLINE', 13, 'unit_price', 'priceperunit', 'to_left', 'coalesce(priceperunit, 0)', null, 'always', 'Price'),
    ('SUBMITTED-ORDERLINE', 14, 'line_discount_amount', 'discount', 'to_left', null, null, 'always', 'Volume and manual discount'),
    ('SUBMITTED-ORDERLINE', 15, 'vat_amount', 'tax', 'to_left', 'coalesce(tax, 0)', null, 'always', 'Tax');

-- ORDER-NOTES ------------------------------------------------------------------------------------------------------
-- Sales writes notes in HTML; Business Central keeps plain text.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, to_left, reference, write_on, description) values
    ('ORDER-NOTES', 1, 'sales_header_system_id', 'objectid', 'both', null, null, null, 'SALESORDER-ORDER', 'insert', 'The order'),
    ('ORDER-NOTES', 2, null, 'objecttypecode', 'to_right', 'salesorder', null, null, null, 'insert', 'Type of the record: order'),
    ('ORDER-NOTES', 3, 'description', 'subject', 'both', null, $$nullif(description, '')$$, $$coalesce(subject, '')$$, null, 'insert', 'Subject'),
    ('ORDER-NOTES', 4, 'note', 'notetext', 'to_right', null, null, null, null, 'insert', 'Text; later edits stay in Business Central'),
    ('ORDER-NOTES', 5, 'note', 'notetext', 'to_left', null, null,
     $$coalesce(btrim(replace(replace(replace(replace(replace(regexp_replace(regexp_replace(notetext, '<(br|/p|/div|/li)[^>]*>', chr(10), 'gi'), '<[^>]*>', '', 'g'), '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&'), ' ' || chr(10)), '')$$,
     null, 'always', 'Text without its HTML tags'),
    ('ORDER-NOTES', 6, 'type', null, 'to_left', '1', null, null, null, 'insert', 'Type: Note'),
    ('ORDER-NOTES', 7, 'created', 'createdon', 'to_left', null, null, null, null, 'insert', 'Created on');

-- ORDER-POSTS, ACCOUNT-POSTS -----------------------------------------------------------------------------------------
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, reference, write_on, description) values
    ('ORDER-POSTS', 1, 'incoming_order_id', 'regardingobjectid', 'to_right', null, 'SUBMITTED-ORDER', 'insert', 'The order in Sales'),
    ('ORDER-POSTS', 2, null, 'regardingobjecttypecode', 'to_right', 'salesorder', null, 'insert', 'Type of the record: order'),
    ('ORDER-POSTS', 3, 'message', 'text', 'to_right', null, null, 'insert', 'Text'),
    ('ACCOUNT-POSTS', 1, 'customer_no', 'regardingobjectid', 'to_right', null, 'CUSTOMER', 'insert', 'The account'),
    ('ACCOUNT-POSTS', 2, null, 'regardingobjecttypecode', 'to_right', 'account', null, 'insert', 'Type of the record: account'),
    ('ACCOUNT-POSTS', 3, 'message', 'text', 'to_right', null, null, 'insert', 'Text');

-- ACCOUNT-STATISTICS -----------------------------------------------------------------------------------------------
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, reference, write_on, description) values
    ('ACCOUNT-STATISTICS', 1, 'no', 'nav_accountid', 'to_right', 'CUSTOMER', 'insert', 'The account'),
    ('ACCOUNT-STATISTICS', 2, 'no', 'nav_customerno', 'to_right', null, 'always', 'Customer number'),
    ('ACCOUNT-STATISTICS', 3, 'name', 'nav_name', 'to_right', null, 'always', 'Name'),
    ('ACCOUNT-STATISTICS', 4, 'balance', 'nav_balancelcy', 'to_right', null, 'always', 'Balance'),
    ('ACCOUNT-STATISTICS', 5, 'outstanding_orders', 'nav_outstandingorderslcy', 'to_right', null, 'always', 'Outstanding orders'),
    ('ACCOUNT-STATISTICS', 6, 'shipped_not_invoiced', 'nav_shippednotinvoicedlcy', 'to_right', null, 'always', 'Shipped, not invoiced'),
    ('ACCOUNT-STATISTICS', 7, 'outstanding_invoices', 'nav_outstandinginvoiceslcy', 'to_right', null, 'always', 'Outstanding invoices'),
    ('ACCOUNT-STATISTICS', 8, 'total', 'nav_totallcy', 'to_right', null, 'always', 'Total'),
    ('ACCOUNT-STATISTICS', 9, 'credit_limit', 'nav_creditlimitlcy', 'to_right', null, 'always', 'Credit limit'),
    ('ACCOUNT-STATISTICS', 10, 'overdue', 'nav_overdueamountslcy', 'to_right', null, 'always', 'Overdue'),
    ('ACCOUNT-STATISTICS', 11, 'overdue_as_of', 'nav_overdueamountsasof', 'to_right', null, 'always', 'Overdue as of'),
    ('ACCOUNT-STATISTICS', 12, 'total_sales', 'nav_totalsaleslcy', 'to_right', null, 'always', 'Sales of the year'),
    ('ACCOUNT-STATISTICS', 13, 'invoiced_prepayments', 'nav_invoicedprepaymentamountlcy', 'to_right', null, 'always', 'Invoiced prepayments');

-- An invoice goes with all its products or not at all. Mapping rows see one row, so header and lines would go each for
-- themselves: this trigger looks at the lines, the items and their couplings, as the product did before it sent a header.
create function crm.refuse_incomplete_invoices() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_fault record;
begin
    select l.document_no, case l.type when 2 then 'item' else 'resource' end as kind, l.no,
        coalesce(i.blocked, r.blocked, false) as is_blocked into v_fault
    from new_rows n
    join bc.sales_invoice_line l on l.document_no = n.invoicenumber and l.type in (2, 3) and not l.is_write_in
    left join bc.item i on l.type = 2 and i.no = l.no
    left join bc.resource r on l.type = 3 and r.no = l.no
    left join sync.coupling c on c.left_key = l.no
        and c.mapping_name = case l.type when 2 then 'ITEM-PRODUCT' else 'RESOURCE-PRODUCT' end
    where n.nav_yourreference is not null and (i.blocked or r.blocked or c.left_key is null)
    order by l.document_no, l.line_no
    limit 1;
    if found then
        raise exception 'the invoice % cannot be created: the % % %', v_fault.document_no, v_fault.kind, v_fault.no,
            case when v_fault.is_blocked then 'is blocked' else 'is not coupled' end
            using errcode = 'object_not_in_prerequisite_state',
            hint = case when v_fault.is_blocked then 'unblock it until the invoice is there' else 'couple it with its product' end;
    end if;
    return null;
end
$$;
revoke all on function crm.refuse_incomplete_invoices() from public;
comment on function crm.refuse_incomplete_invoices() is
    'Refuses an invoice of the ERP while an item or resource of its lines is blocked or not coupled.';
create trigger refuse_incomplete_invoices after insert on crm.invoice referencing new table as new_rows
    for each statement execute function crm.refuse_incomplete_invoices();

-- A sales order that Business Central creates from an order of Sales is coupled with it there and then, as the product
-- did: this trigger is the one place that knows of both. It also refuses what only couplings tell: a write-in product
-- stands for what Sales does not know, so it must not be coupled itself.
create function bc.couple_created_order() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_write_in text;
begin
    select s.write_in_product_no into v_write_in from bc.sales_receivables_setup s
    join sync.coupling c on c.left_key = s.write_in_product_no
        and c.mapping_name = case s.write_in_product_type when 0 then 'ITEM-PRODUCT' else 'RESOURCE-PRODUCT' end
    where exists (select from bc.incoming_order_line l
                  where l.order_id = new.order_id and l.submission = new.submission and l.is_write_in);
    if found then
        raise exception 'the sales order cannot be created: order %: the write-in product % is coupled with a product in Sales',
            new.order_number, v_write_in using errcode = 'check_violation',
            hint = 'choose another write-in product in bc.sales_receivables_setup, or uncouple it';
    end if;
    delete from sync.coupling where mapping_name = 'SALESORDER-ORDER' and right_key = new.order_id::text;
    insert into sync.coupling (mapping_name, left_key, right_key)
    values ('SALESORDER-ORDER', new.sales_order_id::text, new.order_id::text);
    return null;
end
$$;
revoke all on function bc.couple_created_order() from public;
comment on function bc.couple_created_order() is 'Couples a sales order with the order of Sales it was created from.';
create trigger couple_created_order after update on bc.incoming_order
    for each row when (new.sales_order_id is not null and new.sales_order_id is distinct from old.sales_order_id)
    execute function bc.couple_created_order();
