-- crm, tables: unit groups and units, price lists, products, price list lines.

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
