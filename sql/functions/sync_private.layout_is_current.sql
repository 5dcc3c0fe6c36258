create or replace function sync_private.layout_is_current(p_mapping text, p_side text, p_table regclass) returns boolean
language sql stable as $$
    select exists (
        select from sync_private.stream(p_mapping) s
          join sync.table_mapping m on m.mapping_name = s.mapping_name
          join sync_private.layout l on l.mapping_name = s.mapping_name and l.side = s.side
         where s.side = p_side and s.role = 'record'
           and l.layout_no = sync_private.newest_layout(p_mapping, p_side)
           and l.columns = sync_private.watched_columns(m, p_side, p_table,
                               sync_private.key_columns(p_table, s.key_text, p_mapping)))
$$;
comment on function sync_private.layout_is_current(text, text, regclass) is
    'Whether the newest layout of a stream lists the columns that the mapping watches now.';
