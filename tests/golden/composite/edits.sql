insert into erp.line values ('A"1', 10, 'x', 1.5), ('A"1', 20, 'y', 2), ('B', 10, null, null);
-- pass
update erp.line set line_no = 30 where line_no = 20;
insert into crm.detail (doc, no, item, qty) values ('B', 20, 'z', 3);
-- pass
delete from crm.detail where doc = 'B' and no = 10;
-- pass
