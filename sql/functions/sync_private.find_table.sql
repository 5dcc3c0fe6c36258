create or replace function sync_private.find_table(p_table text) returns regclass
language plpgsql stable strict set search_path = '' as $$
begin
    -- One part would be looked up in pg_catalog, three would name a database.
    return case when cardinality(parse_ident(p_table)) = 2 then to_regclass(p_table) end;
exception when invalid_parameter_value or invalid_name or invalid_schema_name then
    return null;
end $$;
comment on function sync_private.find_table(text) is
    'The table or view that a mapping row names as schema.table; null when there is none.';
