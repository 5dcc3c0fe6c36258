create or replace function sync_private.wake_keys(p_mapping text, p_side text, p_keys text[]) returns void
language sql
-- The table is empty nearly always and full sometimes: only the index is right both times.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    with woken as (
        update sync.parked p set waits_for_mapping = null, waits_for_key = null, next_attempt_at = null
          from (select e.ctid as row_id from unnest(p_keys) k
                 cross join lateral (select e.ctid from sync.parked e
                                      where e.waits_for_mapping = p_mapping and e.waits_for_key = k and e.side = p_side
                                      offset 0) e) m
         where p.ctid = m.row_id
        returning p.*
    ), back as (
        insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, origin, hop, captured_at, captured_by)
        select w.mapping_name, w.side, w.record_key, 'retry', coalesce(l.layout_no, 0),
               w.origin, w.hop, w.captured_at, w.captured_by
          from woken w
          left join sync_private.layout_in_use l on l.mapping_name = w.mapping_name and l.side = w.side
        returning mapping_name
    )
    -- Another watcher may be the one that works on these mappings.
    select sync_private.ring(variadic array(select distinct b.mapping_name from back b))
$$;
comment on function sync_private.wake_keys(text, text, text[]) is
    'Puts a retry entry into the outbox for each parked record that waits for the coupling of one of these keys.';
