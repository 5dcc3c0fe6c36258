create or replace function sync_private.move_coupling(p_mapping text, p_side text, p_old text[], p_new text[]) returns void
language plpgsql as $$
begin
    if p_side = 'left' then
        update sync.coupling c set left_key = m.new_key
          from (select k.new_key, e.ctid as row_id from unnest(p_old, p_new) as k (old_key, new_key)
                 cross join lateral (select e.ctid from sync.coupling e
                                      where e.mapping_name = p_mapping and e.left_key = k.old_key offset 0) e) m
         where c.ctid = m.row_id;
    else
        update sync.coupling c set right_key = m.new_key
          from (select k.new_key, e.ctid as row_id from unnest(p_old, p_new) as k (old_key, new_key)
                 cross join lateral (select e.ctid from sync.coupling e
                                      where e.mapping_name = p_mapping and e.right_key = k.old_key offset 0) e) m
         where c.ctid = m.row_id;
    end if;
    perform from sync.conflict c where c.mapping_name = p_mapping and c.resolved_at is null limit 1;
    if found then
        perform sync_private.move_conflict(p_mapping, p_side, p_old, p_new);
    end if;
end $$;
comment on function sync_private.move_coupling(text, text, text[], text[]) is
    'Gives couples and their open conflicts the new keys of one side.';
