create or replace function sync.request_full_sync(p_mapping text default null) returns bigint
language plpgsql
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' set search_path = pg_catalog, pg_temp as $$
declare
    v_stream record;
    v_count bigint;
    v_total bigint := 0;
begin
    if p_mapping is not null then
        perform sync_private.get_mapping(p_mapping);
    end if;
    for v_stream in
        select s.mapping_name, s.side, m.direction, m.full_sync = 'update' as is_update, t.oid::regclass as table_oid,
               sync_private.key_columns(t.oid, s.key_text, s.mapping_name) as key,
               case m.update_conflict when 'right_wins' then 'right' else 'left' end as leading
          from sync_private.stream(p_mapping) s
          join sync.table_mapping m on m.mapping_name = s.mapping_name
         cross join lateral (select sync_private.resolve_table(s.table_name, s.mapping_name)) as t (oid)
         where s.role = 'record' and s.is_full and (p_mapping is not null or m.is_enabled)
         order by s.mapping_name, s.side
    loop
        execute format($f$
            insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)
            select $1, $2, k.key, 'create', $3, session_user
              from (select %1$s from %2$s r where %3$s) as k (key)
             -- A couple is looked at once, from the side that leads: the left, unless the right wins conflicts.
             where (%4$L::boolean or not exists (select from sync.coupling c where c.mapping_name = $1 and c.%5$I = k.key))
               and (not %6$L::boolean or exists (select from sync.coupling c where c.mapping_name = $1 and c.%5$I = k.key))
        $f$, sync_private.key_text(v_stream.key, 'r'), v_stream.table_oid,
            sync_private.key_is_set(v_stream.table_oid, v_stream.key, 'r'),
            v_stream.direction <> 'both' or v_stream.side = v_stream.leading,
            v_stream.side || '_key', v_stream.is_update)
        using v_stream.mapping_name, v_stream.side, sync_private.newest_layout(v_stream.mapping_name, v_stream.side);
        get diagnostics v_count = row_count;
        v_total := v_total + v_count;
        perform sync_private.ring(v_stream.mapping_name);
    end loop;
    return v_total;
end $$;
comment on function sync.request_full_sync(text) is
    'Lets the next pass look at every row of a mapping, or of all enabled mappings, and create what is missing, coupled_only or not, unless its full_sync is update; of a couple of a mapping with direction both, the row of the side that leads: the left, unless update_conflict is right_wins. Returns how many rows.';
