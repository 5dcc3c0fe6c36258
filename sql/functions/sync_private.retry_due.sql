create or replace function sync_private.retry_due(p_mapping text, p_side text) returns void
language sql as $$
    with due as (
        update sync.parked p set next_attempt_at = null
         where p.mapping_name = p_mapping and p.side = p_side and p.next_attempt_at <= now()
        returning p.*
    )
    insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, origin, hop, captured_at, captured_by)
    select d.mapping_name, d.side, d.record_key, 'retry', coalesce(l.layout_no, 0),
           d.origin, d.hop, d.captured_at, d.captured_by
      from due d
      left join sync_private.layout_in_use l on l.mapping_name = d.mapping_name and l.side = d.side
$$;
comment on function sync_private.retry_due(text, text) is
    'Puts a retry entry into the outbox for each parked record of a stream that is due; the parked row stays until a pass takes both.';
