-- Dynamics 365 Sales: its tables and its own business logic. Nothing in this file knows of the synchronisation.

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
    nav_parentstatecode        integer,
    nav_parentcustomertypecode integer,
    constraint contact_pkey primary key (contactid),
    constraint contact_transactioncurrencyid_fkey foreign key (transactioncurrencyid)
        references crm.transactioncurrency (transactioncurrencyid),
    constraint contact_parentcustomeridtype_check check (parentcustomeridtype in ('account', 'contact')),
    constraint contact_owneridtype_check check (owneridtype in ('systemuser', 'team')),
    constraint contact_statecode_check check (statecode in (0, 1))
);
create index contact_parentcustomerid_idx on crm.contact (parentcustomerid);
comment on table crm.contact is 'Contacts: persons, with an account or another contact as parent.';
comment on column crm.contact.nav_parentstatecode is 'State of the parent account; null without one. Kept by crm triggers.';
comment on column crm.contact.nav_parentcustomertypecode is
    'Relationship type of the parent account; null without one. Kept by crm triggers.';
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

-- What kind of account a contact belongs to is written on the contact: a mapping row sees one row.
create function crm.fill_parent() returns trigger
language plpgsql as $$
begin
    new.nav_parentstatecode := null;
    new.nav_parentcustomertypecode := null;
    if new.parentcustomeridtype = 'account' then
        select a.statecode, a.customertypecode into new.nav_parentstatecode, new.nav_parentcustomertypecode
        from crm.account a where a.accountid = new.parentcustomerid;
    end if;
    return new;
end
$$;
comment on function crm.fill_parent() is 'Notes state and relationship type of a contact''s parent account.';
create trigger fill_parent_insert before insert on crm.contact
    for each row when (new.parentcustomerid is not null) execute function crm.fill_parent();
create trigger fill_parent_update before update on crm.contact
    for each row when ((new.parentcustomerid, new.parentcustomeridtype)
        is distinct from (old.parentcustomerid, old.parentcustomeridtype)) execute function crm.fill_parent();

create function crm.parent_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    update crm.contact c set nav_parentstatecode = n.statecode, nav_parentcustomertypecode = n.customertypecode
    from new_rows n
    where c.parentcustomerid = n.accountid and c.parentcustomeridtype = 'account'
      and (c.nav_parentstatecode, c.nav_parentcustomertypecode) is distinct from (n.statecode, n.customertypecode);
    return null;
end
$$;
comment on function crm.parent_changed() is 'Brings state and relationship type of an account to its contacts.';
create trigger parent_inserted after insert on crm.account referencing new table as new_rows
    for each statement execute function crm.parent_changed();
create trigger parent_updated after update on crm.account referencing new table as new_rows
    for each statement execute function crm.parent_changed();

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
