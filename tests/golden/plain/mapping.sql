insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only)
values ('CUSTOMER', 'erp.customer', 'crm.account', 'to_right', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('CUSTOMER', 1, 'no', 'number'), ('CUSTOMER', 2, 'name', 'title'), ('CUSTOMER', 3, 'phone', 'phone');
