create or replace function sync_private.move_keys(
    p_mapping text, p_side text, p_old text[], p_new text[], p_upto bigint[])
returns void language plpgsql
-- Only the index is right both for an empty outbox and for a full one, and a plan made for the one may meet the other.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_nestloop = on as $$
begin
    perform sync_private.move_coupling(p_mapping, p_side, p_old, p_new);
    perform sync_private.move_parked(p_mapping, p_side, p_old, p_new, p_upto);
    -- What waits under a new key from before the change was about a former, uncoupled record: no base for this one.
    delete from sync.outbox o
     using (select e.ctid as row_id
              from unnest(p_new, p_upto) as k (new_key, upto)
             cross join lateral (select e.ctid from sync.outbox e
                                  where e.mapping_name = p_mapping and e.side = p_side
                                    and e.record_key = k.new_key and e.entry_id < k.upto and e.new_key is null
                                 offset 0) e) m
     where o.ctid = m.row_id;
    -- "offset 0" looks each key up by index, whatever the statistics say.
    update sync.outbox o
       set record_key = m.new_key, new_key = null,
           -- A key that the mapping's own pass changed only moves the couple: there is nothing to send back.
           operation = case when o.entry_id <> m.upto then o.operation when o.origin = p_mapping then 'retry' else 'update' end,
           before = case when o.entry_id = m.upto and o.origin = p_mapping then null else o.before end
      from (select k.new_key, k.upto, e.ctid as row_id
              from unnest(p_old, p_new, p_upto) as k (old_key, new_key, upto)
             cross join lateral (select e.ctid from sync.outbox e
                                  where e.mapping_name = p_mapping and e.side = p_side
                                    and e.record_key = k.old_key and e.entry_id <= k.upto offset 0) e) m
     where o.ctid = m.row_id;
    perform sync_private.wake_keys(p_mapping, p_side, p_new);
end $$;
comment on function sync_private.move_keys(text, text, text[], text[], bigint[]) is
    'Moves couples, parked records, open conflicts and entries up to the change from old keys to new keys of one side.';
