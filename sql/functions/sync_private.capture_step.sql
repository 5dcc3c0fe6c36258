create or replace function sync_private.capture_step(
    p_table regclass, p_event text, p_paired boolean, p_mapping text, p_side text, p_role text, p_is_full boolean,
    p_key text[], p_columns text[], p_layout integer)
returns text language plpgsql stable as $$
declare
    v_old constant text := case when p_event in ('update', 'delete') then
        sync_private.capture_rows(p_table, 'sync_old', p_key, case when p_is_full and p_role = 'record' then p_columns end) end;
    v_new constant text := case when p_event = 'insert' or (p_event = 'update' and (p_paired or p_role = 'source')) then
        sync_private.capture_rows(p_table, 'sync_new', p_key, null) end;
begin
    if p_event = 'truncate' then
        return sync_private.capture_insert(p_mapping, p_side, '''truncate''', p_layout, '''''', null, null, '');
    elsif p_role = 'source' then
        return sync_private.capture_source_step(p_event, p_mapping, p_side, p_is_full, p_layout, v_old, v_new);
    elsif p_event = 'delete' then
        return sync_private.capture_noted(p_mapping, p_side, 'delete', p_layout, v_old, 'r.is_set');
    elsif p_event = 'insert' and p_is_full then
        return sync_private.capture_noted(p_mapping, p_side, 'insert', p_layout, v_new, 'r.is_set');
    elsif p_event = 'update' and p_paired then
        return sync_private.capture_paired_step(p_mapping, p_side, p_is_full, p_layout, v_old, v_new);
    elsif p_event = 'update' and p_is_full then
        -- Two statements: the plain one is cheaper to start, and nearly always the one that runs.
        return format(E'    if v_rekey is null then%s    else%s    end if;\n',
            sync_private.capture_noted(p_mapping, p_side, 'update', p_layout, v_old, 'r.is_set'),
            sync_private.capture_noted(p_mapping, p_side, 'update', p_layout, v_old, format(
                'r.is_set and not exists (select from sync.outbox k'
                ' where k.mapping_name = %L and k.side = %L and k.record_key = r.record_key and k.new_key is not null'
                ' and k.operation = ''rekey'' and k.entry_id >= capture.v_rekey)', p_mapping, p_side)));
    elsif p_event = 'key' then
        return sync_private.capture_key_step(p_table, p_mapping, p_side, p_is_full, p_layout, p_key, p_columns);
    end if;
    return null;
end $$;
comment on function sync_private.capture_step(regclass, text, boolean, text, text, text, boolean, text[], text[], integer) is
    'What a capture function does for one stream on one event, as text; null: nothing.';
