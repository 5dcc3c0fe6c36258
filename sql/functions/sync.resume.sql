create or replace function sync.resume(p_mapping text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.table_mapping m set is_paused = false where m.mapping_name = p_mapping and m.is_paused is distinct from false;
end $$;
comment on function sync.resume(text) is 'Lets passes take a mapping up again after sync.pause.';
