create schema erp;
create schema crm;
create table erp.line (doc text, line_no int, item text, qty numeric, primary key (doc, line_no));
create table crm.detail (id bigint generated always as identity primary key, doc text not null, no int not null, item text, qty real);
