create or replace function sync_private.has_columns(p_oid oid, p_name text, p_columns text[]) returns boolean
-- Not immutable in truth: capture statements depend on the table, so PostgreSQL plans them anew after DDL, and asks again.
language plpgsql immutable as $$
declare
    -- Planning waits for this: the name of the oid is told without a query, and without a right on its schema. The oid
    -- outlives a new name, the name a restored dump, where the oid may be another table's.
    v_table oid := p_oid;
begin
    if p_oid::regclass::text <> p_name then
        v_table := coalesce(
            (select t.tgrelid from pg_catalog.pg_trigger t
               join pg_catalog.pg_proc p on p.oid = t.tgfoid
              where t.tgrelid = p_oid and p.pronamespace = 'sync_private'::regnamespace
                and starts_with(p.proname, format('capture_%s_', p_oid))
              limit 1),
            sync_private.find_table(p_name));
    end if;
    return (select count(*) from pg_catalog.pg_attribute a
             where a.attrelid = v_table and a.attname = any (p_columns::name[]) and a.attnum > 0) = cardinality(p_columns);
end $$;
comment on function sync_private.has_columns(oid, text, text[]) is
    'For capture statements, at planning: whether the table still has all these columns.';
