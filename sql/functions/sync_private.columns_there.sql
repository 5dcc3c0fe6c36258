create or replace function sync_private.columns_there(p_table regclass, p_columns text[]) returns text
language sql stable as $$
    select format('sync_private.has_columns(%s, %L, %L)', p_table::oid, format('%I.%I', n.nspname, c.relname), p_columns)
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.oid = p_table
$$;
comment on function sync_private.columns_there(regclass, text[]) is
    'SQL text of the condition that a table still has these columns; a constant once planned.';
