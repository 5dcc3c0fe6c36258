-- What the system does by itself with relations: primary contacts, labels, and what a deletion and a new number take along.

-- 1. Primary contacts ---------------------------------------------------------------------------------------------

create function nav.link_by_primary(p_kind text, p_no text, p_contact_no text, p_company_no text) returns void
language plpgsql as $$
declare
    v_problem text;
begin
    if nav.relation_code(p_kind) = '' then
        return;
    elsif p_company_no = '' then
        -- A person of no company: the card's own contact becomes its company.
        perform nav.make_contacts(p_kind, array[p_no]);
        update nav.contact c set company_no = r.contact_no
          from nav.contact_business_relation r
         where c.no = p_contact_no and r.link_to_table = nav.link_of(p_kind) and r.no = p_no;
        return;
    end if;
    v_problem := nav.link_problem(p_kind, p_company_no, p_no);
    if v_problem is not null then
        raise exception '%', v_problem using errcode = 'check_violation';
    end if;
    insert into nav.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
    values (p_company_no, nav.relation_code(p_kind), nav.link_of(p_kind), p_no);
end
$$;
comment on function nav.link_by_primary(text, text, text, text) is
    'A card without a contact that is given a primary contact is linked with the contact''s company; what differs stays until it is edited.';

create function nav.primary_contact() returns trigger
language plpgsql as $$
declare
    v_link constant smallint := nav.link_of(tg_table_name);
    v_contact nav.contact;
begin
    if new.primary_contact_no = '' then
        new.contact := '';
        return new;
    end if;
    select * into v_contact from nav.contact where no = new.primary_contact_no;
    if found and to_jsonb(old) ->> 'contact_type' is distinct from '1'
       and not exists (select from nav.contact_business_relation r where r.link_to_table = v_link and r.no = old.no) then
        perform nav.link_by_primary(tg_table_name, old.no, v_contact.no, v_contact.company_no);
        select * into v_contact from nav.contact where no = new.primary_contact_no;
    end if;
    if not exists (select from nav.contact_business_relation r
                   where r.link_to_table = v_link and r.no = old.no
                     and r.contact_no in (v_contact.no, v_contact.company_no)) then
        raise exception 'contact % is not related to % %', new.primary_contact_no, tg_table_name, new.no
            using errcode = 'check_violation';
    end if;
    -- Of a company its phone and e-mail are taken over, of a person only the name.
    if v_contact.type = 1 then
        new.contact := v_contact.name;
    else
        new.phone_no := coalesce(nullif(v_contact.phone_no, ''), new.phone_no);
        new.e_mail := coalesce(nullif(v_contact.e_mail, ''), new.e_mail);
    end if;
    return new;
end
$$;
comment on function nav.primary_contact() is 'The primary contact is the linked contact or one of its persons; a person gives its name.';
create trigger primary_contact before update on nav.customer for each row
    when (new.primary_contact_no <> old.primary_contact_no and new.no = old.no) execute function nav.primary_contact();
create trigger primary_contact before update on nav.vendor for each row
    when (new.primary_contact_no <> old.primary_contact_no and new.no = old.no) execute function nav.primary_contact();

create function nav.party_updated() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_kind constant text := tg_table_name;
    v_link constant smallint := nav.link_of(v_kind);
    v_nos text[];
begin
    if not exists (select from new_rows) then
        return null;
    end if;
    -- A relation that leads nowhere is removed and noted; the change itself stands.
    with stale as (
        delete from nav.contact_business_relation r using new_rows n
         where r.link_to_table = v_link and r.no = n.no
           and not exists (select from nav.contact c where c.no = r.contact_no)
        returning r.contact_no, r.link_to_table, r.no
    )
    insert into nav.relation_log (contact_no, link_to_table, no, message)
    select s.contact_no, s.link_to_table, s.no, 'the contact does not exist: relation removed' from stale s;
    if v_kind = 'bank_account' or nav.relation_code(v_kind) = '' then
        return null;
    end if;
    -- One after the other: a join of new with old rows, of which hardly any are thought to be left, is a nested loop.
    select array_agg(n.no) into v_nos from new_rows n where n.contact <> '' and n.primary_contact_no = '';
    select array_agg(o.no) into v_nos from old_rows o where o.no = any (v_nos) and o.contact = '' and o.primary_contact_no = '';
    if v_nos is not null then
        perform nav.make_persons(v_kind, v_nos);
    end if;
    return null;
end
$$;
comment on function nav.party_updated() is 'Removes relations that lead nowhere; a contact name typed where there was none becomes a person.';
create trigger party_updated after update on nav.customer
    referencing old table as old_rows new table as new_rows for each statement execute function nav.party_updated();
create trigger party_updated after update on nav.vendor
    referencing old table as old_rows new table as new_rows for each statement execute function nav.party_updated();
create trigger party_updated after update on nav.bank_account
    referencing old table as old_rows new table as new_rows for each statement execute function nav.party_updated();

-- 2. Relations and the label --------------------------------------------------------------------------------------

create function nav.refresh_labels(p_contact_nos text[]) returns void
language sql set enable_seqscan = off as $$
    update nav.contact c set contact_business_relation = l.label
      from (select a.no, case when count(r.contact_no) = 0 then 100
                              when count(*) filter (where r.is_ours) = 0 then case when count(*) = 1 then 101 else 102 end
                              when count(*) = 1 then min(r.link_to_table)
                              else 102 end as label
              from (select x.no, x.company_no from unnest(p_contact_nos) k join nav.contact x on x.no = k
                    union
                    select x.no, x.company_no from unnest(p_contact_nos) k join nav.contact x on x.company_no = k) a
              left join lateral (
                   select b.contact_no, b.link_to_table,
                          b.no <> '' and b.business_relation_code in (s.bus_rel_code_for_customers, s.bus_rel_code_for_vendors,
                                                                      s.bus_rel_code_for_bank_accs) as is_ours
                     from nav.contact_business_relation b cross join nav.marketing_setup s
                    where b.contact_no in (a.no, a.company_no)) r on true
             group by a.no) l
     where c.no = l.no and c.contact_business_relation <> l.label
$$;
comment on function nav.refresh_labels(text[]) is 'Says on contacts, and on the persons of companies, what they are to us.';

create function nav.relation_changed() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        perform nav.refresh_labels(array_agg(distinct n.contact_no)) from new_rows n having count(*) > 0;
    end if;
    if tg_op <> 'INSERT' then
        perform nav.refresh_labels(array_agg(distinct o.contact_no)) from old_rows o having count(*) > 0;
    end if;
    return null;
end
$$;
comment on function nav.relation_changed() is 'The label of contacts and their persons follows the relations.';
create trigger relation_inserted after insert on nav.contact_business_relation
    referencing new table as new_rows for each statement execute function nav.relation_changed();
create trigger relation_updated after update on nav.contact_business_relation
    referencing old table as old_rows new table as new_rows for each statement execute function nav.relation_changed();
create trigger relation_deleted after delete on nav.contact_business_relation
    referencing old table as old_rows for each statement execute function nav.relation_changed();

create function nav.label_gives_way() returns trigger
language plpgsql as $$
begin
    delete from nav.contact_business_relation
     where contact_no = new.contact_no and business_relation_code = new.business_relation_code and no = '';
    return new;
end
$$;
comment on function nav.label_gives_way() is 'A link takes the place of the contact''s label of the same code.';
create trigger label_gives_way before insert on nav.contact_business_relation
    for each row when (new.no <> '') execute function nav.label_gives_way();

create function nav.setup_changed() returns trigger
language plpgsql as $$
begin
    perform nav.refresh_labels(array(select contact_no from nav.contact_business_relation));
    return null;
end
$$;
comment on function nav.setup_changed() is 'Labels follow the relation codes of the set-up.';
create trigger setup_changed after update of bus_rel_code_for_customers, bus_rel_code_for_vendors, bus_rel_code_for_bank_accs
    on nav.marketing_setup for each statement execute function nav.setup_changed();

-- 3. Deletions ----------------------------------------------------------------------------------------------------

create function nav.party_deleted() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    delete from nav.contact_business_relation r using old_rows o
     where r.link_to_table = nav.link_of(tg_table_name) and r.no = o.no;
    return null;
end
$$;
comment on function nav.party_deleted() is 'A deleted customer, vendor or bank account takes its relation along; the contact stays.';
create trigger party_deleted after delete on nav.customer
    referencing old table as old_rows for each statement execute function nav.party_deleted();
create trigger party_deleted after delete on nav.vendor
    referencing old table as old_rows for each statement execute function nav.party_deleted();
create trigger party_deleted after delete on nav.bank_account
    referencing old table as old_rows for each statement execute function nav.party_deleted();

create function nav.contact_has_tasks() returns trigger
language plpgsql as $$
begin
    if exists (select from nav.task t where t.contact_no = old.no and not t.is_closed) then
        raise exception 'contact % has open tasks', old.no using errcode = 'restrict_violation';
    end if;
    return old;
end
$$;
comment on function nav.contact_has_tasks() is 'A contact with open tasks cannot be deleted.';
create trigger contact_has_tasks before delete on nav.contact
    for each row execute function nav.contact_has_tasks();

create function nav.contact_deleted() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    if not exists (select from old_rows) then
        return null;
    end if;
    update nav.customer c set primary_contact_no = '' from old_rows o where c.primary_contact_no = o.no;
    update nav.vendor v set primary_contact_no = '' from old_rows o where v.primary_contact_no = o.no;
    -- What was done for a person stays with its company.
    update nav.task t set contact_no = coalesce((select c.no from nav.contact c where c.no = o.company_no), '')
      from old_rows o where t.contact_no = o.no;
    update nav.interaction_log_entry e
       set contact_no = coalesce((select c.no from nav.contact c where c.no = o.company_no), '')
      from old_rows o where e.contact_no = o.no;
    delete from nav.contact p using old_rows o where o.type = 0 and p.company_no = o.no and p.type = 1;
    return null;
end
$$;
comment on function nav.contact_deleted() is
    'A deleted company takes its persons along; customers, vendors and bank accounts stay, without primary contact.';
create trigger contact_deleted after delete on nav.contact
    referencing old table as old_rows for each statement execute function nav.contact_deleted();

-- 4. New numbers and codes ----------------------------------------------------------------------------------------

create function nav.contact_renumbered() returns trigger
language plpgsql as $$
begin
    update nav.contact set company_no = new.no where company_no = old.no and type = 1;
    update nav.customer set primary_contact_no = new.no where primary_contact_no = old.no;
    update nav.vendor set primary_contact_no = new.no where primary_contact_no = old.no;
    update nav.task set contact_no = new.no where contact_no = old.no;
    update nav.sales_header set sell_to_contact_no = new.no where sell_to_contact_no = old.no;
    update nav.sales_header set bill_to_contact_no = new.no where bill_to_contact_no = old.no;
    update nav.purchase_header set buy_from_contact_no = new.no where buy_from_contact_no = old.no;
    update nav.purchase_header set pay_to_contact_no = new.no where pay_to_contact_no = old.no;
    update nav.interaction_log_entry set contact_no = new.no where contact_no = old.no;
    return null;
end
$$;
comment on function nav.contact_renumbered() is 'A contact''s new number reaches its persons, customers, vendors, tasks, documents and log entries.';
create trigger contact_renumbered after update on nav.contact
    for each row when (new.no <> old.no) execute function nav.contact_renumbered();

create function nav.party_renumbered() returns trigger
language plpgsql as $$
begin
    update nav.contact_business_relation set no = new.no where link_to_table = nav.link_of(tg_table_name) and no = old.no;
    return null;
end
$$;
comment on function nav.party_renumbered() is 'The relation follows the number of a customer, vendor or bank account.';
create trigger party_renumbered after update on nav.customer
    for each row when (new.no <> old.no) execute function nav.party_renumbered();
create trigger party_renumbered after update on nav.vendor
    for each row when (new.no <> old.no) execute function nav.party_renumbered();
create trigger party_renumbered after update on nav.bank_account
    for each row when (new.no <> old.no) execute function nav.party_renumbered();

create function nav.relation_code_renamed() returns trigger
language plpgsql as $$
begin
    update nav.marketing_setup set
        bus_rel_code_for_customers = case bus_rel_code_for_customers when old.code then new.code else bus_rel_code_for_customers end,
        bus_rel_code_for_vendors = case bus_rel_code_for_vendors when old.code then new.code else bus_rel_code_for_vendors end,
        bus_rel_code_for_bank_accs = case bus_rel_code_for_bank_accs when old.code then new.code else bus_rel_code_for_bank_accs end;
    return null;
end
$$;
comment on function nav.relation_code_renamed() is 'The set-up follows a renamed relation code.';
create trigger relation_code_renamed after update on nav.business_relation
    for each row when (new.code <> old.code) execute function nav.relation_code_renamed();
