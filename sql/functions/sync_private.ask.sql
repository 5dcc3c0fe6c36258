create or replace function sync_private.ask(p_mapping text, p_side text, p_key text, p_operation text) returns void
language sql as $$
    insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)
    values (p_mapping, p_side, p_key, p_operation, sync_private.newest_layout(p_mapping, p_side), session_user);
    select sync_private.ring(p_mapping);
$$;
comment on function sync_private.ask(text, text, text, text) is
    'Puts an entry into the outbox that no capture trigger wrote.';
