create or replace function sync_private.streams_with_work() returns table (mapping_name text, side text)
language sql stable
-- Of a queue that was empty a moment ago, or whose entries are all of one stream, statistics promise that any scan is short.
set enable_seqscan = off set enable_bitmapscan = off as $$
    select m.mapping_name, s.side
      from sync.table_mapping m
     cross join (values ('left'), ('right')) as s (side)
     where m.is_enabled and not m.is_paused
       -- Not `exists`: that may be answered by reading all of the queue once.
       and ((select true from sync.outbox o where o.mapping_name = m.mapping_name and o.side = s.side limit 1)
            or (m.mapping_name, s.side) in (select p.mapping_name, p.side from sync.parked p where p.next_attempt_at <= now()))
$$;
comment on function sync_private.streams_with_work() is
    'Streams of running mappings that have a waiting entry or a parked one that is due.';
