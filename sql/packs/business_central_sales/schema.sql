-- Business Central and Dynamics 365 Sales: the tables of the two systems (schemas bc and crm) and the business
-- logic that each system had of its own. Nothing in this file knows of the synchronisation.
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
    base_currency_symbol               varchar(5) not null default '',
    currency_decimal_precision         integer not null default 2,
    integration_user_id                uuid,
    constraint crm_connection_setup_pkey primary key (primary_key),
    constraint crm_connection_setup_primary_key_check check (primary_key = '')
);
comment on table bc.crm_connection_setup is 'One row: the switches of the connection to Sales and what it found there.';

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
    'Units of this currency for one unit of local currency, from the latest rate; null: no rate. Kept by bc triggers.';

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
    'Exchange rates: exchange_rate_amount of the currency is worth relational_exch_rate_amount of local currency.';

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
    constraint item_pkey primary key (no),
    constraint item_no_check check (no <> ''),
    constraint item_type_check check (type between 0 and 2),
    constraint item_amounts_check check (unit_price >= 0 and unit_cost >= 0 and unit_volume >= 0 and gross_weight >= 0)
);
comment on table bc.item is 'Items. type: 0 Inventory, 1 Service, 2 Non-Inventory.';
comment on column bc.item.inventory is 'Sum of the item ledger entries. Kept by bc triggers.';
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
    constraint resource_pkey primary key (no),
    constraint resource_no_check check (no <> ''),
    constraint resource_type_check check (type in (0, 1))
);
comment on table bc.resource is 'Resources. type: 0 Person, 1 Machine.';
comment on column bc.resource.capacity is 'Sum of the capacity entries. Kept by bc triggers.';
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

-- 4. bc: business logic -------------------------------------------------------------------------------------------

-- Every master and document table has the system fields.
do $$
declare
    v_table text;
begin
    for v_table in
        select c.relname from pg_class c
        where c.relnamespace = 'bc'::regnamespace and c.relkind = 'r'
          and c.relname not in ('no_series', 'general_ledger_setup', 'marketing_setup',
              'sales_receivables_setup', 'crm_connection_setup')
        order by c.relname
    loop
        execute format('alter table bc.%1$I
            add column system_id uuid not null default gen_random_uuid(),
            add column system_created_at timestamptz not null default clock_timestamp(),
            add column system_modified_at timestamptz not null default clock_timestamp(),
            add constraint %2$I unique (system_id)', v_table, v_table || '_system_id_key');
    end loop;
end
$$;
alter table bc.record_link add constraint record_link_sales_header_system_id_fkey
    foreign key (sales_header_system_id) references bc.sales_header (system_id) on delete cascade;

create function bc.stamp_modified() returns trigger
language plpgsql as $$
begin
    new.system_id := old.system_id;
    new.system_created_at := old.system_created_at;
    new.system_modified_at := clock_timestamp();
    return new;
end
$$;
comment on function bc.stamp_modified() is 'Keeps the system fields of a changed row.';

do $$
declare
    v_table text;
begin
    for v_table in
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'bc'::regnamespace and c.relkind = 'r' and a.attname = 'system_modified_at'
        order by c.relname
    loop
        execute format('create trigger stamp_modified before update on bc.%I
            for each row execute function bc.stamp_modified()', v_table);
    end loop;
end
$$;

create function bc.lcy_code() returns varchar
language sql stable as $$
    select s.lcy_code from bc.general_ledger_setup s
$$;
comment on function bc.lcy_code() is 'Code of the local currency; null before the ledger is set up.';

-- A number left blank comes from the series, as when a user leaves the field.
create function bc.number_if_blank() returns trigger
language plpgsql as $$
begin
    new.no := bc.next_no(tg_argv[0]);
    return new;
end
$$;
comment on function bc.number_if_blank() is 'Gives a row inserted with no = '''' the next number of the series.';
create trigger number_if_blank before insert on bc.customer
    for each row when (new.no = '') execute function bc.number_if_blank('CUST');
create trigger number_if_blank before insert on bc.vendor
    for each row when (new.no = '') execute function bc.number_if_blank('VEND');
create trigger number_if_blank before insert on bc.contact
    for each row when (new.no = '') execute function bc.number_if_blank('CONT');
create trigger number_if_blank before insert on bc.item
    for each row when (new.no = '') execute function bc.number_if_blank('ITEM');
create trigger number_if_blank before insert on bc.resource
    for each row when (new.no = '') execute function bc.number_if_blank('RES');
create trigger number_if_blank before insert on bc.opportunity
    for each row when (new.no = '') execute function bc.number_if_blank('OPP');
create trigger number_if_blank before insert on bc.sales_header
    for each row when (new.no = '') execute function bc.number_if_blank('S-DOC');

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

-- Currencies: the latest rate, and the local currency.
create function bc.rate_changed() returns trigger
language plpgsql as $$
declare
    v_codes text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct currency_code) into v_codes from old_rows;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct currency_code) into v_codes from new_rows;
    else
        select array_agg(distinct currency_code) into v_codes
        from (select currency_code from new_rows union all select currency_code from old_rows) as touched;
    end if;
    update bc.currency c set latest_exchange_rate = latest.rate
    from unnest(v_codes) as touched (code)
    left join lateral (
        select round(r.exchange_rate_amount / nullif(r.relational_exch_rate_amount, 0), 10) as rate
        from bc.currency_exchange_rate r
        where r.currency_code = touched.code
        order by r.starting_date desc limit 1
    ) as latest on true
    where c.code = touched.code and c.code is distinct from bc.lcy_code()
      and c.latest_exchange_rate is distinct from latest.rate;
    return null;
end
$$;
comment on function bc.rate_changed() is 'Keeps currency.latest_exchange_rate: the rate with the highest starting date.';
create trigger rate_inserted after insert on bc.currency_exchange_rate referencing new table as new_rows
    for each statement execute function bc.rate_changed();
create trigger rate_updated after update on bc.currency_exchange_rate
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.rate_changed();
create trigger rate_deleted after delete on bc.currency_exchange_rate referencing old table as old_rows
    for each statement execute function bc.rate_changed();

create function bc.transaction_currency() returns trigger
language plpgsql as $$
begin
    new.transaction_currency_code := coalesce(nullif(new.currency_code, ''), bc.lcy_code(), '');
    return new;
end
$$;
comment on function bc.transaction_currency() is 'Fills transaction_currency_code: currency_code, or the local currency.';
create trigger transaction_currency before insert or update of currency_code on bc.sales_header
    for each row execute function bc.transaction_currency();
create trigger transaction_currency before insert or update of currency_code on bc.sales_invoice_header
    for each row execute function bc.transaction_currency();
create trigger transaction_currency before insert or update of currency_code on bc.sales_price
    for each row execute function bc.transaction_currency();

create function bc.lcy_changed() returns trigger
language plpgsql as $$
begin
    insert into bc.currency (code, iso_code, symbol, description, latest_exchange_rate)
    values (new.lcy_code, case when new.lcy_code ~ '^[A-Z]{3}$' then new.lcy_code else '' end, new.lcy_code,
        new.lcy_code, 1)
    on conflict (code) do update set latest_exchange_rate = 1;
    update bc.contact set currency_code = '', transaction_currency_code = new.lcy_code
    where currency_code in ('', new.lcy_code);
    update bc.sales_header set currency_code = '' where currency_code = '';
    update bc.sales_invoice_header set currency_code = '' where currency_code = '';
    update bc.sales_price set currency_code = '' where currency_code = '';
    update bc.item set transaction_currency_code = new.lcy_code where transaction_currency_code <> new.lcy_code;
    update bc.resource set transaction_currency_code = new.lcy_code where transaction_currency_code <> new.lcy_code;
    update bc.customer_price_group set transaction_currency_code = new.lcy_code where price_currency_codes = '';
    return null;
end
$$;
comment on function bc.lcy_changed() is 'Gives the local currency its row and refreshes what is kept in local currency.';
create trigger lcy_changed after insert or update of lcy_code on bc.general_ledger_setup
    for each row execute function bc.lcy_changed();

create function bc.price_group_currency() returns trigger
language plpgsql as $$
declare
    v_codes text[];
begin
    if tg_table_name = 'customer_price_group' then
        select coalesce((array_agg(p.transaction_currency_code order by p.item_no, p.starting_date, p.currency_code))[1],
                   bc.lcy_code(), ''),
               coalesce(string_agg(distinct p.transaction_currency_code, ', '), '')
        into new.transaction_currency_code, new.price_currency_codes
        from bc.sales_price p where p.sales_type = 1 and p.sales_code = new.code;
        return new;
    end if;
    if tg_op = 'DELETE' then
        select array_agg(distinct sales_code) into v_codes from old_rows where sales_type = 1;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct sales_code) into v_codes from new_rows where sales_type = 1;
    else
        select array_agg(distinct sales_code) into v_codes
        from (select sales_code, sales_type from new_rows
              union all select sales_code, sales_type from old_rows) as touched where sales_type = 1;
    end if;
    update bc.customer_price_group g
    set transaction_currency_code = price.first_code, price_currency_codes = price.codes
    from unnest(v_codes) as touched (code)
    cross join lateral (
        select coalesce((array_agg(p.transaction_currency_code order by p.item_no, p.starting_date, p.currency_code))[1],
                   bc.lcy_code(), '') as first_code,
               coalesce(string_agg(distinct p.transaction_currency_code, ', '), '') as codes
        from bc.sales_price p where p.sales_type = 1 and p.sales_code = touched.code
    ) as price
    where g.code = touched.code
      and (g.transaction_currency_code, g.price_currency_codes) is distinct from (price.first_code, price.codes);
    return null;
end
$$;
comment on function bc.price_group_currency() is
    'Keeps the currency of a price group, that of its first sales price, and the list of all its prices'' currencies.';
create trigger price_group_currency before insert on bc.customer_price_group
    for each row execute function bc.price_group_currency();
create trigger price_inserted after insert on bc.sales_price referencing new table as new_rows
    for each statement execute function bc.price_group_currency();
create trigger price_updated after update on bc.sales_price referencing old table as old_rows new table as new_rows
    for each statement execute function bc.price_group_currency();
create trigger price_deleted after delete on bc.sales_price referencing old table as old_rows
    for each statement execute function bc.price_group_currency();

-- Sums. Deltas, so that one more entry does not read all entries.
create function bc.inventory_changed() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update bc.item i set inventory = i.inventory - d.quantity
        from (select item_no, sum(quantity) as quantity from old_rows group by item_no) as d
        where i.no = d.item_no and d.quantity <> 0;
    end if;
    if tg_op <> 'DELETE' then
        update bc.item i set inventory = i.inventory + d.quantity
        from (select item_no, sum(quantity) as quantity from new_rows group by item_no) as d
        where i.no = d.item_no and d.quantity <> 0;
    end if;
    return null;
end
$$;
comment on function bc.inventory_changed() is 'Keeps item.inventory.';
create trigger inventory_inserted after insert on bc.item_ledger_entry referencing new table as new_rows
    for each statement execute function bc.inventory_changed();
create trigger inventory_updated after update on bc.item_ledger_entry
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.inventory_changed();
create trigger inventory_deleted after delete on bc.item_ledger_entry referencing old table as old_rows
    for each statement execute function bc.inventory_changed();

create function bc.capacity_changed() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update bc.resource i set capacity = i.capacity - d.capacity
        from (select resource_no, sum(capacity) as capacity from old_rows group by resource_no) as d
        where i.no = d.resource_no and d.capacity <> 0;
    end if;
    if tg_op <> 'DELETE' then
        update bc.resource i set capacity = i.capacity + d.capacity
        from (select resource_no, sum(capacity) as capacity from new_rows group by resource_no) as d
        where i.no = d.resource_no and d.capacity <> 0;
    end if;
    return null;
end
$$;
comment on function bc.capacity_changed() is 'Keeps resource.capacity.';
create trigger capacity_inserted after insert on bc.res_capacity_entry referencing new table as new_rows
    for each statement execute function bc.capacity_changed();
create trigger capacity_updated after update on bc.res_capacity_entry
    referencing old table as old_rows new table as new_rows
    for each statement execute function bc.capacity_changed();
create trigger capacity_deleted after delete on bc.res_capacity_entry referencing old table as old_rows
    for each statement execute function bc.capacity_changed();

create function bc.opportunity_contact() returns trigger
language plpgsql as $$
begin
    new.contact_company_no := coalesce((select c.company_no from bc.contact c where c.no = new.contact_no), '');
    return new;
end
$$;
comment on function bc.opportunity_contact() is 'The company of the opportunity is the company of its contact.';
create trigger opportunity_contact_insert before insert on bc.opportunity
    for each row when (new.contact_no <> '' and new.contact_company_no = '')
    execute function bc.opportunity_contact();
create trigger opportunity_contact_update before update on bc.opportunity
    for each row when (new.contact_no <> old.contact_no) execute function bc.opportunity_contact();

create function bc.opportunity_entry_changed() returns trigger
language plpgsql as $$
declare
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct opportunity_no) into v_numbers from old_rows;
    else
        select array_agg(distinct opportunity_no) into v_numbers from new_rows;
    end if;
    update bc.opportunity o
    set estimated_value_lcy = coalesce(e.estimated_value_lcy, 0),
        estimated_closing_date = e.estimated_close_date,
        current_sales_cycle_stage = coalesce(e.sales_cycle_stage, 0)
    from unnest(v_numbers) as touched (no)
    left join bc.opportunity_entry e on e.opportunity_no = touched.no and e.active
    where o.no = touched.no
      and (o.estimated_value_lcy, o.estimated_closing_date, o.current_sales_cycle_stage) is distinct from
          (coalesce(e.estimated_value_lcy, 0), e.estimated_close_date, coalesce(e.sales_cycle_stage, 0));
    return null;
end
$$;
comment on function bc.opportunity_entry_changed() is 'Keeps the estimates of an opportunity: those of its active entry.';
create trigger opportunity_entry_inserted after insert on bc.opportunity_entry referencing new table as new_rows
    for each statement execute function bc.opportunity_entry_changed();
create trigger opportunity_entry_updated after update on bc.opportunity_entry referencing new table as new_rows
    for each statement execute function bc.opportunity_entry_changed();
create trigger opportunity_entry_deleted after delete on bc.opportunity_entry referencing old table as old_rows
    for each statement execute function bc.opportunity_entry_changed();

create function bc.sales_line_changed() returns trigger
language plpgsql as $$
declare
    v_types smallint[];
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(document_type), array_agg(document_no) into v_types, v_numbers
        from (select distinct document_type, document_no from old_rows) as touched;
    else
        select array_agg(document_type), array_agg(document_no) into v_types, v_numbers
        from (select distinct document_type, document_no from new_rows) as touched;
    end if;
    update bc.sales_header h
    set amount = total.amount, amount_including_vat = total.amount_including_vat,
        invoice_discount_amount = total.discount, completely_shipped = total.is_shipped
    from unnest(v_types, v_numbers) as touched (document_type, no)
    cross join lateral (
        select coalesce(sum(l.amount), 0) as amount, coalesce(sum(l.amount_including_vat), 0) as amount_including_vat,
            coalesce(sum(l.inv_discount_amount), 0) as discount,
            coalesce(bool_and(l.completely_shipped) filter (where l.type <> 0), false) as is_shipped
        from bc.sales_line l
        where l.document_type = touched.document_type and l.document_no = touched.no
    ) as total
    where h.document_type = touched.document_type and h.no = touched.no
      and (h.amount, h.amount_including_vat, h.invoice_discount_amount, h.completely_shipped) is distinct from
          (total.amount, total.amount_including_vat, total.discount, total.is_shipped);
    return null;
end
$$;
comment on function bc.sales_line_changed() is 'Keeps the sums of a sales document.';
create trigger sales_line_inserted after insert on bc.sales_line referencing new table as new_rows
    for each statement execute function bc.sales_line_changed();
create trigger sales_line_updated after update on bc.sales_line referencing new table as new_rows
    for each statement execute function bc.sales_line_changed();
create trigger sales_line_deleted after delete on bc.sales_line referencing old table as old_rows
    for each statement execute function bc.sales_line_changed();

create function bc.invoice_line_changed() returns trigger
language plpgsql as $$
declare
    v_numbers text[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct document_no) into v_numbers from old_rows;
    else
        select array_agg(distinct document_no) into v_numbers from new_rows;
    end if;
    update bc.sales_invoice_header h
    set amount = total.amount, amount_including_vat = total.amount_including_vat,
        invoice_discount_amount = total.discount, line_discount_amount = total.line_discount
    from unnest(v_numbers) as touched (no)
    cross join lateral (
        select coalesce(sum(l.amount), 0) as amount, coalesce(sum(l.amount_including_vat), 0) as amount_including_vat,
            coalesce(sum(l.inv_discount_amount), 0) as discount,
            coalesce(sum(l.line_discount_amount), 0) as line_discount
        from bc.sales_invoice_line l where l.document_no = touched.no
    ) as total
    where h.no = touched.no
      and (h.amount, h.amount_including_vat, h.invoice_discount_amount, h.line_discount_amount) is distinct from
          (total.amount, total.amount_including_vat, total.discount, total.line_discount);
    return null;
end
$$;
comment on function bc.invoice_line_changed() is 'Keeps the sums of a posted invoice.';
create trigger invoice_line_inserted after insert on bc.sales_invoice_line referencing new table as new_rows
    for each statement execute function bc.invoice_line_changed();
create trigger invoice_line_updated after update on bc.sales_invoice_line referencing new table as new_rows
    for each statement execute function bc.invoice_line_changed();
create trigger invoice_line_deleted after delete on bc.sales_invoice_line referencing old table as old_rows
    for each statement execute function bc.invoice_line_changed();

create function bc.shipment_posted() returns trigger
language plpgsql as $$
begin
    update bc.sales_header h set last_shipment_date = s.shipment_date
    from (select distinct on (order_no) order_no, shipment_date from new_rows order by order_no, no desc) as s
    where h.document_type = 1 and h.no = s.order_no and h.last_shipment_date is distinct from s.shipment_date;
    return null;
end
$$;
comment on function bc.shipment_posted() is 'Keeps the last shipment date of an order.';
create trigger shipment_posted after insert on bc.sales_shipment_header referencing new table as new_rows
    for each statement execute function bc.shipment_posted();

-- 5. crm ----------------------------------------------------------------------------------------------------------

create table crm.systemuser (
    systemuserid         uuid not null default gen_random_uuid(),
    fullname             varchar(200) not null default '',
    firstname            varchar(64),
    lastname             varchar(64),
    internalemailaddress varchar(100),
    mobilephone          varchar(64),
    domainname           varchar(250),
    isdisabled           boolean not null default false,
    islicensed           boolean not null default true,
    isintegrationuser    boolean not null default false,
    constraint systemuser_pkey primary key (systemuserid)
);
comment on table crm.systemuser is 'Users.';

create function crm.calling_user() returns uuid
language plpgsql as $$
declare
    v_user_id uuid := nullif(current_setting('crm.user', true), '')::uuid;
begin
    if v_user_id is null then
        select u.systemuserid into v_user_id from crm.systemuser u
        where u.isintegrationuser order by u.systemuserid limit 1;
        -- Remembered until the transaction ends: a load asks once, not once per row.
        perform set_config('crm.user', coalesce(v_user_id::text, ''), true);
    end if;
    return v_user_id;
end
$$;
comment on function crm.calling_user() is
    'The user who works: an application sets crm.user to its systemuserid; otherwise it is the connection user.';

create table crm.transactioncurrency (
    transactioncurrencyid uuid not null default gen_random_uuid(),
    isocurrencycode       varchar(5) not null,
    currencysymbol        varchar(10) not null,
    currencyname          varchar(100) not null,
    currencyprecision     integer not null default 2,
    exchangerate          numeric not null,
    statecode             integer not null default 0,
    statuscode            integer not null default 1,
    constraint transactioncurrency_pkey primary key (transactioncurrencyid),
    constraint transactioncurrency_isocurrencycode_key unique (isocurrencycode),
    constraint transactioncurrency_isocurrencycode_check check (isocurrencycode ~ '^[A-Z]{3}$'),
    constraint transactioncurrency_currencyprecision_check check (currencyprecision between 0 and 4)
);
comment on table crm.transactioncurrency is 'Transaction currencies. exchangerate: units for one unit of base currency.';

create table crm.organization (
    organizationid           uuid not null default gen_random_uuid(),
    basecurrencyid           uuid not null,
    basecurrencysymbol       varchar(5) not null,
    basecurrencyprecision    integer not null default 2,
    currencydecimalprecision integer not null default 2,
    issopintegrationenabled  boolean not null default false,
    constraint organization_pkey primary key (organizationid),
    constraint organization_basecurrencyid_fkey foreign key (basecurrencyid)
        references crm.transactioncurrency (transactioncurrencyid)
);
comment on table crm.organization is 'One row: the organisation''s base currency and switches.';

create table crm.account (
    accountid                   uuid not null default gen_random_uuid(),
    name                        varchar(160) not null,
    customertypecode            integer,
    ownerid                     uuid,
    owneridtype                 text not null default 'systemuser',
    primarycontactid            uuid,
    transactioncurrencyid       uuid,
    creditlimit                 numeric,
    paymenttermscode            integer,
    address1_freighttermscode   integer,
    address1_shippingmethodcode integer,
    address1_primarycontactname varchar(100),
    address1_line1              varchar(250),
    address1_line2              varchar(250),
    address1_postalcode         varchar(20),
    address1_city               varchar(80),
    address1_country            varchar(80),
    address1_stateorprovince    varchar(50),
    emailaddress1               varchar(100),
    fax                         varchar(50),
    telephone1                  varchar(50),
    websiteurl                  varchar(200),
    statecode                   integer not null default 0,
    statuscode                  integer not null default 1,
    nav_accountstatisticsid     uuid,
    constraint account_pkey primary key (accountid),
    constraint account_transactioncurrencyid_fkey foreign key (transactioncurrencyid)
        references crm.transactioncurrency (transactioncurrencyid),
    constraint account_customertypecode_check check (customertypecode between 1 and 12),
    constraint account_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint account_paymenttermscode_check check (paymenttermscode between 1 and 4),
    constraint account_address1_freighttermscode_check check (address1_freighttermscode between 1 and 2),
    constraint account_address1_shippingmethodcode_check check (address1_shippingmethodcode between 1 and 7),
    constraint account_statecode_check check (statecode in (0, 1))
);
create index account_primarycontactid_idx on crm.account (primarycontactid);
comment on table crm.account is
    'Accounts. customertypecode: 3 Customer, 8 Prospect, 10 Supplier, 11 Vendor, ...; statecode: 0 Active, 1 Inactive; statuscode: 1 Active, 2 Inactive.';

create table crm.contact (
    contactid                uuid not null default gen_random_uuid(),
    fullname                 varchar(160) not null default '',
    firstname                varchar(50),
    middlename               varchar(50),
    lastname                 varchar(50),
    parentcustomerid         uuid,
    parentcustomeridtype     text,
    ownerid                  uuid,
    owneridtype              text not null default 'systemuser',
    transactioncurrencyid    uuid,
    address1_line1           varchar(250),
    address1_line2           varchar(250),
    address1_postalcode      varchar(20),
    address1_city            varchar(80),
    address1_country         varchar(80),
    address1_stateorprovince varchar(50),
    emailaddress1            varchar(100),
    fax                      varchar(50),
    telephone1               varchar(50),
    mobilephone              varchar(50),
    pager                    varchar(50),
    websiteurl               varchar(200),
    statecode                integer not null default 0,
    statuscode               integer not null default 1,
    constraint contact_pkey primary key (contactid),
    constraint contact_transactioncurrencyid_fkey foreign key (transactioncurrencyid)
        references crm.transactioncurrency (transactioncurrencyid),
    constraint contact_parentcustomeridtype_check check (parentcustomeridtype in ('account', 'contact')),
    constraint contact_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint contact_statecode_check check (statecode in (0, 1))
);
create index contact_parentcustomerid_idx on crm.contact (parentcustomerid);
comment on table crm.contact is 'Contacts: persons, with an account or another contact as parent.';
alter table crm.account add constraint account_primarycontactid_fkey foreign key (primarycontactid)
    references crm.contact (contactid) on delete set null;

create table crm.uomschedule (
    uomscheduleid uuid not null default gen_random_uuid(),
    name          varchar(200) not null,
    baseuomname   varchar(100) not null,
    statecode     integer not null default 0,
    statuscode    integer not null default 1,
    constraint uomschedule_pkey primary key (uomscheduleid),
    constraint uomschedule_statecode_check check (statecode in (0, 1))
);
create index uomschedule_name_idx on crm.uomschedule (name);
comment on table crm.uomschedule is 'Unit groups.';

create table crm.uom (
    uomid             uuid not null default gen_random_uuid(),
    uomscheduleid     uuid not null,
    name              varchar(100) not null,
    quantity          numeric not null default 1,
    baseuom           uuid,
    isschedulebaseuom boolean not null default false,
    constraint uom_pkey primary key (uomid),
    constraint uom_uomscheduleid_fkey foreign key (uomscheduleid)
        references crm.uomschedule (uomscheduleid) on delete cascade,
    constraint uom_baseuom_fkey foreign key (baseuom) references crm.uom (uomid),
    constraint uom_quantity_check check (quantity > 0)
);
create index uom_uomscheduleid_idx on crm.uom (uomscheduleid);
comment on table crm.uom is 'Units of a unit group.';

create table crm.pricelevel (
    pricelevelid          uuid not null default gen_random_uuid(),
    name                  varchar(100) not null,
    description           text,
    transactioncurrencyid uuid not null,
    begindate             date,
    enddate               date,
    exchangerate          numeric,
    statecode             integer not null default 0,
    statuscode            integer not null default 100001,
    nav_isdefault         boolean not null default false,
    nav_pricecurrencies   text,
    constraint pricelevel_pkey primary key (pricelevelid),
    constraint pricelevel_transactioncurrencyid_fkey foreign key (transactioncurrencyid)
        references crm.transactioncurrency (transactioncurrencyid),
    constraint pricelevel_statecode_check check (statecode in (0, 1))
);
create index pricelevel_name_idx on crm.pricelevel (name);
comment on table crm.pricelevel is 'Price lists. statuscode: 100001 Active, 100002 Inactive.';
comment on column crm.pricelevel.nav_isdefault is
    'The price list that holds the list price of every product of the ERP. Added by the ERP''s integration solution.';
comment on column crm.pricelevel.nav_pricecurrencies is
    'Currencies of the prices that the ERP has for this list. Added by the ERP''s integration solution.';

create table crm.product (
    productid             uuid not null default gen_random_uuid(),
    productnumber         varchar(100) not null,
    name                  varchar(100) not null,
    producttypecode       integer not null default 1,
    defaultuomscheduleid  uuid not null,
    defaultuomid          uuid not null,
    pricelevelid          uuid,
    quantitydecimal       integer not null default 2,
    price                 numeric,
    standardcost          numeric,
    currentcost           numeric,
    stockvolume           numeric,
    stockweight           numeric,
    quantityonhand        numeric,
    vendorid              varchar(100),
    vendorname            varchar(100),
    vendorpartnumber      varchar(100),
    transactioncurrencyid uuid,
    description           text,
    statecode             integer not null default 2,
    statuscode            integer not null default 0,
    constraint product_pkey primary key (productid),
    constraint product_productnumber_key unique (productnumber),
    constraint product_defaultuomscheduleid_fkey foreign key (defaultuomscheduleid)
        references crm.uomschedule (uomscheduleid),
    constraint product_defaultuomid_fkey foreign key (defaultuomid) references crm.uom (uomid),
    constraint product_pricelevelid_fkey foreign key (pricelevelid) references crm.pricelevel (pricelevelid)
        on delete set null,
    constraint product_transactioncurrencyid_fkey foreign key (transactioncurrencyid)
        references crm.transactioncurrency (transactioncurrencyid),
    constraint product_producttypecode_check check (producttypecode between 1 and 4),
    constraint product_quantitydecimal_check check (quantitydecimal between 0 and 5),
    constraint product_statecode_check check (statecode between 0 and 3)
);
comment on table crm.product is
    'Products. producttypecode: 1 Sales Inventory, 2 Miscellaneous Charges, 3 Services, 4 Flat Fees; statecode: 0 Active, 1 Retired, 2 Draft, 3 Under Revision.';

create table crm.productpricelevel (
    productpricelevelid   uuid not null default gen_random_uuid(),
    pricelevelid          uuid not null,
    productid             uuid not null,
    uomid                 uuid not null,
    uomscheduleid         uuid,
    amount                numeric,
    pricingmethodcode     integer not null default 1,
    quantitysellingcode   integer not null default 1,
    transactioncurrencyid uuid,
    productnumber         varchar(100),
    constraint productpricelevel_pkey primary key (productpricelevelid),
    constraint productpricelevel_pricelevelid_productid_uomid_key unique (pricelevelid, productid, uomid),
    constraint productpricelevel_pricelevelid_fkey foreign key (pricelevelid)
        references crm.pricelevel (pricelevelid) on delete cascade,
    constraint productpricelevel_productid_fkey foreign key (productid)
        references crm.product (productid) on delete cascade,
    constraint productpricelevel_uomid_fkey foreign key (uomid) references crm.uom (uomid),
    constraint productpricelevel_pricingmethodcode_check check (pricingmethodcode between 1 and 6),
    constraint productpricelevel_quantitysellingcode_check check (quantitysellingcode between 1 and 3)
);
create index productpricelevel_productid_idx on crm.productpricelevel (productid);
comment on table crm.productpricelevel is 'Price list lines. pricingmethodcode: 1 Currency Amount, 2 Percent of List, ...';

create table crm.opportunity (
    opportunityid         uuid not null default gen_random_uuid(),
    name                  varchar(300) not null,
    parentcontactid       uuid,
    parentaccountid       uuid,
    customerid            uuid,
    ownerid               uuid,
    owneridtype           text not null default 'systemuser',
    estimatedvalue        numeric,
    estimatedclosedate    date,
    transactioncurrencyid uuid,
    statecode             integer not null default 0,
    statuscode            integer not null default 1,
    salesstage            integer not null default 0,
    stepname              varchar(200),
    constraint opportunity_pkey primary key (opportunityid),
    constraint opportunity_parentcontactid_fkey foreign key (parentcontactid)
        references crm.contact (contactid) on delete set null,
    constraint opportunity_parentaccountid_fkey foreign key (parentaccountid)
        references crm.account (accountid) on delete set null,
    constraint opportunity_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint opportunity_statecode_check check (statecode between 0 and 2),
    constraint opportunity_salesstage_check check (salesstage between 0 and 3)
);
create index opportunity_parentcontactid_idx on crm.opportunity (parentcontactid);
create index opportunity_parentaccountid_idx on crm.opportunity (parentaccountid);
comment on table crm.opportunity is 'Opportunities. statecode: 0 Open, 1 Won, 2 Lost.';

create table crm.salesorder (
    salesorderid                uuid not null default gen_random_uuid(),
    ordernumber                 varchar(100) not null,
    name                        varchar(300),
    customerid                  uuid not null,
    customeridtype              text not null default 'account',
    accountid                   uuid,
    opportunityid               uuid,
    quoteid                     uuid,
    pricelevelid                uuid,
    ownerid                     uuid,
    owneridtype                 text not null default 'systemuser',
    transactioncurrencyid       uuid,
    requestdeliveryby           date,
    datefulfilled               date,
    lastbackofficesubmit        date,
    submitdate                  date,
    submitcount                 integer not null default 0,
    linecount                   integer not null default 0,
    shipto_name                 varchar(200),
    shipto_line1                varchar(250),
    shipto_line2                varchar(250),
    shipto_line3                varchar(250),
    shipto_city                 varchar(80),
    shipto_stateorprovince      varchar(50),
    shipto_country              varchar(80),
    shipto_postalcode           varchar(20),
    shipto_telephone            varchar(50),
    shipto_fax                  varchar(50),
    billto_name                 varchar(200),
    billto_line1                varchar(250),
    billto_line2                varchar(250),
    billto_line3                varchar(250),
    billto_city                 varchar(80),
    billto_stateorprovince      varchar(50),
    billto_country              varchar(80),
    billto_postalcode           varchar(20),
    billto_telephone            varchar(50),
    billto_fax                  varchar(50),
    discountamount              numeric,
    discountpercentage          numeric,
    freightamount               numeric,
    totalamount                 numeric,
    totalamountlessfreight      numeric,
    totallineitemamount         numeric,
    totallineitemdiscountamount numeric,
    totaldiscountamount         numeric,
    totaltax                    numeric,
    description                 text,
    shippingmethodcode          integer,
    paymenttermscode            integer,
    freighttermscode            integer,
    statecode                   integer not null default 0,
    statuscode                  integer not null default 1,
    constraint salesorder_pkey primary key (salesorderid),
    constraint salesorder_ordernumber_key unique (ordernumber),
    constraint salesorder_opportunityid_fkey foreign key (opportunityid)
        references crm.opportunity (opportunityid) on delete set null,
    constraint salesorder_pricelevelid_fkey foreign key (pricelevelid)
        references crm.pricelevel (pricelevelid) on delete set null,
    constraint salesorder_customeridtype_check check (customeridtype in ('account', 'contact')),
    constraint salesorder_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint salesorder_statecode_check check (statecode between 0 and 4)
);
create index salesorder_customerid_idx on crm.salesorder (customerid);
comment on table crm.salesorder is
    'Orders. statecode: 0 Active, 1 Submitted, 2 Canceled, 3 Fulfilled, 4 Invoiced.';
comment on column crm.salesorder.accountid is
    'The customer, or the parent account of a customer that is a contact. Kept by crm triggers.';
comment on column crm.salesorder.submitcount is 'How often the order was submitted. Kept by crm triggers.';
comment on column crm.salesorder.linecount is 'Number of order lines. Kept by crm triggers.';
comment on column crm.salesorder.lastbackofficesubmit is 'When the back office took the order; null or 1900-01-01: not yet.';

create table crm.salesorderdetail (
    salesorderdetailid   uuid not null default gen_random_uuid(),
    salesorderid         uuid not null,
    lineitemnumber       integer,
    sequencenumber       integer,
    productid            uuid,
    isproductoverridden  boolean not null default false,
    productdescription   varchar(250),
    description          text,
    uomid                uuid,
    quantity             numeric,
    priceperunit         numeric,
    manualdiscountamount numeric,
    volumediscountamount numeric,
    tax                  numeric,
    baseamount           numeric,
    extendedamount       numeric,
    quantityshipped      numeric,
    requestdeliveryby    date,
    salesorderstatecode  integer not null default 0,
    constraint salesorderdetail_pkey primary key (salesorderdetailid),
    constraint salesorderdetail_salesorderid_fkey foreign key (salesorderid)
        references crm.salesorder (salesorderid) on delete cascade,
    constraint salesorderdetail_productid_fkey foreign key (productid) references crm.product (productid)
);
create index salesorderdetail_salesorderid_idx on crm.salesorderdetail (salesorderid);
comment on table crm.salesorderdetail is 'Order lines. No productid: a write-in product.';
comment on column crm.salesorderdetail.salesorderstatecode is 'State of the order. Kept by crm triggers.';

create table crm.invoice (
    invoiceid                   uuid not null default gen_random_uuid(),
    invoicenumber               varchar(100) not null,
    name                        varchar(300),
    opportunityid               uuid,
    salesorderid                uuid,
    pricelevelid                uuid,
    customerid                  uuid not null,
    customeridtype              text not null default 'account',
    ownerid                     uuid,
    owneridtype                 text not null default 'systemuser',
    transactioncurrencyid       uuid,
    exchangerate                numeric,
    duedate                     date,
    datedelivered               date,
    shipto_name                 varchar(200),
    shipto_line1                varchar(250),
    shipto_line2                varchar(250),
    shipto_line3                varchar(250),
    shipto_city                 varchar(80),
    shipto_stateorprovince      varchar(50),
    shipto_country              varchar(80),
    shipto_postalcode           varchar(20),
    shipto_telephone            varchar(50),
    shipto_fax                  varchar(50),
    billto_name                 varchar(200),
    billto_line1                varchar(250),
    billto_line2                varchar(250),
    billto_line3                varchar(250),
    billto_city                 varchar(80),
    billto_stateorprovince      varchar(50),
    billto_country              varchar(80),
    billto_postalcode           varchar(20),
    billto_telephone            varchar(50),
    billto_fax                  varchar(50),
    discountamount              numeric,
    discountpercentage          numeric,
    freightamount               numeric,
    totalamount                 numeric,
    totalamountlessfreight      numeric,
    totallineitemamount         numeric,
    totallineitemdiscountamount numeric,
    totaldiscountamount         numeric,
    totaltax                    numeric,
    description                 text,
    shippingmethodcode          integer,
    paymenttermscode            integer,
    statecode                   integer not null default 0,
    statuscode                  integer not null default 1,
    nav_yourreference           varchar(35),
    constraint invoice_pkey primary key (invoiceid),
    constraint invoice_opportunityid_fkey foreign key (opportunityid)
        references crm.opportunity (opportunityid) on delete set null,
    constraint invoice_salesorderid_fkey foreign key (salesorderid)
        references crm.salesorder (salesorderid) on delete set null,
    constraint invoice_pricelevelid_fkey foreign key (pricelevelid)
        references crm.pricelevel (pricelevelid) on delete set null,
    constraint invoice_customeridtype_check check (customeridtype in ('account', 'contact')),
    constraint invoice_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint invoice_statecode_check check (statecode between 0 and 3)
);
create index invoice_salesorderid_idx on crm.invoice (salesorderid);
comment on table crm.invoice is
    'Invoices. statecode: 0 Active, 1 Closed, 2 Paid, 3 Canceled; statuscode: 1 New, 2 Partially Shipped, 4 Billed, 100001 Complete, 100002 Partial, 100003 Canceled.';

comment on column crm.invoice.nav_yourreference is
    'Reference that the ERP''s invoice carries: number of the order it invoices. A crm trigger finds the order.';

create table crm.invoicedetail (
    invoicedetailid        uuid not null default gen_random_uuid(),
    invoiceid              uuid not null,
    lineitemnumber         integer,
    productid              uuid,
    nav_serviceproductid   uuid,
    uomid                  uuid,
    isproductoverridden    boolean not null default false,
    productdescription     varchar(250),
    quantity               numeric,
    priceperunit           numeric,
    ispriceoverridden      boolean not null default false,
    manualdiscountamount   numeric,
    volumediscountamount   numeric not null default 0,
    tax                    numeric,
    baseamount             numeric,
    extendedamount         numeric,
    actualdeliveryon       date,
    shipto_name            varchar(200),
    shipto_line1           varchar(250),
    shipto_line2           varchar(250),
    shipto_line3           varchar(250),
    shipto_city            varchar(80),
    shipto_stateorprovince varchar(50),
    shipto_country         varchar(80),
    shipto_postalcode      varchar(20),
    shipto_telephone       varchar(50),
    shipto_fax             varchar(50),
    constraint invoicedetail_pkey primary key (invoicedetailid),
    constraint invoicedetail_invoiceid_fkey foreign key (invoiceid)
        references crm.invoice (invoiceid) on delete cascade,
    constraint invoicedetail_productid_fkey foreign key (productid) references crm.product (productid)
);
create index invoicedetail_invoiceid_idx on crm.invoicedetail (invoiceid);
comment on table crm.invoicedetail is 'Invoice lines. isproductoverridden: a write-in product.';
comment on column crm.invoicedetail.nav_serviceproductid is
    'Product of a line that the ERP invoiced as a resource; a crm trigger makes it the line''s product.';

create table crm.annotation (
    annotationid   uuid not null default gen_random_uuid(),
    objectid       uuid,
    objecttypecode text,
    subject        varchar(250),
    notetext       text,
    isdocument     boolean not null default false,
    filesize       integer not null default 0,
    filename       varchar(255),
    constraint annotation_pkey primary key (annotationid)
);
create index annotation_objectid_idx on crm.annotation (objectid);
comment on table crm.annotation is 'Notes on any record; objecttypecode names its table.';

create table crm.post (
    postid                  uuid not null default gen_random_uuid(),
    regardingobjectid       uuid,
    regardingobjecttypecode text,
    text                    varchar(250),
    constraint post_pkey primary key (postid)
);
create index post_regardingobjectid_idx on crm.post (regardingobjectid);
comment on table crm.post is 'Posts on the wall of a record.';

create table crm.nav_accountstatistics (
    nav_accountstatisticsid        uuid not null default gen_random_uuid(),
    nav_accountid                  uuid,
    nav_name                       varchar(160),
    nav_customerno                 varchar(20),
    nav_balancelcy                 numeric,
    nav_outstandingorderslcy       numeric,
    nav_shippednotinvoicedlcy      numeric,
    nav_outstandinginvoiceslcy     numeric,
    nav_totallcy                   numeric,
    nav_creditlimitlcy             numeric,
    nav_overdueamountslcy          numeric,
    nav_overdueamountsasof         date,
    nav_totalsaleslcy              numeric,
    nav_invoicedprepaymentamountlcy numeric,
    transactioncurrencyid          uuid,
    constraint nav_accountstatistics_pkey primary key (nav_accountstatisticsid)
);
create index nav_accountstatistics_nav_accountid_idx on crm.nav_accountstatistics (nav_accountid);
comment on table crm.nav_accountstatistics is 'Figures of the ERP customer behind an account, in local currency.';
comment on column crm.nav_accountstatistics.nav_accountid is 'The account; a crm trigger links it to its figures.';
alter table crm.account add constraint account_nav_accountstatisticsid_fkey foreign key (nav_accountstatisticsid)
    references crm.nav_accountstatistics (nav_accountstatisticsid) on delete set null;

-- 6. crm: business logic ------------------------------------------------------------------------------------------

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
