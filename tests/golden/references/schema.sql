create schema erp;
create schema crm;
create table erp.person (code text primary key, name text, boss text references erp.person);
create table crm.usr (id int generated always as identity primary key, name text, manager int, rank int);
