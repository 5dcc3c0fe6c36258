create or replace function sync.pause(p_mapping text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.table_mapping m set is_paused = true where m.mapping_name = p_mapping and m.is_paused is distinct from true;
end $$;
comment on function sync.pause(text) is 'Holds a mapping: changes are captured and wait until sync.resume.';
