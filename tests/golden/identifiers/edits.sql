insert into "Odd % Schema"."Sales ""Header""$Line" values ('K''1', 'a%', 15, 'x'), ('K2', 'b', 1, 'y');
-- pass
update crm."SalesOrder" set "Rest" = 'back';
-- pass
