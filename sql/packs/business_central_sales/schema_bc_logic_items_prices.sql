-- bc, business logic: items, resources, units and prices, with the default price list and the lines of price lists.

create table bc.default_price_list (
    currency_code varchar(10) not null,
    name          varchar(100) not null,
    is_default    boolean not null default true,
    constraint default_price_list_pkey primary key (currency_code),
    constraint default_price_list_currency_code_check check (currency_code <> '')
);
comment on table bc.default_price_list is
    'The price list of the unit prices on items and resources: one for each local currency there ever was, one in use.';
comment on column bc.default_price_list.is_default is 'Whether its currency is the local currency now. Kept by bc triggers.';
alter table bc.default_price_list
    add column system_id uuid not null default gen_random_uuid(),
    add column system_created_at timestamptz not null default clock_timestamp(),
    add column system_modified_at timestamptz not null default clock_timestamp(),
    add constraint default_price_list_system_id_key unique (system_id);
create trigger stamp_modified before update on bc.default_price_list
    for each row execute function bc.stamp_modified();

create function bc.follow_default_price_list() returns trigger
language plpgsql as $$
begin
    update bc.default_price_list set is_default = (currency_code = new.lcy_code)
    where is_default <> (currency_code = new.lcy_code);
    insert into bc.default_price_list (currency_code, name)
    select new.lcy_code, concat_ws(' ', 'Business Central',
        case when exists (select from bc.default_price_list) then new.lcy_code end, 'Default Price List')
    on conflict (currency_code) do nothing;
    return null;
end
$$;
comment on function bc.follow_default_price_list() is
    'The local currency has its default price list; only a second one says its currency in its name.';
create trigger follow_default_price_list after insert or update of lcy_code on bc.general_ledger_setup
    for each row execute function bc.follow_default_price_list();

create function bc.fill_local_currency() returns trigger
language plpgsql as $$
begin
    new.transaction_currency_code := coalesce(bc.lcy_code(), '');
    return new;
end
$$;
comment on function bc.fill_local_currency() is 'Items and resources are priced in the local currency.';
create trigger fill_local_currency before insert on bc.item
    for each row execute function bc.fill_local_currency();
create trigger fill_local_currency before insert on bc.resource
    for each row execute function bc.fill_local_currency();

-- What stands for write-in products is known by the set-up; item and resource say it too.
create function bc.fill_write_in() returns trigger
language plpgsql as $$
begin
    new.is_write_in := exists (select from bc.sales_receivables_setup s where s.write_in_product_no = new.no
        and s.write_in_product_type = case tg_table_name when 'item' then 0 else 1 end);
    return new;
end
$$;
comment on function bc.fill_write_in() is 'Notes on a new item or resource that it stands for write-in products.';
create trigger fill_write_in before insert on bc.item for each row execute function bc.fill_write_in();
create trigger fill_write_in before insert on bc.resource for each row execute function bc.fill_write_in();

create function bc.write_in_changed() returns trigger
language plpgsql as $$
begin
    update bc.item set is_write_in = not is_write_in
    where is_write_in <> (no = new.write_in_product_no and new.write_in_product_type = 0)
      and (is_write_in or no = new.write_in_product_no);
    update bc.resource set is_write_in = not is_write_in
    where is_write_in <> (no = new.write_in_product_no and new.write_in_product_type = 1)
      and (is_write_in or no = new.write_in_product_no);
    return null;
end
$$;
comment on function bc.write_in_changed() is 'Keeps is_write_in of items and resources with the set-up.';
create index item_is_write_in_idx on bc.item (no) where is_write_in;
create index resource_is_write_in_idx on bc.resource (no) where is_write_in;
create trigger write_in_changed after insert or update of write_in_product_type, write_in_product_no
    on bc.sales_receivables_setup for each row execute function bc.write_in_changed();

create function bc.fill_vendor_name() returns trigger
language plpgsql as $$
begin
    new.vendor_name := coalesce((select v.name from bc.vendor v where v.no = new.vendor_no), '');
    return new;
end
$$;
comment on function bc.fill_vendor_name() is 'Keeps vendor_name of an item or resource.';
create trigger fill_vendor_name_insert before insert on bc.item
    for each row when (new.vendor_no <> '') execute function bc.fill_vendor_name();
create trigger fill_vendor_name_update before update on bc.item
    for each row when (new.vendor_no <> old.vendor_no) execute function bc.fill_vendor_name();
create trigger fill_vendor_name_insert before insert on bc.resource
    for each row when (new.vendor_no <> '') execute function bc.fill_vendor_name();
create trigger fill_vendor_name_update before update on bc.resource
    for each row when (new.vendor_no <> old.vendor_no) execute function bc.fill_vendor_name();

create function bc.vendor_renamed() returns trigger
language plpgsql as $$
begin
    update bc.item i set vendor_name = n.name from new_rows n where i.vendor_no = n.no and i.vendor_name <> n.name;
    update bc.resource r set vendor_name = n.name from new_rows n where r.vendor_no = n.no and r.vendor_name <> n.name;
    return null;
end
$$;
comment on function bc.vendor_renamed() is 'Brings a vendor''s name to its items and resources.';
create trigger vendor_inserted after insert on bc.vendor referencing new table as new_rows
    for each statement execute function bc.vendor_renamed();
create trigger vendor_renamed after update on bc.vendor referencing new table as new_rows
    for each statement execute function bc.vendor_renamed();
create index item_vendor_no_idx on bc.item (vendor_no) where vendor_no <> '';
create index resource_vendor_no_idx on bc.resource (vendor_no) where vendor_no <> '';

-- The base unit of an item is one of its units, and the unit of its prices that name none.
create function bc.base_unit_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into bc.item_unit_of_measure (item_no, code)
    select n.no, n.base_unit_of_measure from new_rows n where n.base_unit_of_measure <> ''
    on conflict (item_no, code) do nothing;
    update bc.sales_price p set unit_code = n.base_unit_of_measure
    from new_rows n
    where p.item_no = n.no and p.unit_of_measure_code = '' and p.unit_code <> n.base_unit_of_measure;
    return null;
end
$$;
comment on function bc.base_unit_changed() is
    'Gives an item its base unit as a unit of quantity 1, and keeps unit_code of the prices without a unit of their own.';
create trigger base_unit_inserted after insert on bc.item referencing new table as new_rows
    for each statement execute function bc.base_unit_changed();
create trigger base_unit_updated after update on bc.item referencing new table as new_rows
    for each statement execute function bc.base_unit_changed();

create function bc.fill_price_unit() returns trigger
language plpgsql as $$
begin
    new.unit_code := coalesce(nullif(new.unit_of_measure_code, ''),
        (select i.base_unit_of_measure from bc.item i where i.no = new.item_no), '');
    return new;
end
$$;
comment on function bc.fill_price_unit() is 'Fills unit_code: the unit of the price, or the base unit of its item.';
create trigger fill_price_unit before insert or update of item_no, unit_of_measure_code on bc.sales_price
    for each row execute function bc.fill_price_unit();

-- Prices that differ in date, currency, variant or minimum quantity only share a line of the price list: the first of
-- them gives its price.
create view bc.price_list_line as
select distinct on (p.sales_type, p.sales_code, p.item_no, p.unit_code)
    p.sales_type, p.sales_code, p.item_no, p.unit_code, p.transaction_currency_code, p.unit_price
from bc.sales_price p
order by p.sales_type, p.sales_code, p.item_no, p.unit_code, p.starting_date, p.currency_code, p.variant_code,
    p.unit_of_measure_code, p.minimum_quantity;
comment on view bc.price_list_line is
    'Sales prices by what a price list can tell apart: to whom, item and unit. The first price by date counts.';
