insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, left_new_key, on_left_delete, on_right_delete)
values ('PERSON', 'erp.person', 'crm.usr', false, 'upper(name)', 'delete', 'restore');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference, option_set, on_unresolved, direction, to_right)
values ('PERSON', 1, 'name', 'name', null, null, 'wait', 'both', null),
    ('PERSON', 2, 'boss', 'manager', 'PERSON', null, 'wait', 'both', null),
    ('PERSON', 3, null, 'rank', null, 'RANK', 'null', 'to_right', 'left(name, 1)');
insert into sync.option_mapping (option_set, left_value, right_value) values ('RANK', 'A', '1'), ('RANK', 'B', '2');
