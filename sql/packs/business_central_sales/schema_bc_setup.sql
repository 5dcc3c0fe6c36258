-- Business Central and Dynamics 365 Sales: the schemas of the two systems, and the set-up of bc: number series and the tables
-- of one row. Nothing in the schema files knows of the synchronisation.
--
-- Conventions, as in the products. bc: code and text columns are never null, '' means empty, codes are upper case;
-- an option is a smallint. crm: an empty value is null, a choice is an integer, keys are guids.

create schema bc;
comment on schema bc is 'Business Central: the ERP system.';
create schema crm;
comment on schema crm is 'Dynamics 365 Sales: the CRM system.';

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
