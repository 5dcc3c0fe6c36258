create or replace function sync.unskip(p_mapping text, p_left_key text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_right_key text;
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.coupling c set is_skipped = false, skip_reason = null
     where c.mapping_name = p_mapping and c.left_key = p_left_key
    returning c.right_key into v_right_key;
    if not found then
        perform sync_private.fail('SY004', format('mapping "%s" has no couple of left "%s"', p_mapping, p_left_key), null,
            format('Look at: select * from sync.coupling where mapping_name = %L', p_mapping));
    end if;
    perform sync_private.ask_both(p_mapping, p_left_key, v_right_key, 'retry');
end $$;
comment on function sync.unskip(text, text) is
    'Ends the setting aside of a couple; the next pass brings it in step.';
