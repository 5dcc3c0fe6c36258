create or replace function sync_private.move_conflict(p_mapping text, p_side text, p_old text[], p_new text[]) returns void
language plpgsql set enable_seqscan = on set enable_hashjoin = on as $$
begin
    -- Leftovers of an uncoupled record would collide.
    update sync.conflict c set resolution = 'uncoupled', resolved_at = now()
     where c.mapping_name = p_mapping and c.resolved_at is null
       and case p_side when 'left' then c.left_key else c.right_key end = any (p_new);
    update sync.conflict c
       set left_key = case p_side when 'left' then k.new_key else c.left_key end,
           right_key = case p_side when 'left' then c.right_key else k.new_key end
      from unnest(p_old, p_new) as k (old_key, new_key)
     where c.mapping_name = p_mapping and c.resolved_at is null
       and k.old_key = case p_side when 'left' then c.left_key else c.right_key end;
end $$;
comment on function sync_private.move_conflict(text, text, text[], text[]) is
    'Gives open conflicts the new keys of one side.';
