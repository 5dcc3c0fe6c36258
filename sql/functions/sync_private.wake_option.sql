create or replace function sync_private.wake_option() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_woken text[];
begin
    with woken as (
        update sync.parked p set waits_for_mapping = null, waits_for_key = null, next_attempt_at = null
         where p.reason = 'option' and p.waits_for_mapping in (select n.option_set from sync_new n)
        returning p.*
    ), back as (
        insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, origin, hop, captured_at, captured_by)
        select w.mapping_name, w.side, w.record_key, 'retry', coalesce(l.layout_no, 0),
               w.origin, w.hop, w.captured_at, w.captured_by
          from woken w
          left join sync_private.layout_in_use l on l.mapping_name = w.mapping_name and l.side = w.side
        returning mapping_name
    )
    select coalesce(array_agg(distinct b.mapping_name), '{}') into v_woken from back b;
    perform sync_private.ring(variadic v_woken);
    return null;
end $$;
comment on function sync_private.wake_option() is
    'Trigger on sync.option_mapping: wakes the parked records that wait for a value of a changed option set.';
