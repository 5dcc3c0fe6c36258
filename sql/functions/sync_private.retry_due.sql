create or replace function sync_private.retry_due(p_mapping text, p_side text) returns void
language sql as $$
    with due as (
        update sync.parked p set next_attempt_at = null
         where (p.mapping_name, p.side, p.record_key) in (
               -- What a person just asks for in an open transaction is left for later, and does not hold up the rest.
               select e.mapping_name, e.side, e.record_key from sync.parked e
                where e.mapping_name = p_mapping and e.side = p_side and e.next_attempt_at <= now()
                  for update skip locked)
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
