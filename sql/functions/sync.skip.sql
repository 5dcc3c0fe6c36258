create or replace function sync.skip(p_mapping text, p_left_key text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.coupling c set is_skipped = true, skip_reason = null
     where c.mapping_name = p_mapping and c.left_key = p_left_key;
    if not found then
        perform sync_private.fail('SY004', format('mapping "%s" has no couple of left "%s"', p_mapping, p_left_key), null,
            format('Look at: select * from sync.coupling where mapping_name = %L', p_mapping));
    end if;
end $$;
comment on function sync.skip(text, text) is
    'Sets a couple aside: passes leave it alone until sync.unskip.';
