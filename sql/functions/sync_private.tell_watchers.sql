create or replace function sync_private.tell_watchers() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_notify('pysync', '');
    return null;
end $$;
comment on function sync_private.tell_watchers() is
    'Statement trigger on sync.table_mapping and sync.schedule: mappings come, go, are paused or resumed, and watchers look at once.';
