create or replace function sync_private.refresh_capture(p_mapping text) returns boolean
language plpgsql as $$
begin
    perform from sync_private.capture_state e
       join sync.table_mapping m using (mapping_name)
      where e.mapping_name = p_mapping and e.is_enabled
        and (e.revision <> m.revision
             -- DDL may rename a key or take away what an expression only seemed to name.
             or exists (select from sync_private.stream(p_mapping) s
                         where s.role = 'record' and sync_private.find_table(s.table_name) is not null
                           and not sync_private.layout_is_current(p_mapping, s.side, sync_private.find_table(s.table_name))));
    if not found then
        return false;
    end if;
    perform sync_private.set_capture(p_mapping, true);
    return true;
exception when insufficient_privilege then
    -- Said of a schema or a function this would not tell anybody what to do.
    perform sync_private.fail('42501',
        format('mapping "%s" changed and its capture triggers must be made anew, which role %s may not do', p_mapping, current_user),
        sqlerrm, format('As the role that owns the tables and may create in schema sync_private: select sync.enable_capture(%L)', p_mapping));
end $$;
comment on function sync_private.refresh_capture(text) is
    'Makes the triggers of a captured mapping anew when mapping or columns changed since they were made; true if so.';
