create or replace function sync_private.capture_stream(p_table regclass)
returns table (mapping_name text, side text, role text, is_full boolean, key text[], columns text[], layout_no integer)
language sql stable as $$
    select s.mapping_name, s.side, s.role, s.is_full,
           sync_private.key_columns(p_table, s.key_text, s.mapping_name),
           coalesce(l.columns, '{}'), coalesce(l.layout_no, 0)
      from sync_private.capture_state e
      join sync.table_mapping m on m.mapping_name = e.mapping_name
     cross join lateral sync_private.stream(e.mapping_name) s
      left join sync_private.layout l on l.mapping_name = s.mapping_name and l.side = s.side
                and l.layout_no = sync_private.newest_layout(s.mapping_name, s.side)
     where e.is_enabled and m.is_enabled
       -- To read a name is dear, a subtransaction each, and this runs for every table of every mapping: only likely ones.
       and strpos(lower(replace(s.table_name, '""', '"') collate "C"),
                  (select lower(c.relname::text collate "C") from pg_catalog.pg_class c where c.oid = p_table)) > 0
       and sync_private.find_table(s.table_name) = p_table
     order by s.mapping_name, s.side, s.role
$$;
comment on function sync_private.capture_stream(regclass) is
    'Streams whose capture is on and that a table belongs to, with key, watched columns and layout.';
