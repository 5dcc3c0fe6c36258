-- bc, tables: customers, vendors and contacts, and what they refer to: salespeople, terms, shipping, currencies, price groups.

create table bc.salesperson_purchaser (
    code     varchar(20) not null default bc.next_no('SALESPERSON'),
    name     varchar(50) not null default '',
    email    varchar(80) not null default '',
    phone_no varchar(30) not null default '',
    blocked  boolean not null default false,
    constraint salesperson_purchaser_pkey primary key (code),
    constraint salesperson_purchaser_code_check check (code <> '')
);
comment on table bc.salesperson_purchaser is 'Salespeople and purchasers.';
comment on column bc.salesperson_purchaser.code is 'Code; a salesperson made without one gets SP NO. 1, SP NO. 2, ...';

create table bc.payment_terms (
    code        varchar(10) not null,
    description varchar(100) not null default '',
    constraint payment_terms_pkey primary key (code),
    constraint payment_terms_code_check check (code <> '')
);
comment on table bc.payment_terms is 'Payment terms.';

create table bc.shipment_method (
    code        varchar(10) not null,
    description varchar(100) not null default '',
    constraint shipment_method_pkey primary key (code),
    constraint shipment_method_code_check check (code <> '')
);
comment on table bc.shipment_method is 'Shipment methods (who pays the freight).';

create table bc.shipping_agent (
    code varchar(10) not null,
    name varchar(50) not null default '',
    constraint shipping_agent_pkey primary key (code),
    constraint shipping_agent_code_check check (code <> '')
);
comment on table bc.shipping_agent is 'Shipping agents.';

create table bc.currency (
    code                 varchar(10) not null,
    iso_code             varchar(3) not null default '',
    symbol               varchar(10) not null default '',
    description          varchar(30) not null default '',
    latest_exchange_rate numeric,
    constraint currency_pkey primary key (code),
    constraint currency_code_check check (code <> ''),
    constraint currency_iso_code_check check (iso_code = '' or iso_code ~ '^[A-Z]{3}$')
);
comment on table bc.currency is
    'Currencies. The local currency has a row too (rate 1, kept by the ledger set-up); documents write it as ''''.';
comment on column bc.currency.latest_exchange_rate is
    'Units of this currency for one unit of the base currency of Sales, the local currency as a rule; null: no rate. Kept by bc triggers.';

create table bc.currency_exchange_rate (
    currency_code               varchar(10) not null,
    starting_date               date not null,
    exchange_rate_amount        numeric not null default 0,
    relational_currency_code    varchar(10) not null default '',
    relational_exch_rate_amount numeric not null default 0,
    constraint currency_exchange_rate_pkey primary key (currency_code, starting_date),
    constraint currency_exchange_rate_currency_code_fkey foreign key (currency_code)
        references bc.currency (code) on update cascade on delete cascade,
    constraint currency_exchange_rate_exchange_rate_amount_check check (exchange_rate_amount >= 0),
    constraint currency_exchange_rate_relational_exch_rate_amount_check check (relational_exch_rate_amount >= 0)
);
comment on table bc.currency_exchange_rate is
    'Exchange rates: exchange_rate_amount of the currency is worth relational_exch_rate_amount of the relational currency, blank: of local currency.';

create table bc.customer_price_group (
    code                      varchar(10) not null,
    description               varchar(100) not null default '',
    price_includes_vat        boolean not null default false,
    allow_invoice_disc        boolean not null default true,
    allow_line_disc           boolean not null default true,
    transaction_currency_code varchar(10) not null default '',
    price_currency_codes      text not null default '',
    constraint customer_price_group_pkey primary key (code),
    constraint customer_price_group_code_check check (code <> '')
);
comment on table bc.customer_price_group is 'Customer price groups.';
comment on column bc.customer_price_group.transaction_currency_code is
    'Currency of the group''s first sales price, the local currency without one. Kept by bc triggers.';
comment on column bc.customer_price_group.price_currency_codes is
    'All currencies of the group''s sales prices, by code; more than one is an error. Kept by bc triggers.';

create table bc.customer (
    no                   varchar(20) not null default bc.next_no('CUST'),
    name                 varchar(100) not null default '',
    search_name          varchar(100) not null default '',
    address              varchar(100) not null default '',
    address_2            varchar(50) not null default '',
    city                 varchar(30) not null default '',
    post_code            varchar(20) not null default '',
    county               varchar(30) not null default '',
    country_region_code  varchar(10) not null default '',
    contact              varchar(100) not null default '',
    phone_no             varchar(30) not null default '',
    fax_no               varchar(30) not null default '',
    email                varchar(80) not null default '',
    home_page            varchar(255) not null default '',
    credit_limit_lcy     numeric not null default 0,
    currency_code        varchar(10) not null default '',
    payment_terms_code   varchar(10) not null default '',
    shipment_method_code varchar(10) not null default '',
    shipping_agent_code  varchar(10) not null default '',
    salesperson_code     varchar(20) not null default '',
    customer_price_group varchar(10) not null default '',
    primary_contact_no   varchar(20) not null default '',
    contact_type         smallint not null default 0,
    blocked              smallint not null default 0,
    constraint customer_pkey primary key (no),
    constraint customer_no_check check (no <> ''),
    constraint customer_contact_type_check check (contact_type in (0, 1)),
    constraint customer_blocked_check check (blocked between 0 and 3)
);
comment on table bc.customer is 'Customers. blocked: 0 no, 1 Ship, 2 Invoice, 3 All.';

create table bc.vendor (
    no                   varchar(20) not null default bc.next_no('VEND'),
    name                 varchar(100) not null default '',
    search_name          varchar(100) not null default '',
    address              varchar(100) not null default '',
    address_2            varchar(50) not null default '',
    city                 varchar(30) not null default '',
    post_code            varchar(20) not null default '',
    county               varchar(30) not null default '',
    country_region_code  varchar(10) not null default '',
    contact              varchar(100) not null default '',
    phone_no             varchar(30) not null default '',
    fax_no               varchar(30) not null default '',
    email                varchar(80) not null default '',
    home_page            varchar(255) not null default '',
    currency_code        varchar(10) not null default '',
    payment_terms_code   varchar(10) not null default '',
    shipment_method_code varchar(10) not null default '',
    shipping_agent_code  varchar(10) not null default '',
    purchaser_code       varchar(20) not null default '',
    primary_contact_no   varchar(20) not null default '',
    blocked              smallint not null default 0,
    constraint vendor_pkey primary key (no),
    constraint vendor_no_check check (no <> ''),
    constraint vendor_blocked_check check (blocked between 0 and 2)
);
comment on table bc.vendor is 'Vendors. blocked: 0 no, 1 Payment, 2 All.';

create table bc.contact (
    no                        varchar(20) not null default bc.next_no('CONT'),
    type                      smallint not null default 0,
    name                      varchar(100) not null default '',
    first_name                varchar(30) not null default '',
    middle_name               varchar(30) not null default '',
    surname                   varchar(30) not null default '',
    company_no                varchar(20) not null default '',
    company_name              varchar(100) not null default '',
    customer_no               varchar(20) not null default '',
    salesperson_code          varchar(20) not null default '',
    currency_code             varchar(10) not null default '',
    transaction_currency_code varchar(10) not null default '',
    address                   varchar(100) not null default '',
    address_2                 varchar(50) not null default '',
    city                      varchar(30) not null default '',
    post_code                 varchar(20) not null default '',
    county                    varchar(30) not null default '',
    country_region_code       varchar(10) not null default '',
    email                     varchar(80) not null default '',
    fax_no                    varchar(30) not null default '',
    phone_no                  varchar(30) not null default '',
    mobile_phone_no           varchar(30) not null default '',
    pager                     varchar(30) not null default '',
    home_page                 varchar(255) not null default '',
    constraint contact_pkey primary key (no),
    constraint contact_no_check check (no <> ''),
    constraint contact_type_check check (type in (0, 1))
);
create index contact_company_no_idx on bc.contact (company_no);
create index contact_customer_no_idx on bc.contact (customer_no);
comment on table bc.contact is 'Contacts: 0 companies and 1 persons. A company is its own company_no.';
comment on column bc.contact.customer_no is
    'Customer behind the contact''s company. Kept by bc triggers, both ways: writing it sets the company.';
comment on column bc.contact.transaction_currency_code is
    'currency_code, or the local currency where that is blank. Kept by bc triggers, both ways.';

create table bc.contact_business_relation (
    contact_no             varchar(20) not null,
    business_relation_code varchar(10) not null,
    link_to_table          smallint not null default 0,
    no                     varchar(20) not null default '',
    constraint contact_business_relation_pkey primary key (contact_no, business_relation_code),
    constraint contact_business_relation_contact_no_fkey foreign key (contact_no)
        references bc.contact (no) on update cascade on delete cascade,
    constraint contact_business_relation_link_to_table_check check (link_to_table between 0 and 4)
);
create index contact_business_relation_no_idx on bc.contact_business_relation (no, link_to_table);
comment on table bc.contact_business_relation is
    'What a company contact is to us. link_to_table: 0 nothing, 1 Customer, 2 Vendor, 3 Bank Account, 4 Employee.';
