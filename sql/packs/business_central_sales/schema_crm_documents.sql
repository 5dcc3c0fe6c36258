-- crm, tables: opportunities, orders, invoices, notes and posts, account statistics.

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
