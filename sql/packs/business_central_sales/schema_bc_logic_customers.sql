-- bc, business logic: customers, vendors, contacts and the relations between them.

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
