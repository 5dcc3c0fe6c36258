-- The three ways of linking, for any number of cards at once: contacts from customers, vendors and bank accounts; those from
-- contacts; and those that are there already. A kind is a table: 'customer', 'vendor' or 'bank_account'.

-- 1. Kinds --------------------------------------------------------------------------------------------------------

create function nav.link_of(p_kind text) returns smallint
language sql immutable as $$
    select array_position(array['customer', 'vendor', 'bank_account'], p_kind)::smallint
$$;
comment on function nav.link_of(text) is 'link_to_table of a kind: 1 customer, 2 vendor, 3 bank_account.';

create function nav.relation_code(p_kind text) returns varchar
language sql stable as $$
    select case p_kind when 'customer' then s.bus_rel_code_for_customers when 'vendor' then s.bus_rel_code_for_vendors
                       when 'bank_account' then s.bus_rel_code_for_bank_accs end
      from nav.marketing_setup s
$$;
comment on function nav.relation_code(text) is 'The set-up''s relation code for a kind; empty: not set up.';

create function nav.require_code(p_kind text) returns varchar
language plpgsql stable as $$
begin
    if nav.link_of(p_kind) is null then
        raise exception 'there is no kind "%": customer, vendor or bank_account', p_kind using errcode = 'invalid_parameter_value';
    elsif nav.relation_code(p_kind) = '' then
        raise exception 'marketing set-up: bus_rel_code_for_% is blank',
            case p_kind when 'bank_account' then 'bank_accs' else p_kind || 's' end using errcode = 'check_violation';
    end if;
    return nav.relation_code(p_kind);
end
$$;
comment on function nav.require_code(text) is 'The set-up''s relation code for a kind; an error that names the field when it is blank.';

create function nav.shared_columns(p_kind text) returns text[]
language sql stable as $$
    select array_agg(c.attname::text order by c.attnum)
      from pg_attribute c
      join pg_attribute k on k.attname = c.attname and k.attrelid = format('nav.%I', p_kind)::regclass
     where c.attrelid = 'nav.contact'::regclass and c.attnum > 0 and not c.attisdropped and not k.attisdropped
       and c.attname not in ('no', 'last_modified_date_time')
$$;
comment on function nav.shared_columns(text) is 'Columns that a kind has in common with contacts, by name.';

create function nav.listed(p_columns text[], p_format text) returns text
language sql immutable as $$
    select string_agg(format(p_format, c), ', ' order by n) from unnest(p_columns) with ordinality as t (c, n)
$$;
comment on function nav.listed(text[], text) is 'A list of columns for a statement, each written as the format says.';

-- 2. Contacts from cards ------------------------------------------------------------------------------------------

create function nav.make_contacts(p_kind text, p_nos text[]) returns integer
language plpgsql as $$
declare
    v_columns constant text[] := nav.shared_columns(p_kind);
    v_contacts constant text[] := array(select nav.next_contact_no() from unnest(p_nos));
    v_own constant text := case p_kind when 'vendor' then 'purchaser_code' when 'bank_account' then 'our_contact_code' end;
begin
    perform set_config('nav.is_from_card', 'on', true);
    execute format('insert into nav.contact (no, type, contact_business_relation, %s%s) select k.contact_no, %s, %s, %s%s
                      from unnest($1, $2) as k (contact_no, no) join nav.%I p on p.no = k.no',
        nav.listed(v_columns, '%I'), case when v_own is not null then ', salesperson_code' end,
        case p_kind when 'customer' then 'p.contact_type' else '0' end, nav.link_of(p_kind),
        nav.listed(v_columns, 'p.%I'), ', p.' || quote_ident(v_own), p_kind) using v_contacts, p_nos;
    perform set_config('nav.is_from_card', '', true);
    insert into nav.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
    select k.contact_no, nav.relation_code(p_kind), nav.link_of(p_kind), k.no from unnest(v_contacts, p_nos) as k (contact_no, no);
    if p_kind = 'customer' then
        update nav.customer p set primary_contact_no = k.contact_no
          from unnest(v_contacts, p_nos) as k (contact_no, no) where p.no = k.no and p.contact_type = 1;
    end if;
    return cardinality(v_contacts);
end
$$;
comment on function nav.make_contacts(text, text[]) is 'Makes a contact for each of these cards, and links them. What a new contact starts with is left out.';

create function nav.make_persons(p_kind text, p_nos text[]) returns integer
language plpgsql as $$
declare
    v_companies text[];
    v_names text[];
    v_nos text[];
    v_persons text[];
begin
    execute format('select array_agg(c.no), array_agg(p.contact), array_agg(p.no) from nav.%I p
                      join nav.contact_business_relation r on r.link_to_table = $2 and r.no = p.no
                      join nav.contact c on c.no = r.contact_no and c.type = 0
                     where p.no = any ($1) and p.contact <> %L', p_kind, '')
       into v_companies, v_names, v_nos using p_nos, nav.link_of(p_kind);
    v_persons := array(select nav.next_contact_no() from unnest(v_nos));
    perform set_config('nav.is_from_card', 'on', true);
    insert into nav.contact (no, type, name, company_no, contact_business_relation)
    select k.no, 1, k.name, k.company_no, c.contact_business_relation
      from unnest(v_persons, v_names, v_companies) as k (no, name, company_no) join nav.contact c on c.no = k.company_no;
    perform set_config('nav.is_from_card', '', true);
    execute format('update nav.%I p set primary_contact_no = k.person_no from unnest($1, $2) as k (person_no, no)
                     where p.no = k.no', p_kind) using v_persons, v_nos;
    return coalesce(cardinality(v_persons), 0);
end
$$;
comment on function nav.make_persons(text, text[]) is
    'Makes the contact name of each of these cards a person of its company, and its primary contact.';

create function nav.party_inserted() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_link constant smallint := nav.link_of(tg_table_name);
    v_nos text[];
begin
    if nav.relation_code(tg_table_name) = '' then
        return null;
    end if;
    select array_agg(n.no order by n.no) into v_nos from new_rows n
     where not exists (select from nav.contact_business_relation r where r.link_to_table = v_link and r.no = n.no);
    if v_nos is not null then
        perform nav.make_contacts(tg_table_name, v_nos);
    end if;
    return null;
end
$$;
comment on function nav.party_inserted() is
    'With a relation code for its kind a new card gets a contact, unless it was made from one.';
create trigger party_inserted after insert on nav.customer
    referencing new table as new_rows for each statement execute function nav.party_inserted();
create trigger party_inserted after insert on nav.vendor
    referencing new table as new_rows for each statement execute function nav.party_inserted();
create trigger party_inserted after insert on nav.bank_account
    referencing new table as new_rows for each statement execute function nav.party_inserted();

create function nav.create_contacts(p_kind text, no text default '%', search_name text default '%', currency_code text default '%',
    posting_group text default '%') returns integer
language plpgsql as $$
#variable_conflict use_column
declare
    v_group constant text := case p_kind when 'bank_account' then 'bank_acc' else p_kind end || '_posting_group';
    v_nos text[];
    v_named text[];
begin
    perform nav.require_code(p_kind);
    execute format('select array_agg(p.no order by p.no) from nav.%I p
                     where p.no like $1 and p.search_name like $2 and p.currency_code like $3 and p.%I like $4
                       and not exists (select from nav.contact_business_relation r where r.link_to_table = $5 and r.no = p.no)',
        p_kind, v_group)
       into v_nos using $2, $3, $4, $5, nav.link_of(p_kind);
    if v_nos is null then
        return 0;
    end if;
    perform nav.make_contacts(p_kind, v_nos);
    if p_kind <> 'bank_account' then
        perform nav.make_persons(p_kind, v_nos);
        execute format('update nav.%I p set primary_contact_no = r.contact_no from nav.contact_business_relation r
                         where p.no = any ($1) and p.primary_contact_no = %L and p.contact = %2$L
                           and r.link_to_table = $2 and r.no = p.no', p_kind, '') using v_nos, nav.link_of(p_kind);
    end if;
    return cardinality(v_nos);
end
$$;
comment on function nav.create_contacts(text, text, text, text, text) is
    'Contacts for all cards of a kind that have none and match the patterns (like); returns how many. Run again, it makes none.';

-- 3. Linking what is there ----------------------------------------------------------------------------------------

create function nav.link_problem(p_kind text, p_contact_no text, p_no text) returns text
language sql stable as $$
    select case
        when c.no is null then format('contact %s does not exist', p_contact_no)
        when c.privacy_blocked then format('contact %s is blocked for privacy', c.no)
        when p_kind <> 'customer' and c.company_no = '' then format('contact %s has no company number', c.no)
        when r.no is not null then format('%s is linked to %s %s already',
                                          case when r.contact_no = c.no then 'contact ' || c.no else 'company ' || r.contact_no end, p_kind, r.no)
        when o.contact_no is not null then format('%s %s is linked to contact %s already', p_kind, p_no, o.contact_no)
        when b.no <> '' then format('contact %s has relation %s with %s already', c.no, b.business_relation_code, b.no)
        end
      from (values (p_contact_no)) as k (no)
      left join nav.contact c on c.no = k.no
      left join lateral (select x.contact_no, x.no from nav.contact_business_relation x
                          where x.contact_no in (c.no, c.company_no) and x.link_to_table = nav.link_of(p_kind) and x.no <> ''
                          order by x.contact_no = c.no desc limit 1) r on true
      left join nav.contact_business_relation o on o.link_to_table = nav.link_of(p_kind) and o.no = p_no and o.no <> ''
      left join nav.contact_business_relation b on b.contact_no = c.no and b.business_relation_code = nav.relation_code(p_kind)
$$;
comment on function nav.link_problem(text, text, text) is 'Why a contact cannot be linked to a card of a kind; null: it can.';

create function nav.copy_shared(p_kind text, p_master text, p_contact_nos text[], p_nos text[]) returns void
language plpgsql as $$
declare
    v_columns constant text[] := nav.shared_columns(p_kind);
    v_is_contact constant boolean := p_master = 'contact';
begin
    execute format('update nav.%I t set (%s) = row(%s)%s from unnest($1, $2) as k (contact_no, no), nav.%I s
                     where t.no = k.%I and s.no = k.%I and row(%s) is distinct from row(%s)',
        case when v_is_contact then p_kind else 'contact' end, nav.listed(v_columns, '%I'), nav.listed(v_columns, 's.%I'),
        case when v_is_contact and p_kind = 'customer' then ', contact_type = s.type' end,
        case when v_is_contact then 'contact' else p_kind end,
        case when v_is_contact then 'no' else 'contact_no' end, case when v_is_contact then 'contact_no' else 'no' end,
        nav.listed(v_columns, 't.%I') || case when v_is_contact and p_kind = 'customer' then ', t.contact_type' else '' end,
        nav.listed(v_columns, 's.%I') || case when v_is_contact and p_kind = 'customer' then ', s.type' else '' end)
      using p_contact_nos, p_nos;
end
$$;
comment on function nav.copy_shared(text, text, text[], text[]) is
    'All columns that contacts and cards share, from contact to card or, with another master, from card to contact.';

create function nav.link(p_kind text, p_contact_nos text[], p_nos text[], p_master text default 'contact')
returns table (contact_no text, no text, problem text)
language plpgsql as $$
#variable_conflict use_column
declare
    v_code constant text := nav.require_code(p_kind);
    v_problems text[];
    v_contacts text[];
    v_nos text[];
begin
    if p_master not in ('contact', p_kind) then
        raise exception 'the master is contact or %, not %', p_kind, p_master using errcode = 'invalid_parameter_value';
    end if;
    execute format('delete from nav.contact_business_relation r where r.link_to_table = $1 and r.contact_no = any ($2) and r.no <> %L
                       and not exists (select from nav.%I p where p.no = r.no)', '', p_kind)
      using nav.link_of(p_kind), p_contact_nos;
    execute format('select array_agg(coalesce(f.problem, case when f.nth > 1 then %L end) order by f.n)
                      from (select g.n, g.problem, greatest(row_number() over (partition by g.contact_no, g.problem order by g.n),
                                   row_number() over (partition by g.no, g.problem order by g.n)) as nth
                              from (select k.n, k.contact_no, k.no, case when p.no is null then format(%L, %L, k.no)
                                           else nav.link_problem(%3$L, k.contact_no, k.no) end as problem
                                      from unnest($1, $2) with ordinality as k (contact_no, no, n)
                                      left join nav.%3$I p on p.no = k.no) g) f',
        'it is named more than once', '%s %s does not exist', p_kind)
       into v_problems using p_contact_nos, p_nos;
    select coalesce(array_agg(k.contact_no), '{}'), coalesce(array_agg(k.no), '{}') into v_contacts, v_nos
      from unnest(p_contact_nos, p_nos, v_problems) as k (contact_no, no, problem) where k.problem is null;
    insert into nav.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
    select k.contact_no, v_code, nav.link_of(p_kind), k.no from unnest(v_contacts, v_nos) as k (contact_no, no);
    perform nav.copy_shared(p_kind, p_master, v_contacts, v_nos);
    if p_kind = 'customer' then
        perform nav.quotes_get_customer(v_contacts, v_nos);
    elsif p_kind = 'vendor' then
        perform nav.quotes_get_vendor(v_contacts, v_nos);
    end if;
    return query select k.contact_no, k.no, k.problem from unnest(p_contact_nos, p_nos, v_problems) as k (contact_no, no, problem);
end
$$;
comment on function nav.link(text, text[], text[], text) is
    'Links contacts with cards that exist; the master (contact, or the kind) gives the other its shared columns. Says for each pair what stood in the way.';

create function nav.quotes_get_customer(p_contact_nos text[], p_nos text[]) returns void
language plpgsql as $$
begin
    update nav.sales_header h
       set (sell_to_customer_no, sell_to_customer_name, sell_to_customer_templ_code, bill_to_customer_no, bill_to_customer_templ_code,
            salesperson_code) = row(
            case when h.sell_to_customer_no = '' and a.no = h.sell_to_contact_no then a.customer_no else h.sell_to_customer_no end,
            case when h.sell_to_customer_no = '' and a.no = h.sell_to_contact_no then a.name else h.sell_to_customer_name end,
            case when a.no = h.sell_to_contact_no then '' else h.sell_to_customer_templ_code end,
            case when h.bill_to_customer_no = '' and a.no = h.bill_to_contact_no then a.customer_no else h.bill_to_customer_no end,
            case when a.no = h.bill_to_contact_no then '' else h.bill_to_customer_templ_code end,
            case when h.bill_to_customer_no = '' and a.no = h.bill_to_contact_no then a.salesperson_code else h.salesperson_code end)
      from (select c.no, k.no as customer_no, u.name, u.salesperson_code
              from unnest(p_contact_nos, p_nos) as k (contact_no, no)
              join nav.customer u on u.no = k.no
              join nav.contact c on c.no = k.contact_no or (c.company_no = k.contact_no)) a
     where h.document_type = 0
       and ((h.sell_to_customer_no = '' and h.sell_to_contact_no = a.no) or (h.bill_to_customer_no = '' and h.bill_to_contact_no = a.no));
    update nav.sales_line l set sell_to_customer_no = h.sell_to_customer_no, bill_to_customer_no = h.bill_to_customer_no
      from nav.sales_header h
     where h.document_type = 0 and l.document_type = 0 and l.document_no = h.no
       and (h.sell_to_customer_no = any (p_nos) or h.bill_to_customer_no = any (p_nos))
       and (l.sell_to_customer_no, l.bill_to_customer_no) <> (h.sell_to_customer_no, h.bill_to_customer_no);
end
$$;
comment on function nav.quotes_get_customer(text[], text[]) is 'Quotes made out to these contacts, or to persons of theirs, get the customer.';

-- 4. Cards from contacts ------------------------------------------------------------------------------------------

create function nav.create_from_contacts(p_kind text, p_contact_nos text[], p_template text default null)
returns table (contact_no text, no text, problem text)
language plpgsql as $$
#variable_conflict use_column
declare
    v_code constant text := nav.require_code(p_kind);
    v_series constant text := case p_kind when 'customer' then 'CUST' when 'vendor' then 'VEND' else 'BANK' end;
    v_contacts text[];
    v_templates text[];
    v_nos text[];
    v_problems text[];
begin
    -- A person stands for its company. The template: the one named, or the only one for the contact's type, or none.
    execute format(
        'with given as materialized (
             select k.n, k.no as given_no, coalesce(nullif(c.company_no, %1$L), c.no, k.no) as contact_no, c.privacy_blocked
               from unnest($1) with ordinality as k (no, n) left join nav.contact c on c.no = k.no
         ), judged as (
             select g.n, g.contact_no, t.code, t.no_series, coalesce(
                        case when g.privacy_blocked then format(%2$L, g.given_no) end,
                        nav.link_problem(%3$L, g.contact_no, %1$L),
                        case when t.templates > 1 then %4$L when t.templates = 0 and $2 <> %1$L then %5$L end) as problem
               from given g
               left join nav.contact c on c.no = g.contact_no
              cross join lateral (%6$s) t (templates, code, no_series)
         ), numbered as (
             select j.*, row_number() over (partition by j.contact_no, j.problem order by j.n) as nth from judged j
         )
         select array_agg(m.contact_no order by m.n), array_agg(coalesce(m.code, %1$L) order by m.n), array_agg(m.problem order by m.n),
                array_agg(case when m.problem is null then nav.next_no(coalesce(nullif(m.no_series, %1$L), $3), %3$L) end order by m.n)
           from (select u.n, u.contact_no, u.code, u.no_series,
                        coalesce(u.problem, case when u.nth > 1 then format(%7$L, u.contact_no) end) as problem
                   from numbered u order by u.n) m',
        '', 'contact %s is blocked for privacy', p_kind, 'several templates are for its type: name one', 'the template is not for its type',
        case when p_kind = 'bank_account' then 'values (0, null::text, null::text)'
             else format('select count(*), min(x.code), min(x.no_series) from nav.%I x
                           where x.contact_type = c.type and x.code = coalesce($2, x.code)', p_kind || '_templ') end,
        'contact %s is linked already: it is named more than once')
       into v_contacts, v_templates, v_problems, v_nos using p_contact_nos, p_template, v_series;
    insert into nav.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
    select k.contact_no, v_code, nav.link_of(p_kind), k.no from unnest(v_contacts, v_nos) as k (contact_no, no) where k.no is not null;
    perform nav.insert_cards(p_kind, v_contacts, v_nos, v_templates);
    -- What the template filled in is the contact's as well.
    perform nav.copy_shared(p_kind, p_kind, v_contacts, v_nos);
    if p_kind = 'customer' then
        perform nav.quotes_get_customer(v_contacts, v_nos);
    elsif p_kind = 'vendor' then
        perform nav.quotes_get_vendor(v_contacts, v_nos);
    end if;
    return query select k.contact_no, k.no, k.problem from unnest(v_contacts, v_nos, v_problems) as k (contact_no, no, problem);
end
$$;
comment on function nav.create_from_contacts(text, text[], text) is
    'A card of a kind for each contact, for a person one for its company; the contact''s columns, and the template where they are blank. Says for each what stood in the way.';

create function nav.insert_cards(p_kind text, p_contact_nos text[], p_nos text[], p_templates text[]) returns void
language plpgsql as $$
declare
    v_shared constant text[] := nav.shared_columns(p_kind);
    v_columns text[];
    v_values text;
begin
    select array_agg(a.attname::text order by a.attnum),
           string_agg(case when a.attname = any (v_shared) and t.attname is not null and a.atttypid <> 'boolean'::regtype
                           then format('coalesce(nullif(c.%1$I, %2$L), t.%1$I, %2$L)', a.attname, '')
                           when a.attname = any (v_shared) then format('c.%I', a.attname)
                           when a.attname = 'contact_type' then 'c.type'
                           else format('coalesce(t.%I, %L)', a.attname, '') end, ', ' order by a.attnum)
      into v_columns, v_values
      from pg_attribute a
      left join pg_attribute t on t.attrelid = to_regclass(format('nav.%I', p_kind || '_templ')) and t.attname = a.attname
     where a.attrelid = format('nav.%I', p_kind)::regclass and a.attnum > 0 and not a.attisdropped
       and (a.attname = any (v_shared) or a.attname = 'contact_type' or t.attname is not null);
    execute format('insert into nav.%I (no, %s) select k.no, %s from unnest($1, $2, $3) as k (contact_no, no, template)
                      join nav.contact c on c.no = k.contact_no %s
                     where k.no is not null',
        p_kind, nav.listed(v_columns, '%I'), v_values,
        case when p_kind <> 'bank_account' then format('left join nav.%I t on t.code = k.template', p_kind || '_templ') end)
      using p_contact_nos, p_nos, p_templates;
end
$$;
comment on function nav.insert_cards(text, text[], text[], text[]) is 'The cards themselves, under numbers that their contacts are linked to already.';
