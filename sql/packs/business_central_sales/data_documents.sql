-- Sample data around documents: an opportunity, an invoice and an order that are in step, and some that are on one side.

-- Business Central -------------------------------------------------------------------------------------------------
insert into bc.crm_connection_setup (is_enabled, is_sales_order_integration_enabled, auto_create_sales_orders)
values (true, true, true);
update bc.sales_receivables_setup set write_in_product_type = 0, write_in_product_no = '9010', freight_gl_acc_no = '6810';
update crm.organization set issopintegrationenabled = true;

insert into bc.sales_invoice_header (no, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no, posting_date,
    document_date, shipment_date, due_date, currency_code, salesperson_code, payment_terms_code, shipment_method_code,
    shipping_agent_code, ship_to_name, ship_to_address, ship_to_city, ship_to_post_code, ship_to_country_region_code,
    bill_to_name, bill_to_address, bill_to_city, bill_to_post_code, bill_to_country_region_code)
select i.no, c.no, c.name, c.no, i.posted, i.posted, i.posted, i.posted + 30, c.currency_code, i.salesperson_code,
    c.payment_terms_code, c.shipment_method_code, c.shipping_agent_code, c.name, c.address, c.city, c.post_code,
    c.country_region_code, c.name, c.address, c.city, c.post_code, c.country_region_code
from (values ('PSI000010', 'C00010', date '2019-02-04', 'HB'), ('PSI000020', 'C00030', date '2019-02-07', 'LM'),
             ('PSI000030', 'C00090', date '2019-02-08', 'SV')  -- neither its customer nor its salesperson is coupled
     ) as i (no, customer_no, posted, salesperson_code)
join bc.customer c on c.no = i.customer_no;
insert into bc.sales_invoice_line (document_no, line_no, type, no, description, quantity, unit_of_measure_code,
    unit_price, line_discount_amount, inv_discount_amount, amount, amount_including_vat) values
    ('PSI000010', 10000, 2, '1010', 'Writing desk, oak', 2, 'PCS', 420, 40, 16, 784, 940.80),
    ('PSI000010', 20000, 3, 'R10', 'Workplace planning', 3, 'HOUR', 85, 0, 5.10, 249.90, 299.88),
    ('PSI000010', 30000, 1, '6810', 'Freight Amount', 1, '', 25, 0, 0, 25, 30),
    ('PSI000020', 10000, 2, '1020', 'Swivel chair, grey', 8, 'PCS', 189.9, 0, 0, 1519.20, 1823.04),
    ('PSI000020', 20000, 0, '', 'Room 12 to 19', 0, '', 0, 0, 0, 0, 0),
    ('PSI000030', 10000, 2, '1030', 'Desk lamp, brass', 1, 'PCS', 64, 0, 0, 64, 76.80);
insert into bc.cust_ledger_entry (entry_no, customer_no, document_type, document_no, posting_date, due_date, amount,
    remaining_amount)
select row_number() over (order by no), bill_to_customer_no, 2, no, posting_date, due_date, amount_including_vat,
    case no when 'PSI000020' then 0 when 'PSI000030' then 50 else amount_including_vat end
from bc.sales_invoice_header;

-- Its contact is not coupled.
insert into bc.opportunity (no, description, salesperson_code, contact_no, creation_date)
values ('OP000021', 'Light for the long night', 'AO', 'CT000170', '2019-02-12');

-- An order that was never in Sales.
insert into bc.sales_header (no, status, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no, order_date,
    salesperson_code) values ('SO000010', 1, 'C00080', 'Thames Valley College', 'C00080', '2019-02-11', 'LM');
insert into bc.sales_line (document_no, line_no, type, no, description, unit_of_measure_code, quantity, unit_price,
    amount, amount_including_vat, outstanding_quantity, sell_to_customer_no)
values ('SO000010', 10000, 2, '1040', 'Copy paper A4, 5 x 500', 'BOX', 20, 21.5, 430, 516, 20, 'C00080');

-- Sales ------------------------------------------------------------------------------------------------------------
insert into crm.opportunity (opportunityid, name, parentcontactid, ownerid, estimatedvalue, estimatedclosedate)
select '0b000000-0000-4000-8000-000000000010', o.description, c.right_key::uuid, u.right_key::uuid,
    o.estimated_value_lcy, o.estimated_closing_date
from bc.opportunity o
join sync.coupling c on c.mapping_name = 'CONTACT' and c.left_key = o.contact_no
join sync.coupling u on u.mapping_name = 'SALESPEOPLE' and u.left_key = o.salesperson_code
where o.no = 'OP000010';
insert into sync.coupling (mapping_name, left_key, right_key)
values ('OPPORTUNITY', 'OP000010', '0b000000-0000-4000-8000-000000000010');
insert into crm.opportunity (opportunityid, name, parentaccountid) values
    ('0b000000-0000-4000-8000-000000000020', 'Reception of the new wing', 'acc00000-0000-4000-8000-000000000030');

-- The invoice of C00010 is in Sales; those of C00030 and C00090 are not.
insert into crm.invoice (invoiceid, invoicenumber, name, nav_yourreference, customerid, ownerid, transactioncurrencyid,
    duedate, datedelivered, shipto_name, shipto_line1, shipto_city, shipto_country, shipto_postalcode, billto_name,
    billto_line1, billto_city, billto_country, billto_postalcode, totalamountlessfreight, totalamount, discountamount,
    totallineitemdiscountamount, shippingmethodcode, paymenttermscode, description, statecode, statuscode)
select '0e000000-0000-4000-8000-000000000010', h.no, h.no, h.your_reference, c.right_key::uuid, u.right_key::uuid,
    m.right_key::uuid, h.due_date, h.shipment_date, h.ship_to_name, h.ship_to_address, h.ship_to_city,
    h.ship_to_country_region_code, h.ship_to_post_code, h.bill_to_name, h.bill_to_address, h.bill_to_city,
    h.bill_to_country_region_code, h.bill_to_post_code, h.amount, h.amount_including_vat, h.invoice_discount_amount,
    h.line_discount_amount, 2, 1, h.shipment_method_description, 0, 4
from bc.sales_invoice_header h
join sync.coupling c on c.mapping_name = 'CUSTOMER' and c.left_key = h.sell_to_customer_no
join sync.coupling u on u.mapping_name = 'SALESPEOPLE' and u.left_key = h.salesperson_code
join sync.coupling m on m.mapping_name = 'CURRENCY' and m.left_key = h.transaction_currency_code
where h.no = 'PSI000010';
insert into crm.invoicedetail (invoicedetailid, invoiceid, lineitemnumber, productid, productdescription,
    quantity, manualdiscountamount, priceperunit, ispriceoverridden, baseamount, extendedamount, tax)
select ('0e100000-0000-4000-8000-0000000' || l.line_no)::uuid, '0e000000-0000-4000-8000-000000000010', l.line_no,
    coalesce(i.right_key, r.right_key)::uuid,
    case when l.type not in (2, 3) then l.no || ' ' || l.description || '.' end, l.quantity, l.line_discount_amount,
    l.unit_price, true, l.amount + l.inv_discount_amount + l.line_discount_amount,
    l.amount_including_vat + l.inv_discount_amount, l.amount_including_vat - l.amount
from bc.sales_invoice_line l
left join sync.coupling i on i.mapping_name = 'ITEM-PRODUCT' and i.left_key = l.no and l.type = 2
left join sync.coupling r on r.mapping_name = 'RESOURCE-PRODUCT' and r.left_key = l.no and l.type = 3
where l.document_no = 'PSI000010';
insert into sync.coupling (mapping_name, left_key, right_key)
values ('POSTEDSALESINV-INV', 'PSI000010', '0e000000-0000-4000-8000-000000000010');
insert into sync.coupling (mapping_name, left_key, right_key)
select 'POSTEDSALESLINE-INV', jsonb_build_array(d.invoicenumber, l.lineitemnumber::text)::text, l.invoicedetailid::text
from crm.invoicedetail l join crm.invoice d using (invoiceid);

-- Four orders: one is a sales order already, one has been submitted, one is still being written; the account of the
-- last is not coupled.
insert into crm.salesorder (salesorderid, ordernumber, name, customerid, customeridtype, ownerid, requestdeliveryby,
    freightamount, discountamount, paymenttermscode, shipto_line1, shipto_city, shipto_postalcode) values
    ('0d000000-0000-4000-8000-000000001001', 'ORD-01001', 'Studio, second floor', 'acc00000-0000-4000-8000-000000000020',
     'account', '5a100000-0000-4000-8000-000000000001', '2019-03-15', null, null, null, null, null, null),
    ('0d000000-0000-4000-8000-000000001002', 'ORD-01002', 'Lobby, first delivery', 'acc00000-0000-4000-8000-000000000030',
     'account', '5a100000-0000-4000-8000-000000000002', '2019-04-01', 45, 100, 3, 'Loading bay 2', 'Leeds', 'ls2 7ew'),
    ('0d000000-0000-4000-8000-000000001003', 'ORD-01003', 'Lamps for the quay', 'c0a00000-0000-4000-8000-000000000150',
     'contact', '5a100000-0000-4000-8000-000000000005', null, null, null, null, null, null, null),
    ('0d000000-0000-4000-8000-000000001004', 'ORD-01004', 'Cabin desks', 'acc00000-0000-4000-8000-000000000201',
     'account', '5a100000-0000-4000-8000-000000000001', null, null, null, null, null, null, null);
insert into crm.salesorderdetail (salesorderdetailid, salesorderid, lineitemnumber, productid, productdescription,
    description, quantity, priceperunit, manualdiscountamount, volumediscountamount, tax)
select ('0d100000-0000-4000-8000-' || lpad(l.line::text, 12, '0'))::uuid,
    ('0d000000-0000-4000-8000-00000000' || l.line / 100)::uuid, l.line % 100, p.productid, l.own, l.words, l.quantity,
    l.price, l.manual, l.volume, l.tax
from (values
    (100101, '1020', null, null, 4, 189.9, 0, 0, 151.92),
    (100201, '1010', null, null, 3, 420, 30, 5, 243),
    (100202, 'R10', null, null, 6, 85, 0, 0, 102),
    (100203, null, 'Brass plate', 'Brass plate for the reception desk, engraved on both sides with the name of the hotel and its year of foundation, to be hung by the assembly team',
     1, 130, 0, 0, 26),
    (100301, '1030', null, null, 10, 64, 0, 2, 124),
    (100401, '1010', null, null, 6, 420, 0, 0, 504)
) as l (line, number, own, words, quantity, price, manual, volume, tax)
left join crm.product p on p.productnumber = l.number;

-- ORD-01001 was submitted and taken.
update crm.salesorder set statecode = 1 where ordernumber = 'ORD-01001';
insert into bc.incoming_order (order_id, order_number, name, state, submission, line_count, customer_no, currency_code,
    requested_delivery_date)
select o.salesorderid, o.ordernumber, o.name, o.statecode, o.submitcount, o.linecount, c.left_key, m.left_key,
    o.requestdeliveryby
from crm.salesorder o
join sync.coupling c on c.mapping_name = 'CUSTOMER' and c.right_key = o.accountid::text
join sync.coupling m on m.mapping_name = 'CURRENCY' and m.right_key = o.transactioncurrencyid::text
where o.ordernumber = 'ORD-01001';
insert into bc.incoming_order_line (line_id, order_id, submission, sorting, product_number, product_type, item_no,
    quantity, unit_price, vat_amount)
select l.salesorderdetailid, l.salesorderid, l.submitcount, l.sorting, l.productnumber, l.producttypecode, l.productnumber,
    l.quantity, l.priceperunit, l.tax
from crm.submitted_order_line l where l.salesorderid = '0d000000-0000-4000-8000-000000001001';
insert into sync.coupling (mapping_name, left_key, right_key)
select 'SUBMITTED-ORDER', order_id::text, order_id::text from bc.incoming_order
union all
select 'SUBMITTED-ORDERLINE', line_id::text, line_id::text from bc.incoming_order_line;
update crm.salesorder o set lastbackofficesubmit = i.created_on
from bc.incoming_order i where i.order_id = o.salesorderid;

update crm.salesorder set statecode = 1 where ordernumber in ('ORD-01002', 'ORD-01004');
insert into crm.annotation (annotationid, objectid, objecttypecode, subject, notetext) values
    ('0f000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000001002', 'salesorder', 'Access',
     '<div>Deliver <b>before 9</b>.<br>Ask for Gareth &amp; sign.</div>');

-- The figures of the customers whose accounts Sales has.
insert into crm.nav_accountstatistics (nav_accountid, nav_customerno, nav_name, nav_balancelcy, nav_outstandingorderslcy,
    nav_shippednotinvoicedlcy, nav_outstandinginvoiceslcy, nav_totallcy, nav_creditlimitlcy, nav_overdueamountslcy,
    nav_overdueamountsasof, nav_totalsaleslcy, nav_invoicedprepaymentamountlcy)
select c.right_key::uuid, s.no, s.name, s.balance, s.outstanding_orders, s.shipped_not_invoiced, s.outstanding_invoices,
    s.total, s.credit_limit, s.overdue, s.overdue_as_of, s.total_sales, s.invoiced_prepayments
from bc.customer_statistics s join sync.coupling c on c.mapping_name = 'CUSTOMER' and c.left_key = s.no;
insert into sync.coupling (mapping_name, left_key, right_key)
select 'ACCOUNT-STATISTICS', nav_customerno, nav_accountstatisticsid::text from crm.nav_accountstatistics;
