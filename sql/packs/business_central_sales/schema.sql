-- Business Central and Dynamics 365 Sales: the schemas of the two systems, and the tables of bc. Its business logic, and crm,
-- stand in the files beside this one. Nothing in them knows of the synchronisation.
--
-- Conventions, as in the products. bc: code and text columns are never null, '' means empty, codes are upper case;
-- an option is a smallint. crm: an empty value is null, a choice is an integer, keys are guids.

create schema bc;
comment on schema bc is 'Business Central: the ERP system.';
create schema crm;
comment on schema crm is 'Dynamics 365 Sales: the CRM system.';

-- 1. bc: set-up ---------------------------------------------------------------------------------------------------

create table bc.no_series (
    code            varchar(20) not null,
    description     varchar(100) not null default '',
    prefix          varchar(15) not null default '',
    digits          smallint not null default 0,
    number_sequence regclass not null,
    constraint no_series_pkey primary key (code)
);
comment on table bc.no_series is 'Number series: prefix, and a sequence padded to a number of digits. Gaps are allowed.';

create function bc.next_no(p_code text) returns varchar
language plpgsql as $$
declare
    v_series bc.no_series;
    v_number text;
begin
    select * into v_series from bc.no_series where code = p_code;
    if not found then
        raise exception 'the number series % does not exist', p_code using errcode = 'no_data_found';
    end if;
    v_number := nextval(v_series.number_sequence);
    return v_series.prefix || lpad(v_number, greatest(v_series.digits, length(v_number)), '0');
end
$$;
comment on function bc.next_no(text) is 'The next number of a series; the default of every numbered key.';

create sequence bc.customer_no_seq start 1001;
create sequence bc.vendor_no_seq start 1001;
create sequence bc.contact_no_seq start 1001;
create sequence bc.opportunity_no_seq start 1001;
create sequence bc.sales_document_no_seq start 1001;
create sequence bc.posted_invoice_no_seq start 1001;
create sequence bc.salesperson_no_seq;
create sequence bc.item_no_seq start 1001;
create sequence bc.resource_no_seq start 1001;

insert into bc.no_series (code, description, prefix, digits, number_sequence) values
    ('CUST', 'Customers', 'C', 5, 'bc.customer_no_seq'),
    ('VEND', 'Vendors', 'V', 5, 'bc.vendor_no_seq'),
    ('CONT', 'Contacts', 'CT', 6, 'bc.contact_no_seq'),
    ('OPP', 'Opportunities', 'OP', 6, 'bc.opportunity_no_seq'),
    ('S-DOC', 'Sales documents', 'SO', 6, 'bc.sales_document_no_seq'),
    ('S-INV+', 'Posted sales invoices', 'PSI', 6, 'bc.posted_invoice_no_seq'),
    ('ITEM', 'Items', 'I', 5, 'bc.item_no_seq'),
    ('RES', 'Resources', 'R', 5, 'bc.resource_no_seq'),
    ('SALESPERSON', 'Salespeople that arrive from Sales', 'SP NO. ', 0, 'bc.salesperson_no_seq');

create table bc.general_ledger_setup (
    primary_key                    varchar(10) not null default '',
    lcy_code                       varchar(10) not null,
    unit_amount_rounding_precision numeric not null default 0.00001,
    amount_rounding_precision      numeric not null default 0.01,
    constraint general_ledger_setup_pkey primary key (primary_key),
    constraint general_ledger_setup_primary_key_check check (primary_key = ''),
    constraint general_ledger_setup_lcy_code_check check (lcy_code <> '')
);
comment on table bc.general_ledger_setup is 'One row: the local currency (LCY) and the rounding precisions.';

create table bc.marketing_setup (
    primary_key                varchar(10) not null default '',
    bus_rel_code_for_customers varchar(10) not null default '',
    bus_rel_code_for_vendors   varchar(10) not null default '',
    contact_nos                varchar(20) not null default 'CONT',
    opportunity_nos            varchar(20) not null default 'OPP',
    constraint marketing_setup_pkey primary key (primary_key),
    constraint marketing_setup_primary_key_check check (primary_key = '')
);
comment on table bc.marketing_setup is
    'One row: with a customer relation code, every new customer gets a company contact.';
insert into bc.marketing_setup (bus_rel_code_for_customers, bus_rel_code_for_vendors) values ('CUST', 'VEND');

create table bc.sales_receivables_setup (
    primary_key           varchar(10) not null default '',
    write_in_product_type smallint not null default 0,
    write_in_product_no   varchar(20) not null default '',
    freight_gl_acc_no     varchar(20) not null default '',
    constraint sales_receivables_setup_pkey primary key (primary_key),
    constraint sales_receivables_setup_primary_key_check check (primary_key = ''),
    constraint sales_receivables_setup_write_in_product_type_check check (write_in_product_type in (0, 1))
);
comment on table bc.sales_receivables_setup is
    'One row: the item (0) or resource (1) that stands for write-in products, and the account for freight.';
insert into bc.sales_receivables_setup default values;

create table bc.crm_connection_setup (
    primary_key                        varchar(10) not null default '',
    is_enabled                         boolean not null default false,
    is_sales_order_integration_enabled boolean not null default false,
    auto_create_sales_orders           boolean not null default false,
    default_crm_price_list_id          uuid,
    base_currency_id                   uuid,
    base_currency_code                 varchar(10) not null default '',
    base_currency_symbol               varchar(5) not null default '',
    currency_decimal_precision         integer not null default 2,
    integration_user_id                uuid,
    constraint crm_connection_setup_pkey primary key (primary_key),
    constraint crm_connection_setup_primary_key_check check (primary_key = '')
);
comment on table bc.crm_connection_setup is 'One row: the switches of the connection to Sales and what it found there.';
comment on column bc.crm_connection_setup.base_currency_code is 'Base currency of Sales; blank: the local currency.';

-- 2. bc: master data ----------------------------------------------------------------------------------------------

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

create table bc.unit_of_measure (
    code                        varchar(10) not null,
    description                 varchar(50) not null default '',
    international_standard_code varchar(10) not null default '',
    symbol                      varchar(10) not null default '',
    constraint unit_of_measure_pkey primary key (code),
    constraint unit_of_measure_code_check check (code <> '')
);
comment on table bc.unit_of_measure is 'Units of measure.';

create table bc.item (
    no                   varchar(20) not null default bc.next_no('ITEM'),
    description          varchar(100) not null default '',
    type                 smallint not null default 0,
    base_unit_of_measure varchar(10) not null default '',
    unit_price           numeric not null default 0,
    unit_cost            numeric not null default 0,
    unit_volume          numeric not null default 0,
    gross_weight         numeric not null default 0,
    vendor_no            varchar(20) not null default '',
    vendor_item_no       varchar(50) not null default '',
    blocked              boolean not null default false,
    price_includes_vat   boolean not null default false,
    inventory            numeric not null default 0,
    vendor_name          varchar(100) not null default '',
    transaction_currency_code varchar(10) not null default '',
    is_write_in          boolean not null default false,
    constraint item_pkey primary key (no),
    constraint item_no_check check (no <> ''),
    constraint item_type_check check (type between 0 and 2),
    constraint item_amounts_check check (unit_price >= 0 and unit_cost >= 0 and unit_volume >= 0 and gross_weight >= 0)
);
comment on table bc.item is 'Items. type: 0 Inventory, 1 Service, 2 Non-Inventory.';
comment on column bc.item.inventory is 'Sum of the item ledger entries. Kept by bc triggers.';
comment on column bc.item.is_write_in is
    'True: it stands for whatever Sales writes in (bc.sales_receivables_setup). Kept by bc triggers.';
comment on column bc.item.vendor_name is 'Name of the vendor; blank when there is none. Kept by bc triggers.';
comment on column bc.item.transaction_currency_code is
    'The local currency, in which prices and costs are kept. Kept by bc triggers.';

create table bc.item_unit_of_measure (
    item_no                 varchar(20) not null,
    code                    varchar(10) not null,
    qty_per_unit_of_measure numeric not null default 1,
    constraint item_unit_of_measure_pkey primary key (item_no, code),
    constraint item_unit_of_measure_item_no_fkey foreign key (item_no)
        references bc.item (no) on update cascade on delete cascade
);
comment on table bc.item_unit_of_measure is 'Units in which an item is kept, with the quantity in base units.';

create table bc.item_ledger_entry (
    entry_no     integer not null,
    item_no      varchar(20) not null,
    quantity     numeric not null default 0,
    posting_date date,
    constraint item_ledger_entry_pkey primary key (entry_no)
);
create index item_ledger_entry_item_no_idx on bc.item_ledger_entry (item_no) include (quantity);
comment on table bc.item_ledger_entry is 'Item ledger entries: what moved the inventory.';

create table bc.resource (
    no                   varchar(20) not null default bc.next_no('RES'),
    name                 varchar(100) not null default '',
    type                 smallint not null default 0,
    base_unit_of_measure varchar(10) not null default '',
    unit_price           numeric not null default 0,
    unit_cost            numeric not null default 0,
    vendor_no            varchar(20) not null default '',
    blocked              boolean not null default false,
    capacity             numeric not null default 0,
    vendor_name          varchar(100) not null default '',
    transaction_currency_code varchar(10) not null default '',
    is_write_in          boolean not null default false,
    constraint resource_pkey primary key (no),
    constraint resource_no_check check (no <> ''),
    constraint resource_type_check check (type in (0, 1))
);
comment on table bc.resource is 'Resources. type: 0 Person, 1 Machine.';
comment on column bc.resource.capacity is 'Sum of the capacity entries. Kept by bc triggers.';
comment on column bc.resource.is_write_in is
    'True: it stands for whatever Sales writes in (bc.sales_receivables_setup). Kept by bc triggers.';
comment on column bc.resource.vendor_name is 'Name of the vendor; blank when there is none. Kept by bc triggers.';
comment on column bc.resource.transaction_currency_code is
    'The local currency, in which prices and costs are kept. Kept by bc triggers.';

create table bc.res_capacity_entry (
    entry_no    integer not null,
    resource_no varchar(20) not null,
    date        date,
    capacity    numeric not null default 0,
    constraint res_capacity_entry_pkey primary key (entry_no)
);
create index res_capacity_entry_resource_no_idx on bc.res_capacity_entry (resource_no) include (capacity);
comment on table bc.res_capacity_entry is 'Capacity of resources by date.';

create table bc.sales_price (
    item_no              varchar(20) not null,
    sales_type           smallint not null,
    sales_code           varchar(20) not null default '',
    starting_date        date not null default '0001-01-01',
    currency_code        varchar(10) not null default '',
    variant_code         varchar(10) not null default '',
    unit_of_measure_code varchar(10) not null default '',
    minimum_quantity     numeric not null default 0,
    ending_date          date,
    unit_price           numeric not null default 0,
    transaction_currency_code varchar(10) not null default '',
    unit_code            varchar(10) not null default '',
    constraint sales_price_pkey primary key (item_no, sales_type, sales_code, starting_date, currency_code,
        variant_code, unit_of_measure_code, minimum_quantity),
    constraint sales_price_sales_type_check check (sales_type between 0 and 3)
);
create index sales_price_sales_code_idx on bc.sales_price (sales_code, sales_type, item_no, unit_code);
comment on table bc.sales_price is
    'Sales prices. sales_type: 0 Customer, 1 Customer Price Group, 2 All Customers, 3 Campaign. No starting date: 0001-01-01.';
comment on column bc.sales_price.transaction_currency_code is
    'currency_code, or the local currency where that is blank. Kept by bc triggers.';
comment on column bc.sales_price.unit_code is
    'unit_of_measure_code, or the item''s base unit where that is blank. Kept by bc triggers.';

-- 3. bc: documents ------------------------------------------------------------------------------------------------

create table bc.opportunity (
    no                        varchar(20) not null default bc.next_no('OPP'),
    description               varchar(100) not null default '',
    salesperson_code          varchar(20) not null default '',
    contact_no                varchar(20) not null default '',
    contact_company_no        varchar(20) not null default '',
    sales_cycle_code          varchar(10) not null default '',
    status                    smallint not null default 0,
    closed                    boolean not null default false,
    creation_date             date not null default current_date,
    date_closed               date,
    estimated_value_lcy       numeric not null default 0,
    estimated_closing_date    date,
    current_sales_cycle_stage integer not null default 0,
    constraint opportunity_pkey primary key (no),
    constraint opportunity_no_check check (no <> ''),
    constraint opportunity_status_check check (status between 0 and 3)
);
comment on table bc.opportunity is
    'Opportunities. status: 0 Not Started, 1 In Progress, 2 Won, 3 Lost. Estimates come from the active entry.';

create table bc.opportunity_entry (
    entry_no             integer generated by default as identity,
    opportunity_no       varchar(20) not null,
    active               boolean not null default false,
    sales_cycle_stage    integer not null default 0,
    estimated_value_lcy  numeric not null default 0,
    estimated_close_date date,
    probability_pct      numeric not null default 0,
    constraint opportunity_entry_pkey primary key (entry_no),
    constraint opportunity_entry_opportunity_no_fkey foreign key (opportunity_no)
        references bc.opportunity (no) on update cascade on delete cascade
);
create index opportunity_entry_opportunity_no_idx on bc.opportunity_entry (opportunity_no);
create unique index opportunity_entry_active_idx on bc.opportunity_entry (opportunity_no) where active;
comment on table bc.opportunity_entry is 'Steps of an opportunity through its sales cycle; one is active.';

create table bc.sales_header (
    document_type               smallint not null default 1,
    no                          varchar(20) not null default bc.next_no('S-DOC'),
    status                      smallint not null default 0,
    sell_to_customer_no         varchar(20) not null,
    sell_to_customer_name       varchar(100) not null default '',
    bill_to_customer_no         varchar(20) not null,
    your_reference              varchar(35) not null default '',
    external_document_no        varchar(35) not null default '',
    order_date                  date,
    posting_date                date,
    document_date               date,
    shipment_date               date,
    due_date                    date,
    requested_delivery_date     date,
    currency_code               varchar(10) not null default '',
    transaction_currency_code   varchar(10) not null default '',
    currency_factor             numeric not null default 0,
    prices_including_vat        boolean not null default false,
    salesperson_code            varchar(20) not null default '',
    payment_terms_code          varchar(10) not null default '',
    shipment_method_code        varchar(10) not null default '',
    shipping_agent_code         varchar(10) not null default '',
    payment_discount_pct        numeric not null default 0,
    quote_no                    varchar(20) not null default '',
    opportunity_no              varchar(20) not null default '',
    work_description            text not null default '',
    ship_to_name                varchar(100) not null default '',
    ship_to_address             varchar(100) not null default '',
    ship_to_address_2           varchar(50) not null default '',
    ship_to_city                varchar(30) not null default '',
    ship_to_post_code           varchar(20) not null default '',
    ship_to_county              varchar(30) not null default '',
    ship_to_country_region_code varchar(10) not null default '',
    bill_to_name                varchar(100) not null default '',
    bill_to_address             varchar(100) not null default '',
    bill_to_address_2           varchar(50) not null default '',
    bill_to_city                varchar(30) not null default '',
    bill_to_post_code           varchar(20) not null default '',
    bill_to_county              varchar(30) not null default '',
    bill_to_country_region_code varchar(10) not null default '',
    amount                      numeric not null default 0,
    amount_including_vat        numeric not null default 0,
    invoice_discount_amount     numeric not null default 0,
    completely_shipped          boolean not null default false,
    last_shipment_date          date,
    constraint sales_header_pkey primary key (document_type, no),
    constraint sales_header_no_check check (no <> ''),
    constraint sales_header_document_type_check check (document_type between 0 and 5),
    constraint sales_header_status_check check (status between 0 and 3),
    constraint sales_header_currency_factor_check check (currency_factor >= 0),
    constraint sales_header_payment_discount_pct_check check (payment_discount_pct between 0 and 100)
);
comment on table bc.sales_header is
    'Sales documents. document_type: 0 Quote, 1 Order, 2 Invoice, 3 Credit Memo, 4 Blanket Order, 5 Return Order; status: 0 Open, 1 Released, 2 Pending Approval, 3 Pending Prepayment. Amounts are sums of the lines.';
comment on column bc.sales_header.transaction_currency_code is
    'currency_code, or the local currency where that is blank. Kept by bc triggers.';

create table bc.sales_line (
    document_type            smallint not null default 1,
    document_no              varchar(20) not null,
    line_no                  integer not null,
    type                     smallint not null default 0,
    no                       varchar(20) not null default '',
    description              varchar(100) not null default '',
    unit_of_measure_code     varchar(10) not null default '',
    quantity                 numeric not null default 0,
    unit_price               numeric not null default 0,
    line_discount_amount     numeric not null default 0,
    inv_discount_amount      numeric not null default 0,
    amount                   numeric not null default 0,
    amount_including_vat     numeric not null default 0,
    quantity_shipped         numeric not null default 0,
    quantity_invoiced        numeric not null default 0,
    outstanding_quantity     numeric not null default 0,
    qty_shipped_not_invoiced numeric not null default 0,
    attached_to_line_no      integer not null default 0,
    sell_to_customer_no      varchar(20) not null default '',
    requested_delivery_date  date,
    completely_shipped       boolean not null default false,
    constraint sales_line_pkey primary key (document_type, document_no, line_no),
    constraint sales_line_document_fkey foreign key (document_type, document_no)
        references bc.sales_header (document_type, no) on update cascade on delete cascade,
    constraint sales_line_type_check check (type between 0 and 5)
);
comment on table bc.sales_line is
    'Lines of sales documents. type: 0 comment, 1 G/L Account, 2 Item, 3 Resource, 4 Fixed Asset, 5 Charge.';

create table bc.sales_shipment_header (
    no            varchar(20) not null,
    order_no      varchar(20) not null default '',
    shipment_date date,
    constraint sales_shipment_header_pkey primary key (no)
);
create index sales_shipment_header_order_no_idx on bc.sales_shipment_header (order_no);
comment on table bc.sales_shipment_header is 'Posted shipments.';

create table bc.sales_invoice_header (
    no                          varchar(20) not null default bc.next_no('S-INV+'),
    order_no                    varchar(20) not null default '',
    sell_to_customer_no         varchar(20) not null,
    sell_to_customer_name       varchar(100) not null default '',
    bill_to_customer_no         varchar(20) not null,
    your_reference              varchar(35) not null default '',
    external_document_no        varchar(35) not null default '',
    order_date                  date,
    posting_date                date,
    document_date               date,
    shipment_date               date,
    due_date                    date,
    requested_delivery_date     date,
    currency_code               varchar(10) not null default '',
    transaction_currency_code   varchar(10) not null default '',
    currency_factor             numeric not null default 0,
    prices_including_vat        boolean not null default false,
    salesperson_code            varchar(20) not null default '',
    payment_terms_code          varchar(10) not null default '',
    shipment_method_code        varchar(10) not null default '',
    shipping_agent_code         varchar(10) not null default '',
    payment_discount_pct        numeric not null default 0,
    quote_no                    varchar(20) not null default '',
    opportunity_no              varchar(20) not null default '',
    work_description            text not null default '',
    ship_to_name                varchar(100) not null default '',
    ship_to_address             varchar(100) not null default '',
    ship_to_address_2           varchar(50) not null default '',
    ship_to_city                varchar(30) not null default '',
    ship_to_post_code           varchar(20) not null default '',
    ship_to_county              varchar(30) not null default '',
    ship_to_country_region_code varchar(10) not null default '',
    bill_to_name                varchar(100) not null default '',
    bill_to_address             varchar(100) not null default '',
    bill_to_address_2           varchar(50) not null default '',
    bill_to_city                varchar(30) not null default '',
    bill_to_post_code           varchar(20) not null default '',
    bill_to_county              varchar(30) not null default '',
    bill_to_country_region_code varchar(10) not null default '',
    amount                      numeric not null default 0,
    amount_including_vat        numeric not null default 0,
    invoice_discount_amount     numeric not null default 0,
    line_discount_amount        numeric not null default 0,
    ledger_amount               numeric,
    remaining_amount            numeric,
    shipment_method_description varchar(100) not null default '',
    cancelled                   boolean not null default false,
    constraint sales_invoice_header_pkey primary key (no),
    constraint sales_invoice_header_no_check check (no <> '')
);
create index sales_invoice_header_order_no_idx on bc.sales_invoice_header (order_no);
comment on table bc.sales_invoice_header is 'Posted sales invoices. Amounts are sums of the lines.';
comment on column bc.sales_invoice_header.ledger_amount is
    'Amount of the invoice''s customer ledger entry; null: no entry. Kept by bc triggers.';
comment on column bc.sales_invoice_header.remaining_amount is
    'What is left to pay on the invoice''s customer ledger entry; null: no entry. Kept by bc triggers.';
comment on column bc.sales_invoice_header.shipment_method_description is
    'Description of the shipment method when the invoice was posted. Filled by bc triggers.';
comment on column bc.sales_invoice_header.transaction_currency_code is
    'currency_code, or the local currency where that is blank. Kept by bc triggers.';

create table bc.sales_invoice_line (
    document_no          varchar(20) not null,
    line_no              integer not null,
    type                 smallint not null default 0,
    no                   varchar(20) not null default '',
    description          varchar(100) not null default '',
    quantity             numeric not null default 0,
    unit_of_measure_code varchar(10) not null default '',
    unit_price           numeric not null default 0,
    line_discount_amount numeric not null default 0,
    inv_discount_amount  numeric not null default 0,
    amount               numeric not null default 0,
    amount_including_vat numeric not null default 0,
    is_write_in          boolean not null default false,
    constraint sales_invoice_line_pkey primary key (document_no, line_no),
    constraint sales_invoice_line_document_no_fkey foreign key (document_no)
        references bc.sales_invoice_header (no) on update cascade on delete cascade,
    constraint sales_invoice_line_type_check check (type between 0 and 5)
);
comment on table bc.sales_invoice_line is
    'Lines of posted sales invoices. amount is net of line and invoice discount, without VAT.';
comment on column bc.sales_invoice_line.is_write_in is
    'True: the line is of the item or resource that stood for write-in products when it was posted. Filled by bc triggers.';

create table bc.cust_ledger_entry (
    entry_no         integer not null,
    customer_no      varchar(20) not null,
    document_type    smallint not null default 0,
    document_no      varchar(20) not null default '',
    posting_date     date,
    due_date         date,
    amount           numeric not null default 0,
    remaining_amount numeric not null default 0,
    constraint cust_ledger_entry_pkey primary key (entry_no),
    constraint cust_ledger_entry_document_type_check check (document_type between 0 and 3)
);
create index cust_ledger_entry_customer_no_idx on bc.cust_ledger_entry (customer_no);
create index cust_ledger_entry_document_no_idx on bc.cust_ledger_entry (document_no, document_type);
comment on table bc.cust_ledger_entry is 'Customer ledger entries. document_type: 1 Payment, 2 Invoice, 3 Credit Memo.';

create table bc.record_link (
    link_id                integer generated by default as identity,
    sales_header_system_id uuid,
    type                   smallint not null default 1,
    description            varchar(250) not null default '',
    note                   text not null default '',
    created                timestamptz not null default now(),
    company                varchar(30) not null default '',
    constraint record_link_pkey primary key (link_id),
    constraint record_link_type_check check (type in (0, 1))
);
create index record_link_sales_header_system_id_idx on bc.record_link (sales_header_system_id);
comment on table bc.record_link is 'Links (0) and notes (1) on sales documents, by the document''s system_id.';
