-- bc, business logic: what every table has, system fields and numbers.

-- Every master and document table has the system fields.
do $$
declare
    v_table text;
begin
    for v_table in
        select c.relname from pg_class c
        where c.relnamespace = 'bc'::regnamespace and c.relkind = 'r'
          and c.relname not in ('no_series', 'general_ledger_setup', 'marketing_setup',
              'sales_receivables_setup', 'crm_connection_setup')
        order by c.relname
    loop
        execute format('alter table bc.%1$I
            add column system_id uuid not null default gen_random_uuid(),
            add column system_created_at timestamptz not null default clock_timestamp(),
            add column system_modified_at timestamptz not null default clock_timestamp(),
            add constraint %2$I unique (system_id)', v_table, v_table || '_system_id_key');
    end loop;
end
$$;
alter table bc.record_link add constraint record_link_sales_header_system_id_fkey
    foreign key (sales_header_system_id) references bc.sales_header (system_id) on delete cascade;

create function bc.stamp_modified() returns trigger
language plpgsql as $$
begin
    new.system_id := old.system_id;
    new.system_created_at := old.system_created_at;
    new.system_modified_at := clock_timestamp();
    return new;
end
$$;
comment on function bc.stamp_modified() is 'Keeps the system fields of a changed row.';

do $$
declare
    v_table text;
begin
    for v_table in
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'bc'::regnamespace and c.relkind = 'r' and a.attname = 'system_modified_at'
        order by c.relname
    loop
        execute format('create trigger stamp_modified before update on bc.%I
            for each row execute function bc.stamp_modified()', v_table);
    end loop;
end
$$;

create function bc.lcy_code() returns varchar
language sql stable as $$
    select s.lcy_code from bc.general_ledger_setup s
$$;
comment on function bc.lcy_code() is 'Code of the local currency; null before the ledger is set up.';

-- A number left blank comes from the series, as when a user leaves the field.
create function bc.number_if_blank() returns trigger
language plpgsql as $$
begin
    new.no := bc.next_no(tg_argv[0]);
    return new;
end
$$;
comment on function bc.number_if_blank() is 'Gives a row inserted with no = '''' the next number of the series.';
create trigger number_if_blank before insert on bc.customer
    for each row when (new.no = '') execute function bc.number_if_blank('CUST');
create trigger number_if_blank before insert on bc.vendor
    for each row when (new.no = '') execute function bc.number_if_blank('VEND');
create trigger number_if_blank before insert on bc.contact
    for each row when (new.no = '') execute function bc.number_if_blank('CONT');
create trigger number_if_blank before insert on bc.item
    for each row when (new.no = '') execute function bc.number_if_blank('ITEM');
create trigger number_if_blank before insert on bc.resource
    for each row when (new.no = '') execute function bc.number_if_blank('RES');
create trigger number_if_blank before insert on bc.opportunity
    for each row when (new.no = '') execute function bc.number_if_blank('OPP');
create trigger number_if_blank before insert on bc.sales_header
    for each row when (new.no = '') execute function bc.number_if_blank('S-DOC');
