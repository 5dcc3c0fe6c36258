create schema erp;
create schema crm;
create table erp.item (no int primary key, description text, price numeric(10,2), blocked boolean not null default false,
    changed_at timestamptz);
create table crm.product (product_no int primary key, name varchar(40) not null default '', price numeric(12,4),
    state int not null default 0, source text, kind int);
