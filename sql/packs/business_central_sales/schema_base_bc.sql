-- Business Central's own business logic over the tables of schema.sql. Nothing in this file knows of the synchronisation.

-- 4. bc: business logic -------------------------------------------------------------------------------------------

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

-- Customers. The search name follows the name for as long as it equals it.
create function bc.search_name_follows() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.search_name = '' then
            new.search_name := upper(new.name);
        end if;
    elsif old.search_name in ('', upper(old.name)) and new.search_name = old.search_name then
        new.search_name := upper(new.name);
    end if;
    return new;
end
$$;
comment on function bc.search_name_follows() is 'Keeps search_name equal to the name until a user changes it.';
create trigger search_name_insert before insert on bc.customer
    for each row execute function bc.search_name_follows();
create trigger search_name_update before update on bc.customer
    for each row when (new.name is distinct from old.name) execute function bc.search_name_follows();
create trigger search_name_insert before insert on bc.vendor
    for each row execute function bc.search_name_follows();
create trigger search_name_update before update on bc.vendor
    for each row when (new.name is distinct from old.name) execute function bc.search_name_follows();

create function bc.check_primary_contact() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_contact bc.contact;
begin
    select * into v_contact from bc.contact where no = new.primary_contact_no;
    if not found then
        raise exception 'the contact % does not exist', new.primary_contact_no
            using errcode = 'foreign_key_violation';
    end if;
    if tg_op = 'UPDATE' and v_contact.customer_no <> new.no then
        raise exception 'the contact % is not related to customer %', new.primary_contact_no, new.no
            using errcode = 'check_violation';
    end if;
    if v_contact.type = 1 then
        new.contact := v_contact.name;
    end if;
    return new;
end
$$;
comment on function bc.check_primary_contact() is
    'The primary contact belongs to the customer''s company; a person gives customer.contact its name.';
create trigger check_primary_contact_insert before insert on bc.customer
    for each row when (new.primary_contact_no <> '') execute function bc.check_primary_contact();
create trigger check_primary_contact_update before update on bc.customer
    for each row when (new.primary_contact_no <> '' and new.primary_contact_no <> old.primary_contact_no)
    execute function bc.check_primary_contact();

-- A new customer gets its company contact, and an update of the customer updates it.
create function bc.customer_inserted() returns trigger
language plpgsql as $$
declare
    v_code text;
begin
    select bus_rel_code_for_customers into v_code from bc.marketing_setup;
    if coalesce(v_code, '') = '' then
        return null;
    end if;
    with company as (
        insert into bc.contact (type, name, customer_no, salesperson_code, currency_code, address, address_2, city,
            post_code, county, country_region_code, email, fax_no, phone_no, home_page)
        select 0, n.name, n.no, n.salesperson_code, n.currency_code, n.address, n.address_2, n.city,
            n.post_code, n.county, n.country_region_code, n.email, n.fax_no, n.phone_no, n.home_page
        from new_rows n
        returning no, customer_no
    )
    insert into bc.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
    select no, v_code, 1, customer_no from company;
    return null;
end
$$;
comment on function bc.customer_inserted() is
    'Makes the company contact and its business relation, when the marketing set-up has a code for customers.';
create trigger customer_inserted after insert on bc.customer referencing new table as new_rows
    for each statement execute function bc.customer_inserted();

-- No join of the old with the new rows: a plan kept from a small statement would make a large one quadratic. For the
-- same reason sequential scans are off where a trigger joins its rows with a table.
create function bc.customer_updated() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    update bc.contact c
    set name = n.name, salesperson_code = n.salesperson_code, currency_code = n.currency_code,
        address = n.address, address_2 = n.address_2, city = n.city, post_code = n.post_code, county = n.county,
        country_region_code = n.country_region_code, email = n.email, fax_no = n.fax_no, phone_no = n.phone_no,
        home_page = n.home_page
    from new_rows n
    join bc.contact_business_relation r on r.no = n.no and r.link_to_table = 1
    where c.no = r.contact_no and c.type = 0
      and (n.name, n.salesperson_code, n.currency_code, n.address, n.address_2, n.city, n.post_code, n.county,
           n.country_region_code, n.email, n.fax_no, n.phone_no, n.home_page)
          is distinct from
          (c.name, c.salesperson_code, c.currency_code, c.address, c.address_2, c.city, c.post_code, c.county,
           c.country_region_code, c.email, c.fax_no, c.phone_no, c.home_page);
    return null;
end
$$;
comment on function bc.customer_updated() is 'Brings the fields of changed customers to their company contacts.';
create trigger customer_updated after update on bc.customer referencing new table as new_rows
    for each statement execute function bc.customer_updated();

create function bc.customer_renumbered() returns trigger
language plpgsql as $$
begin
    update bc.contact_business_relation set no = new.no where no = old.no and link_to_table = 1;
    return null;
end
$$;
comment on function bc.customer_renumbered() is 'The business relation follows the customer''s number.';
create trigger customer_renumbered after update on bc.customer
    for each row when (new.no <> old.no) execute function bc.customer_renumbered();

create function bc.customer_deleted() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    delete from bc.contact_business_relation r using old_rows o where r.no = o.no and r.link_to_table = 1;
    return null;
end
$$;
comment on function bc.customer_deleted() is 'Removes the business relation of deleted customers; the contacts stay.';
create trigger customer_deleted after delete on bc.customer referencing old table as old_rows
    for each statement execute function bc.customer_deleted();

-- Contacts: the name of a person, its company, the customer behind it, its currency.
create function bc.contact_name() returns trigger
language plpgsql as $$
declare
    v_words text[];
    v_is_composed boolean;
begin
    v_is_composed := case when tg_op = 'INSERT' then new.first_name <> '' or new.middle_name <> '' or new.surname <> ''
        else (new.first_name, new.middle_name, new.surname)
             is distinct from (old.first_name, old.middle_name, old.surname) end;
    if v_is_composed then
        new.name := concat_ws(' ', nullif(trim(new.first_name), ''), nullif(trim(new.middle_name), ''),
            nullif(trim(new.surname), ''));
    else
        v_words := regexp_split_to_array(trim(new.name), '\s+');
        new.first_name := left(v_words[1], 30);
        new.middle_name := left(array_to_string(v_words[2:cardinality(v_words) - 1], ' '), 30);
        new.surname := case when cardinality(v_words) > 1 then left(v_words[cardinality(v_words)], 30) else '' end;
    end if;
    return new;
end
$$;
comment on function bc.contact_name() is 'A person''s name is first, middle and surname; a typed name is broken down.';
create trigger contact_name_insert before insert on bc.contact
    for each row when (new.type = 1) execute function bc.contact_name();
create trigger contact_name_update before update on bc.contact
    for each row when (new.type = 1 and (new.name, new.first_name, new.middle_name, new.surname)
        is distinct from (old.name, old.first_name, old.middle_name, old.surname))
    execute function bc.contact_name();

create function bc.contact_company() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_is_company_given boolean := new.company_no <> '';
    v_is_customer_given boolean := new.customer_no <> '';
begin
    if new.type = 0 then
        new.company_no := new.no;
        new.company_name := new.name;
        return new;
    end if;
    if tg_op = 'UPDATE' then
        v_is_company_given := new.company_no <> old.company_no;
        v_is_customer_given := new.customer_no <> old.customer_no and new.customer_no <> '';
    end if;
    if v_is_company_given then
        select c.name into new.company_name from bc.contact c where c.no = new.company_no;
        select r.no into new.customer_no from bc.contact_business_relation r
        where r.contact_no = new.company_no and r.link_to_table = 1
        order by r.business_relation_code limit 1;
        new.company_name := coalesce(new.company_name, '');
        new.customer_no := coalesce(new.customer_no, '');
    elsif v_is_customer_given then
        select c.no, c.name into new.company_no, new.company_name
        from bc.contact_business_relation r join bc.contact c on c.no = r.contact_no
        where r.no = new.customer_no and r.link_to_table = 1
        order by c.no limit 1;
        if not found then
            raise exception 'the contact company of customer % does not exist', new.customer_no
                using errcode = 'foreign_key_violation';
        end if;
    end if;
    return new;
end
$$;
comment on function bc.contact_company() is
    'Keeps company_no, company_name and customer_no together: a given company finds its customer, a given customer its company.';
create trigger contact_company_insert before insert on bc.contact
    for each row execute function bc.contact_company();
create trigger contact_company_update before update on bc.contact
    for each row when ((new.no, new.type, new.name, new.company_no, new.customer_no)
        is distinct from (old.no, old.type, old.name, old.company_no, old.customer_no))
    execute function bc.contact_company();

create function bc.contact_currency() returns trigger
language plpgsql as $$
declare
    v_lcy_code text;
begin
    select lcy_code into v_lcy_code from bc.general_ledger_setup;
    v_lcy_code := coalesce(v_lcy_code, '');
    if tg_op = 'INSERT' then
        new.currency_code := coalesce(nullif(new.currency_code, ''), new.transaction_currency_code);
    elsif new.currency_code = old.currency_code then
        new.currency_code := new.transaction_currency_code;
    end if;
    if new.currency_code = v_lcy_code then
        new.currency_code := '';
    end if;
    new.transaction_currency_code := coalesce(nullif(new.currency_code, ''), v_lcy_code);
    return new;
end
$$;
comment on function bc.contact_currency() is
    'Keeps currency_code (local currency is blank) and transaction_currency_code (never blank) together.';
create trigger contact_currency_insert before insert on bc.contact
    for each row execute function bc.contact_currency();
create trigger contact_currency_update before update on bc.contact
    for each row when ((new.currency_code, new.transaction_currency_code)
        is distinct from (old.currency_code, old.transaction_currency_code))
    execute function bc.contact_currency();

create function bc.company_renamed() returns trigger
language plpgsql as $$
begin
    update bc.contact set company_name = new.name
    where company_no = new.no and type = 1 and company_name <> new.name;
    return null;
end
$$;
comment on function bc.company_renamed() is 'Brings a company''s new name to its persons.';
create trigger company_renamed after update on bc.contact
    for each row when (new.type = 0 and new.name <> old.name) execute function bc.company_renamed();

create function bc.relation_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    if tg_op <> 'DELETE' then
        update bc.contact c set customer_no = n.no
        from new_rows n
        where n.link_to_table = 1 and c.company_no = n.contact_no and c.customer_no <> n.no;
    end if;
    if tg_op <> 'INSERT' then
        update bc.contact c set customer_no = ''
        from old_rows o
        where o.link_to_table = 1 and c.company_no = o.contact_no and c.customer_no = o.no
          and not exists (select from bc.contact_business_relation r
                          where r.contact_no = o.contact_no and r.link_to_table = 1 and r.no = o.no);
    end if;
    return null;
end
$$;
comment on function bc.relation_changed() is 'Keeps contact.customer_no when business relations come and go.';
create trigger relation_inserted after insert on bc.contact_business_relation referencing new table as new_rows
    for each statement execute function bc.relation_changed();
create trigger relation_updated after update on bc.contact_business_relation
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.relation_changed();
create trigger relation_deleted after delete on bc.contact_business_relation referencing old table as old_rows
    for each statement execute function bc.relation_changed();

-- Currencies: the rate that Sales is told, and the local currency.
create function bc.local_exchange_rate(p_code text, p_on date) returns numeric
language sql stable as $$
    -- A rate may be given in another currency: then that one's rate counts too, and so on down to the local currency.
    with recursive step (code, rate, path) as (
        select case when p_code = bc.lcy_code() then '' else p_code end, 1::numeric, array[p_code]
        union all
        select latest.code, s.rate * latest.rate, s.path || latest.code
        from step s
        cross join lateral (
            select case when r.relational_currency_code = bc.lcy_code() then '' else r.relational_currency_code::text end as code,
                r.exchange_rate_amount / nullif(r.relational_exch_rate_amount, 0) as rate
            from bc.currency_exchange_rate r
            where r.currency_code = s.code and (p_on is null or r.starting_date <= p_on)
            order by r.starting_date desc limit 1
        ) as latest
        where s.code <> '' and latest.code <> all (s.path)
    )
    select nullif(s.rate, 0) from step s where s.code = ''
$$;
comment on function bc.local_exchange_rate(text, date) is
    'Units of a currency for one unit of local currency, by the rates in force on a day, the latest ones for null; null: no rate leads there.';

create function bc.sales_exchange_rate(p_code text) returns numeric
language sql stable as $$
    select case
        when p_code = base.code then 1
        when base.code is not distinct from bc.lcy_code() then round(bc.local_exchange_rate(p_code, null), 10)
        else round(bc.local_exchange_rate(p_code, current_date) / bc.local_exchange_rate(base.code, current_date), 10)
    end
    from (select coalesce((select nullif(s.base_currency_code, '') from bc.crm_connection_setup s), bc.lcy_code())) as base (code)
$$;
comment on function bc.sales_exchange_rate(text) is
    'Units of a currency for one unit of the base currency of Sales, to 10 decimals: from the latest rate where that is the local currency, else from today''s rates of both.';

create function bc.refresh_exchange_rates(p_codes text[] default '{}') returns void
language sql as $$
    update bc.currency c set latest_exchange_rate = now.rate
    from (select o.code, bc.sales_exchange_rate(o.code) as rate from bc.currency o
          where o.code = any (p_codes) or o.code = bc.lcy_code()
             or exists (select from bc.currency_exchange_rate r where r.currency_code = o.code)) as now
    where c.code = now.code and c.latest_exchange_rate is distinct from now.rate
$$;
comment on function bc.refresh_exchange_rates(text[]) is
    'Works out currency.latest_exchange_rate of the local currency, of the currencies that have rates, and of those named. Run it daily where the base currency of Sales is not the local one.';

create function bc.rate_changed() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform bc.refresh_exchange_rates();
    else
        perform bc.refresh_exchange_rates((select array_agg(distinct o.currency_code) from old_rows o));
    end if;
    return null;
end
$$;
comment on function bc.rate_changed() is 'Keeps currency.latest_exchange_rate when rates change.';
create trigger rate_inserted after insert on bc.currency_exchange_rate referencing new table as new_rows
    for each statement execute function bc.rate_changed();
create trigger rate_updated after update on bc.currency_exchange_rate
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.rate_changed();
create trigger rate_deleted after delete on bc.currency_exchange_rate referencing old table as old_rows
    for each statement execute function bc.rate_changed();

create function bc.base_currency_changed() returns trigger
language plpgsql as $$
begin
    if new.base_currency_code <> '' and not exists (select from bc.currency c where c.code = new.base_currency_code) then
        raise exception 'the base currency % of Sales does not exist', new.base_currency_code
            using errcode = 'foreign_key_violation', hint = 'make it in bc.currency, with its exchange rates';
    end if;
    perform bc.refresh_exchange_rates();
    return null;
end
$$;
comment on function bc.base_currency_changed() is 'The base currency of Sales must be known; all rates are against it.';
create trigger base_currency_changed after insert or update of base_currency_code on bc.crm_connection_setup
    for each row execute function bc.base_currency_changed();

create function bc.transaction_currency() returns trigger
language plpgsql as $$
begin
    new.transaction_currency_code := coalesce(nullif(new.currency_code, ''), bc.lcy_code(), '');
    return new;
end
$$;
comment on function bc.transaction_currency() is 'Fills transaction_currency_code: currency_code, or the local currency.';
create trigger transaction_currency before insert or update of currency_code on bc.sales_header
    for each row execute function bc.transaction_currency();
create trigger transaction_currency before insert or update of currency_code on bc.sales_invoice_header
    for each row execute function bc.transaction_currency();
create trigger transaction_currency before insert or update of currency_code on bc.sales_price
    for each row execute function bc.transaction_currency();

create function bc.lcy_changed() returns trigger
language plpgsql as $$
begin
    insert into bc.currency (code, iso_code, symbol, description, latest_exchange_rate)
    values (new.lcy_code, case when new.lcy_code ~ '^[A-Z]{3}$' then new.lcy_code else '' end, new.lcy_code,
        new.lcy_code, bc.sales_exchange_rate(new.lcy_code))
    on conflict (code) do update set latest_exchange_rate = excluded.latest_exchange_rate;
    update bc.contact set currency_code = '', transaction_currency_code = new.lcy_code
    where currency_code in ('', new.lcy_code);
    update bc.sales_header set currency_code = '' where currency_code = '';
    update bc.sales_invoice_header set currency_code = '' where currency_code = '';
    update bc.sales_price set currency_code = '' where currency_code = '';
    update bc.item set transaction_currency_code = new.lcy_code where transaction_currency_code <> new.lcy_code;
    update bc.resource set transaction_currency_code = new.lcy_code where transaction_currency_code <> new.lcy_code;
    update bc.customer_price_group set transaction_currency_code = new.lcy_code where price_currency_codes = '';
    return null;
end
$$;
comment on function bc.lcy_changed() is 'Gives the local currency its row and refreshes what is kept in local currency.';
create trigger lcy_changed after insert or update of lcy_code on bc.general_ledger_setup
    for each row execute function bc.lcy_changed();

create function bc.price_group_currency() returns trigger
language plpgsql as $$
declare
    v_codes text[];
begin
    if tg_table_name = 'customer_price_group' then
        select coalesce((array_agg(p.transaction_currency_code order by p.item_no, p.starting_date, p.currency_code))[1],
                   bc.lcy_code(), ''),
               coalesce(string_agg(distinct p.transaction_currency_code, ', '), '')
        into new.transaction_currency_code, new.price_currency_codes
        from bc.sales_price p where p.sales_type = 1 and p.sales_code = new.code;
        return new;
    end if;
    if tg_op = 'DELETE' then
        select array_agg(distinct sales_code) into v_codes from old_rows where sales_type = 1;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct sales_code) into v_codes from new_rows where sales_type = 1;
    else
        select array_agg(distinct sales_code) into v_codes
        from (select sales_code, sales_type from new_rows
              union all select sales_code, sales_type from old_rows) as touched where sales_type = 1;
    end if;
    update bc.customer_price_group g
    set transaction_currency_code = price.first_code, price_currency_codes = price.codes
    from unnest(v_codes) as touched (code)
    cross join lateral (
        select coalesce((array_agg(p.transaction_currency_code order by p.item_no, p.starting_date, p.currency_code))[1],
                   bc.lcy_code(), '') as first_code,
               coalesce(string_agg(distinct p.transaction_currency_code, ', '), '') as codes
        from bc.sales_price p where p.sales_type = 1 and p.sales_code = touched.code
    ) as price
    where g.code = touched.code
      and (g.transaction_currency_code, g.price_currency_codes) is distinct from (price.first_code, price.codes);
    return null;
end
$$;
comment on function bc.price_group_currency() is
    'Keeps the currency of a price group, that of its first sales price, and the list of all its prices'' currencies.';
create trigger price_group_currency before insert on bc.customer_price_group
    for each row execute function bc.price_group_currency();
create trigger price_inserted after insert on bc.sales_price referencing new table as new_rows
    for each statement execute function bc.price_group_currency();
create trigger price_updated after update on bc.sales_price referencing old table as old_rows new table as new_rows
    for each statement execute function bc.price_group_currency();
create trigger price_deleted after delete on bc.sales_price referencing old table as old_rows
    for each statement execute function bc.price_group_currency();

-- Sums. Deltas, so that one more entry does not read all entries.
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
