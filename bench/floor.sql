-- The floor: hand-written SQL of a same-server, set-based trigger and outbox engine for the workload's one mapping.
-- Nothing general, no conflicts, no parking, no log: less than the engine must do, so a ratio of 1 can't be had.

-- @section schema
create schema floor;
comment on schema floor is 'The hand-written comparison.';
create table floor.coupling (
    key       varchar(20),
    accountid uuid not null,
    version   bigint not null default 1,
    synced_at timestamptz not null default now(),
    constraint coupling_pkey primary key (key),
    constraint coupling_accountid_key unique (accountid)
) with (fillfactor = 80);
comment on table floor.coupling is 'Which customer is which account.';
create table floor.outbox (
    entry_id bigint generated always as identity,
    key      varchar(20) not null,
    constraint outbox_pkey primary key (entry_id)
);
comment on table floor.outbox is 'Changed customers.';
create table floor.outbox_right (
    entry_id bigint generated always as identity,
    key      uuid not null,
    constraint outbox_right_pkey primary key (entry_id)
);
comment on table floor.outbox_right is 'Changed accounts.';

-- @section capture left
create function floor.capture_left() returns trigger language plpgsql as $$
begin
    insert into floor.outbox (key) select no from new_rows;
    return null;
end $$;
comment on function floor.capture_left() is 'Notes the keys a statement wrote; not those of the drain.';
create trigger capture_update after update on erp.customer referencing new table as new_rows
    for each statement when (current_setting('floor.draining', true) is distinct from 'on')
    execute function floor.capture_left();
create trigger capture_insert after insert on erp.customer referencing new table as new_rows
    for each statement when (current_setting('floor.draining', true) is distinct from 'on')
    execute function floor.capture_left();

-- @section capture right
create function floor.capture_right() returns trigger language plpgsql as $$
begin
    insert into floor.outbox_right (key) select accountid from new_rows;
    return null;
end $$;
comment on function floor.capture_right() is 'Notes the keys a statement wrote; not those of the drain.';
create trigger capture_update after update on crm.account referencing new table as new_rows
    for each statement when (current_setting('floor.draining', true) is distinct from 'on')
    execute function floor.capture_right();

-- @section load
with created as (
    insert into crm.account (accountnumber, name, alternatename, address1_line1, address1_line2, address1_city,
        address1_postalcode, address1_country, telephone1, emailaddress1, websiteurl, ownercode, creditlimit, statecode,
        modifiedon)
    select m.accountnumber, m.name, m.alternatename, m.address1_line1, m.address1_line2, m.address1_city,
           m.address1_postalcode, m.address1_country, m.telephone1, m.emailaddress1, m.websiteurl, m.ownercode,
           m.creditlimit, m.statecode, m.modifiedon
      from bench.mapped m
    returning accountnumber, accountid
)
insert into floor.coupling (key, accountid) select accountnumber, accountid from created;

-- @section batch
-- With a key, so that no join order can become quadratic.
create temporary table batch (
    key       varchar(20),
    accountid uuid,
    constraint batch_pkey primary key (key)
) on commit delete rows;

-- @section claim
-- One reader only: rows with a smaller number that commit later are not visible now, so not deleted now.
with gone as (
    delete from floor.outbox
     where entry_id <= (select max(entry_id) from (select entry_id from floor.outbox order by entry_id limit %(chunk)s) x)
    returning key
)
insert into batch
select k.key, c.accountid from (select distinct key from gone) k left join floor.coupling c on c.key = k.key;

-- @section update
update crm.account a
   set (name, alternatename, address1_line1, address1_line2, address1_city, address1_postalcode, address1_country,
        telephone1, emailaddress1, websiteurl, ownercode, creditlimit, statecode, modifiedon)
     = row (m.name, m.alternatename, m.address1_line1, m.address1_line2, m.address1_city, m.address1_postalcode,
        m.address1_country, m.telephone1, m.emailaddress1, m.websiteurl, m.ownercode, m.creditlimit, m.statecode,
        m.modifiedon)
  from batch b
  join bench.mapped m on m.accountnumber = b.key
 where a.accountid = b.accountid
   and (a.name, a.alternatename, a.address1_line1, a.address1_line2, a.address1_city, a.address1_postalcode,
        a.address1_country, a.telephone1, a.emailaddress1, a.websiteurl, a.ownercode, a.creditlimit, a.statecode,
        a.modifiedon)
       is distinct from
       (m.name, m.alternatename, m.address1_line1, m.address1_line2, m.address1_city, m.address1_postalcode,
        m.address1_country, m.telephone1, m.emailaddress1, m.websiteurl, m.ownercode, m.creditlimit, m.statecode,
        m.modifiedon);

-- @section touch
update floor.coupling c set version = version + 1, synced_at = now()
  from batch b where c.key = b.key and b.accountid is not null;

-- @section insert
with created as (
    insert into crm.account (accountnumber, name, alternatename, address1_line1, address1_line2, address1_city,
        address1_postalcode, address1_country, telephone1, emailaddress1, websiteurl, ownercode, creditlimit, statecode,
        modifiedon)
    select m.accountnumber, m.name, m.alternatename, m.address1_line1, m.address1_line2, m.address1_city,
           m.address1_postalcode, m.address1_country, m.telephone1, m.emailaddress1, m.websiteurl, m.ownercode,
           m.creditlimit, m.statecode, m.modifiedon
      from batch b
      join bench.mapped m on m.accountnumber = b.key
     where b.accountid is null
    returning accountnumber, accountid
)
insert into floor.coupling (key, accountid) select accountnumber, accountid from created;

-- @section batch right
create temporary table batch_right (
    accountid uuid,
    key       varchar(20),
    constraint batch_right_pkey primary key (accountid)
) on commit delete rows;

-- @section claim right
with gone as (
    delete from floor.outbox_right
     where entry_id <= (
           select max(entry_id) from (select entry_id from floor.outbox_right order by entry_id limit %(chunk)s) x)
    returning key
)
insert into batch_right
select k.key, c.key from (select distinct key from gone) k join floor.coupling c on c.accountid = k.key;

-- @section update right
update erp.customer c
   set (name2, address, address2, post_code, phone, home_page, salesperson_code)
     = row (a.alternatename, a.address1_line1, a.address1_line2, a.address1_postalcode, a.telephone1, a.websiteurl,
        a.ownercode)
  from batch_right b
  join crm.account a on a.accountid = b.accountid
 where c.no = b.key
   and (c.name2, c.address, c.address2, c.post_code, c.phone, c.home_page, c.salesperson_code)
       is distinct from
       (a.alternatename, a.address1_line1, a.address1_line2, a.address1_postalcode, a.telephone1, a.websiteurl,
        a.ownercode);

-- @section touch right
update floor.coupling c set version = version + 1, synced_at = now() from batch_right b where c.accountid = b.accountid;
