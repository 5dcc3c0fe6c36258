create or replace function sync.disable_capture(p_mapping text default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_name text;
begin
    if p_mapping is not null then
        perform sync_private.set_capture(p_mapping, false);
        return;
    end if;
    for v_name in select e.mapping_name from sync_private.capture_state e where e.is_enabled order by 1 loop
        perform sync_private.set_capture(v_name, false);
    end loop;
end $$;
comment on function sync.disable_capture(text) is
    'Takes the capture triggers of a mapping, or of all mappings, away; entries that wait stay.';
