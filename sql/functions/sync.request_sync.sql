create or replace function sync.request_sync(p_mapping text, p_side text, p_key text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_mapping constant sync.table_mapping := sync_private.get_mapping(p_mapping);
begin
    perform sync_private.check_side(p_side);
    if not sync_private.is_source(v_mapping.direction, p_side) then
        perform sync_private.fail('SY007', format('nothing travels from the %s in mapping "%s"', p_side, p_mapping),
            format('The direction of the mapping is %s.', v_mapping.direction),
            format('Ask for the other side: select sync.request_sync(%L, %L, ...)', p_mapping,
                   case p_side when 'left' then 'right' else 'left' end));
    end if;
    perform sync_private.ask(p_mapping, p_side, sync_private.require_record(p_mapping, p_side, p_key), 'request');
end $$;
comment on function sync.request_sync(text, text, text) is
    'Lets the next pass look at a record as if it had changed.';
