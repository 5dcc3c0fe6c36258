insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, left_filter)
values ('Odd "mapping" %s', '"Odd % Schema"."Sales ""Header""$Line"', 'crm."SalesOrder"', false,
    '"100% name" like ''%a%''');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right)
values ('Odd "mapping" %s', 1, 'No.', 'No', null), ('Odd "mapping" %s', 2, '100% name', 'Name', '"100% name" || '' %s $1 {x}'''),
    ('Odd "mapping" %s', 3, 'select', 'Order', '"select" % 7'),
    ('Odd "mapping" %s', 4, 'ünïcödé and a name that is very nearly sixty-three bytes!', 'Rest', null);
update sync.field_mapping set direction = 'to_right' where field_no in (2, 3);
