create or replace function sync_private.bump_system_revision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    -- The integration role stands in the capture functions.
    update sync.table_mapping m set revision = m.revision + 1
     where m.mapping_name in (
           select s.mapping_name from sync_private.stream() s
             join pg_catalog.pg_class c on c.oid = sync_private.find_table(s.table_name)
            where c.relnamespace::regnamespace in (to_regnamespace(quote_ident(old.schema_name)), to_regnamespace(quote_ident(new.schema_name))));
    return null;
end $$;
comment on function sync_private.bump_system_revision() is
    'Row trigger on sync.system: raises the revision of the mappings with tables in the system''s schema.';
