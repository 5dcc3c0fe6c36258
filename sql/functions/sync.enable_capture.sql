create or replace function sync.enable_capture(p_mapping text default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_name text;
begin
    if p_mapping is not null then
        perform sync_private.set_capture(p_mapping, true);
        return;
    end if;
    for v_name in select m.mapping_name from sync.table_mapping m where m.is_enabled order by 1 loop
        perform sync_private.set_capture(v_name, true);
    end loop;
end $$;
comment on function sync.enable_capture(text) is
    'Puts capture triggers on the tables of a mapping, or of all enabled mappings; safe to repeat.';
