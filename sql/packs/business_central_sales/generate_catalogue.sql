-- A company in any size: contacts, vendors, items, resources, price groups and prices, and one function for everything.

create function bc.generate_setup() returns void
language plpgsql as $$
begin
    insert into bc.general_ledger_setup (lcy_code) values ('GBP') on conflict do nothing;
    insert into bc.currency (code, iso_code, symbol, description) values
        ('EUR', 'EUR', '€', 'Euro'), ('USD', 'USD', '$', 'US Dollar'), ('NOK', 'NOK', 'kr', 'Norwegian Krone')
    on conflict (code) do nothing;
    insert into bc.currency_exchange_rate (currency_code, starting_date, exchange_rate_amount, relational_exch_rate_amount)
    values ('EUR', '2019-01-01', 100, 89.5), ('USD', '2019-01-01', 100, 78.125), ('NOK', '2019-01-01', 100, 9)
    on conflict do nothing;
    if not exists (select from crm.systemuser u where u.isintegrationuser) then
        insert into crm.systemuser (firstname, lastname, internalemailaddress, isintegrationuser)
        values ('Sales', 'Connection', 'connection@company.example', true);
    end if;
    if not exists (select from crm.organization) then
        with base as (
            insert into crm.transactioncurrency (isocurrencycode, currencysymbol, currencyname, exchangerate)
            select lcy_code, lcy_code, lcy_code, 1 from bc.general_ledger_setup
            on conflict (isocurrencycode) do update set exchangerate = 1
            returning transactioncurrencyid, isocurrencycode
        )
        insert into crm.organization (basecurrencyid, basecurrencysymbol, issopintegrationenabled)
        select transactioncurrencyid, isocurrencycode, true from base;
    end if;
    insert into bc.crm_connection_setup (is_enabled, is_sales_order_integration_enabled, auto_create_sales_orders)
    values (true, true, true) on conflict do nothing;
end
$$;
comment on function bc.generate_setup() is
    'What both systems need before anything else: local currency, currencies, connection and its user. Leaves what is there.';

create function bc.generate_salespeople(p_count integer, p_seed integer default 1) returns integer
language plpgsql as $$
begin
    with person as (
        select i, p.first_name, p.surname, lower(p.first_name || '.' || p.surname) || '.' || i || '@company.example' as email
        from generate_series(1, p_count) as i cross join lateral bc.generated_person(i, p_seed + 100) as p
    ), made as (
        insert into bc.salesperson_purchaser (code, name, email)
        select 'S' || lpad(i::text, 4, '0'), first_name || ' ' || surname, email from person
        on conflict (code) do nothing
        returning email
    )
    insert into crm.systemuser (systemuserid, firstname, lastname, internalemailaddress, domainname)
    select md5('user ' || email)::uuid, first_name, surname, email, 'COMPANY\user' || i
    from person join made using (email);
    return p_count;
end
$$;
comment on function bc.generate_salespeople(integer, integer) is
    'Makes salespeople, and users of the same e-mail in Sales; returns p_count.';

create function bc.generate_contacts(p_count integer, p_seed integer default 1) returns integer
language plpgsql as $$
declare
    v_customers bigint;
begin
    select count(*) into v_customers from bc.customer where blocked = 0;
    insert into bc.contact (type, first_name, surname, company_no, salesperson_code, address, city, post_code,
        country_region_code, email, phone_no, mobile_phone_no)
    select 1, p.first_name, p.surname, c.contact_no, c.salesperson_code, c.address, c.city, c.post_code,
        c.country_region_code, lower(p.first_name || '.' || p.surname) || '.' || i || '@' || split_part(c.email, '@', 2),
        c.phone_no, case when i % 3 = 0 then '+44 7700 ' || lpad((bc.dice(i, p_seed + 31) % 1000000)::text, 6, '0') else '' end
    from generate_series(1, p_count) as i
    join (
        select row_number() over (order by u.no) as row_no, r.contact_no, u.salesperson_code,
            u.address, u.city, u.post_code, u.country_region_code, u.email, u.phone_no
        from bc.customer u join bc.contact_business_relation r on r.no = u.no and r.link_to_table = 1
        where u.blocked = 0
    ) as c on c.row_no = 1 + bc.dice(i, p_seed + 30) % greatest(v_customers, 1)
    cross join lateral bc.generated_person(i, p_seed + 32) as p;
    return p_count;
end
$$;
comment on function bc.generate_contacts(integer, integer) is
    'Makes p_count more persons at the customers that are there; returns p_count.';

create function bc.generate_items(p_count integer, p_seed integer default 1) returns integer
language plpgsql as $$
declare
    v_numbers text[];
    v_entry_no integer;
begin
    insert into bc.unit_of_measure (code, description, international_standard_code, symbol) values
        ('PCS', 'Piece', 'EA', 'pc'), ('BOX', 'Box', 'BX', 'box'), ('PACK', 'Pack', 'PK', 'pk'),
        ('KG', 'Kilogram', 'KGM', 'kg'), ('M', 'Metre', 'MTR', 'm'), ('HOUR', 'Hour', 'HUR', 'h')
    on conflict (code) do nothing;
    insert into bc.vendor (no, name, city, country_region_code)
    select 'G' || lpad(g.row_no::text, 4, '0'), g.name, g.city, g.country
    from bc.generated_company(greatest(p_count / 100, 1), p_seed + 50) as g
    on conflict (no) do nothing;

    select array_agg(bc.next_no('ITEM') order by i) into v_numbers from generate_series(1, p_count) as i;
    insert into bc.item (no, description, type, base_unit_of_measure, unit_price, unit_cost, unit_volume, gross_weight,
        vendor_no, vendor_item_no, blocked)
    select n.no,
        bc.pick(array['Desk', 'Chair', 'Lamp', 'Shelf', 'Cabinet', 'Paper', 'Binder', 'Notebook', 'Pen', 'Frame', 'Rug',
            'Curtain', 'Table', 'Stool', 'Clock', 'Basket'], n.i, p_seed + 40)
            || ' ' || bc.pick(array['Aalto', 'Bruno', 'Corsa', 'Delft', 'Este', 'Fano', 'Gent', 'Hull', 'Ivrea', 'Jena'],
            n.i, p_seed + 41) || ' ' || n.i || ', '
            || bc.pick(array['oak', 'birch', 'brass', 'steel', 'white', 'grey', 'black', 'linen'], n.i, p_seed + 42),
        case when bc.dice(n.i, p_seed + 43) % 50 = 0 then 2 else 0 end,
        bc.pick(array['PCS', 'PCS', 'PCS', 'PCS', 'BOX', 'PACK', 'KG', 'M'], n.i, p_seed + 44),
        money.price, round(money.price * (40 + bc.dice(n.i, p_seed + 46) % 40) / 100, 5),
        round(bc.dice(n.i, p_seed + 47) % 2000 / 1000.0, 3), round(bc.dice(n.i, p_seed + 48) % 40000 / 1000.0, 3),
        case when n.i % 7 = 0 then '' else 'G' || lpad((1 + n.i % greatest(p_count / 100, 1))::text, 4, '0') end,
        case when n.i % 7 = 0 then '' else 'V-' || bc.dice(n.i, p_seed + 49) % 100000 end,
        bc.dice(n.i, p_seed + 51) % 60 = 0
    from unnest(v_numbers) with ordinality as n (no, i)
    cross join lateral (select round((100 + bc.dice(n.i, p_seed + 45) % 99900) / 100.0, 2) as price) as money;

    select coalesce(max(entry_no), 0) into v_entry_no from bc.item_ledger_entry;
    insert into bc.item_ledger_entry (entry_no, item_no, quantity, posting_date)
    select v_entry_no + row_number() over (order by n.i, k), n.no,
        case k when 1 then bc.dice(n.i, p_seed + 52) % 500 else - bc.dice(n.i, p_seed + 53) % 300 end,
        date '2019-01-01' + bc.dice(n.i * 2 + k, p_seed + 54) % 180
    from unnest(v_numbers) with ordinality as n (no, i) cross join generate_series(1, 2) as k;

    insert into bc.resource (name, type, base_unit_of_measure, unit_price, unit_cost)
    select bc.pick(array['Planning', 'Assembly', 'Delivery', 'Repair', 'Cleaning', 'Measuring'], i, p_seed + 55) || ' ' || i,
        i % 2, 'HOUR', 40 + bc.dice(i, p_seed + 56) % 60, 20 + bc.dice(i, p_seed + 57) % 20
    from generate_series(1, greatest(p_count / 200, 1)) as i;
    return p_count;
end
$$;
comment on function bc.generate_items(integer, integer) is
    'Makes p_count items with vendors, units and stock, and a resource for every 200; returns p_count.';

create function bc.generate_prices(p_seed integer default 1) returns integer
language plpgsql as $$
declare
    v_made integer;
begin
    insert into bc.customer_price_group (code, description) values
        ('BRONZE', 'Bronze partners'), ('SILVER', 'Silver partners'), ('GOLD', 'Gold partners'),
        ('EUROZONE', 'Customers in the euro area')
    on conflict (code) do nothing;
    -- The dates make some prices share a line: the same item, group and unit.
    insert into bc.sales_price (item_no, sales_type, sales_code, starting_date, currency_code, minimum_quantity, unit_price)
    select i.no, 1, g.code, g.since, g.currency_code, g.minimum,
        round(i.unit_price * g.percent / 100 * case g.currency_code when 'EUR' then 1.12 else 1 end, 2)
    from (select no, unit_price, row_number() over (order by no) as row_no from bc.item where unit_price > 0 and not blocked) as i
    join (values ('BRONZE', '', 95, date '2019-01-01', 0, 2), ('SILVER', '', 92, date '2019-01-01', 0, 3),
                 ('GOLD', '', 88, date '2019-01-01', 0, 3), ('GOLD', '', 84, date '2019-01-01', 10, 6),
                 ('EUROZONE', 'EUR', 97, date '2019-04-01', 0, 4)
         ) as g (code, currency_code, percent, since, minimum, step)
      on bc.dice(i.row_no, p_seed + 60 + g.percent) % g.step = 0
    on conflict do nothing;
    get diagnostics v_made = row_count;
    update bc.customer c
    set customer_price_group = bc.pick(array['BRONZE', 'SILVER', 'GOLD', 'EUROZONE', ''], n.row_no, p_seed + 61)
    from (select no, row_number() over (order by no) as row_no from bc.customer where customer_price_group = '') as n
    where c.no = n.no;
    return v_made;
end
$$;
comment on function bc.generate_prices(integer) is
    'Makes four price groups, gives items prices in them and customers a group; returns the number of prices.';

create function bc.generate_company(
    p_customers integer, p_contacts integer, p_items integer, p_invoices integer default 0, p_seed integer default 1)
returns table (what text, records bigint)
language plpgsql as $$
begin
    perform bc.generate_setup();
    perform bc.generate_salespeople(greatest(5, p_customers / 500), p_seed);
    raise notice 'making % items', p_items;
    perform bc.generate_items(p_items, p_seed);
    analyze bc.item;
    raise notice 'making % customers', p_customers;
    perform bc.generate_customers(p_customers, p_seed);
    update bc.customer set blocked = 1 + bc.dice(hashtext(name), p_seed) % 3
    where bc.dice(hashtext(name), p_seed + 1) % 80 = 0;
    analyze bc.customer;
    analyze bc.contact_business_relation;
    raise notice 'making % persons', p_contacts;
    perform bc.generate_contacts(greatest(p_contacts - p_customers, 0), p_seed);
    perform bc.generate_prices(p_seed);
    -- Invoices and orders, where the pack has them.
    if to_regprocedure('bc.generate_documents(integer, integer, integer)') is not null then
        raise notice 'making % posted invoices', p_invoices;
        execute 'select bc.generate_documents($1, $2, $3)' using p_invoices, p_invoices / 20, p_seed;
    end if;
    analyze bc.contact;
    analyze bc.sales_price;
    return query
        select 'customers', count(*) from bc.customer
        union all select 'persons', count(*) from bc.contact where type = 1
        union all select 'items', count(*) from bc.item where not is_write_in
        union all select 'resources', count(*) from bc.resource
        union all select 'prices', count(*) from bc.sales_price
        union all select 'posted invoices', count(*) from bc.sales_invoice_header
        union all select 'lines of posted invoices', count(*) from bc.sales_invoice_line
        union all select 'sales orders', count(*) from bc.sales_header where document_type = 1;
end
$$;
comment on function bc.generate_company(integer, integer, integer, integer, integer) is
    'Makes a whole company, the same one for the same seed: customers, persons in all, items with prices, posted invoices, and a sales order for every 20 of them. Tells what there is now.';
