insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, on_left_delete, on_right_delete)
values ('LINE', 'erp.line', 'crm.detail', false, 'delete', 'delete');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('LINE', 1, 'doc', 'doc'), ('LINE', 2, 'line_no', 'no'), ('LINE', 3, 'item', 'item'), ('LINE', 4, 'qty', 'qty');
