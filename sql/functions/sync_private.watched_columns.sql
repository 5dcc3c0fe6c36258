create or replace function sync_private.watched_columns(
    p_mapping sync.table_mapping, p_side text, p_table regclass, p_key text[])
returns text[] language sql stable as $$
    with text_over_row (sql_text) as (
        select lower(t) from unnest(
            case p_side
                when 'left' then array[p_mapping.left_filter, p_mapping.left_modified_at, p_mapping.right_new_key]
                else array[p_mapping.right_filter, p_mapping.right_modified_at, p_mapping.left_new_key]
            end) t
        union all
        select lower(t)
          from sync.field_mapping f,
               unnest(case p_side when 'left' then array[f.to_right, f.left_filter] else array[f.to_left, f.right_filter] end) t
         where f.mapping_name = p_mapping.mapping_name and f.is_enabled
        union all
        select lower(t) from sync.insert_default d, unnest(array[d.value, d.source_filter]) t
         where d.mapping_name = p_mapping.mapping_name and d.side <> p_side
    ), mapped (name) as (
        select case p_side when 'left' then f.left_column else f.right_column end
          from sync.field_mapping f
         where f.mapping_name = p_mapping.mapping_name and f.is_enabled and sync_private.is_source(f.direction, p_side)
    )
    select coalesce(array_agg(c.name order by c.attnum, c.name), '{}')
      from (select a.attname::text, a.attnum
              from pg_catalog.pg_attribute a
             where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
               and (a.attname = any (p_key)
                    or exists (select from mapped m where m.name = a.attname)
                    -- Too much is harmless here, too little is not: a name inside another word counts.
                    or exists (select from text_over_row t
                                where strpos(t.sql_text, lower(a.attname)) > 0
                                   or strpos(t.sql_text, lower(replace(a.attname, '"', '""'))) > 0))
             union all
            -- While the mapping names a column that is not there, nobody knows what changes under another name:
            -- no entry gets a before.
            select distinct m.name, null::smallint from mapped m
             where m.name is not null
               and not exists (select from pg_catalog.pg_attribute a
                                where a.attrelid = p_table and a.attname = m.name and a.attnum > 0)) c (name, attnum)
     where sync_private.is_source(p_mapping.direction, p_side)
$$;
comment on function sync_private.watched_columns(sync.table_mapping, text, regclass, text[]) is
    'Columns whose old values a stream''s entries hold: keys, mapped columns (there or not), and all that its SQL texts mention; none when the side is no source.';
