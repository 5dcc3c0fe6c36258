-- bc, business logic: posted invoices and their ledger entries.

create sequence bc.cust_ledger_entry_no_seq start 1000001;

-- For the tables of schema_bc_incoming_orders.sql, which have no other system fields.
create function bc.stamp_modified_only() returns trigger
language plpgsql as $$
begin
    new.system_modified_at := clock_timestamp();
    return new;
end
$$;
comment on function bc.stamp_modified_only() is 'Notes when a row was changed.';

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
