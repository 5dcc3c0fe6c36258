-- crm, tables: users, currencies, the organisation, accounts and contacts.

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
