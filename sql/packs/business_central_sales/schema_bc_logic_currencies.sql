-- bc, business logic: exchange rates, the local currency, and the currency of documents, prices and price groups.

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
