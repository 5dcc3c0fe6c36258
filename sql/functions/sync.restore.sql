create or replace function sync.restore(p_mapping text, p_left_key text default null, p_right_key text default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_couple record;
    v_side text;
begin
    v_couple := sync_private.find_couple(p_mapping, p_left_key, p_right_key);
    if v_couple.has_left = v_couple.has_right then
        perform sync_private.fail('SY041',
            format('of left "%s" and right "%s" in mapping "%s" not one row is missing: %s', v_couple.left_key, v_couple.right_key,
                   p_mapping, case when v_couple.has_left then 'both are there' else 'both are gone' end), null,
            case when v_couple.has_left then format('To bring them in step: select sync.request_sync(%L, ...)', p_mapping)
                 else format('To end the couple: select sync.uncouple(%L, %L, %L)', p_mapping, v_couple.left_key, v_couple.right_key) end);
    end if;
    v_side := case when v_couple.has_left then 'left' else 'right' end;
    if not sync_private.is_source((sync_private.get_mapping(p_mapping)).direction, v_side) then
        perform sync_private.fail('SY007', format('nothing travels from the %s in mapping "%s", so the missing row cannot be made from it', v_side, p_mapping),
            null, format('To end the couple: select sync.uncouple(%L, %L, %L)', p_mapping, v_couple.left_key, v_couple.right_key));
    end if;
    perform sync.uncouple(p_mapping, v_couple.left_key, v_couple.right_key);
    perform sync_private.ask(p_mapping, v_side, case v_side when 'left' then v_couple.left_key else v_couple.right_key end, 'restore');
end $$;
comment on function sync.restore(text, text, text) is
    'Lets the next pass make the missing row of a couple anew from the one that is left, and couple the two.';
