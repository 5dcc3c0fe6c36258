create or replace view sync.journal as
select j.pass_id, j.mapping_name, j.direction, j.action, k.record_key, k.target_key,
       j.columns[(v.n - 1) % cardinality(j.columns) + 1] as column_name, v.old_value, v.new_value,
       k.captured_by, j.written_at
  from sync_private.journal j
 cross join lateral unnest(coalesce(j.old_values, array_fill(null::text, array[cardinality(j.new_values)])),
                           coalesce(j.new_values, array_fill(null::text, array[cardinality(j.old_values)])))
       with ordinality as v (old_value, new_value, n)
 cross join lateral (select (v.n - 1) / cardinality(j.columns) + 1) as r (n)
  join lateral unnest(j.record_keys, j.target_keys, j.captured_by)
       with ordinality as k (record_key, target_key, captured_by, n) on k.n = r.n
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
