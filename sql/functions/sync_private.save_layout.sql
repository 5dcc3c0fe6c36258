create or replace function sync_private.save_layout(p_mapping text) returns void
language sql as $$
    insert into sync_private.layout (mapping_name, side, layout_no, columns, table_oid, attnums)
    select s.mapping_name, s.side, sync_private.newest_layout(s.mapping_name, s.side) + 1, c.columns, t.oid,
           array(select a.attnum from unnest(c.columns) with ordinality as w (name, n)
                   left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attname = w.name and a.attnum > 0
                  order by w.n)
      from sync_private.stream(p_mapping) s
      join sync.table_mapping m on m.mapping_name = s.mapping_name
     cross join lateral (select sync_private.resolve_table(s.table_name, s.mapping_name)) as t (oid)
     cross join lateral (select sync_private.watched_columns(m, s.side, t.oid,
                                sync_private.key_columns(t.oid, s.key_text, s.mapping_name))) as c (columns)
     where s.role = 'record'
       and not exists (select from sync_private.layout l
                        where l.mapping_name = s.mapping_name and l.side = s.side and l.columns = c.columns and l.table_oid = t.oid
                          and l.layout_no = sync_private.newest_layout(s.mapping_name, s.side))
$$;
comment on function sync_private.save_layout(text) is
    'Adds a layout for each stream of the mapping whose watched columns or table are not those of its newest layout.';
