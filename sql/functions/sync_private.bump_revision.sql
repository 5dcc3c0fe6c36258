create or replace function sync_private.bump_revision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_old jsonb := to_jsonb(old);
    v_new jsonb := to_jsonb(new);
begin
    if v_old is not distinct from v_new then
        return null;
    end if;
    -- A renamed mapping brings its rows along; its own row has counted that already.
    perform from sync.table_mapping m where m.mapping_name = v_old ->> 'mapping_name';
    if not found and v_old - 'mapping_name' = v_new - 'mapping_name' then
        return null;
    end if;
    update sync.table_mapping m set revision = m.revision + 1
     where m.mapping_name in (v_old ->> 'mapping_name', v_new ->> 'mapping_name');
    return null;
end $$;
comment on function sync_private.bump_revision() is
    'Row trigger on the tables that hold parts of a mapping: raises the revision of the mapping.';
