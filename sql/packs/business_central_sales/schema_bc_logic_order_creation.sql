-- bc, business logic: an order submitted in Sales arrives as facts, header and lines (schema_bc_incoming_orders.sql). Business
-- Central makes its own document of them, all or nothing, once every line is there.

-- The first order of p_ready that cannot be created stops all of them: whoever asked hears why.
create function bc.refuse_orders(p_ready uuid[]) returns void
language plpgsql set enable_seqscan = off as $$
declare
    v_setup bc.sales_receivables_setup;
    v_fault record;
begin
    select * into v_setup from bc.sales_receivables_setup;
    select o.order_number, f.reason, f.remedy into v_fault
    from unnest(p_ready) as r (order_id)
    join bc.incoming_order o on o.order_id = r.order_id
    left join bc.customer c on c.no = o.customer_no
    cross join lateral (
        select 'sales order integration is not enabled', 'switch it on in bc.crm_connection_setup'
        where not exists (select from bc.crm_connection_setup s where s.is_sales_order_integration_enabled)
        union all
        select 'it is not submitted', 'submit it in Sales' where o.state <> 1
        union all
        select 'its customer is not an account', 'choose an account, or give the contact a parent account'
        where o.customer_no = ''
        union all
        select format('the customer %s does not exist', o.customer_no), 'choose another account in Sales'
        where o.customer_no <> '' and c.no is null
        union all
        select 'freight needs a G/L account', 'fill in freight_gl_acc_no in bc.sales_receivables_setup'
        where o.freight_amount > 0 and v_setup.freight_gl_acc_no = ''
        union all
        select 'no line allows an invoice discount', 'take the discount off the order in Sales'
        where o.invoice_discount_amount <> 0 and not exists (
            select from bc.incoming_order_line l
            where l.order_id = o.order_id and l.submission = o.submission
              and round(l.quantity * l.unit_price, 2) > l.line_discount_amount)
        union all
        select * from (
            select case
                when l.is_write_in and v_setup.write_in_product_no = '' then 'it has a write-in product'
                when l.is_write_in and v_setup.write_in_product_type = 0 and i.no is null
                    then format('the write-in item %s does not exist', v_setup.write_in_product_no)
                when l.is_write_in and v_setup.write_in_product_type = 0 and i.type = 0
                    then format('the write-in item %s is kept in inventory', i.no)
                when l.is_write_in and v_setup.write_in_product_type = 1 and w.no is null
                    then format('the write-in resource %s does not exist', v_setup.write_in_product_no)
                when l.is_write_in then null
                when not l.is_product_active then format('the product %s is not active', l.product_number)
                when l.product_type not in (1, 3)
                    then format('the product %s is neither an item nor a resource', l.product_number)
                when l.item_no = '' and l.resource_no = ''
                    then format('the product %s is not coupled to an item or resource', l.product_number)
            end,
            case when l.is_write_in
                then 'fill in write_in_product_type and write_in_product_no in bc.sales_receivables_setup with a service'
                else 'correct the product in Sales, or the line of the order' end
            from bc.incoming_order_line l
            left join bc.item i on i.no = v_setup.write_in_product_no
            left join bc.resource w on w.no = v_setup.write_in_product_no
            where l.order_id = o.order_id and l.submission = o.submission
            order by l.sorting, l.line_id
        ) as product (reason, remedy)
    ) as f (reason, remedy)
    where f.reason is not null
    limit 1;
    if found then
        raise exception 'the sales order cannot be created: order %: %', v_fault.order_number, v_fault.reason
            using errcode = 'check_violation', hint = v_fault.remedy;
    end if;
end
$$;
comment on function bc.refuse_orders(uuid[]) is 'Raises what stands in the way of creating sales orders.';

create function bc.insert_order_headers(p_ready uuid[]) returns void
language plpgsql set enable_seqscan = off as $$
begin
    update bc.incoming_order set sales_order_id = gen_random_uuid(), created_on = current_date
    where order_id = any (p_ready);
    insert into bc.sales_header (system_id, document_type, status, sell_to_customer_no, sell_to_customer_name,
        bill_to_customer_no, your_reference, external_document_no, order_date, posting_date, document_date,
        shipment_date, due_date, requested_delivery_date, currency_code, salesperson_code, payment_terms_code,
        shipment_method_code, shipping_agent_code, payment_discount_pct, ship_to_name, ship_to_address,
        ship_to_address_2, ship_to_city, ship_to_post_code, ship_to_county, ship_to_country_region_code,
        bill_to_name, bill_to_address, bill_to_address_2, bill_to_city, bill_to_post_code, bill_to_county,
        bill_to_country_region_code)
    select o.sales_order_id, 1, 0, c.no, c.name, c.no, left(o.order_number, 35), left(o.name, 35), current_date,
        current_date, current_date, current_date, current_date, o.requested_delivery_date,
        case when o.currency_code = bc.lcy_code() then '' else o.currency_code end, c.salesperson_code,
        coalesce(nullif(o.payment_terms_code, ''), c.payment_terms_code),
        coalesce(nullif(o.shipment_method_code, ''), c.shipment_method_code),
        coalesce(nullif(o.shipping_agent_code, ''), c.shipping_agent_code), o.payment_discount_pct,
        c.name,
        case when s.is_given then o.ship_to_address else c.address end,
        case when s.is_given then o.ship_to_address_2 else c.address_2 end,
        case when s.is_given then o.ship_to_city else c.city end,
        case when s.is_given then o.ship_to_post_code else c.post_code end,
        case when s.is_given then o.ship_to_county else c.county end,
        case when s.is_given then o.ship_to_country_region_code else c.country_region_code end,
        c.name,
        case when b.is_given then o.bill_to_address else c.address end,
        case when b.is_given then o.bill_to_address_2 else c.address_2 end,
        case when b.is_given then o.bill_to_city else c.city end,
        case when b.is_given then o.bill_to_post_code else c.post_code end,
        case when b.is_given then o.bill_to_county else c.county end,
        case when b.is_given then o.bill_to_country_region_code else c.country_region_code end
    from bc.incoming_order o
    join bc.customer c on c.no = o.customer_no
    cross join lateral (select concat(o.ship_to_address, o.ship_to_address_2, o.ship_to_city, o.ship_to_post_code,
        o.ship_to_county, o.ship_to_country_region_code) <> '') as s (is_given)
    cross join lateral (select concat(o.bill_to_address, o.bill_to_address_2, o.bill_to_city, o.bill_to_post_code,
        o.bill_to_county, o.bill_to_country_region_code) <> '') as b (is_given)
    where o.order_id = any (p_ready);
end
$$;
comment on function bc.insert_order_headers(uuid[]) is
    'Makes the headers. What Sales left out comes from the customer; an address counts when one of its parts is filled.';

-- A text longer than 100 characters goes on in comment lines. Freight is a line of its own. The order's discount is
-- spread over the lines: each gets its share, and the cents that rounding leaves.
create function bc.insert_order_lines(p_ready uuid[]) returns void
language sql set enable_seqscan = off as $$
    insert into bc.sales_line (document_type, document_no, line_no, type, no, description, unit_of_measure_code,
        quantity, unit_price, line_discount_amount, inv_discount_amount, amount, amount_including_vat,
        outstanding_quantity, sell_to_customer_no, requested_delivery_date)
    with setup as (
        select * from bc.sales_receivables_setup
    ), incoming as (
        select h.no as document_no, o.order_id, o.invoice_discount_amount, o.customer_no, o.requested_delivery_date,
            l.sorting, l.line_id, l.is_write_in, l.description, l.quantity, l.unit_price, l.line_discount_amount,
            l.vat_amount,
            case when l.is_write_in then case when s.write_in_product_type = 0 then 2 else 3 end
                when l.item_no <> '' then 2 else 3 end as type,
            case when l.is_write_in then s.write_in_product_no else coalesce(nullif(l.item_no, ''), l.resource_no) end
                as no,
            greatest(round(l.quantity * l.unit_price, 2) - l.line_discount_amount, 0) as net
        from bc.incoming_order o
        join bc.sales_header h on h.system_id = o.sales_order_id
        join bc.incoming_order_line l on l.order_id = o.order_id and l.submission = o.submission
        cross join setup s
        where o.order_id = any (p_ready)
    ), spread as (
        select i.*,
            round(i.invoice_discount_amount * sum(i.net) over upto / nullif(sum(i.net) over whole, 0), 2) as upto
        from incoming i
        window whole as (partition by i.order_id),
            upto as (partition by i.order_id order by i.sorting, i.line_id)
    ), main as (
        select s.*,
            coalesce(s.upto - coalesce(lag(s.upto) over (partition by s.order_id order by s.sorting, s.line_id), 0), 0)
                as inv_discount,
            coalesce(i.base_unit_of_measure, r.base_unit_of_measure, '') as unit,
            coalesce(i.description, r.name, '') as own_description
        from spread s
        left join bc.item i on s.type = 2 and i.no = s.no
        left join bc.resource r on s.type = 3 and r.no = s.no
    ), line as (
        select m.document_no, m.sorting, m.line_id, 0 as part, m.type, m.no,
            case when length(m.description) > 100 or (m.is_write_in and m.description <> '')
                then left(m.description, 100) else m.own_description end as description,
            m.unit, m.quantity, m.unit_price, m.line_discount_amount, m.inv_discount,
            round(m.quantity * m.unit_price, 2) - m.line_discount_amount - m.inv_discount as amount, m.vat_amount,
            m.customer_no, m.requested_delivery_date
        from main m
        union all
        select m.document_no, m.sorting, m.line_id, p.part, 0, '', substr(m.description, 100 * p.part + 1, 100), '', 0, 0,
            0, 0, 0, 0, m.customer_no, null
        from main m
        cross join lateral generate_series(1, (length(m.description) - 1) / 100) as p (part)
        union all
        select h.no, 2147483647, o.order_id, 0, 1, s.freight_gl_acc_no, 'Freight Amount', '', 1, o.freight_amount, 0, 0,
            o.freight_amount, 0, o.customer_no, o.requested_delivery_date
        from bc.incoming_order o
        join bc.sales_header h on h.system_id = o.sales_order_id
        cross join setup s
        where o.order_id = any (p_ready) and o.freight_amount > 0
    )
    select 1, l.document_no,
        (10000 * row_number() over (partition by l.document_no order by l.sorting, l.line_id, l.part))::integer,
        l.type, l.no, l.description, l.unit, l.quantity, l.unit_price, l.line_discount_amount, l.inv_discount, l.amount,
        l.amount + l.vat_amount, l.quantity, l.customer_no, l.requested_delivery_date
    from line l
$$;
comment on function bc.insert_order_lines(uuid[]) is 'Makes the lines of the headers just made.';

create function bc.create_sales_orders(p_orders uuid[] default null) returns integer
language plpgsql set enable_seqscan = off as $$
declare
    v_ready uuid[] := p_orders;
begin
    if p_orders is null then
        select array_agg(o.order_id) into v_ready from bc.incoming_order o
        where o.sales_order_id is null and not o.is_posted and o.state = 1;
    end if;
    select array_agg(r.order_id) into v_ready
    from (
        select o.order_id from bc.incoming_order o
        where o.order_id = any (v_ready) and o.sales_order_id is null and not o.is_posted and o.state = 1
          and o.line_count = (select count(*) from bc.incoming_order_line l
                              where l.order_id = o.order_id and l.submission = o.submission)
        order by o.order_id
        for no key update of o
    ) as r;
    if v_ready is null then
        return 0;
    end if;
    perform bc.refuse_orders(v_ready);
    perform bc.insert_order_headers(v_ready);
    perform bc.insert_order_lines(v_ready);
    return cardinality(v_ready);
end
$$;
comment on function bc.create_sales_orders(uuid[]) is
    'The job that creates sales orders of the orders submitted in Sales (all of them, or the given ones) whose lines have all arrived; returns how many.';

create function bc.create_sales_order(p_order_id uuid) returns varchar
language plpgsql as $$
declare
    v_order bc.incoming_order;
    v_no varchar;
begin
    select * into v_order from bc.incoming_order where order_id = p_order_id;
    if not found then
        raise exception 'the sales order cannot be created: order % has not arrived', p_order_id
            using errcode = 'no_data_found';
    end if;
    select no into v_no from bc.sales_header where system_id = v_order.sales_order_id;
    if found then
        raise exception 'the sales order cannot be created: order % is sales order % already', v_order.order_number, v_no
            using errcode = 'unique_violation';
    end if;
    if bc.create_sales_orders(array[p_order_id]) = 0 then
        perform bc.refuse_orders(array[p_order_id]);
        raise exception 'the sales order cannot be created: lines of order % are missing', v_order.order_number
            using errcode = 'check_violation', hint = 'wait until they have arrived';
    end if;
    select h.no into v_no from bc.incoming_order o join bc.sales_header h on h.system_id = o.sales_order_id
    where o.order_id = p_order_id;
    return v_no;
end
$$;
comment on function bc.create_sales_order(uuid) is
    'Creates the sales order of one order on demand; returns its number, or raises why it cannot be.';

create function bc.order_arrived() returns trigger
language plpgsql as $$
declare
    v_orders uuid[];
begin
    if exists (select from bc.crm_connection_setup s where s.auto_create_sales_orders) then
        select array_agg(distinct n.order_id) into v_orders from new_rows n;
        if v_orders is not null then
            perform bc.create_sales_orders(v_orders);
        end if;
    end if;
    return null;
end
$$;
comment on function bc.order_arrived() is 'With auto_create_sales_orders, an order is created when its last line arrives.';

create function bc.order_resubmitted() returns trigger
language plpgsql as $$
begin
    if exists (select from bc.crm_connection_setup s where s.auto_create_sales_orders) then
        perform bc.create_sales_orders(array[new.order_id]);
    end if;
    return null;
end
$$;
comment on function bc.order_resubmitted() is 'The same for an order that is submitted again or corrected.';
create trigger order_inserted after insert on bc.incoming_order referencing new table as new_rows
    for each statement execute function bc.order_arrived();
create trigger order_updated after update on bc.incoming_order
    for each row when (new.sales_order_id is null and old.sales_order_id is null and not new.is_posted)
    execute function bc.order_resubmitted();
create trigger line_inserted after insert on bc.incoming_order_line referencing new table as new_rows
    for each statement execute function bc.order_arrived();
create trigger line_updated after update on bc.incoming_order_line referencing new table as new_rows
    for each statement execute function bc.order_arrived();

create function bc.auto_create_switched_on() returns trigger
language plpgsql as $$
begin
    perform bc.create_sales_orders();
    return null;
end
$$;
comment on function bc.auto_create_switched_on() is 'Creates the sales orders that wait when somebody switches the automation on.';
create trigger auto_create_switched_on after update on bc.crm_connection_setup
    for each row when (new.auto_create_sales_orders and not old.auto_create_sales_orders)
    execute function bc.auto_create_switched_on();
