create or replace function sync_private.record_text(p_mapping text, p_side text, p_alias text) returns text
language sql stable as $$
    select format('select %s from %s %s', sync_private.key_text(k.key, p_alias), t.oid, p_alias)
      from sync_private.stream(p_mapping) s
     cross join lateral (select sync_private.resolve_table(s.table_name, p_mapping)) as t (oid)
     cross join lateral (select sync_private.key_columns(t.oid, s.key_text, p_mapping)) as k (key)
     where s.side = p_side and s.role = 'record'
$$;
comment on function sync_private.record_text(text, text, text) is 'SQL text that reads the keys of all records of one side.';
