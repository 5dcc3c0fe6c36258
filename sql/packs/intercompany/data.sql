-- Four companies of a group. USMF sells to external customers and buys from DEMF and FRRT; DEMF buys from GBSI.
insert into ic.company (company_id, name) values
    ('USMF', 'Contoso Entertainment System USA'), ('DEMF', 'Contoso Entertainment System Germany'),
    ('FRRT', 'Contoso Retail France'), ('GBSI', 'Contoso Service Industry UK');

insert into ic.trading_relation (buying_company_id, vendor_account, selling_company_id, customer_account) values
    ('USMF', 'V-DEMF', 'DEMF', 'C-USMF'), ('USMF', 'V-FRRT', 'FRRT', 'C-USMF'), ('DEMF', 'V-GBSI', 'GBSI', 'C-DEMF');

-- An order whose items come from DEMF; the first pass makes purchase order and sales order of it.
insert into ic.sales_order (company_id, sales_id, cust_account, customer_ref, customer_requisition, currency_code)
values ('USMF', 'SO-0001', 'US-001', 'Contoso Retail San Diego', 'PO-7731', 'USD');
insert into ic.sales_line (order_rec_id, line_no, item_id, qty, sales_price, vendor_account)
select o.rec_id, l.line_no, l.item_id, l.qty, l.sales_price, l.vendor_account
  from ic.sales_order o
  cross join (values (1, 'D0001', 10, 149.00, 'V-DEMF'), (2, 'D0003', 4, 89.50, 'V-DEMF'), (3, 'A0001', 1, 25.00, ''))
        as l (line_no, item_id, qty, sales_price, vendor_account)
 where o.company_id = 'USMF' and o.sales_id = 'SO-0001';
