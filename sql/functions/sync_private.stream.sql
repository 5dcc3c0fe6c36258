create or replace function sync_private.stream(p_mapping text default null)
returns table (mapping_name text, side text, role text, table_name text, key_text text[], is_full boolean)
-- Views call it, by its body: a search path of its own would make it slow, so names that could be another's say their schema.
language sql stable as $$
    with side as (
        select m.mapping_name, m.direction, v.*
          from sync.table_mapping m
         cross join lateral (values ('left', m.left_table, m.left_key), ('right', m.right_table, m.right_key))
               as v (side, table_name, key)
         where p_mapping is null or m.mapping_name = p_mapping
    )
    select s.mapping_name, s.side, 'record', s.table_name, s.key, sync_private.is_source(s.direction, s.side)
      from side s
    union all
    -- The whole expression may be one odd column name; else it is a list.
    select s.mapping_name, s.side, 'source', c.table_name,
           case when exists (select from pg_catalog.pg_attribute a
                              where a.attrelid = sync_private.find_table(c.table_name) and a.attname = c.key_expression)
                then array[c.key_expression]
                else (select pg_catalog.array_agg(btrim(k) order by n)
                        from pg_catalog.regexp_split_to_table(c.key_expression, ',') with ordinality as t (k, n)) end,
           sync_private.is_source(s.direction, s.side)
      from side s
      join sync.capture_source c on c.mapping_name = s.mapping_name and c.side = s.side
$$;
comment on function sync_private.stream(text) is
    'The tables of each stream: the one that holds its records, and those its view reads (role source); key_text null: the primary key.';
