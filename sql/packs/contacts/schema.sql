-- Contacts, customers, vendors and bank accounts of one system (schema nav) and the business logic that the system has of
-- its own. Nothing in the schema files knows of the synchronisation.
--
-- Conventions, as in the product: text columns are never null, '' means empty; an option is a smallint.

create schema nav;
comment on schema nav is 'One system: contacts, and the customers, vendors and bank accounts that some of them are.';

-- 1. Set-up -------------------------------------------------------------------------------------------------------

create table nav.no_series (
    code            varchar(20) not null,
    prefix          varchar(15) not null default '',
    digits          smallint not null default 0,
    number_sequence regclass not null,
    constraint no_series_pkey primary key (code)
);
comment on table nav.no_series is 'Number series: prefix, and a sequence padded to a number of digits. Gaps are allowed.';

create sequence nav.contact_no_seq start 1001;
create sequence nav.customer_no_seq start 1001;
create sequence nav.vendor_no_seq start 1001;
create sequence nav.bank_account_no_seq start 1001;
insert into nav.no_series (code, prefix, digits, number_sequence) values
    ('CONT', 'CT', 6, 'nav.contact_no_seq'), ('CUST', 'C', 5, 'nav.customer_no_seq'),
    ('VEND', 'V', 5, 'nav.vendor_no_seq'), ('BANK', 'B', 3, 'nav.bank_account_no_seq');

create function nav.next_no(p_code text, p_what text default 'the card') returns varchar
language plpgsql as $$
declare
    v_series nav.no_series;
    v_number text;
begin
    select * into v_series from nav.no_series where code = p_code;
    if not found then
        raise exception 'the number series "%" for % does not exist', p_code, p_what using errcode = 'no_data_found';
    end if;
    v_number := nextval(v_series.number_sequence);
    return v_series.prefix || lpad(v_number, greatest(v_series.digits, length(v_number)), '0');
end
$$;
comment on function nav.next_no(text, text) is 'The next number of a series.';

create table nav.business_relation (
    code        varchar(10) not null,
    description varchar(100) not null default '',
    constraint business_relation_pkey primary key (code),
    constraint business_relation_code_check check (code <> '')
);
comment on table nav.business_relation is 'What contacts can be to us: the codes for real links, and labels of our own.';
insert into nav.business_relation (code, description)
values ('CUST', 'Customer'), ('VEND', 'Vendor'), ('BANK', 'Bank account');

create table nav.marketing_setup (
    primary_key                   varchar(10) not null default '',
    contact_nos                   varchar(20) not null default 'CONT',
    bus_rel_code_for_customers    varchar(10) not null default '',
    bus_rel_code_for_vendors      varchar(10) not null default '',
    bus_rel_code_for_bank_accs    varchar(10) not null default '',
    inherit_salesperson_code      boolean not null default true,
    inherit_territory_code        boolean not null default true,
    inherit_country_region_code   boolean not null default true,
    inherit_language_code         boolean not null default true,
    inherit_format_region         boolean not null default true,
    inherit_address_details       boolean not null default true,
    inherit_communication_details boolean not null default true,
    default_salesperson_code      varchar(20) not null default '',
    default_territory_code        varchar(10) not null default '',
    default_country_region_code   varchar(10) not null default '',
    default_language_code         varchar(10) not null default '',
    default_format_region         varchar(80) not null default '',
    constraint marketing_setup_pkey primary key (primary_key),
    constraint marketing_setup_primary_key_check check (primary_key = '')
);
comment on table nav.marketing_setup is
    'One row: a relation code for customers, vendors or bank accounts makes every new one a contact; what persons take from their company; what a new contact starts with.';
insert into nav.marketing_setup (bus_rel_code_for_customers, bus_rel_code_for_vendors, bus_rel_code_for_bank_accs)
values ('CUST', 'VEND', 'BANK');

-- 2. Cards --------------------------------------------------------------------------------------------------------

-- What the four cards have in common: these columns are the same on a contact and on what it is linked to.
create table nav.common (
    name                    varchar(100) not null default '',
    search_name             varchar(100) not null default '',
    name_2                  varchar(50) not null default '',
    address                 varchar(100) not null default '',
    address_2               varchar(50) not null default '',
    city                    varchar(30) not null default '',
    post_code               varchar(20) not null default '',
    county                  varchar(30) not null default '',
    country_region_code     varchar(10) not null default '',
    phone_no                varchar(30) not null default '',
    mobile_phone_no         varchar(30) not null default '',
    fax_no                  varchar(30) not null default '',
    telex_no                varchar(20) not null default '',
    telex_answer_back       varchar(20) not null default '',
    e_mail                  varchar(80) not null default '',
    home_page               varchar(255) not null default '',
    territory_code          varchar(10) not null default '',
    currency_code           varchar(10) not null default '',
    language_code           varchar(10) not null default '',
    format_region           varchar(80) not null default '',
    image                   varchar(50) not null default '',
    last_modified_date_time timestamptz not null default clock_timestamp()
);

create table nav.contact (
    no                        varchar(20) not null default '',
    type                      smallint not null default 0,
    like nav.common including defaults,
    registration_number       varchar(50) not null default '',
    vat_registration_no       varchar(20) not null default '',
    privacy_blocked           boolean not null default false,
    salesperson_code          varchar(20) not null default '',
    company_no                varchar(20) not null default '',
    company_name              varchar(100) not null default '',
    first_name                varchar(30) not null default '',
    middle_name               varchar(30) not null default '',
    surname                   varchar(30) not null default '',
    job_title                 varchar(30) not null default '',
    search_e_mail             varchar(80) not null default '',
    extension_no              varchar(30) not null default '',
    pager                     varchar(30) not null default '',
    contact_business_relation smallint not null default 100,
    constraint contact_pkey primary key (no),
    constraint contact_no_check check (no <> ''),
    constraint contact_type_check check (type in (0, 1)),
    constraint contact_contact_business_relation_check check (contact_business_relation in (0, 1, 2, 3, 4, 100, 101, 102))
);
create index contact_company_no_idx on nav.contact (company_no);
comment on table nav.contact is 'Contacts: 0 companies and 1 persons. A company is its own company_no.';
comment on column nav.contact.contact_business_relation is
    'What the contact or its company is to us: 1 Customer, 2 Vendor, 3 Bank, 100 None, 101 Other, 102 Multiple. Kept by triggers.';

create table nav.customer (
    no                     varchar(20) not null default '',
    like nav.common including defaults,
    registration_number    varchar(50) not null default '',
    vat_registration_no    varchar(20) not null default '',
    privacy_blocked        boolean not null default false,
    salesperson_code       varchar(20) not null default '',
    contact                varchar(100) not null default '',
    contact_type           smallint not null default 0,
    primary_contact_no     varchar(20) not null default '',
    customer_posting_group varchar(20) not null default '',
    payment_terms_code     varchar(10) not null default '',
    payment_method_code    varchar(10) not null default '',
    credit_limit_lcy       numeric not null default 0,
    constraint customer_pkey primary key (no),
    constraint customer_no_check check (no <> ''),
    constraint customer_contact_type_check check (contact_type in (0, 1))
);
create index customer_primary_contact_no_idx on nav.customer (primary_contact_no);
comment on table nav.customer is 'Customers. Posting, payment and credit are theirs alone.';
comment on column nav.customer.contact is 'Name of the person we talk to.';

create table nav.vendor (
    no                   varchar(20) not null default '',
    like nav.common including defaults,
    registration_number  varchar(50) not null default '',
    vat_registration_no  varchar(20) not null default '',
    privacy_blocked      boolean not null default false,
    purchaser_code       varchar(20) not null default '',
    contact              varchar(100) not null default '',
    primary_contact_no   varchar(20) not null default '',
    vendor_posting_group varchar(20) not null default '',
    payment_terms_code   varchar(10) not null default '',
    payment_method_code  varchar(10) not null default '',
    constraint vendor_pkey primary key (no),
    constraint vendor_no_check check (no <> '')
);
create index vendor_primary_contact_no_idx on nav.vendor (primary_contact_no);
comment on table nav.vendor is 'Vendors. Posting and payment are theirs alone.';

create table nav.bank_account (
    no                      varchar(20) not null default '',
    like nav.common including defaults,
    our_contact_code        varchar(20) not null default '',
    contact                 varchar(100) not null default '',
    bank_acc_posting_group  varchar(20) not null default '',
    iban                    varchar(50) not null default '',
    constraint bank_account_pkey primary key (no),
    constraint bank_account_no_check check (no <> '')
);
comment on table nav.bank_account is 'Bank accounts: they have no registration number, and no VAT number.';
drop table nav.common;

create table nav.contact_business_relation (
    contact_no             varchar(20) not null,
    business_relation_code varchar(10) not null,
    link_to_table          smallint not null default 0,
    no                     varchar(20) not null default '',
    constraint contact_business_relation_pkey primary key (contact_no, business_relation_code),
    constraint contact_business_relation_contact_no_fkey foreign key (contact_no)
        references nav.contact (no) on update cascade on delete cascade,
    constraint contact_business_relation_business_relation_code_fkey foreign key (business_relation_code)
        references nav.business_relation (code) on update cascade,
    constraint contact_business_relation_link_to_table_check check (link_to_table between 0 and 4)
);
-- A contact is one customer, one vendor, one bank account at most, and each of them has one contact.
create unique index contact_business_relation_contact_key on nav.contact_business_relation (link_to_table, contact_no) where no <> '';
create unique index contact_business_relation_no_key on nav.contact_business_relation (link_to_table, no) where no <> '';
create index contact_business_relation_business_relation_code_idx on nav.contact_business_relation (business_relation_code);
comment on table nav.contact_business_relation is
    'What a contact is to us. With link_to_table (1 Customer, 2 Vendor, 3 Bank Account) and a number it is linked, whatever the code; without, it is a label.';

create table nav.relation_log (
    logged_at     timestamptz not null default clock_timestamp(),
    contact_no    varchar(20) not null,
    link_to_table smallint not null,
    no            varchar(20) not null,
    message       text not null
);
comment on table nav.relation_log is 'Relations that were found to lead nowhere, and removed.';

create table nav.vat_registration_log (
    logged_at           timestamptz not null default clock_timestamp(),
    account_type        text not null,
    account_no          varchar(20) not null,
    vat_registration_no varchar(20) not null
);
comment on table nav.vat_registration_log is 'VAT numbers that customers and vendors were given, to be verified.';

-- 3. Templates, documents, tasks ----------------------------------------------------------------------------------

create table nav.customer_templ (
    code                   varchar(20) not null,
    contact_type           smallint not null default 0,
    no_series              varchar(20) not null default '',
    territory_code         varchar(10) not null default '',
    currency_code          varchar(10) not null default '',
    language_code          varchar(10) not null default '',
    country_region_code    varchar(10) not null default '',
    customer_posting_group varchar(20) not null default '',
    payment_terms_code     varchar(10) not null default '',
    payment_method_code    varchar(10) not null default '',
    constraint customer_templ_pkey primary key (code)
);
comment on table nav.customer_templ is 'What a customer made from a contact of a type starts with, where the contact says nothing.';

create table nav.vendor_templ (
    code                 varchar(20) not null,
    contact_type         smallint not null default 0,
    no_series            varchar(20) not null default '',
    territory_code       varchar(10) not null default '',
    currency_code        varchar(10) not null default '',
    language_code        varchar(10) not null default '',
    country_region_code  varchar(10) not null default '',
    vendor_posting_group varchar(20) not null default '',
    payment_terms_code   varchar(10) not null default '',
    payment_method_code  varchar(10) not null default '',
    constraint vendor_templ_pkey primary key (code)
);
comment on table nav.vendor_templ is 'What a vendor made from a contact of a type starts with, where the contact says nothing.';

create table nav.sales_header (
    document_type               smallint not null default 0,
    no                          varchar(20) not null,
    sell_to_contact_no          varchar(20) not null default '',
    sell_to_customer_no         varchar(20) not null default '',
    sell_to_customer_name       varchar(100) not null default '',
    sell_to_customer_templ_code varchar(20) not null default '',
    bill_to_contact_no          varchar(20) not null default '',
    bill_to_customer_no         varchar(20) not null default '',
    bill_to_customer_templ_code varchar(20) not null default '',
    salesperson_code            varchar(20) not null default '',
    constraint sales_header_pkey primary key (document_type, no),
    constraint sales_header_document_type_check check (document_type in (0, 1, 2)),
    constraint sales_header_sell_to_customer_no_check check (document_type = 0 or sell_to_customer_no <> '')
);
create index sales_header_sell_to_contact_no_idx on nav.sales_header (sell_to_contact_no);
create index sales_header_bill_to_contact_no_idx on nav.sales_header (bill_to_contact_no);
comment on table nav.sales_header is 'Sales documents: 0 quote, 1 order, 2 invoice. Only a quote may be made out to a contact that is no customer.';

create table nav.sales_line (
    document_type       smallint not null default 0,
    document_no         varchar(20) not null,
    line_no             integer not null,
    sell_to_customer_no varchar(20) not null default '',
    bill_to_customer_no varchar(20) not null default '',
    description         varchar(100) not null default '',
    constraint sales_line_pkey primary key (document_type, document_no, line_no),
    constraint sales_line_document_no_fkey foreign key (document_type, document_no)
        references nav.sales_header on update cascade on delete cascade
);
comment on table nav.sales_line is 'Lines of sales documents.';

create table nav.task (
    task_no     bigint generated by default as identity,
    contact_no  varchar(20) not null,
    description varchar(100) not null default '',
    is_closed   boolean not null default false,
    constraint task_pkey primary key (task_no)
);
create index task_contact_no_idx on nav.task (contact_no);
comment on table nav.task is 'What somebody has to do for a contact.';

create table nav.bank_ledger_entry (
    entry_no        bigint generated by default as identity,
    bank_account_no varchar(20) not null,
    amount          numeric not null,
    is_open         boolean not null default true,
    constraint bank_ledger_entry_pkey primary key (entry_no),
    constraint bank_ledger_entry_bank_account_no_fkey foreign key (bank_account_no)
        references nav.bank_account (no) on update cascade
);
create index bank_ledger_entry_bank_account_no_idx on nav.bank_ledger_entry (bank_account_no);
comment on table nav.bank_ledger_entry is 'What was posted to a bank account.';
