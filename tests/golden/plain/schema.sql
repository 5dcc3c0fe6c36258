create schema erp;
create schema crm;
create table erp.customer (no varchar(20) primary key, name varchar(100), phone varchar(30));
create table crm.account (id uuid primary key default gen_random_uuid(), number varchar(20), title text, phone text);
