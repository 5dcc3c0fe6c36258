create or replace function sync_private.before_text(p_table regclass, p_columns text[], p_alias text) returns text
language sql stable as $$
    with part as (
        select c.n, c.name, a.attgenerated = 'v' as is_virtual,
               (select pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attrdef d
                 where d.adrelid = a.attrelid and d.adnum = a.attnum) as expression
          from unnest(p_columns) with ordinality as c (name, n)
          left join pg_catalog.pg_attribute a on a.attrelid = p_table and a.attname = c.name
    ), stored (list) as (
        select string_agg(format('%s.%I', p_alias, a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a
         where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
    )
    -- A transition table has no virtual column: its expression, which uses bare names, is computed from the others.
    select format('array[%s]', string_agg(
               case when p.is_virtual and p_alias is null then format('(%s)::text', p.expression)
                    when p.is_virtual then format('(select (%s)::text from (select %s) g)', p.expression, s.list)
                    else format('%s%I::text', p_alias || '.', p.name) end, ', ' order by p.n))
      from part p cross join stored s
    having count(*) > 0
$$;
comment on function sync_private.before_text(regclass, text[], text) is
    'SQL text of an entry''s before: the watched columns as an array of texts; null when there are none. Alias null: columns by their bare names.';
