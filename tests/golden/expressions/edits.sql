insert into erp.item values (1, ' Chair ', 20, false), (2, 'Table', 250, false), (3, 'Gone', 5, true);
-- pass
update crm.product set name = 'Oak table' where product_no = 2;
update erp.item set blocked = false where no = 3;
-- pass
