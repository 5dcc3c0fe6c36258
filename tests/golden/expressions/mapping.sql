insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, left_filter, right_filter,
    left_new_key, update_conflict, conflict_scope, left_modified_at)
values ('ITEM', 'erp.item', 'crm.product', false, 'not blocked and price > 0', 'state = 0', 'product_no', 'newest_wins',
    'row', 'changed_at');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right, constant, when_null, write_on)
values ('ITEM', 1, 'no', 'product_no', 'to_right', null, null, 'write', 'insert'),
    ('ITEM', 2, 'description', 'name', 'both', 'left(trim(description), 40)', null, 'keep', 'always'),
    ('ITEM', 3, 'price', 'price', 'both', null, null, 'write', 'always'),
    ('ITEM', 4, null, 'source', 'to_right', null, 'erp', 'write', 'always');
insert into sync.insert_default (mapping_name, side, priority, column_name, value, source_filter)
values ('ITEM', 'right', 1, 'kind', '2', 'price > 100'), ('ITEM', 'right', 2, 'kind', '1', null);
