create or replace function sync_private.capture_tables(p_mapping text) returns setof regclass
language sql stable as $$
    -- Both the tables the mapping has now and those whose functions still write for it.
    select sync_private.find_table(s.table_name) from sync_private.stream(p_mapping) s
     where sync_private.find_table(s.table_name) is not null
    union
    select c.table_name from sync_private.capture_trigger c
      join pg_catalog.pg_class t on t.oid = c.table_name
     where strpos(c.body, format('select %L, ', p_mapping)) > 0
       and not exists (select from pg_catalog.pg_inherits i
                         join sync_private.capture_trigger r on r.table_name = i.inhparent and r.function_name = c.function_name
                        where i.inhrelid = t.oid)
$$;
comment on function sync_private.capture_tables(text) is
    'Tables that carry or must carry capture triggers of a mapping.';
