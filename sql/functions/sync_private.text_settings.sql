create or replace function sync_private.text_settings(p_types oid[]) returns text[]
language sql stable as $$
    -- "offset 0" and the array look each type up by index: there are few, whatever the planner thinks of a recursion.
    with recursive part (type_id) as (
        select unnest(p_types)
        union
        select x.type_id
          from part p
         cross join lateral (select t.* from pg_catalog.pg_type t where t.oid = p.type_id offset 0) t
         cross join lateral (
              select t.typelem union all select t.typbasetype
              union all select r.rngsubtype from pg_catalog.pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)
              union all select a.atttypid from pg_catalog.pg_attribute a
                         where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
              ) as x (type_id)
         where x.type_id <> 0
    ), base as (
        -- A type from elsewhere may print anything: it gets all settings.
        select t.oid as type_id, t.typnamespace <> 'pg_catalog'::regnamespace and t.typtype = 'b' and t.typelem = 0 as is_foreign
          from pg_catalog.pg_type t where t.oid = any (array(select p.type_id from part p))
    )
    select coalesce(array_agg(s.clause order by s.clause), '{}')
      from (values
            ('DateStyle = ISO, YMD', array['date', 'timestamp', 'timestamptz']::regtype[]::oid[]),
            ('IntervalStyle = postgres', array['interval']::regtype[]::oid[]),
            ('TimeZone = ''UTC''', array['timestamptz']::regtype[]::oid[]),
            ('bytea_output = hex', array['bytea']::regtype[]::oid[]),
            ('extra_float_digits = 1', array['float4', 'float8', 'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle']::regtype[]::oid[]),
            ('lc_monetary = ''C''', array['money']::regtype[]::oid[])
           ) as s (clause, types)
     where exists (select from base b where b.is_foreign or b.type_id = any (s.types))
$$;
comment on function sync_private.text_settings(oid[]) is
    'Settings under which values of these types always have the same text; only those that matter to them.';
