-- bc, business logic: what is summed up from entries and lines: stock, capacity, opportunities, documents.

-- Deltas, so that one more entry does not read all entries.
create function bc.inventory_changed() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update bc.item i set inventory = i.inventory - d.quantity
        from (select item_no, sum(quantity) as quantity from old_rows group by item_no) as d
        where i.no = d.item_no and d.quantity <> 0;
    end if;
    if tg_op <> 'DELETE' then
        update bc.item i set inventory = i.inventory + d.quantity
        from (select item_no, sum(quantity) as quantity from new_rows group by item_no) as d
        where i.no = d.item_no and d.quantity <> 0;
    end if;
    return null;
end
$$;
comment on function bc.inventory_changed() is 'Keeps item.inventory.';
create trigger inventory_inserted after insert on bc.item_ledger_entry referencing new table as new_rows
    for each statement execute function bc.inventory_changed();
create trigger inventory_updated after update on bc.item_ledger_entry
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.inventory_changed();
create trigger inventory_deleted after delete on bc.item_ledger_entry referencing old table as old_rows
    for each statement execute function bc.inventory_changed();

create function bc.capacity_changed() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update bc.resource i set capacity = i.capacity - d.capacity
        from (select resource_no, sum(capacity) as capacity from old_rows group by resource_no) as d
        where i.no = d.resource_no and d.capacity <> 0;
    end if;
    if tg_op <> 'DELETE' then
        update bc.resource i set capacity = i.capacity + d.capacity
        from (select resource_no, sum(capacity) as capacity from new_rows group by resource_no) as d
        where i.no = d.resource_no and d.capacity <> 0;
    end if;
    return null;
end
$$;
comment on function bc.capacity_changed() is 'Keeps resource.capacity.';
create trigger capacity_inserted after insert on bc.res_capacity_entry referencing new table as new_rows
    for each statement execute function bc.capacity_changed();
create trigger capacity_updated after update on bc.res_capacity_entry
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.capacity_changed();
create trigger capacity_deleted after delete on bc.res_capacity_entry referencing old table as old_rows
    for each statement execute function bc.capacity_changed();

create function bc.opportunity_contact() returns trigger
language plpgsql as $$
begin
    new.contact_company_no := coalesce((select c.company_no from bc.contact c where c.no = new.contact_no), '');
    return new;
end
$$;
comment on function bc.opportunity_contact() is 'The company of the opportunity is the company of its contact.';
create trigger opportunity_contact_insert before insert on bc.opportunity
    for each row when (new.contact_no <> '' and new.contact_company_no = '')
    execute function bc.opportunity_contact();
create trigger opportunity_contact_update before update on bc.opportunity
    for each row when (new.contact_no <> old.contact_no) execute function bc.opportunity_contact();

create function bc.opportunity_entry_changed() returns trigger
language plpgsql as $$
declare
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct opportunity_no) into v_numbers from old_rows;
    else
        select array_agg(distinct opportunity_no) into v_numbers from new_rows;
    end if;
    update bc.opportunity o
    set estimated_value_lcy = coalesce(e.estimated_value_lcy, 0),
        estimated_closing_date = e.estimated_close_date,
        current_sales_cycle_stage = coalesce(e.sales_cycle_stage, 0)
    from unnest(v_numbers) as touched (no)
    left join bc.opportunity_entry e on e.opportunity_no = touched.no and e.active
    where o.no = touched.no
      and (o.estimated_value_lcy, o.estimated_closing_date, o.current_sales_cycle_stage) is distinct from
          (coalesce(e.estimated_value_lcy, 0), e.estimated_close_date, coalesce(e.sales_cycle_stage, 0));
    return null;
end
$$;
comment on function bc.opportunity_entry_changed() is 'Keeps the estimates of an opportunity: those of its active entry.';
create trigger opportunity_entry_inserted after insert on bc.opportunity_entry referencing new table as new_rows
    for each statement execute function bc.opportunity_entry_changed();
create trigger opportunity_entry_updated after update on bc.opportunity_entry referencing new table as new_rows
    for each statement execute function bc.opportunity_entry_changed();
create trigger opportunity_entry_deleted after delete on bc.opportunity_entry referencing old table as old_rows
    for each statement execute function bc.opportunity_entry_changed();

create function bc.sales_line_changed() returns trigger
language plpgsql as $$
declare
    v_types smallint[];
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(document_type), array_agg(document_no) into v_types, v_numbers
        from (select distinct document_type, document_no from old_rows) as touched;
    else
        select array_agg(document_type), array_agg(document_no) into v_types, v_numbers
        from (select distinct document_type, document_no from new_rows) as touched;
    end if;
    update bc.sales_header h
    set amount = total.amount, amount_including_vat = total.amount_including_vat,
        invoice_discount_amount = total.discount, completely_shipped = total.is_shipped
    from unnest(v_types, v_numbers) as touched (document_type, no)
    cross join lateral (
        select coalesce(sum(l.amount), 0) as amount, coalesce(sum(l.amount_including_vat), 0) as amount_including_vat,
            coalesce(sum(l.inv_discount_amount), 0) as discount,
            coalesce(bool_and(l.completely_shipped) filter (where l.type <> 0), false) as is_shipped
        from bc.sales_line l
        where l.document_type = touched.document_type and l.document_no = touched.no
    ) as total
    where h.document_type = touched.document_type and h.no = touched.no
      and (h.amount, h.amount_including_vat, h.invoice_discount_amount, h.completely_shipped) is distinct from
          (total.amount, total.amount_including_vat, total.discount, total.is_shipped);
    return null;
end
$$;
comment on function bc.sales_line_changed() is 'Keeps the sums of a sales document.';
create trigger sales_line_inserted after insert on bc.sales_line referencing new table as new_rows
    for each statement execute function bc.sales_line_changed();
create trigger sales_line_updated after update on bc.sales_line referencing new table as new_rows
    for each statement execute function bc.sales_line_changed();
create trigger sales_line_deleted after delete on bc.sales_line referencing old table as old_rows
    for each statement execute function bc.sales_line_changed();

create function bc.invoice_line_changed() returns trigger
language plpgsql as $$
declare
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct document_no) into v_numbers from old_rows;
    else
        select array_agg(distinct document_no) into v_numbers from new_rows;
    end if;
    update bc.sales_invoice_header h
    set amount = total.amount, amount_including_vat = total.amount_including_vat,
        invoice_discount_amount = total.discount, line_discount_amount = total.line_discount
    from unnest(v_numbers) as touched (no)
    cross join lateral (
        select coalesce(sum(l.amount), 0) as amount, coalesce(sum(l.amount_including_vat), 0) as amount_including_vat,
            coalesce(sum(l.inv_discount_amount), 0) as discount,
            coalesce(sum(l.line_discount_amount), 0) as line_discount
        from bc.sales_invoice_line l where l.document_no = touched.no
    ) as total
    where h.no = touched.no
      and (h.amount, h.amount_including_vat, h.invoice_discount_amount, h.line_discount_amount) is distinct from
          (total.amount, total.amount_including_vat, total.discount, total.line_discount);
    return null;
end
$$;
comment on function bc.invoice_line_changed() is 'Keeps the sums of a posted invoice.';
create trigger invoice_line_inserted after insert on bc.sales_invoice_line referencing new table as new_rows
    for each statement execute function bc.invoice_line_changed();
create trigger invoice_line_updated after update on bc.sales_invoice_line referencing new table as new_rows
    for each statement execute function bc.invoice_line_changed();
create trigger invoice_line_deleted after delete on bc.sales_invoice_line referencing old table as old_rows
    for each statement execute function bc.invoice_line_changed();

create function bc.shipment_posted() returns trigger
language plpgsql as $$
begin
    update bc.sales_header h set last_shipment_date = s.shipment_date
    from (select distinct on (order_no) order_no, shipment_date from new_rows order by order_no, no desc) as s
    where h.document_type = 1 and h.no = s.order_no and h.last_shipment_date is distinct from s.shipment_date;
    return null;
end
$$;
comment on function bc.shipment_posted() is 'Keeps the last shipment date of an order.';
create trigger shipment_posted after insert on bc.sales_shipment_header referencing new table as new_rows
    for each statement execute function bc.shipment_posted();
