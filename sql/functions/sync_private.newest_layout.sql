create or replace function sync_private.newest_layout(p_mapping text, p_side text) returns integer
language sql stable as $$
    select coalesce(max(l.layout_no), 0) from sync_private.layout l
     where l.mapping_name = p_mapping and l.side = p_side
$$;
comment on function sync_private.newest_layout(text, text) is 'Number of a stream''s layout in use; 0: it was never captured.';
