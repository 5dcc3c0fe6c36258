create or replace function sync_private.move_parked(
    p_mapping text, p_side text, p_old text[], p_new text[], p_upto bigint[])
returns void language plpgsql set enable_seqscan = on set enable_hashjoin = on as $$
begin
    perform from sync.parked p where p.mapping_name = p_mapping limit 1;
    if not found then
        return;
    end if;
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
end $$;
comment on function sync_private.move_parked(text, text, text[], text[], bigint[]) is
    'Gives parked records, and those parked on the other side of their couples, the new keys of one side.';
