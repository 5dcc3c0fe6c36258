create or replace function sync_private.forget_mapping() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    delete from sync_private.capture_state t where t.mapping_name = old.mapping_name;
    perform sync_private.refresh_tables(old.mapping_name);
    delete from sync_private.layout t where t.mapping_name = old.mapping_name;
    delete from sync.outbox t where t.mapping_name = old.mapping_name;
    delete from sync.parked t where t.mapping_name = old.mapping_name;
    update sync.conflict t set resolution = 'uncoupled', resolved_at = now(), resolved_by = session_user
     where t.mapping_name = old.mapping_name and t.resolved_at is null;
    return null;
end $$;
comment on function sync_private.forget_mapping() is
    'Row trigger on sync.table_mapping: takes the triggers and the waiting entries of a deleted mapping away.';
