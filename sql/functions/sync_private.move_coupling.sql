create or replace function sync_private.move_coupling(p_mapping text, p_side text, p_old text[], p_new text[]) returns void
language plpgsql as $$
begin
    -- Leftovers of an uncoupled record would collide.
    update sync.conflict c set resolution = 'uncoupled', resolved_at = now()
     where c.mapping_name = p_mapping and c.resolved_at is null
       and case p_side when 'left' then c.left_key else c.right_key end = any (p_new);
    if p_side = 'left' then
        update sync.coupling c set left_key = k.new_key from unnest(p_old, p_new) as k (old_key, new_key)
         where c.mapping_name = p_mapping and c.left_key = k.old_key;
        update sync.conflict c set left_key = k.new_key from unnest(p_old, p_new) as k (old_key, new_key)
         where c.mapping_name = p_mapping and c.left_key = k.old_key and c.resolved_at is null;
    else
        update sync.coupling c set right_key = k.new_key from unnest(p_old, p_new) as k (old_key, new_key)
         where c.mapping_name = p_mapping and c.right_key = k.old_key;
        update sync.conflict c set right_key = k.new_key from unnest(p_old, p_new) as k (old_key, new_key)
         where c.mapping_name = p_mapping and c.right_key = k.old_key and c.resolved_at is null;
    end if;
end $$;
comment on function sync_private.move_coupling(text, text, text[], text[]) is
    'Gives couples and their open conflicts the new keys of one side.';
