-- Documents and contacts: purchase documents beside the sales documents, who a new document is made out to, and the log of what
-- was printed, posted and e-mailed. Kinds (schema_link.sql) are customer for sales and vendor for purchases.

-- 1. Purchase documents -------------------------------------------------------------------------------------------

create table nav.purchase_header (
    document_type        smallint not null default 0,
    no                   varchar(20) not null,
    buy_from_contact_no  varchar(20) not null default '',
    buy_from_vendor_no   varchar(20) not null default '',
    buy_from_vendor_name varchar(100) not null default '',
    pay_to_contact_no    varchar(20) not null default '',
    pay_to_vendor_no     varchar(20) not null default '',
    purchaser_code       varchar(20) not null default '',
    constraint purchase_header_pkey primary key (document_type, no),
    constraint purchase_header_document_type_check check (document_type in (0, 1, 2)),
    constraint purchase_header_buy_from_vendor_no_check check (document_type = 0 or buy_from_vendor_no <> '')
);
create index purchase_header_buy_from_contact_no_idx on nav.purchase_header (buy_from_contact_no);
create index purchase_header_pay_to_contact_no_idx on nav.purchase_header (pay_to_contact_no);
comment on table nav.purchase_header is 'Purchase documents: 0 quote, 1 order, 2 invoice. Only a quote may be asked of a contact that is no vendor.';

create table nav.purchase_line (
    document_type      smallint not null default 0,
    document_no        varchar(20) not null,
    line_no            integer not null,
    buy_from_vendor_no varchar(20) not null default '',
    pay_to_vendor_no   varchar(20) not null default '',
    description        varchar(100) not null default '',
    constraint purchase_line_pkey primary key (document_type, document_no, line_no),
    constraint purchase_line_document_no_fkey foreign key (document_type, document_no)
        references nav.purchase_header on update cascade on delete cascade
);
comment on table nav.purchase_line is 'Lines of purchase documents.';

create function nav.quotes_get_vendor(p_contact_nos text[], p_nos text[]) returns void
language plpgsql as $$
begin
    update nav.purchase_header h
       set (buy_from_vendor_no, buy_from_vendor_name, pay_to_vendor_no, purchaser_code) = row(
            case when h.buy_from_vendor_no = '' and a.no = h.buy_from_contact_no then a.vendor_no else h.buy_from_vendor_no end,
            case when h.buy_from_vendor_no = '' and a.no = h.buy_from_contact_no then a.name else h.buy_from_vendor_name end,
            case when h.pay_to_vendor_no = '' and a.no = h.pay_to_contact_no then a.vendor_no else h.pay_to_vendor_no end,
            -- A vendor made from a contact has no purchaser yet: the quote keeps its own.
            case when h.pay_to_vendor_no = '' and a.no = h.pay_to_contact_no and a.purchaser_code <> '' then a.purchaser_code
                 else h.purchaser_code end)
      from (select c.no, k.no as vendor_no, v.name, v.purchaser_code
              from unnest(p_contact_nos, p_nos) as k (contact_no, no)
              join nav.vendor v on v.no = k.no
              join nav.contact c on c.no = k.contact_no or c.company_no = k.contact_no) a
     where h.document_type = 0
       and ((h.buy_from_vendor_no = '' and h.buy_from_contact_no = a.no) or (h.pay_to_vendor_no = '' and h.pay_to_contact_no = a.no));
    update nav.purchase_line l set buy_from_vendor_no = h.buy_from_vendor_no, pay_to_vendor_no = h.pay_to_vendor_no
      from nav.purchase_header h
     where h.document_type = 0 and l.document_type = 0 and l.document_no = h.no
       and (h.buy_from_vendor_no = any (p_nos) or h.pay_to_vendor_no = any (p_nos))
       and (l.buy_from_vendor_no, l.pay_to_vendor_no) <> (h.buy_from_vendor_no, h.pay_to_vendor_no);
end
$$;
comment on function nav.quotes_get_vendor(text[], text[]) is
    'Purchase quotes asked of these contacts, or of persons of theirs, get the vendor and its purchaser.';

-- 2. Who a document is made out to --------------------------------------------------------------------------------

create function nav.party_of_contact(p_kind text, p_contact_no text) returns varchar
language plpgsql stable as $$
begin
    return coalesce((
        select r.no from nav.contact c join nav.contact_business_relation r on r.contact_no in (c.no, c.company_no)
         where c.no = p_contact_no and r.link_to_table = nav.link_of(p_kind) and r.no <> ''
         order by r.contact_no = c.no desc limit 1), '');
end
$$;
comment on function nav.party_of_contact(text, text) is
    'The customer, vendor or bank account that a contact stands for: its own, else its company''s; empty: none.';

create function nav.contact_of_party(p_kind text, p_no text) returns varchar
language plpgsql stable as $$
declare
    v_contact_no text;
begin
    execute format('select nullif(p.primary_contact_no, %L) from nav.%I p where p.no = $1', '', p_kind) into v_contact_no using p_no;
    return coalesce(v_contact_no, (select r.contact_no from nav.contact_business_relation r
                                    where r.link_to_table = nav.link_of(p_kind) and r.no = p_no and r.no <> ''), '');
end
$$;
comment on function nav.contact_of_party(text, text) is
    'The contact of a new document for a customer or vendor: the primary contact, else the linked one; empty: none.';

create function nav.sales_ready() returns trigger
language plpgsql as $$
begin
    if new.sell_to_customer_no = '' then
        new.sell_to_customer_no := nav.party_of_contact('customer', new.sell_to_contact_no);
    elsif tg_op = 'INSERT' and new.sell_to_contact_no = '' then
        new.sell_to_contact_no := nav.contact_of_party('customer', new.sell_to_customer_no);
    end if;
    if new.document_type <> 0 and new.sell_to_customer_no = '' then
        raise exception 'sales document % needs a customer: contact "%" is none', new.no, new.sell_to_contact_no
            using errcode = 'check_violation', hint = 'create one: select * from nav.create_from_contacts(''customer'', array[…])';
    end if;
    if tg_op = 'INSERT' and new.bill_to_customer_no = '' and new.bill_to_contact_no = '' then
        new.bill_to_contact_no := new.sell_to_contact_no;
        new.bill_to_customer_no := new.sell_to_customer_no;
    elsif new.bill_to_customer_no = '' then
        new.bill_to_customer_no := nav.party_of_contact('customer', new.bill_to_contact_no);
    elsif tg_op = 'INSERT' and new.bill_to_contact_no = '' then
        new.bill_to_contact_no := nav.contact_of_party('customer', new.bill_to_customer_no);
    end if;
    new.sell_to_customer_templ_code := case when new.sell_to_customer_no = '' then new.sell_to_customer_templ_code else '' end;
    new.bill_to_customer_templ_code := case when new.bill_to_customer_no = '' then new.bill_to_customer_templ_code else '' end;
    new.sell_to_customer_name := coalesce(nullif(new.sell_to_customer_name, ''),
        (select u.name from nav.customer u where u.no = new.sell_to_customer_no), '');
    new.salesperson_code := coalesce(nullif(new.salesperson_code, ''),
        (select u.salesperson_code from nav.customer u where u.no = new.bill_to_customer_no), '');
    return new;
end
$$;
comment on function nav.sales_ready() is
    'A sales document started from a contact gets its customer, one started from a customer its contact; orders and invoices need a customer.';
create trigger sales_ready before insert or update on nav.sales_header
    for each row execute function nav.sales_ready();

create function nav.purchase_ready() returns trigger
language plpgsql as $$
begin
    if new.buy_from_vendor_no = '' then
        new.buy_from_vendor_no := nav.party_of_contact('vendor', new.buy_from_contact_no);
    elsif tg_op = 'INSERT' and new.buy_from_contact_no = '' then
        new.buy_from_contact_no := nav.contact_of_party('vendor', new.buy_from_vendor_no);
    end if;
    if new.document_type <> 0 and new.buy_from_vendor_no = '' then
        raise exception 'purchase document % needs a vendor: contact "%" is none', new.no, new.buy_from_contact_no
            using errcode = 'check_violation', hint = 'create one: select * from nav.create_from_contacts(''vendor'', array[…])';
    end if;
    if tg_op = 'INSERT' and new.pay_to_vendor_no = '' and new.pay_to_contact_no = '' then
        new.pay_to_contact_no := new.buy_from_contact_no;
        new.pay_to_vendor_no := new.buy_from_vendor_no;
    elsif new.pay_to_vendor_no = '' then
        new.pay_to_vendor_no := nav.party_of_contact('vendor', new.pay_to_contact_no);
    elsif tg_op = 'INSERT' and new.pay_to_contact_no = '' then
        new.pay_to_contact_no := nav.contact_of_party('vendor', new.pay_to_vendor_no);
    end if;
    new.buy_from_vendor_name := coalesce(nullif(new.buy_from_vendor_name, ''),
        (select v.name from nav.vendor v where v.no = new.buy_from_vendor_no), '');
    new.purchaser_code := coalesce(nullif(new.purchaser_code, ''),
        (select v.purchaser_code from nav.vendor v where v.no = new.pay_to_vendor_no), '');
    return new;
end
$$;
comment on function nav.purchase_ready() is
    'A purchase document started from a contact gets its vendor, one started from a vendor its contact; orders and invoices need a vendor.';
create trigger purchase_ready before insert or update on nav.purchase_header
    for each row execute function nav.purchase_ready();

-- 3. Interactions -------------------------------------------------------------------------------------------------

create table nav.interaction_template (
    code        varchar(10) not null,
    description varchar(100) not null default '',
    constraint interaction_template_pkey primary key (code),
    constraint interaction_template_code_check check (code <> '')
);
comment on table nav.interaction_template is 'Kinds of interactions with contacts.';
insert into nav.interaction_template (code, description) values
    ('S_QUOTE', 'Sales quote'), ('S_ORDER', 'Sales order'), ('S_INVOICE', 'Sales invoice'),
    ('P_QUOTE', 'Purchase quote'), ('P_ORDER', 'Purchase order'), ('P_INVOICE', 'Purchase invoice');

create table nav.interaction_template_setup (
    link_to_table             smallint not null,
    document_type             smallint not null,
    event                     smallint not null,
    interaction_template_code varchar(10) not null,
    constraint interaction_template_setup_pkey primary key (link_to_table, document_type, event),
    constraint interaction_template_setup_interaction_template_code_fkey foreign key (interaction_template_code)
        references nav.interaction_template (code) on update cascade,
    constraint interaction_template_setup_link_to_table_check check (link_to_table in (1, 2)),
    constraint interaction_template_setup_document_type_check check (document_type in (0, 1, 2)),
    constraint interaction_template_setup_event_check check (event in (1, 2, 3))
);
create index interaction_template_setup_interaction_template_code_idx
    on nav.interaction_template_setup (interaction_template_code);
comment on table nav.interaction_template_setup is
    'What is logged of documents: of sales (link_to_table 1) and purchases (2), by document type, 1 printed, 2 posted, 3 e-mailed. Without a row an event is not logged.';
insert into nav.interaction_template_setup (link_to_table, document_type, event, interaction_template_code)
select d.link_to_table, d.document_type, e.event, d.code
  from (values (1, 0, 'S_QUOTE'), (1, 1, 'S_ORDER'), (1, 2, 'S_INVOICE'),
               (2, 0, 'P_QUOTE'), (2, 1, 'P_ORDER'), (2, 2, 'P_INVOICE')) as d (link_to_table, document_type, code)
 cross join (values (1), (2), (3)) as e (event)
 where d.document_type = 2 or e.event <> 2;

create table nav.interaction_log_entry (
    entry_no                  bigint generated by default as identity,
    logged_at                 timestamptz not null default clock_timestamp(),
    contact_no                varchar(20) not null default '',
    interaction_template_code varchar(10) not null,
    event                     smallint not null,
    link_to_table             smallint not null,
    document_type             smallint not null,
    document_no               varchar(20) not null,
    constraint interaction_log_entry_pkey primary key (entry_no),
    constraint interaction_log_entry_interaction_template_code_fkey foreign key (interaction_template_code)
        references nav.interaction_template (code) on update cascade
);
create index interaction_log_entry_contact_no_idx on nav.interaction_log_entry (contact_no);
create index interaction_log_entry_interaction_template_code_idx on nav.interaction_log_entry (interaction_template_code);
comment on table nav.interaction_log_entry is 'What documents contacts were sent or had posted. It outlives the contact.';
comment on column nav.interaction_log_entry.contact_no is 'Empty: the company that it was for is deleted.';

create function nav.log_documents(p_event text, p_kind text, p_document_type integer, p_nos text[]) returns integer
language plpgsql as $$
declare
    v_event constant integer := array_position(array['print', 'post', 'e-mail'], p_event);
    v_logged integer;
begin
    if v_event is null or p_kind is null or p_kind not in ('customer', 'vendor') then
        raise exception 'there is no event "%" of documents of a "%": print, post or e-mail; customer or vendor', p_event, p_kind
            using errcode = 'invalid_parameter_value';
    end if;
    execute format('insert into nav.interaction_log_entry
                           (contact_no, interaction_template_code, event, link_to_table, document_type, document_no)
                    select r.contact_no, s.interaction_template_code, s.event, s.link_to_table, s.document_type, h.no
                      from nav.%I h
                      join nav.contact_business_relation r on r.link_to_table = $1 and r.no = h.%I and r.no <> %L
                      join nav.interaction_template_setup s
                        on s.link_to_table = $1 and s.document_type = h.document_type and s.event = $2
                     where h.document_type = $3 and h.no = any ($4) order by h.no',
        case p_kind when 'customer' then 'sales_header' else 'purchase_header' end,
        case p_kind when 'customer' then 'sell_to_customer_no' else 'buy_from_vendor_no' end, '')
      using nav.link_of(p_kind), v_event, p_document_type, p_nos;
    get diagnostics v_logged = row_count;
    return v_logged;
end
$$;
comment on function nav.log_documents(text, text, integer, text[]) is
    'Logs that documents were printed, posted or e-mailed with the contacts linked to their customers or vendors; returns how many. No link, or no set-up: no entry.';
