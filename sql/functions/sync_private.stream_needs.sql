create or replace function sync_private.stream_needs(
    p_mapping text, p_side text, out rekey boolean, out truncate boolean, out unknown boolean, out due boolean)
language plpgsql stable
-- An empty outbox when the plan is made must not leave a scan of the whole outbox behind for a full one.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
begin
    -- The order makes the partial index the only way.
    rekey := (select o.entry_id from sync.outbox o
               where o.mapping_name = p_mapping and o.side = p_side and o.new_key is not null
               order by o.entry_id limit 1) is not null;
    truncate := (select o.entry_id from sync.outbox o
                  where o.mapping_name = p_mapping and o.side = p_side and o.record_key = '' and o.operation = 'truncate'
                  limit 1) is not null;
    unknown := (select o.entry_id from sync.outbox o
                 where o.mapping_name = p_mapping and o.side = p_side and o.record_key = '' and o.operation = 'rekey'
                   and o.new_key is null
                 limit 1) is not null;
    due := (select p.entry_id from sync.parked p
             where p.next_attempt_at <= now() and p.mapping_name = p_mapping and p.side = p_side
             limit 1) is not null;
end $$;
comment on function sync_private.stream_needs(text, text) is
    'Whether a stream has changed keys to follow, truncates to expand, changes under unknown keys, or parked records that are due; quick at any backlog.';
