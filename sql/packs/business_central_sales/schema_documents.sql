-- Documents: what the two systems do of their own accord with opportunities, orders, invoices and notes.
-- Nothing in this file knows of the synchronisation.

create sequence bc.cust_ledger_entry_no_seq start 1000001;

create function bc.stamp_modified_only() returns trigger
language plpgsql as $$
begin
    new.system_modified_at := clock_timestamp();
    return new;
end
$$;
comment on function bc.stamp_modified_only() is 'Notes when a row was changed.';

-- 1. bc: posted invoices ------------------------------------------------------------------------------------------

create function bc.fill_shipment_description() returns trigger
language plpgsql as $$
begin
    new.shipment_method_description := coalesce(
        (select m.description from bc.shipment_method m where m.code = new.shipment_method_code), '');
    return new;
end
$$;
comment on function bc.fill_shipment_description() is 'A posted invoice keeps the words of its shipment method.';
create trigger fill_shipment_description before insert on bc.sales_invoice_header
    for each row when (new.shipment_method_code <> '') execute function bc.fill_shipment_description();

create function bc.note_write_in() returns trigger
language plpgsql as $$
begin
    new.is_write_in := exists (select from bc.sales_receivables_setup s where s.write_in_product_no = new.no
        and new.type = case s.write_in_product_type when 0 then 2 else 3 end);
    return new;
end
$$;
comment on function bc.note_write_in() is 'Notes on a posted line that its product stands for whatever Sales writes in.';
create trigger note_write_in before insert on bc.sales_invoice_line
    for each row when (new.type in (2, 3)) execute function bc.note_write_in();

create function bc.ledger_entry_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct document_no) into v_numbers from old_rows where document_type = 2;
    else
        select array_agg(distinct document_no) into v_numbers from new_rows where document_type = 2;
    end if;
    update bc.sales_invoice_header h
    set ledger_amount = entry.amount, remaining_amount = entry.remaining_amount
    from unnest(v_numbers) as touched (no)
    cross join lateral (
        select sum(e.amount) as amount, sum(e.remaining_amount) as remaining_amount
        from bc.cust_ledger_entry e where e.document_no = touched.no and e.document_type = 2
    ) as entry
    where h.no = touched.no
      and (h.ledger_amount, h.remaining_amount) is distinct from (entry.amount, entry.remaining_amount);
    return null;
end
$$;
comment on function bc.ledger_entry_changed() is 'Keeps amount and remaining amount of posted invoices.';
create trigger ledger_entry_inserted after insert on bc.cust_ledger_entry referencing new table as new_rows
    for each statement execute function bc.ledger_entry_changed();
create trigger ledger_entry_updated after update on bc.cust_ledger_entry referencing new table as new_rows
    for each statement execute function bc.ledger_entry_changed();
create trigger ledger_entry_deleted after delete on bc.cust_ledger_entry referencing old table as old_rows
    for each statement execute function bc.ledger_entry_changed();

-- 2. bc: orders that come from Sales --------------------------------------------------------------------------------
-- An order submitted in Sales arrives as facts, header and lines. Business Central makes its own document of them,
-- all or nothing, once every line is there.

create table bc.incoming_order (
    order_id                uuid not null,
    order_number            varchar(100) not null default '',
    name                    text not null default '',
    state                   smallint not null default 0,
    submission              integer not null default 0,
    line_count              integer not null default 0,
    customer_no             varchar(20) not null default '',
    currency_code           varchar(10) not null default '',
    salesperson_code        varchar(20) not null default '',
    requested_delivery_date date,
    payment_discount_pct    numeric not null default 0,
    invoice_discount_amount numeric not null default 0,
    freight_amount          numeric not null default 0,
    shipping_agent_code     varchar(10) not null default '',
    payment_terms_code      varchar(10) not null default '',
    shipment_method_code    varchar(10) not null default '',
    ship_to_address         varchar(100) not null default '',
    ship_to_address_2       varchar(50) not null default '',
    ship_to_city            varchar(30) not null default '',
    ship_to_post_code       varchar(20) not null default '',
    ship_to_county          varchar(30) not null default '',
    ship_to_country_region_code varchar(10) not null default '',
    bill_to_address         varchar(100) not null default '',
    bill_to_address_2       varchar(50) not null default '',
    bill_to_city            varchar(30) not null default '',
    bill_to_post_code       varchar(20) not null default '',
    bill_to_county          varchar(30) not null default '',
    bill_to_country_region_code varchar(10) not null default '',
    sales_order_id          uuid,
    created_on              date,
    is_posted               boolean not null default false,
    system_modified_at      timestamptz not null default clock_timestamp(),
    constraint incoming_order_pkey primary key (order_id),
    constraint incoming_order_sales_order_id_key unique (sales_order_id),
    constraint incoming_order_state_check check (state between 0 and 4)
);
comment on table bc.incoming_order is
    'Orders submitted in Sales, as they arrived. state: 0 Active, 1 Submitted, 2 Canceled, 3 Fulfilled, 4 Invoiced.';
comment on column bc.incoming_order.submission is 'Which submission of the order this is; lines of an earlier one do not count.';
comment on column bc.incoming_order.line_count is 'Lines the order has in Sales: the sales order is created once they are all here.';
comment on column bc.incoming_order.sales_order_id is 'system_id of the sales order created from it; null: none, or it is gone.';
comment on column bc.incoming_order.created_on is
    'Day the sales order was created; null: not yet, or it was deleted by hand and can be created again.';
comment on column bc.incoming_order.is_posted is 'True: the sales order was posted and is an invoice now.';
create trigger stamp_modified before update on bc.incoming_order for each row execute function bc.stamp_modified_only();

create table bc.incoming_order_line (
    line_id              uuid not null,
    order_id             uuid not null,
    submission           integer not null default 0,
    sorting              integer not null default 0,
    is_write_in          boolean not null default false,
    product_number       varchar(100) not null default '',
    product_type         smallint not null default 0,
    is_product_active    boolean not null default true,
    item_no              varchar(20) not null default '',
    resource_no          varchar(20) not null default '',
    description          text not null default '',
    quantity             numeric not null default 0,
    unit_price           numeric not null default 0,
    line_discount_amount numeric not null default 0,
    vat_amount           numeric not null default 0,
    system_modified_at   timestamptz not null default clock_timestamp(),
    constraint incoming_order_line_pkey primary key (line_id),
    constraint incoming_order_line_order_id_fkey foreign key (order_id)
        references bc.incoming_order (order_id) on delete cascade
);
create index incoming_order_line_order_id_idx on bc.incoming_order_line (order_id);
comment on table bc.incoming_order_line is
    'Lines of orders submitted in Sales, as they arrived. product_type: 1 Sales Inventory, 2 Miscellaneous Charges, 3 Services, 4 Flat Fees.';
create trigger stamp_modified before update on bc.incoming_order_line for each row execute function bc.stamp_modified_only();

create table bc.crm_post_buffer (
    entry_no           integer generated by default as identity,
    incoming_order_id  uuid not null,
    sales_order_no     varchar(20) not null,
    customer_no        varchar(20) not null,
    change_type        smallint not null,
    message            varchar(250) not null,
    created            timestamptz not null default clock_timestamp(),
    constraint crm_post_buffer_pkey primary key (entry_no),
    constraint crm_post_buffer_change_type_check check (change_type between 1 and 4)
);
comment on table bc.crm_post_buffer is
    'What Sales is told of orders that came from it. change_type: 1 released, 2 shipment created, 3 invoice created, 4 posted (told to the account).';

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

-- 3. bc: what happens to such an order ------------------------------------------------------------------------------

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

-- 4. bc: figures of a customer --------------------------------------------------------------------------------------

create index sales_line_sell_to_customer_no_idx on bc.sales_line (sell_to_customer_no);
create view bc.customer_statistics as
select c.no, c.name, ledger.balance, orders.outstanding as outstanding_orders, orders.shipped as shipped_not_invoiced,
    orders.invoices as outstanding_invoices,
    ledger.balance + orders.outstanding + orders.shipped + orders.invoices as total, c.credit_limit_lcy as credit_limit,
    ledger.overdue, current_date as overdue_as_of, ledger.sales as total_sales, 0::numeric as invoiced_prepayments
from bc.customer c
cross join lateral (
    select count(*) as entries, coalesce(sum(e.remaining_amount), 0) as balance,
        coalesce(sum(e.remaining_amount) filter (where e.due_date < current_date), 0) as overdue,
        coalesce(sum(e.amount) filter (where e.document_type in (2, 3)
            and e.posting_date >= date_trunc('year', current_date)), 0) as sales
    from bc.cust_ledger_entry e where e.customer_no = c.no
) as ledger
cross join lateral (
    select count(*) as lines,
        coalesce(sum(v.value * l.outstanding_quantity / nullif(l.quantity, 0))
            filter (where l.document_type = 1), 0)::numeric(20, 2) as outstanding,
        coalesce(sum(v.value * l.qty_shipped_not_invoiced / nullif(l.quantity, 0))
            filter (where l.document_type = 1), 0)::numeric(20, 2) as shipped,
        coalesce(sum(v.value) filter (where l.document_type = 2), 0)::numeric(20, 2) as invoices
    from bc.sales_line l
    join bc.sales_header h on h.document_type = l.document_type and h.no = l.document_no
    cross join lateral (select l.amount_including_vat / coalesce(nullif(h.currency_factor, 0), 1) as value) as v
    where l.sell_to_customer_no = c.no
) as orders
where ledger.entries > 0 or orders.lines > 0;
comment on view bc.customer_statistics is
    'Figures of the customers with ledger entries or open sales lines, in local currency, as of today. The ledger is kept in local currency.';

-- 5. crm: orders ----------------------------------------------------------------------------------------------------

create function crm.keep_order() returns trigger
language plpgsql as $$
declare
    v_discount numeric;
begin
    new.accountid := case when new.customeridtype = 'account' then new.customerid
        else (select c.parentcustomerid from crm.contact c
              where c.contactid = new.customerid and c.parentcustomeridtype = 'account') end;
    if new.statecode = 1 and (tg_op = 'INSERT' or old.statecode <> 1) then
        new.submitcount := new.submitcount + 1;
        new.submitdate := current_date;
    end if;
    if new.statecode = 0 then
        v_discount := coalesce(new.discountamount, 0)
            + round(coalesce(new.totallineitemamount, 0) * coalesce(new.discountpercentage, 0) / 100, 2);
        new.totaldiscountamount := v_discount + coalesce(new.totallineitemdiscountamount, 0);
        new.totalamountlessfreight := coalesce(new.totallineitemamount, 0) - v_discount;
        new.totalamount := new.totalamountlessfreight + coalesce(new.freightamount, 0) + coalesce(new.totaltax, 0);
    end if;
    return new;
end
$$;
comment on function crm.keep_order() is
    'An order knows the account behind its customer and how often it was submitted; while it is active, its totals follow from lines, discount and freight.';
create trigger keep_order before insert or update on crm.salesorder for each row execute function crm.keep_order();

create function crm.order_state_changed() returns trigger
language plpgsql as $$
begin
    update crm.salesorderdetail set salesorderstatecode = new.statecode where salesorderid = new.salesorderid;
    return null;
end
$$;
comment on function crm.order_state_changed() is 'Order lines know the state of their order.';
create trigger order_state_changed after update on crm.salesorder
    for each row when (new.statecode <> old.statecode) execute function crm.order_state_changed();

create function crm.keep_order_line() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        select o.statecode into new.salesorderstatecode from crm.salesorder o where o.salesorderid = new.salesorderid;
    end if;
    if new.productid is not null and new.uomid is null then
        select p.defaultuomid into new.uomid from crm.product p where p.productid = new.productid;
    end if;
    new.isproductoverridden := new.productid is null;
    new.baseamount := round(coalesce(new.quantity, 0) * coalesce(new.priceperunit, 0), 2);
    new.extendedamount := new.baseamount - coalesce(new.manualdiscountamount, 0)
        - round(coalesce(new.volumediscountamount, 0) * coalesce(new.quantity, 0), 2) + coalesce(new.tax, 0);
    return new;
end
$$;
comment on function crm.keep_order_line() is 'Works out the amounts of an order line.';
create trigger keep_order_line before insert or update on crm.salesorderdetail
    for each row execute function crm.keep_order_line();

create function crm.order_lines_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_orders uuid[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct salesorderid) into v_orders from old_rows;
    else
        select array_agg(distinct salesorderid) into v_orders from new_rows;
    end if;
    update crm.salesorder o
    set linecount = t.lines, totallineitemamount = t.amount, totallineitemdiscountamount = t.discount, totaltax = t.tax
    from unnest(v_orders) as touched (salesorderid)
    cross join lateral (
        select count(*)::integer as lines, coalesce(sum(d.extendedamount - coalesce(d.tax, 0)), 0) as amount,
            coalesce(sum(d.baseamount - (d.extendedamount - coalesce(d.tax, 0))), 0) as discount,
            coalesce(sum(d.tax), 0) as tax
        from crm.salesorderdetail d where d.salesorderid = touched.salesorderid
    ) as t
    where o.salesorderid = touched.salesorderid and (o.statecode = 0 or o.linecount <> t.lines)
      and (o.linecount, o.totallineitemamount, o.totallineitemdiscountamount, o.totaltax)
          is distinct from (t.lines, t.amount, t.discount, t.tax);
    return null;
end
$$;
comment on function crm.order_lines_changed() is 'Keeps number and sums of the lines of an order.';
create trigger order_lines_inserted after insert on crm.salesorderdetail referencing new table as new_rows
    for each statement execute function crm.order_lines_changed();
create trigger order_lines_updated after update on crm.salesorderdetail referencing new table as new_rows
    for each statement execute function crm.order_lines_changed();
create trigger order_lines_deleted after delete on crm.salesorderdetail referencing old table as old_rows
    for each statement execute function crm.order_lines_changed();

create view crm.submitted_order_line as
select d.salesorderdetailid, d.salesorderid, o.submitcount, d.salesorderstatecode,
    coalesce(d.sequencenumber, d.lineitemnumber, 0) as sorting, d.productid is null as is_write_in,
    d.productid, p.productnumber, p.producttypecode, p.statecode = 0 as is_product_active,
    coalesce(d.description, d.productdescription) as description, d.quantity, d.priceperunit,
    coalesce(round(d.quantity * d.volumediscountamount, 2), 0) + coalesce(d.manualdiscountamount, 0) as discount,
    d.tax
from crm.salesorderdetail d
join crm.salesorder o on o.salesorderid = d.salesorderid
left join crm.product p on p.productid = d.productid;
comment on view crm.submitted_order_line is 'Order lines with what their order and their product say.';

-- 6. crm: invoices --------------------------------------------------------------------------------------------------

create function crm.list_of_currency(p_currency uuid) returns uuid
language plpgsql as $$
declare
    v_list uuid;
    v_base uuid;
    v_code text;
begin
    select o.basecurrencyid into v_base from crm.organization o limit 1;
    select c.isocurrencycode into v_code from crm.transactioncurrency c where c.transactioncurrencyid = p_currency;
    select l.pricelevelid into v_list from crm.pricelevel l
    where l.transactioncurrencyid = p_currency
      and (l.name = 'Price List in ' || v_code or (p_currency = v_base and l.name like '%Default Price List'))
    order by l.name = 'Price List in ' || v_code, l.createdon limit 1;
    if not found and v_code is not null then
        insert into crm.pricelevel (name, transactioncurrencyid) values ('Price List in ' || v_code, p_currency)
        returning pricelevelid into v_list;
    end if;
    return v_list;
end
$$;
comment on function crm.list_of_currency(uuid) is
    'The price list for documents of the ERP: the default list in base currency, else "Price List in <currency>", made when it is missing.';

create function crm.invoice_from_order() returns trigger
language plpgsql as $$
declare
    v_order crm.salesorder;
begin
    select * into v_order from crm.salesorder o where o.ordernumber = new.nav_yourreference;
    if found then
        if new.customerid is distinct from v_order.accountid then
            raise exception 'invoice %: the customer of order % was changed or is no longer coupled',
                new.invoicenumber, v_order.ordernumber using errcode = 'check_violation';
        end if;
        new.opportunityid := v_order.opportunityid;
        new.salesorderid := v_order.salesorderid;
        new.pricelevelid := v_order.pricelevelid;
        new.name := v_order.name;
        new.customerid := v_order.customerid;
        new.customeridtype := v_order.customeridtype;
    end if;
    new.pricelevelid := coalesce(new.pricelevelid, crm.list_of_currency(new.transactioncurrencyid));
    return new;
end
$$;
comment on function crm.invoice_from_order() is
    'An invoice of the ERP finds the order it invoices by its reference, takes customer, opportunity, price list and name from it, and has a price list in any case.';
-- The name sorts after fill_currency: the list depends on the currency.
create trigger invoice_from_order before insert on crm.invoice
    for each row when (new.nav_yourreference is not null) execute function crm.invoice_from_order();

create function crm.keep_invoice_totals() returns trigger
language plpgsql as $$
declare
    v_is_integrated boolean;
begin
    select coalesce(bool_or(o.issopintegrationenabled), false) into v_is_integrated from crm.organization o;
    new.totaltax := new.totalamount - new.totalamountlessfreight;
    new.totaldiscountamount := coalesce(new.discountamount, 0);
    if not v_is_integrated then
        new.freightamount := 0;
        new.discountpercentage := 0;
        new.totaldiscountamount := new.totaldiscountamount + coalesce(new.totallineitemdiscountamount, 0);
    end if;
    return new;
end
$$;
comment on function crm.keep_invoice_totals() is
    'Tax and total discount of an invoice. Without sales order integration, line discounts count as discount of the invoice and there is no freight.';
create trigger keep_invoice_totals before insert or update on crm.invoice
    for each row when (new.totalamount is not null) execute function crm.keep_invoice_totals();

create function crm.keep_invoice_line() returns trigger
language plpgsql as $$
declare
    v_product crm.product;
begin
    new.isproductoverridden := new.productid is null;
    if new.productid is not null then
        select * into v_product from crm.product p where p.productid = new.productid;
        if v_product.statecode = 1 then
            raise exception 'the product % is retired and cannot be invoiced', v_product.productnumber
                using errcode = 'check_violation', hint = 'unblock the item or resource in the ERP';
        end if;
        new.uomid := coalesce(new.uomid, v_product.defaultuomid);
    end if;
    select i.datedelivered, i.shipto_name, i.shipto_line1, i.shipto_line2, i.shipto_line3, i.shipto_city,
        i.shipto_stateorprovince, i.shipto_country, i.shipto_postalcode, i.shipto_telephone, i.shipto_fax
    into new.actualdeliveryon, new.shipto_name, new.shipto_line1, new.shipto_line2, new.shipto_line3, new.shipto_city,
        new.shipto_stateorprovince, new.shipto_country, new.shipto_postalcode, new.shipto_telephone, new.shipto_fax
    from crm.invoice i where i.invoiceid = new.invoiceid;
    return new;
end
$$;
comment on function crm.keep_invoice_line() is
    'A new invoice line takes delivery and address of its invoice and the unit of its product, which must not be retired; without a product it is a write-in.';
create trigger keep_invoice_line before insert on crm.invoicedetail
    for each row execute function crm.keep_invoice_line();

create function crm.price_invoiced_products() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into crm.productpricelevel (pricelevelid, productid, uomid, amount)
    select distinct on (i.pricelevelid, n.productid, n.uomid) i.pricelevelid, n.productid, n.uomid, n.priceperunit
    from new_rows n
    join crm.invoice i on i.invoiceid = n.invoiceid and i.nav_yourreference is not null
    where n.productid is not null and i.pricelevelid is not null and n.priceperunit > 0
      and not exists (select from crm.productpricelevel l where l.pricelevelid = i.pricelevelid
                      and l.productid = n.productid and l.uomid = n.uomid)
    order by i.pricelevelid, n.productid, n.uomid
    on conflict do nothing;
    return null;
end
$$;
comment on function crm.price_invoiced_products() is
    'A product that the ERP invoiced gets a line in the invoice''s price list when it has none.';
create trigger price_invoiced_products after insert on crm.invoicedetail referencing new table as new_rows
    for each statement execute function crm.price_invoiced_products();

-- 7. crm: figures of an account -------------------------------------------------------------------------------------

create trigger fill_currency before insert on crm.nav_accountstatistics
    for each row when (new.transactioncurrencyid is null) execute function crm.fill_currency();

create function crm.link_statistics() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    update crm.account a set nav_accountstatisticsid = n.nav_accountstatisticsid
    from new_rows n
    where a.accountid = n.nav_accountid and a.nav_accountstatisticsid is distinct from n.nav_accountstatisticsid;
    return null;
end
$$;
comment on function crm.link_statistics() is 'Links an account to its figures.';
create trigger link_statistics after insert on crm.nav_accountstatistics referencing new table as new_rows
    for each statement execute function crm.link_statistics();
