create or replace function sync_private.follow_layout(p_mapping text) returns void
language sql as $$
    -- A name that still is a column stays: then the column has been replaced, not renamed.
    update sync_private.layout l set columns = k.columns
      from (select o.mapping_name, o.side, o.layout_no, array_agg(coalesce(a.attname::text, c.name) order by c.n) as columns,
                   bool_or(a.attname is not null) as is_renamed
              from sync_private.layout o
              join sync_private.stream(p_mapping) s on s.mapping_name = o.mapping_name and s.side = o.side and s.role = 'record'
             cross join unnest(o.columns, o.attnums) with ordinality as c (name, attnum, n)
              left join pg_catalog.pg_attribute a
                on a.attrelid = o.table_oid and a.attnum = c.attnum and not a.attisdropped and a.attname <> all (o.columns)
               and not exists (select from pg_catalog.pg_attribute b
                                where b.attrelid = o.table_oid and b.attname = c.name and b.attnum > 0)
             where o.table_oid = sync_private.find_table(s.table_name)
             group by o.mapping_name, o.side, o.layout_no) k
     where k.is_renamed and l.mapping_name = k.mapping_name and l.side = k.side and l.layout_no = k.layout_no
$$;
comment on function sync_private.follow_layout(text) is
    'Gives renamed columns their new names in the layouts of a mapping, so that waiting entries keep their old values.';
