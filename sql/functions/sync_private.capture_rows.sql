create or replace function sync_private.capture_rows(p_table regclass, p_rows text, p_key text[], p_columns text[])
returns text language sql stable as $$
    with wanted as (
        select sync_private.columns_read(p_table, p_key || coalesce(p_columns, '{}')) as columns
    ), stand_in as (
        -- A name that is no column of the table (any more) is found one level further out, and reads as null:
        -- DDL must never make an application's write fail. What a virtual column is computed from needs its type, a built-in one.
        select string_agg(format('null::%s as %I', case when v.is_read and t.oid is not null then sync_private.type_text(t.oid) else 'text' end, c.name),
                          ', ' order by c.n) as list
          from wanted w
         cross join unnest(w.columns) with ordinality as c (name, n)
         cross join lateral (select exists (select from pg_catalog.pg_attribute g
                                             where g.attrelid = p_table and g.attgenerated = 'v' and g.attname = any (p_columns))) v (is_read)
          left join pg_catalog.pg_attribute a on a.attrelid = p_table and a.attname = c.name and a.attnum > 0
          left join pg_catalog.pg_type t on t.oid = a.atttypid and t.typnamespace = 'pg_catalog'::regnamespace
    )
    select format('(select r.* from (select %s) f cross join lateral (select case when %2$s then %3$s else '''' end,'
                  ' not %2$s or (%4$s), %2$s, %5$s%6$s from %7$I) r (record_key, is_set, is_known, before%8$s))',
                  s.list, sync_private.columns_there(p_table, p_key), sync_private.key_text(p_key, null),
                  sync_private.key_is_set(p_table, p_key, null),
                  case when cardinality(p_columns) > 0
                       then format('case when %s then %s end', sync_private.columns_there(p_table, w.columns),
                                   sync_private.before_text(p_table, p_columns, null))
                       else 'null::text[]' end,
                  case when c.relkind = 'p' then ', row_number() over ()' end, p_rows,
                  case when c.relkind = 'p' then ', row_no' end)
      from stand_in s cross join wanted w
      join pg_catalog.pg_class c on c.oid = p_table
$$;
comment on function sync_private.capture_rows(regclass, text, text[], text[]) is
    'SQL text of a transition table''s rows: record_key (empty when it cannot be read), is_set, is_known, before (null when a watched column is not there); partitioned: row_no.';
