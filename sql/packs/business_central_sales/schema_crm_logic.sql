-- crm, business logic: who made a record, owner, currency and state; names, parents, units, customers of opportunities.

-- Every table says who made and changed a row, and when.
create function crm.stamp_modified() returns trigger
language plpgsql as $$
begin
    new.createdon := old.createdon;
    new.createdby := old.createdby;
    new.modifiedon := clock_timestamp();
    new.modifiedby := crm.calling_user();
    return new;
end
$$;
comment on function crm.stamp_modified() is 'Keeps createdon, createdby, modifiedon and modifiedby of a changed row.';

do $$
declare
    v_table text;
begin
    for v_table in
        select c.relname from pg_class c
        where c.relnamespace = 'crm'::regnamespace and c.relkind = 'r'
        order by c.relname
    loop
        execute format('alter table crm.%I
            add column createdon timestamptz not null default clock_timestamp(),
            add column createdby uuid default crm.calling_user(),
            add column modifiedon timestamptz not null default clock_timestamp(),
            add column modifiedby uuid default crm.calling_user()', v_table);
        execute format('create trigger stamp_modified before update on crm.%I
            for each row execute function crm.stamp_modified()', v_table);
    end loop;
end
$$;

create function crm.fill_owner() returns trigger
language plpgsql as $$
begin
    new.ownerid := crm.calling_user();
    return new;
end
$$;
comment on function crm.fill_owner() is 'A record made without an owner belongs to the user who made it.';

do $$
declare
    v_table text;
begin
    foreach v_table in array array['account', 'contact', 'opportunity', 'salesorder', 'invoice'] loop
        execute format('create trigger fill_owner before insert on crm.%I
            for each row when (new.ownerid is null) execute function crm.fill_owner()', v_table);
    end loop;
end
$$;

create function crm.fill_currency() returns trigger
language plpgsql as $$
begin
    new.transactioncurrencyid := (select o.basecurrencyid from crm.organization o limit 1);
    return new;
end
$$;
comment on function crm.fill_currency() is 'A record made without a currency is in the organisation''s base currency.';

do $$
declare
    v_table text;
begin
    foreach v_table in array array['account', 'contact', 'opportunity', 'salesorder', 'invoice', 'product'] loop
        execute format('create trigger fill_currency before insert on crm.%I
            for each row when (new.transactioncurrencyid is null) execute function crm.fill_currency()', v_table);
    end loop;
end
$$;

create function crm.compose_fullname() returns trigger
language plpgsql as $$
begin
    new.fullname := concat_ws(' ', nullif(trim(new.firstname), ''), nullif(trim(new.lastname), ''));
    return new;
end
$$;
comment on function crm.compose_fullname() is 'The full name is first name and last name, as this organisation writes it.';
create trigger compose_fullname_insert before insert on crm.systemuser
    for each row when (new.firstname is not null or new.lastname is not null) execute function crm.compose_fullname();
create trigger compose_fullname_update before update on crm.systemuser
    for each row when ((new.firstname, new.lastname) is distinct from (old.firstname, old.lastname))
    execute function crm.compose_fullname();
create trigger compose_fullname_insert before insert on crm.contact
    for each row when (new.firstname is not null or new.lastname is not null) execute function crm.compose_fullname();
create trigger compose_fullname_update before update on crm.contact
    for each row when ((new.firstname, new.lastname) is distinct from (old.firstname, old.lastname))
    execute function crm.compose_fullname();

-- What kind of account a contact belongs to is written on the contact: a mapping row sees one row.
create function crm.fill_parent() returns trigger
language plpgsql as $$
begin
    new.nav_parentstatecode := null;
    new.nav_parentcustomertypecode := null;
    if new.parentcustomeridtype = 'account' then
        select a.statecode, a.customertypecode into new.nav_parentstatecode, new.nav_parentcustomertypecode
        from crm.account a where a.accountid = new.parentcustomerid;
    end if;
    return new;
end
$$;
comment on function crm.fill_parent() is 'Notes state and relationship type of a contact''s parent account.';
create trigger fill_parent_insert before insert on crm.contact
    for each row when (new.parentcustomerid is not null) execute function crm.fill_parent();
create trigger fill_parent_update before update on crm.contact
    for each row when ((new.parentcustomerid, new.parentcustomeridtype)
        is distinct from (old.parentcustomerid, old.parentcustomeridtype)) execute function crm.fill_parent();

create function crm.parent_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    update crm.contact c set nav_parentstatecode = n.statecode, nav_parentcustomertypecode = n.customertypecode
    from new_rows n
    where c.parentcustomerid = n.accountid and c.parentcustomeridtype = 'account'
      and (c.nav_parentstatecode, c.nav_parentcustomertypecode) is distinct from (n.statecode, n.customertypecode);
    return null;
end
$$;
comment on function crm.parent_changed() is 'Brings state and relationship type of an account to its contacts.';
create trigger parent_inserted after insert on crm.account referencing new table as new_rows
    for each statement execute function crm.parent_changed();
create trigger parent_updated after update on crm.account referencing new table as new_rows
    for each statement execute function crm.parent_changed();

create function crm.follow_state() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.statecode = 1 or new.statuscode = 2 then
            new.statecode := 1;
            new.statuscode := 2;
        end if;
    elsif new.statecode <> old.statecode then
        new.statuscode := new.statecode + 1;
    else
        new.statecode := case when new.statuscode = 2 then 1 else 0 end;
    end if;
    return new;
end
$$;
comment on function crm.follow_state() is 'Keeps state (0, 1) and status (1 Active, 2 Inactive) together.';

do $$
declare
    v_table text;
begin
    foreach v_table in array array['account', 'contact', 'uomschedule', 'transactioncurrency'] loop
        execute format('create trigger follow_state_insert before insert on crm.%I
            for each row when (new.statecode <> 0 or new.statuscode <> 1) execute function crm.follow_state()', v_table);
        execute format('create trigger follow_state_update before update on crm.%I
            for each row when (new.statecode <> old.statecode or new.statuscode <> old.statuscode)
            execute function crm.follow_state()', v_table);
    end loop;
end
$$;

create function crm.create_base_unit() returns trigger
language plpgsql as $$
begin
    insert into crm.uom (uomscheduleid, name, quantity, isschedulebaseuom)
    select n.uomscheduleid, n.baseuomname, 1, true from new_rows n;
    return null;
end
$$;
comment on function crm.create_base_unit() is 'A new unit group gets its base unit.';
create trigger create_base_unit after insert on crm.uomschedule referencing new table as new_rows
    for each statement execute function crm.create_base_unit();

create function crm.fill_default_unit() returns trigger
language plpgsql as $$
begin
    new.defaultuomid := (select u.uomid from crm.uom u
        where u.uomscheduleid = new.defaultuomscheduleid and u.isschedulebaseuom limit 1);
    return new;
end
$$;
comment on function crm.fill_default_unit() is 'A product without a unit of its own is sold in the base unit of its group.';
create trigger fill_default_unit_insert before insert on crm.product
    for each row when (new.defaultuomid is null) execute function crm.fill_default_unit();
create trigger fill_default_unit_update before update on crm.product
    for each row when (new.defaultuomscheduleid <> old.defaultuomscheduleid and new.defaultuomid = old.defaultuomid)
    execute function crm.fill_default_unit();

create function crm.opportunity_customer() returns trigger
language plpgsql as $$
begin
    new.customerid := coalesce(new.parentaccountid, new.parentcontactid);
    return new;
end
$$;
comment on function crm.opportunity_customer() is 'The customer of an opportunity is its parent account, else its parent contact.';
create trigger opportunity_customer before insert or update of parentaccountid, parentcontactid on crm.opportunity
    for each row execute function crm.opportunity_customer();
