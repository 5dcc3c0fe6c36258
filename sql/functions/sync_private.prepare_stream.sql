create or replace function sync_private.prepare_stream(p_mapping text, p_side text) returns void
language plpgsql as $$
declare
    v_has record;
begin
    select * into strict v_has from sync_private.stream_needs(p_mapping, p_side);
    if v_has.rekey then
        perform sync_private.follow_rekeys(p_mapping, p_side);
    end if;
    if v_has.truncate then
        perform sync_private.expand_truncate(p_mapping, p_side);
    end if;
    if v_has.unknown then
        perform sync_private.expand_unknown(p_mapping, p_side);
    end if;
    if v_has.due then
        perform sync_private.retry_due(p_mapping, p_side);
    end if;
end $$;
comment on function sync_private.prepare_stream(text, text) is
    'Makes a stream ready to drain: follows changed keys, expands truncates, looks at all records where keys are unknown, brings back parked records that are due. Called by passes.';
