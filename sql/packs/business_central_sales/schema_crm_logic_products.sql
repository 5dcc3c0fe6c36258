-- crm, business logic: products, price lists and their lines, and what the integration solution of Business Central adds to them.

create function crm.follow_product_state() returns trigger
language plpgsql as $$
begin
    new.statuscode := case new.statecode when 0 then 1 when 1 then 2 when 2 then 0 else 3 end;
    return new;
end
$$;
comment on function crm.follow_product_state() is 'Keeps the status of a product (1, 2, 0, 3) with its state (0, 1, 2, 3).';
create trigger follow_product_state_insert before insert on crm.product
    for each row execute function crm.follow_product_state();
create trigger follow_product_state_update before update on crm.product
    for each row when (new.statecode <> old.statecode) execute function crm.follow_product_state();

create function crm.keep_list_currency() returns trigger
language plpgsql as $$
begin
    raise exception 'the currency of price list % cannot be changed', new.name
        using errcode = 'check_violation', hint = 'make another price list';
end
$$;
comment on function crm.keep_list_currency() is 'A price list keeps its currency for ever.';
create trigger keep_list_currency before update on crm.pricelevel
    for each row when (new.transactioncurrencyid <> old.transactioncurrencyid)
    execute function crm.keep_list_currency();

create function crm.fill_price_line() returns trigger
language plpgsql as $$
declare
    v_product crm.product;
    v_list crm.pricelevel;
begin
    select * into v_product from crm.product p where p.productid = new.productid;
    select * into v_list from crm.pricelevel l where l.pricelevelid = new.pricelevelid;
    if new.transactioncurrencyid <> v_list.transactioncurrencyid then
        raise exception 'the currency of the price of product % is not that of price list %',
            v_product.productnumber, v_list.name using errcode = 'check_violation';
    end if;
    new.transactioncurrencyid := v_list.transactioncurrencyid;
    new.productnumber := v_product.productnumber;
    if tg_op = 'UPDATE' and new.uomid is not distinct from old.uomid
        and new.uomscheduleid is distinct from old.uomscheduleid then
        new.uomid := null;
    end if;
    if new.uomid is null and new.uomscheduleid is not null then
        select u.uomid into new.uomid from crm.uom u
        where u.uomscheduleid = new.uomscheduleid and u.isschedulebaseuom limit 1;
    end if;
    new.uomid := coalesce(new.uomid, v_product.defaultuomid);
    select u.uomscheduleid into new.uomscheduleid from crm.uom u where u.uomid = new.uomid;
    return new;
end
$$;
comment on function crm.fill_price_line() is
    'A price list line takes the product''s number, the currency of its list, and the base unit of its unit group or else the product''s unit.';
create trigger fill_price_line
    before insert or update of pricelevelid, productid, uomid, uomscheduleid, transactioncurrencyid
    on crm.productpricelevel for each row execute function crm.fill_price_line();

-- The integration solution of Business Central ------------------------------------------------------------------------
-- It watches over what its connection user writes. People may do in Sales what Sales lets them do.

create function crm.is_connection_user() returns boolean
language sql stable as $$
    select exists (select from crm.systemuser u where u.systemuserid = crm.calling_user() and u.isintegrationuser)
$$;
comment on function crm.is_connection_user() is 'Whether it is the connection user who works.';

create function crm.unit_group_fault(p_group_id uuid) returns text
language sql stable as $$
    select case
        when g.name not like 'NAV %' then
            format('unit group %s does not belong to Business Central: its name is not NAV and the code of a unit', g.name)
        when g.statecode <> 0 then format('unit group %s is not active', g.name)
        when (select count(*) from crm.uomschedule o where o.name = g.name) > 1 then
            format('there is more than one unit group %s', g.name)
        when u.units <> 1 then format('unit group %s has %s units: it must have one, %s', g.name, u.units, g.code)
        when u.name <> g.code then format('the unit of unit group %s is called %s: it must be called %s', g.name, u.name, g.code)
        when not u.is_base then format('unit %s is not the base unit of unit group %s', u.name, g.name)
        when u.quantity <> 1 then
            format('unit %s of unit group %s has the quantity %s: it must be 1', u.name, g.name, trim_scale(u.quantity))
    end
    from (select s.*, substr(s.name, 5) as code from crm.uomschedule s where s.uomscheduleid = p_group_id) as g
    cross join lateral (
        select count(*) as units, min(o.name) as name, min(o.quantity) as quantity, bool_and(o.isschedulebaseuom) as is_base
        from crm.uom o where o.uomscheduleid = g.uomscheduleid
    ) as u
$$;
comment on function crm.unit_group_fault(uuid) is
    'What is wrong with a unit group that stands for a unit of Business Central; null: it is active and has one unit, its base unit, of quantity 1 and its name.';

create function crm.check_unit_groups() returns trigger
language plpgsql as $$
declare
    v_fault text;
begin
    if not crm.is_connection_user() then
        return null;
    end if;
    for v_fault in
        execute format('select distinct crm.unit_group_fault(g.id) from (select distinct n.%I as id from new_rows n) as g',
            tg_argv[0])
    loop
        if v_fault is not null then
            raise exception '%', v_fault using errcode = 'check_violation', hint = 'correct the unit group in Sales';
        end if;
    end loop;
    return null;
end
$$;
comment on function crm.check_unit_groups() is 'The connection user writes with sound unit groups only.';
create trigger check_unit_groups_insert after insert on crm.product referencing new table as new_rows
    for each statement execute function crm.check_unit_groups('defaultuomscheduleid');
create trigger check_unit_groups_update after update on crm.product referencing new table as new_rows
    for each statement execute function crm.check_unit_groups('defaultuomscheduleid');
create trigger check_unit_groups_insert after insert on crm.productpricelevel referencing new table as new_rows
    for each statement execute function crm.check_unit_groups('uomscheduleid');
create trigger check_unit_groups_update after update on crm.productpricelevel referencing new table as new_rows
    for each statement execute function crm.check_unit_groups('uomscheduleid');

create function crm.rename_unit() returns trigger
language plpgsql as $$
declare
    v_fault text;
begin
    if crm.is_connection_user() then
        -- One unit by another name is given the right one; anything else is a person's to mend.
        update crm.uom u set name = substr(n.name, 5)
        from new_rows n
        where u.uomscheduleid = n.uomscheduleid and n.name like 'NAV %' and u.name <> substr(n.name, 5)
          and (select count(*) from crm.uom o where o.uomscheduleid = n.uomscheduleid) = 1;
        select crm.unit_group_fault(n.uomscheduleid) into v_fault from new_rows n
        where exists (select from crm.uom u where u.uomscheduleid = n.uomscheduleid)
          and crm.unit_group_fault(n.uomscheduleid) is not null
        limit 1;
        if v_fault is not null then
            raise exception '%', v_fault using errcode = 'check_violation', hint = 'correct the unit group in Sales';
        end if;
    end if;
    return null;
end
$$;
comment on function crm.rename_unit() is
    'A unit group written by the connection user is sound, and its one unit follows its name. A group without units is let through.';
create trigger rename_unit after update on crm.uomschedule referencing new table as new_rows
    for each statement execute function crm.rename_unit();

create function crm.require_unit_group() returns trigger
language plpgsql as $$
begin
    raise exception 'product % has no unit group: fill in the base unit of measure', new.productnumber
        using errcode = 'not_null_violation';
end
$$;
comment on function crm.require_unit_group() is 'Says in words that a product without a unit is refused.';
create trigger a_require_unit_group before insert or update on crm.product
    for each row when (new.defaultuomscheduleid is null) execute function crm.require_unit_group();

create function crm.require_exchange_rate() returns trigger
language plpgsql as $$
begin
    raise exception 'no exchange rate is defined for currency %', new.isocurrencycode
        using errcode = 'not_null_violation';
end
$$;
comment on function crm.require_exchange_rate() is 'Says in words that a currency without a rate is refused.';
create trigger require_exchange_rate before insert or update on crm.transactioncurrency
    for each row when (new.exchangerate is null) execute function crm.require_exchange_rate();

create function crm.fill_currency_precision() returns trigger
language plpgsql as $$
begin
    if crm.is_connection_user() then
        new.currencyprecision := coalesce(
            (select o.currencydecimalprecision from crm.organization o limit 1), new.currencyprecision);
    end if;
    return new;
end
$$;
comment on function crm.fill_currency_precision() is 'A currency of the connection user has the organisation''s precision.';
create trigger fill_currency_precision before insert on crm.transactioncurrency
    for each row execute function crm.fill_currency_precision();

create function crm.check_price_currencies() returns trigger
language plpgsql as $$
begin
    raise exception 'the prices of price list % are in more than one currency: %', new.name, new.nav_pricecurrencies
        using errcode = 'check_violation', hint = 'a price group has the currency of its first price';
end
$$;
comment on function crm.check_price_currencies() is 'A price list has one currency, that of all its prices.';
create trigger check_price_currencies before insert or update on crm.pricelevel
    for each row when (new.nav_pricecurrencies like '%,%') execute function crm.check_price_currencies();

-- The default price list: every product of the ERP has it, and has one line on it, with its price.
create function crm.fill_default_list() returns trigger
language plpgsql as $$
begin
    new.pricelevelid := (select l.pricelevelid from crm.pricelevel l where l.nav_isdefault limit 1);
    return new;
end
$$;
comment on function crm.fill_default_list() is 'A product without a price list of its own has the default price list.';
create index pricelevel_nav_isdefault_idx on crm.pricelevel (pricelevelid) where nav_isdefault;
create trigger fill_default_list before insert or update on crm.product
    for each row when (new.pricelevelid is null and new.producttypecode in (1, 3))
    execute function crm.fill_default_list();

create function crm.keep_default_line() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    -- The line of a product that has another unit now follows it.
    update crm.productpricelevel l set uomid = n.defaultuomid
    from new_rows n join crm.pricelevel d on d.pricelevelid = n.pricelevelid and d.nav_isdefault
    where l.productid = n.productid and l.pricelevelid = n.pricelevelid and l.uomid <> n.defaultuomid
      and not exists (select from crm.productpricelevel o
                      where o.productid = n.productid and o.pricelevelid = n.pricelevelid and o.productpricelevelid <> l.productpricelevelid);
    insert into crm.productpricelevel as l (pricelevelid, productid, uomid, amount)
    select n.pricelevelid, n.productid, n.defaultuomid, coalesce(n.price, 0)
    from new_rows n join crm.pricelevel d on d.pricelevelid = n.pricelevelid and d.nav_isdefault
    on conflict (pricelevelid, productid, uomid) do update set amount = excluded.amount, pricingmethodcode = 1
    where (l.amount, l.pricingmethodcode) is distinct from (excluded.amount, 1);
    return null;
end
$$;
comment on function crm.keep_default_line() is
    'Makes the line of a product on the default price list, or makes it equal to the product again.';
create trigger keep_default_line_insert after insert on crm.product referencing new table as new_rows
    for each statement execute function crm.keep_default_line();
create trigger keep_default_line_update after update on crm.product referencing new table as new_rows
    for each statement execute function crm.keep_default_line();

create function crm.adopt_products() returns trigger
language plpgsql as $$
begin
    update crm.product p set pricelevelid = new.pricelevelid
    where p.producttypecode in (1, 3) and p.pricelevelid is distinct from new.pricelevelid
      and (p.pricelevelid is null
           or p.pricelevelid in (select l.pricelevelid from crm.pricelevel l where l.name like 'Business Central % Price List'));
    return null;
end
$$;
comment on function crm.adopt_products() is
    'A new default price list takes the products that have none, and those of the default price list before it.';
create trigger adopt_products_insert after insert on crm.pricelevel
    for each row when (new.nav_isdefault) execute function crm.adopt_products();
create trigger adopt_products_update after update on crm.pricelevel
    for each row when (new.nav_isdefault and not old.nav_isdefault) execute function crm.adopt_products();
