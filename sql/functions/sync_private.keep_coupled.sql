create or replace function sync_private.keep_coupled() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.hold_mapping(old.mapping_name);
    if exists (select from sync.coupling c where c.mapping_name = old.mapping_name) then
        perform sync_private.fail('SY012', format('mapping "%s" still has couplings', old.mapping_name),
            'Deleting it would forget which records belong together.',
            format('End them first: select sync.uncouple(%L)', old.mapping_name));
    end if;
    return old;
end $$;
comment on function sync_private.keep_coupled() is
    'Row trigger on sync.table_mapping: refuses to delete a mapping that still has couplings.';
