-- bc, business logic: what happens to an order that came from Sales: released, shipped, invoiced, posted, deleted.

create function bc.order_deleted() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into bc.crm_post_buffer (incoming_order_id, sales_order_no, customer_no, change_type, message)
    select o.order_id, d.no, d.sell_to_customer_no, 4, format('Sales order %s was posted.', d.no)
    from old_rows d join bc.incoming_order o on o.sales_order_id = d.system_id
    where d.document_type = 1 and exists (select from bc.sales_invoice_header i where i.order_no = d.no);
    update bc.incoming_order o
    set sales_order_id = null, is_posted = p.is_posted, created_on = case when p.is_posted then o.created_on end
    from old_rows d
    cross join lateral (select exists (select from bc.sales_invoice_header i where i.order_no = d.no)) as p (is_posted)
    where d.document_type = 1 and o.sales_order_id = d.system_id;
    return null;
end
$$;
comment on function bc.order_deleted() is
    'An order deleted by posting is an invoice now; one deleted by hand can be created again.';
create trigger order_deleted after delete on bc.sales_header referencing old table as old_rows
    for each statement execute function bc.order_deleted();

create function bc.order_released() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into bc.crm_post_buffer (incoming_order_id, sales_order_no, customer_no, change_type, message)
    select o.order_id, new.no, new.sell_to_customer_no, 1, format('The status of sales order %s is Released.', new.no)
    from bc.incoming_order o where o.sales_order_id = new.system_id;
    return null;
end
$$;
comment on function bc.order_released() is 'Tells Sales that an order which came from it was released.';
create trigger order_released after update on bc.sales_header
    for each row when (new.document_type = 1 and new.status = 1 and old.status <> 1)
    execute function bc.order_released();

create function bc.order_document_posted() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into bc.crm_post_buffer (incoming_order_id, sales_order_no, customer_no, change_type, message)
    select o.order_id, h.no, h.sell_to_customer_no, tg_argv[0]::smallint, format(tg_argv[1], n.no, h.no)
    from new_rows n
    join bc.sales_header h on h.document_type = 1 and h.no = n.order_no
    join bc.incoming_order o on o.sales_order_id = h.system_id;
    return null;
end
$$;
comment on function bc.order_document_posted() is 'Tells Sales of shipments and invoices of orders that came from it.';
create trigger order_shipped after insert on bc.sales_shipment_header referencing new table as new_rows
    for each statement execute function bc.order_document_posted('2', 'Shipment %s was created for sales order %s.');
create trigger order_invoiced after insert on bc.sales_invoice_header referencing new table as new_rows
    for each statement execute function bc.order_document_posted('3', 'Invoice %s was created for sales order %s.');

create function bc.post_sales_order(p_no text, p_posting_date date default current_date) returns varchar
language plpgsql as $$
declare
    v_order bc.sales_header;
    v_invoice varchar;
begin
    select * into v_order from bc.sales_header where document_type = 1 and no = p_no for update;
    if not found then
        raise exception 'the sales order % does not exist', p_no using errcode = 'no_data_found';
    end if;
    insert into bc.sales_shipment_header (no, order_no, shipment_date) values ('SH-' || p_no, p_no, p_posting_date);
    insert into bc.sales_invoice_header (order_no, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no,
        your_reference, external_document_no, order_date, posting_date, document_date, shipment_date, due_date,
        requested_delivery_date, currency_code, currency_factor, prices_including_vat, salesperson_code,
        payment_terms_code, shipment_method_code, shipping_agent_code, payment_discount_pct, opportunity_no,
        ship_to_name, ship_to_address, ship_to_address_2, ship_to_city, ship_to_post_code, ship_to_county,
        ship_to_country_region_code, bill_to_name, bill_to_address, bill_to_address_2, bill_to_city, bill_to_post_code,
        bill_to_county, bill_to_country_region_code)
    select no, sell_to_customer_no, sell_to_customer_name, bill_to_customer_no, your_reference, external_document_no,
        order_date, p_posting_date, p_posting_date, p_posting_date, p_posting_date + 30, requested_delivery_date,
        currency_code, currency_factor, prices_including_vat, salesperson_code, payment_terms_code,
        shipment_method_code, shipping_agent_code, payment_discount_pct, opportunity_no, ship_to_name, ship_to_address,
        ship_to_address_2, ship_to_city, ship_to_post_code, ship_to_county, ship_to_country_region_code, bill_to_name,
        bill_to_address, bill_to_address_2, bill_to_city, bill_to_post_code, bill_to_county, bill_to_country_region_code
    from bc.sales_header where document_type = 1 and no = p_no
    returning no into v_invoice;
    insert into bc.sales_invoice_line (document_no, line_no, type, no, description, quantity, unit_of_measure_code,
        unit_price, line_discount_amount, inv_discount_amount, amount, amount_including_vat)
    select v_invoice, line_no, type, no, description, quantity, unit_of_measure_code, unit_price, line_discount_amount,
        inv_discount_amount, amount, amount_including_vat
    from bc.sales_line where document_type = 1 and document_no = p_no;
    insert into bc.cust_ledger_entry (entry_no, customer_no, document_type, document_no, posting_date, due_date, amount,
        remaining_amount)
    select nextval('bc.cust_ledger_entry_no_seq'), bill_to_customer_no, 2, no, posting_date, due_date,
        amount_including_vat, amount_including_vat
    from bc.sales_invoice_header where no = v_invoice;
    delete from bc.sales_header where document_type = 1 and no = p_no;
    return v_invoice;
end
$$;
comment on function bc.post_sales_order(text, date) is
    'Ships and invoices an order: shipment, posted invoice and ledger entry are made, the order goes. Returns the invoice.';
