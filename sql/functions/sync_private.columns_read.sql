create or replace function sync_private.columns_read(p_table regclass, p_columns text[]) returns text[]
language sql stable as $$
    select array_agg(c.name order by c.name)
      from (select a.attname::text from pg_catalog.pg_attribute a
             where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
               and exists (select from pg_catalog.pg_attribute v
                            where v.attrelid = p_table and v.attgenerated = 'v' and v.attname = any (p_columns))
             union
            select w from unnest(p_columns) w
             where not exists (select from pg_catalog.pg_attribute v
                                where v.attrelid = p_table and v.attgenerated = 'v' and v.attname = w)) c (name)
$$;
comment on function sync_private.columns_read(regclass, text[]) is
    'Columns of a transition table that give the values of these columns: a virtual one is computed from any of the others.';
