create or replace function sync_private.key_is_set(p_table regclass, p_columns text[], p_alias text) returns text
language sql stable return
    coalesce((select string_agg(format('%s%I is not null', p_alias || '.', a.attname), ' and ' order by a.attnum)
                from pg_catalog.pg_attribute a
               where a.attrelid = p_table and a.attname = any (p_columns) and not a.attisdropped and not a.attnotnull),
             'true');
comment on function sync_private.key_is_set(regclass, text[], text) is
    'SQL condition that no key column of a row is null; rows without a key are not captured. Alias null: columns by their bare names.';
