create or replace function sync_private.columns_now(p_columns text[]) returns text
language sql immutable return
    format('(select count(*) from pg_attribute a where a.attrelid = tg_relid and a.attnum > 0 and a.attname = any (%L)) = %s',
           p_columns::name[], cardinality(p_columns));
comment on function sync_private.columns_now(text[]) is
    'SQL text of the condition, for a row-level trigger, that its table has these columns.';
