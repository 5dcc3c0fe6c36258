create or replace view sync.journal as
select j.pass_id, j.mapping_name, j.direction, j.action, v.record_key, v.target_key,
       j.columns[(v.n - 1) % cardinality(j.columns) + 1] as column_name, v.old_value, v.new_value,
       v.captured_by, j.written_at
  from sync_private.journal j
 -- Side by side in one order: joined by number, a thousand records would be compared with all their fields.
 cross join lateral rows from (
       unnest(j.old_values), unnest(j.new_values), sync_private.repeat_each(j.record_keys, cardinality(j.columns)),
       sync_private.repeat_each(j.target_keys, cardinality(j.columns)), sync_private.repeat_each(j.captured_by, cardinality(j.columns)))
       with ordinality as v (old_value, new_value, record_key, target_key, captured_by, n)
 where j.action <> 'update' or v.old_value is distinct from v.new_value;
comment on view sync.journal is
    'What passes wrote over, so that pysync undo can put it back: one row per field written, or per column of a row deleted. Kept for the setting keep_days.';
comment on column sync.journal.pass_id is 'Pass that wrote.';
comment on column sync.journal.mapping_name is 'Mapping.';
comment on column sync.journal.direction is 'to_right: the right table was written; to_left: the left one.';
comment on column sync.journal.action is
    'update, delete, or insert (into a view only: rows created in tables are known by their coupling).';
comment on column sync.journal.record_key is 'Key of the record the value came from.';
comment on column sync.journal.target_key is 'Key of the row written, as it was before.';
comment on column sync.journal.column_name is 'Column of the written table.';
comment on column sync.journal.old_value is 'Value before, as text.';
comment on column sync.journal.new_value is 'Value written, as text; null for a delete.';
comment on column sync.journal.captured_by is 'Role whose change it was.';
comment on column sync.journal.written_at is 'Start of the transaction that wrote.';
