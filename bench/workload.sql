-- The standard workload: one ERP table, one CRM table, deterministic rows, and the mapping between them.
-- workload.py runs the sections one by one.

-- @section source
create schema erp;
comment on schema erp is 'Source system of the standard workload.';
create table erp.customer (
    no               varchar(20),
    name             varchar(100),
    name2            varchar(50),
    address          varchar(100),
    address2         varchar(50),
    city             varchar(30),
    post_code        varchar(20),
    country_code     varchar(10),
    phone            varchar(30),
    email            varchar(80),
    home_page        varchar(80),
    salesperson_code varchar(20),
    credit_limit     numeric(18, 2),
    blocked          integer,
    modified_at      timestamptz,
    constraint customer_pkey primary key (no)
);
comment on table erp.customer is 'Left table of the standard workload.';

-- @section target
create schema crm;
comment on schema crm is 'Target system of the standard workload.';
create table crm.account (
    accountid           uuid default gen_random_uuid(),
    accountnumber       varchar(20),
    name                varchar(160),
    alternatename       varchar(100),
    address1_line1      varchar(100),
    address1_line2      varchar(50),
    address1_city       varchar(80),
    address1_postalcode varchar(20),
    address1_country    varchar(80),
    telephone1          varchar(50),
    emailaddress1       varchar(100),
    websiteurl          varchar(200),
    ownercode           varchar(20),
    creditlimit         numeric(18, 2),
    statecode           integer not null default 0,
    modifiedon          timestamptz,
    constraint account_pkey primary key (accountid),
    constraint account_accountnumber_key unique (accountnumber)
);
comment on table crm.account is 'Right table of the standard workload.';

-- @section generator
create schema bench;
comment on schema bench is 'What the bench itself needs.';
-- About 270 bytes a row; a third of name2 and address2 filled.
create function bench.customer_rows(p_first integer, p_last integer) returns setof erp.customer
language sql stable as $$
    select ('C' || lpad(i::text, 7, '0'))::varchar(20),
           ('Customer ' || i || ' ' || substr(h, 1, 14) || ' Ltd.')::varchar(100),
           case when i % 3 = 0 then 'Dept ' || substr(h, 3, 8) end::varchar(50),
           (i % 997 || ' ' || substr(h, 5, 16) || ' Street')::varchar(100),
           case when i % 3 = 1 then 'Floor ' || i % 40 end::varchar(50),
           (array['Atlanta', 'Birmingham', 'Copenhagen', 'Dresden', 'Espoo', 'Firenze', 'Gdansk', 'Hamburg'])[1 + i % 8]::varchar(30),
           ('DE-' || lpad((i % 99999)::text, 5, '0'))::varchar(20),
           case when i % 10 > 0 then (array['us', 'gb', 'dk', 'de', 'fi', 'it', 'pl'])[1 + i % 7] end::varchar(10),
           ('+49 30 ' || lpad((i::bigint * 7919 % 10000000)::text, 7, '0'))::varchar(30),
           ('Contact.' || i || '@' || substr(h, 1, 10) || '.Example')::varchar(80),
           ('https://www.' || substr(h, 1, 10) || '.example')::varchar(80),
           ('SP' || i % 50)::varchar(20),
           case when i % 5 > 0 then (i % 1000) * 100.25 end::numeric(18, 2),
           case when i % 20 = 0 then 1 else 0 end,
           timestamptz '2024-01-01 00:00+00' + i * interval '1 minute'
      from (select i, md5('C' || i) as h from generate_series(p_first, p_last) as i) as g
$$;
comment on function bench.customer_rows(integer, integer) is 'Customers of these numbers, the same in every run.';

-- @section mapped
create view bench.mapped as
select c.no                                            as accountnumber,
       coalesce(nullif(c.name, ''), c.no)              as name,
       c.name2                                         as alternatename,
       c.address                                       as address1_line1,
       c.address2                                      as address1_line2,
       upper(c.city)                                   as address1_city,
       c.post_code                                     as address1_postalcode,
       upper(coalesce(c.country_code, 'US'))           as address1_country,
       c.phone                                         as telephone1,
       lower(c.email)                                  as emailaddress1,
       c.home_page                                     as websiteurl,
       c.salesperson_code                              as ownercode,
       coalesce(c.credit_limit, 0)                     as creditlimit,
       case when c.blocked = 0 then 0 else 1 end       as statecode,
       c.modified_at                                   as modifiedon
  from erp.customer c;
comment on view bench.mapped is 'The mapping spelled out by hand, for the floor: 15 columns renamed, 6 expressions.';

-- @section mapping
insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only, description)
values ('CUSTOMER', 'erp.customer', 'crm.account', 'both', false, 'The standard workload.');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right)
values ('CUSTOMER', 1, 'no', 'accountnumber', 'to_right', null),
       ('CUSTOMER', 2, 'name', 'name', 'to_right', 'coalesce(nullif(name, ''''), no)'),
       ('CUSTOMER', 3, 'name2', 'alternatename', 'both', null),
       ('CUSTOMER', 4, 'address', 'address1_line1', 'both', null),
       ('CUSTOMER', 5, 'address2', 'address1_line2', 'both', null),
       ('CUSTOMER', 6, 'city', 'address1_city', 'to_right', 'upper(city)'),
       ('CUSTOMER', 7, 'post_code', 'address1_postalcode', 'both', null),
       ('CUSTOMER', 8, 'country_code', 'address1_country', 'to_right', 'upper(coalesce(country_code, ''US''))'),
       ('CUSTOMER', 9, 'phone', 'telephone1', 'both', null),
       ('CUSTOMER', 10, 'email', 'emailaddress1', 'to_right', 'lower(email)'),
       ('CUSTOMER', 11, 'home_page', 'websiteurl', 'both', null),
       ('CUSTOMER', 12, 'salesperson_code', 'ownercode', 'both', null),
       ('CUSTOMER', 13, 'credit_limit', 'creditlimit', 'to_right', 'coalesce(credit_limit, 0)'),
       ('CUSTOMER', 14, 'blocked', 'statecode', 'to_right', 'case when blocked = 0 then 0 else 1 end'),
       ('CUSTOMER', 15, 'modified_at', 'modifiedon', 'to_right', null);

-- @section edit left
-- Two plain columns and two that go through an expression or count as a time stamp.
update erp.customer
   set address = 'new ' || left(address, 90), phone = phone || '1', credit_limit = coalesce(credit_limit, 0) + 1,
       modified_at = now()
 where no between %(first)s and %(last)s;

-- @section edit right
-- Columns the left edit leaves alone: the two merge.
update crm.account
   set websiteurl = websiteurl || '/', ownercode = ownercode || 'x', address1_postalcode = address1_postalcode || '-'
 where accountnumber between %(first)s and %(last)s;
