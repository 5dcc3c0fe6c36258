insert into erp.customer values ('C1', 'One', '1'), ('C2', 'Two', null);
-- pass
update erp.customer set phone = '2' where no = 'C1';
-- pass
