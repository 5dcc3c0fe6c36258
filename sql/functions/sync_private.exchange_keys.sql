create or replace function sync_private.exchange_keys(
    p_mapping text, p_side text, p_old text[], p_new text[], p_upto bigint[])
returns void language plpgsql as $$
declare
    -- No record has such a key: it stands in for the new one while that is given away.
    v_aside constant text[] := array(select e'\x01' || k from unnest(p_new) with ordinality as u (k, n) order by n);
begin
    perform sync_private.move_keys(p_mapping, p_side, p_new, v_aside, p_upto);
    perform sync_private.move_keys(p_mapping, p_side, p_old, p_new, p_upto);
    perform sync_private.move_keys(p_mapping, p_side, v_aside, p_old, p_upto);
end $$;
comment on function sync_private.exchange_keys(text, text, text[], text[], bigint[]) is
    'For keys that the mapping''s own pass moved onto the key of a deleted, still coupled record: that couple, and what waits for it, takes the old key, which nobody has now.';
