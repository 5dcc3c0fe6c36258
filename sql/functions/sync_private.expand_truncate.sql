create or replace function sync_private.expand_truncate(p_mapping text, p_side text) returns void
language plpgsql
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' as $$
declare
    v_entry sync.outbox;
    v_text text;
begin
    -- Several at once (a partitioned table notes one per partition) say no more than the first.
    select o.* into v_entry from sync.outbox o
     where o.mapping_name = p_mapping and o.side = p_side and o.record_key = '' and o.operation = 'truncate'
     order by o.entry_id limit 1;
    v_text := sync_private.record_text(p_mapping, p_side, 'r');
    -- A view's rows may still be there and read otherwise, so they are looked at as well.
    execute format($f$
        insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, origin, hop, xid, captured_at, captured_by)
        select $1, $2, c.key, case when r.key is null then 'delete' else 'update' end, $3, $4, $5, $6, $7, $8
          from (select c.%1$I as key from sync.coupling c where c.mapping_name = $1) c
          left join (%2$s) r (key) on r.key = c.key
         where r.key is null or %3$L::boolean
    $f$, p_side || '_key', v_text,
        exists (select from sync_private.stream(p_mapping) s where s.side = p_side and s.role = 'source'))
    using p_mapping, p_side, sync_private.newest_layout(p_mapping, p_side),
        v_entry.origin, v_entry.hop, v_entry.xid, v_entry.captured_at, v_entry.captured_by;
    delete from sync.outbox o
     where o.mapping_name = p_mapping and o.side = p_side and o.record_key = '' and o.operation = 'truncate';
end $$;
comment on function sync_private.expand_truncate(text, text) is
    'Turns a truncate entry into a delete entry for each coupled record that is not there any more.';
