create or replace function sync_private.key_condition(p_table regclass, p_key text[]) returns text
language sql stable as $$
    -- Compared in the column's own type, so that its index serves.
    select string_agg(format('r.%I = (%s)::%s', a.attname,
                             case when cardinality(p_key) = 1 then '$1' else format('$1::jsonb ->> %s', k.n - 1) end,
                             format_type(a.atttypid, -1)), ' and ')
      from unnest(p_key) with ordinality as k (name, n)
      join pg_catalog.pg_attribute a on a.attrelid = p_table and a.attname = k.name
$$;
comment on function sync_private.key_condition(regclass, text[]) is
    'SQL text of the condition that row r has the record key $1.';
