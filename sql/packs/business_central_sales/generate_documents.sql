-- Posted invoices, sales orders and submitted orders in any number, the same ones for the same seed. Runs after
-- generate.sql, on top of customers, items and products that are there.

create function bc.generated_line(p_first bigint, p_last bigint, p_seed integer)
returns table (document bigint, line_no integer, type smallint, no text, description text, unit text, quantity numeric,
    unit_price numeric, line_discount numeric, inv_discount numeric)
language sql stable as $$
    with product as (
        select 2::smallint as type, i.no, i.description, i.base_unit_of_measure as unit, i.unit_price as price
        from bc.item i where not i.blocked and not i.is_write_in and i.base_unit_of_measure <> ''
        union all
        select 3::smallint, r.no, r.name, r.base_unit_of_measure, r.unit_price
        from bc.resource r
        where not r.blocked and not r.is_write_in and r.base_unit_of_measure <> ''
    ), numbered as (
        select p.*, row_number() over (partition by p.type order by p.no) as row_no from product p
    ), line as (
        select d.d as document, (l * 10000)::integer as line_no, 100 * d.d + l as seed_no,
            (hashint8extended(100 * d.d + l, p_seed) & 1023) % 20 as kind,
            (hashint8extended(d.d, p_seed + 1) & 1023) % 5 = 0 as has_discount
        from generate_series(p_first, p_last) as d (d)
        cross join lateral generate_series(1, 1 + (hashint8extended(d.d, p_seed + 2) & 1023) % 9) as l
    ), chosen as (
        select l.*, case when l.kind < 14 then 2 when l.kind < 18 then 3 when l.kind = 18 then 1 else 0 end::smallint as type,
            case when l.kind = 19 then 0 else 1 + (hashint8extended(l.seed_no, p_seed + 4) & 1023) % 12 end::numeric as qty
        from line l
    ), priced as (
        select c.*, coalesce(n.no, case c.type when 1 then '6810' else '' end) as code,
            coalesce(n.description, case c.type when 1 then 'Freight Amount' else 'As agreed' end) as words,
            coalesce(n.unit, '') as unit, case c.type when 0 then 0 when 1 then 25 else n.price end as price
        from chosen c
        left join (select n.type, count(*) as products from numbered n group by n.type) as range on range.type = c.type
        left join numbered n on n.type = c.type and n.row_no = 1 + bc.dice(c.seed_no, p_seed + 3) % range.products
    )
    select p.document, p.line_no, p.type, p.code, p.words::text, p.unit::text, p.qty, p.price, d.line_discount,
        case when p.has_discount and p.type in (2, 3) then round((p.qty * p.price - d.line_discount) * 0.02, 2) else 0 end
    from priced p
    cross join lateral (select case when p.seed_no % 4 = 0 and p.type in (2, 3) then round(p.qty * p.price * 0.05, 2) else 0 end
                        as line_discount) as d
$$;
comment on function bc.generated_line(bigint, bigint, integer) is
    'Made-up lines of documents p_first to p_last: one to nine each, of items, resources, freight and comments.';

create function bc.generate_documents(p_invoices integer, p_orders integer, p_seed integer default 3) returns integer
language plpgsql as $$
declare
    v_customers bigint;
begin
    insert into bc.unit_of_measure (code, description) values ('PCS', 'Piece') on conflict (code) do nothing;
    update bc.sales_receivables_setup set write_in_product_type = 0, write_in_product_no = 'WRITE-IN', freight_gl_acc_no = '6810'
    where write_in_product_no = '';
    insert into bc.item (no, description, type, base_unit_of_measure)
    select write_in_product_no, 'What Sales wrote in', 1, 'PCS' from bc.sales_receivables_setup
    where write_in_product_type = 0 on conflict (no) do nothing;
    select count(*) into v_customers from bc.customer where blocked = 0;
    create temporary table generated_document on commit drop as
    select d.i, case when d.i <= p_invoices then bc.next_no('S-INV+') else bc.next_no('S-DOC') end as no,
        c.no as customer_no, current_date - ((hashint8extended(d.i, p_seed + 6) & 1023) % 300)::integer as posted
    from generate_series(1, p_invoices + p_orders) as d (i)
    join (select no, row_number() over (order by no) as row_no from bc.customer where blocked = 0) as c
        on c.row_no = 1 + bc.dice(d.i, p_seed + 5) % v_customers
    order by d.i;
    create temporary table generated_sales_line on commit drop as
    select d.no as document_no, d.i, d.customer_no, l.*, a.amount, a.amount + round(a.amount * 0.2, 2) as gross
    from bc.generated_line(1, p_invoices + p_orders, p_seed) as l
    join generated_document d on d.i = l.document
    cross join lateral (select round(l.quantity * l.unit_price, 2) - l.line_discount - l.inv_discount as amount) as a;
    analyze generated_document;
    analyze generated_sales_line;

    insert into bc.sales_invoice_header (no, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no, posting_date,
        document_date, shipment_date, due_date, currency_code, salesperson_code, payment_terms_code, shipment_method_code,
        shipping_agent_code, ship_to_name, ship_to_address, ship_to_city, ship_to_post_code, ship_to_country_region_code,
        bill_to_name, bill_to_address, bill_to_city, bill_to_post_code, bill_to_country_region_code)
    select d.no, c.no, c.name, c.no, d.posted, d.posted, d.posted, d.posted + 30, c.currency_code, c.salesperson_code,
        c.payment_terms_code, c.shipment_method_code, c.shipping_agent_code, c.name, c.address, c.city, c.post_code,
        c.country_region_code, c.name, c.address, c.city, c.post_code, c.country_region_code
    from generated_document d join bc.customer c on c.no = d.customer_no
    where d.i <= p_invoices;
    insert into bc.sales_invoice_line (document_no, line_no, type, no, description, quantity, unit_of_measure_code,
        unit_price, line_discount_amount, inv_discount_amount, amount, amount_including_vat)
    select document_no, line_no, type, no, description, quantity, unit, unit_price, line_discount, inv_discount, amount, gross
    from generated_sales_line where i <= p_invoices;
    insert into bc.cust_ledger_entry (entry_no, customer_no, document_type, document_no, posting_date, due_date, amount,
        remaining_amount)
    select nextval('bc.cust_ledger_entry_no_seq'), h.bill_to_customer_no, 2, h.no, h.posting_date, h.due_date,
        h.amount_including_vat, case d.i % 6 when 0 then 0 when 1 then 0 when 2 then round(h.amount_including_vat / 2, 2)
            else h.amount_including_vat end
    from generated_document d join bc.sales_invoice_header h on h.no = d.no
    where d.i <= p_invoices;

    insert into bc.sales_header (no, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no, order_date,
        document_date, shipment_date, currency_code, salesperson_code, payment_terms_code, shipment_method_code,
        shipping_agent_code, ship_to_name, ship_to_address, ship_to_city, ship_to_post_code, ship_to_country_region_code)
    select d.no, c.no, c.name, c.no, d.posted, d.posted, d.posted, c.currency_code, c.salesperson_code,
        c.payment_terms_code, c.shipment_method_code, c.shipping_agent_code, c.name, c.address, c.city, c.post_code,
        c.country_region_code
    from generated_document d join bc.customer c on c.no = d.customer_no
    where d.i > p_invoices;
    insert into bc.sales_line (document_no, line_no, type, no, description, quantity, unit_of_measure_code, unit_price,
        line_discount_amount, inv_discount_amount, amount, amount_including_vat, outstanding_quantity, sell_to_customer_no)
    select document_no, line_no, type, no, description, quantity, unit, unit_price, line_discount, inv_discount, amount,
        gross, quantity, customer_no
    from generated_sales_line where i > p_invoices;
    -- Of the headers just made nothing is known: without this the update looks at every pair.
    analyze bc.sales_header;
    update bc.sales_header h set status = 1 from generated_document d
    where h.document_type = 1 and h.no = d.no and d.i > p_invoices and d.i % 2 = 0;
    return p_invoices + p_orders;
end
$$;
comment on function bc.generate_documents(integer, integer, integer) is
    'Makes posted invoices with their ledger entries, and sales orders of which every second is released; returns how many.';

create function crm.generate_orders(p_count integer, p_seed integer default 4) returns integer
language plpgsql as $$
declare
    v_accounts bigint;
    v_products bigint;
begin
    select count(*) into v_accounts from crm.account where customertypecode = 3 and statecode = 0;
    select count(*) into v_products from crm.product where statecode = 0;
    insert into crm.salesorder (salesorderid, ordernumber, name, customerid, requestdeliveryby, freightamount,
        discountpercentage)
    select md5('order ' || p_seed || ' ' || i)::uuid, 'ORD-' || p_seed || '-' || i, 'Order ' || i,
        a.accountid, current_date + i % 60, case when i % 3 = 0 then 25 end, case when i % 5 = 0 then 2 end
    from generate_series(1, p_count) as i
    join (select accountid, row_number() over (order by name, accountid) as row_no from crm.account
          where customertypecode = 3 and statecode = 0) as a
        on a.row_no = 1 + bc.dice(i, p_seed + 1) % v_accounts;
    insert into crm.salesorderdetail (salesorderid, lineitemnumber, productid, quantity, priceperunit, description,
        manualdiscountamount, tax)
    select md5('order ' || p_seed || ' ' || i)::uuid, l, p.productid, q.quantity, coalesce(p.price, 40),
        case when p.productid is null then 'Special request ' || i || '/' || l end, 0,
        round(q.quantity * coalesce(p.price, 40) * 0.2, 2)
    from generate_series(1, p_count) as i
    cross join lateral generate_series(1, 1 + (hashint8extended(i, p_seed + 2) & 1023) % 5) as l
    cross join lateral (select 1 + (hashint8extended(10 * i + l, p_seed + 3) & 1023) % 9 as quantity) as q
    left join (select productid, price, row_number() over (order by productnumber) as row_no from crm.product
               where statecode = 0) as p
        on (10 * i + l) % 11 <> 0 and p.row_no = 1 + bc.dice(10 * i + l, p_seed + 4) % nullif(v_products, 0);
    update crm.salesorder o set statecode = 1
    from generate_series(1, p_count) as i
    where o.salesorderid = md5('order ' || p_seed || ' ' || i)::uuid;
    return p_count;
end
$$;
comment on function crm.generate_orders(integer, integer) is
    'Makes submitted orders of one to five lines, some with freight, discount or write-in products; returns how many.';
