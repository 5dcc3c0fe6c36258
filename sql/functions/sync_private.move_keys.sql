create or replace function sync_private.move_keys(
    p_mapping text, p_side text, p_old text[], p_new text[], p_upto bigint[])
returns void language plpgsql
-- Only the index is right both for an empty outbox and for a full one, and a plan made for the one may meet the other.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_nestloop = on as $$
begin
    perform sync_private.move_coupling(p_mapping, p_side, p_old, p_new);
    -- What a former, never coupled record left under the new key goes: its row made room.
    delete from sync.parked p using unnest(p_old, p_new) as k (old_key, new_key)
     where p.mapping_name = p_mapping and p.side = p_side and p.record_key = k.new_key
       and exists (select from sync.parked a
                    where a.mapping_name = p_mapping and a.side = p_side and a.record_key = k.old_key);
    update sync.parked p set record_key = k.new_key
      from unnest(p_old, p_new, p_upto) as k (old_key, new_key, upto)
     where p.mapping_name = p_mapping and p.side = p_side and p.record_key = k.old_key and p.entry_id <= k.upto;
    update sync.parked p set target_key = k.new_key
      from unnest(p_old, p_new) as k (old_key, new_key)
     where p.mapping_name = p_mapping and p.side <> p_side and p.target_key = k.old_key;
    update sync.outbox o
       set record_key = k.new_key, new_key = null,
           operation = case when o.entry_id = k.upto then 'update' else o.operation end
      from unnest(p_old, p_new, p_upto) as k (old_key, new_key, upto)
     where o.mapping_name = p_mapping and o.side = p_side and o.record_key = k.old_key and o.entry_id <= k.upto;
    perform sync_private.wake_keys(p_mapping, p_side, p_new);
end $$;
comment on function sync_private.move_keys(text, text, text[], text[], bigint[]) is
    'Moves couples, parked records, open conflicts and entries up to the change from old keys to new keys of one side.';
