insert into erp.person values ('ANN', 'Ann', null), ('BOB', 'Bob', 'ANN'), ('CYD', 'Cyd', 'BOB');
-- pass
insert into crm.usr (name, manager) select 'Dan', id from crm.usr where name = 'Bob';
delete from erp.person where code = 'CYD';
-- pass
delete from crm.usr where name = 'Dan';
-- pass
