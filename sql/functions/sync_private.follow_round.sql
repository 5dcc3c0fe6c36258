create or replace function sync_private.follow_round(p_mapping text, p_side text, p_entries bigint[]) returns void
language plpgsql
-- Only the index is right both for an empty outbox and for a full one, and a plan made for the one may meet the other.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_nestloop = on as $$
declare
    v_free text[];      -- old keys whose couple moves, and
    v_new text[];       -- their new keys, and
    v_upto bigint[];    -- the entry of the change
    v_taken bigint[];
    v_own_old text[];   -- the same for keys that the mapping's own pass moved onto a coupled one:
    v_own_new text[];   -- the record that had it is deleted, or the row would not have moved there
    v_own_upto bigint[];
begin
    select array_agg(o.record_key) filter (where c.key is null), array_agg(o.new_key) filter (where c.key is null),
           array_agg(o.entry_id) filter (where c.key is null), array_agg(o.entry_id) filter (where c.key is not null and o.origin is distinct from p_mapping),
           array_agg(o.record_key) filter (where c.key is not null and o.origin = p_mapping),
           array_agg(o.new_key) filter (where c.key is not null and o.origin = p_mapping),
           array_agg(o.entry_id) filter (where c.key is not null and o.origin = p_mapping)
      into v_free, v_new, v_upto, v_taken, v_own_old, v_own_new, v_own_upto
      from sync.outbox o
      left join lateral (
           select c.left_key as key from sync.coupling c
            where p_side = 'left' and c.mapping_name = p_mapping and c.left_key = o.new_key
            union all
           select c.right_key from sync.coupling c
            where p_side = 'right' and c.mapping_name = p_mapping and c.right_key = o.new_key
           offset 0) c on true
     where o.mapping_name = p_mapping and o.side = p_side and o.new_key is not null and o.entry_id = any (p_entries);
    if v_taken is not null then
        perform sync_private.degrade_rekeys(p_mapping, p_side, v_taken);
    end if;
    if v_own_old is not null then
        perform sync_private.exchange_keys(p_mapping, p_side, v_own_old, v_own_new, v_own_upto);
    end if;
    if v_free is not null then
        perform sync_private.move_keys(p_mapping, p_side, v_free, v_new, v_upto);
    end if;
end $$;
comment on function sync_private.follow_round(text, text, bigint[]) is
    'Follows changed keys that have no key in common: a couple moves to a new key that is free; a taken one is looked at as two changed records, or given up by its deleted record when the pass itself moved a row onto it.';
