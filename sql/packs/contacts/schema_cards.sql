-- What the system does by itself with its cards: numbers, search names, stamps; companies and their persons.
--
-- Triggers that join their rows with a table have sequential scans off, and those that join old with new rows are run by
-- execute: a plan kept from a small statement would make a large one quadratic.

-- 1. Every card ---------------------------------------------------------------------------------------------------

create function nav.card_ready() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.no = '' then
            new.no := nav.next_no(tg_argv[0], tg_argv[1]);
        end if;
        if new.search_name = '' then
            new.search_name := upper(new.name);
        end if;
        return new;
    end if;
    if new.name <> old.name and new.search_name = old.search_name and old.search_name in ('', upper(old.name)) then
        new.search_name := upper(new.name);
    end if;
    new.last_modified_date_time := clock_timestamp();
    return new;
end
$$;
comment on function nav.card_ready() is 'Number from the series, search name after the name until a user changes it, time of the last change.';
create trigger card_ready before insert or update on nav.customer
    for each row execute function nav.card_ready('CUST', 'customers');
create trigger card_ready before insert or update on nav.vendor
    for each row execute function nav.card_ready('VEND', 'vendors');
create trigger card_ready before insert or update on nav.bank_account
    for each row execute function nav.card_ready('BANK', 'bank accounts');

create function nav.vat_changed() returns trigger
language plpgsql as $$
begin
    insert into nav.vat_registration_log (account_type, account_no, vat_registration_no)
    values (tg_table_name, new.no, new.vat_registration_no);
    return null;
end
$$;
comment on function nav.vat_changed() is 'Notes a new VAT number, to be verified.';
create trigger vat_changed after update on nav.customer for each row
    when (new.vat_registration_no not in ('', old.vat_registration_no)) execute function nav.vat_changed();
create trigger vat_changed after update on nav.vendor for each row
    when (new.vat_registration_no not in ('', old.vat_registration_no)) execute function nav.vat_changed();

create function nav.bank_currency() returns trigger
language plpgsql as $$
begin
    if exists (select from nav.bank_ledger_entry e where e.bank_account_no = old.no
               group by e.bank_account_no having sum(e.amount) <> 0 or bool_or(e.is_open)) then
        raise exception 'the currency of bank account % cannot change: it has a balance or open entries', old.no
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
comment on function nav.bank_currency() is 'The currency of a bank account changes only while its balance is zero and nothing is open.';
create trigger bank_currency before update on nav.bank_account for each row
    when (new.currency_code <> old.currency_code) execute function nav.bank_currency();

-- 2. Contacts: companies and persons ------------------------------------------------------------------------------

create function nav.next_contact_no() returns varchar
language plpgsql as $$
declare
    v_no text;
begin
    loop
        v_no := nav.next_no((select contact_nos from nav.marketing_setup), 'contacts (marketing set-up, contact_nos)');
        exit when not exists (select from nav.contact where no = v_no);
    end loop;
    return v_no;
end
$$;
comment on function nav.next_contact_no() is 'The next contact number that is not in use.';

create function nav.contact_names(inout p_contact nav.contact, p_is_composed boolean)
language plpgsql immutable as $$
declare
    v_words constant text[] := regexp_split_to_array(trim(p_contact.name), '\s+');
    v_count constant integer := cardinality(v_words);
begin
    if p_contact.type = 0 then
        p_contact.company_no := p_contact.no;
        p_contact.company_name := p_contact.name;
        p_contact.first_name := '';
        p_contact.middle_name := '';
        p_contact.surname := '';
        p_contact.job_title := '';
    elsif p_is_composed then
        p_contact.name := concat_ws(' ', nullif(trim(p_contact.first_name), ''), nullif(trim(p_contact.middle_name), ''),
            nullif(trim(p_contact.surname), ''));
    else
        p_contact.surname := case when v_count > 1 then left(v_words[v_count], 30) else '' end;
        p_contact.middle_name := case when v_count > 2 then left(v_words[v_count - 1], 30) else '' end;
        p_contact.first_name := left(array_to_string(v_words[1:greatest(1, v_count - 2 + (v_count = 2)::int)], ' '), 30);
    end if;
end
$$;
comment on function nav.contact_names(nav.contact, boolean) is
    'A company is its own company. A person''s name is its parts; a typed name is taken apart: last word surname, the one before it middle name.';

create function nav.take_company(inout p_person nav.contact, p_former_no text)
language plpgsql stable as $$
declare
    v_setup nav.marketing_setup;
    v_company nav.contact;
    v_former nav.contact;
begin
    select * into v_setup from nav.marketing_setup;
    select * into v_company from nav.contact where no = p_person.company_no and type = 0;
    if not found then
        raise exception 'the company % of contact % does not exist', p_person.company_no, p_person.no
            using errcode = 'foreign_key_violation';
    end if;
    select * into v_former from nav.contact where no = p_former_no;
    p_person.company_name := v_company.name;
    if p_person.contact_business_relation in (100, v_former.contact_business_relation) then
        p_person.contact_business_relation := v_company.contact_business_relation;
    end if;
    if v_setup.inherit_salesperson_code then p_person.salesperson_code := v_company.salesperson_code; end if;
    if v_setup.inherit_territory_code then p_person.territory_code := v_company.territory_code; end if;
    if v_setup.inherit_country_region_code then p_person.country_region_code := v_company.country_region_code; end if;
    if v_setup.inherit_language_code then p_person.language_code := v_company.language_code; end if;
    if v_setup.inherit_format_region then p_person.format_region := v_company.format_region; end if;
    if v_setup.inherit_address_details
       and (p_person.address, p_person.address_2, p_person.post_code, p_person.city)
           in (('', '', '', ''), (v_former.address, v_former.address_2, v_former.post_code, v_former.city)) then
        p_person.address := v_company.address;
        p_person.address_2 := v_company.address_2;
        p_person.post_code := v_company.post_code;
        p_person.city := v_company.city;
        p_person.county := v_company.county;
    end if;
    if v_setup.inherit_communication_details then
        if p_person.phone_no in ('', v_former.phone_no) then p_person.phone_no := v_company.phone_no; end if;
        if p_person.mobile_phone_no in ('', v_former.mobile_phone_no) then p_person.mobile_phone_no := v_company.mobile_phone_no; end if;
        if p_person.fax_no in ('', v_former.fax_no) then p_person.fax_no := v_company.fax_no; end if;
        if p_person.telex_no in ('', v_former.telex_no) then p_person.telex_no := v_company.telex_no; end if;
        if p_person.telex_answer_back in ('', v_former.telex_answer_back) then p_person.telex_answer_back := v_company.telex_answer_back; end if;
        if p_person.e_mail in ('', v_former.e_mail) then p_person.e_mail := v_company.e_mail; end if;
        if p_person.home_page in ('', v_former.home_page) then p_person.home_page := v_company.home_page; end if;
        if p_person.extension_no in ('', v_former.extension_no) then p_person.extension_no := v_company.extension_no; end if;
        if p_person.pager in ('', v_former.pager) then p_person.pager := v_company.pager; end if;
    end if;
end
$$;
comment on function nav.take_company(nav.contact, text) is
    'What a person takes from a new company: codes outright, address and communication where blank or still the former company''s.';

create function nav.contact_ready() returns trigger
language plpgsql as $$
declare
    v_setup nav.marketing_setup;
begin
    if tg_op = 'INSERT' then
        if new.no = '' then
            new.no := nav.next_contact_no();
        end if;
        new := nav.contact_names(new, (new.first_name, new.middle_name, new.surname) <> ('', '', ''));
        if new.search_name = '' then
            new.search_name := upper(new.name);
        end if;
        if new.type = 1 and new.company_no <> '' then
            new := nav.take_company(new, null);
        end if;
        -- A contact made from a card is as the card: what it starts with is not for it.
        if current_setting('nav.is_from_card', true) is distinct from 'on' then
            select * into v_setup from nav.marketing_setup;
            new.salesperson_code := coalesce(nullif(new.salesperson_code, ''), v_setup.default_salesperson_code);
            new.territory_code := coalesce(nullif(new.territory_code, ''), v_setup.default_territory_code);
            new.country_region_code := coalesce(nullif(new.country_region_code, ''), v_setup.default_country_region_code);
            new.language_code := coalesce(nullif(new.language_code, ''), v_setup.default_language_code);
            new.format_region := coalesce(nullif(new.format_region, ''), v_setup.default_format_region);
        end if;
    else
        if (new.type, new.no, new.name, new.company_no, new.first_name, new.middle_name, new.surname)
           is distinct from (old.type, old.no, old.name, old.company_no, old.first_name, old.middle_name, old.surname) then
            if new.type <> old.type and (old.contact_business_relation <> 100
               or exists (select from nav.contact p where p.company_no = old.no and p.type = 1)) then
                raise exception 'the type of contact % cannot change: it has business relations or persons', old.no
                    using errcode = 'check_violation';
            end if;
            new := nav.contact_names(new, (new.first_name, new.middle_name, new.surname)
                                          is distinct from (old.first_name, old.middle_name, old.surname));
            if new.type = 1 and new.company_no = '' then
                new.company_name := '';
            elsif new.type = 1 and new.company_no <> old.company_no
                  and exists (select from nav.contact c where c.no = new.company_no) then
                new := nav.take_company(new, old.company_no);
            end if;
        end if;
        if new.name <> old.name and new.search_name = old.search_name and old.search_name in ('', upper(old.name)) then
            new.search_name := upper(new.name);
        end if;
        new.last_modified_date_time := clock_timestamp();
    end if;
    new.search_e_mail := upper(new.e_mail);
    return new;
end
$$;
comment on function nav.contact_ready() is 'Number, name and its parts, company, what a new contact starts with, search fields, time of the last change.';
create trigger contact_ready before insert or update on nav.contact
    for each row execute function nav.contact_ready();

create function nav.contact_updated() returns trigger
language plpgsql as $$
begin
    -- A statement trigger fires for no rows too.
    if not exists (select from new_rows) then
        return null;
    end if;
    -- Persons follow their company in what they still have from it; one that was edited by hand keeps its own.
    execute $q$
        update nav.contact p set
            company_name = n.name,
            salesperson_code = case when s.inherit_salesperson_code and p.salesperson_code = o.salesperson_code then n.salesperson_code else p.salesperson_code end,
            territory_code = case when s.inherit_territory_code and p.territory_code = o.territory_code then n.territory_code else p.territory_code end,
            country_region_code = case when s.inherit_country_region_code and p.country_region_code = o.country_region_code then n.country_region_code else p.country_region_code end,
            language_code = case when s.inherit_language_code and p.language_code = o.language_code then n.language_code else p.language_code end,
            format_region = case when s.inherit_format_region and p.format_region = o.format_region then n.format_region else p.format_region end,
            (address, address_2, post_code, city, county) = (
                select case when a.follows then n.address else p.address end, case when a.follows then n.address_2 else p.address_2 end,
                       case when a.follows then n.post_code else p.post_code end, case when a.follows then n.city else p.city end,
                       case when a.follows and n.county <> o.county then n.county else p.county end
                  from (select s.inherit_address_details and (p.address, p.address_2, p.post_code, p.city)
                               = (o.address, o.address_2, o.post_code, o.city) as follows) a),
            phone_no = case when s.inherit_communication_details and p.phone_no = o.phone_no then n.phone_no else p.phone_no end,
            mobile_phone_no = case when s.inherit_communication_details and p.mobile_phone_no = o.mobile_phone_no then n.mobile_phone_no else p.mobile_phone_no end,
            fax_no = case when s.inherit_communication_details and p.fax_no = o.fax_no then n.fax_no else p.fax_no end,
            telex_no = case when s.inherit_communication_details and p.telex_no = o.telex_no then n.telex_no else p.telex_no end,
            telex_answer_back = case when s.inherit_communication_details and p.telex_answer_back = o.telex_answer_back then n.telex_answer_back else p.telex_answer_back end,
            e_mail = case when s.inherit_communication_details and p.e_mail = o.e_mail then n.e_mail else p.e_mail end,
            home_page = case when s.inherit_communication_details and p.home_page = o.home_page then n.home_page else p.home_page end,
            extension_no = case when s.inherit_communication_details and p.extension_no = o.extension_no then n.extension_no else p.extension_no end,
            pager = case when s.inherit_communication_details and p.pager = o.pager then n.pager else p.pager end
          from new_rows n
          join old_rows o on o.no = n.no
         cross join nav.marketing_setup s
         where n.type = 0 and p.company_no = n.no and p.type = 1
           and (n.name, n.salesperson_code, n.territory_code, n.country_region_code, n.language_code, n.format_region, n.address,
                n.address_2, n.post_code, n.city, n.county, n.phone_no, n.mobile_phone_no, n.fax_no, n.telex_no,
                n.telex_answer_back, n.e_mail, n.home_page, n.extension_no, n.pager)
               is distinct from
               (o.name, o.salesperson_code, o.territory_code, o.country_region_code, o.language_code, o.format_region, o.address,
                o.address_2, o.post_code, o.city, o.county, o.phone_no, o.mobile_phone_no, o.fax_no, o.telex_no,
                o.telex_answer_back, o.e_mail, o.home_page, o.extension_no, o.pager)
        $q$;
    -- The person a customer or vendor talks to carries its name there.
    execute $q$
        with renamed as materialized (
            select n.no, n.name from new_rows n join old_rows o on o.no = n.no where n.type = 1 and n.name <> o.name
        ), at_customers as (
            update nav.customer c set contact = r.name from renamed r where c.primary_contact_no = r.no and c.contact <> r.name
        )
        update nav.vendor v set contact = r.name from renamed r where v.primary_contact_no = r.no and v.contact <> r.name
        $q$;
    return null;
end
$$;
comment on function nav.contact_updated() is 'Persons follow their company, customers and vendors the name of their primary contact.';
create trigger contact_updated after update on nav.contact
    referencing old table as old_rows new table as new_rows
    for each statement execute function nav.contact_updated();
