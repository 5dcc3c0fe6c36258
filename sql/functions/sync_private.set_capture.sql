create or replace function sync_private.set_capture(p_mapping text, p_is_enabled boolean) returns void
language plpgsql as $$
declare
    v_mapping constant sync.table_mapping := sync_private.get_mapping(p_mapping);
begin
    perform sync_private.hold_mapping(p_mapping);
    if p_is_enabled then
        perform sync_private.check_capturable(sync_private.resolve_table(s.table_name, s.mapping_name), s.mapping_name, s.role)
           from sync_private.stream(p_mapping) s;
        perform sync_private.follow_layout(p_mapping);
        perform sync_private.save_layout(p_mapping);
    end if;
    insert into sync_private.capture_state (mapping_name, revision, is_enabled)
    values (p_mapping, v_mapping.revision, p_is_enabled)
    on conflict (mapping_name) do update set revision = excluded.revision, is_enabled = excluded.is_enabled;
    perform sync_private.refresh_tables(p_mapping);
end $$;
comment on function sync_private.set_capture(text, boolean) is
    'Turns the capture of one mapping on or off and brings its tables up to date.';
