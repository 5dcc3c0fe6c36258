-- bc, tables: units, items, resources, their ledger entries and capacity, and sales prices.

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
