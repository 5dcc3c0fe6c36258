create or replace function sync_private.find_table(p_table text) returns regclass
language plpgsql stable strict as $$
declare
    v_name text[];
begin
    -- Not to_regclass: it consults the search path, and fails where the caller may not use the schema.
    v_name := pg_catalog.parse_ident(p_table);
    return (select c.oid::regclass from pg_catalog.pg_class c
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where pg_catalog.cardinality(v_name) = 2 and n.nspname = v_name[1] and c.relname = v_name[2]
               and c.relkind in ('r', 'p', 'v', 'm', 'f'));
exception when invalid_parameter_value then
    return null;
end $$;
comment on function sync_private.find_table(text) is
    'The table or view that a mapping row names as schema.table; null when there is none.';
