create or replace function sync_private.capture_definition(p_table regclass)
returns table (event text, function_name text, body text, settings text[], trigger_sql text, hash text)
language sql stable as $$
    -- What the events have in common is looked up once: this runs for every table whenever somebody asks how capture stands.
    with stream as materialized (
        select * from sync_private.capture_stream(p_table)
    ), event (event, is_keyed) as (
        values ('insert', true), ('update', false), ('delete', false), ('truncate', true), ('key', false)
    ), setting as materialized (
        select k.is_keyed,
               (select sync_private.text_settings(array_agg(distinct a.atttypid))
                  from pg_catalog.pg_attribute a, stream s
                 where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
                   and (a.attname = any (s.key) or (not k.is_keyed and s.role = 'record' and a.attname = any (s.columns)))
               ) as settings
          from (values (true), (false)) k (is_keyed)
    ), made as materialized (
        select e.*, sync_private.capture_body(p_table, e.event, k.steps, k.mappings) as body, c.relkind = 'p' as is_paired, k.is_source
          from event e
          join pg_catalog.pg_class c on c.oid = p_table
         cross join lateral (
              select string_agg(sync_private.capture_step(p_table, e.event, c.relkind = 'p', s.mapping_name, s.side, s.role,
                                                          s.is_full, s.key, s.columns, s.layout_no),
                                '' order by s.mapping_name, s.side, s.role) as steps,
                     array_agg(distinct s.mapping_name) as mappings, bool_or(s.role = 'source') as is_source
                from stream s) k
         where exists (select from stream)
           and case e.event
                   when 'insert' then exists (select from stream s where s.is_full)
                   when 'update' then exists (select from stream s where s.is_full or c.relkind = 'p' or s.role = 'source')
                   when 'key' then c.relkind <> 'p' and exists (select from stream s where s.role = 'record')
                   else true end
    ), part as materialized (
        select m.event, format('capture_%s_%s', p_table::oid, m.event) as function_name, m.body, t.settings,
               case m.event
                   when 'insert' then 'after insert on %s referencing new table as sync_new for each statement'
                   when 'update' then 'after update on %s referencing old table as sync_old'
                        || case when m.is_paired or m.is_source then ' new table as sync_new' else '' end || ' for each statement'
                   when 'delete' then 'after delete on %s referencing old table as sync_old for each statement'
                   when 'truncate' then 'after truncate on %s for each statement'
                   else sync_private.key_trigger(p_table, (select array_agg(k) from stream s, unnest(s.key) k where s.role = 'record'))
               end as trigger_sql
          from made m
          join setting t on t.is_keyed = m.is_keyed
    )
    select p.event, p.function_name, p.body, p.settings, p.trigger_sql,
           format('pysync capture %s %s', md5(p.trigger_sql), md5(concat(p.body, p.settings::text)))
      from part p
$$;
comment on function sync_private.capture_definition(regclass) is
    'The capture functions and triggers that a table must have now, with a hash of each; no row when nothing captures it.';
