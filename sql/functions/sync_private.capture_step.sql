create or replace function sync_private.capture_step(
    p_table regclass, p_event text, p_paired boolean, p_mapping text, p_side text, p_role text, p_is_full boolean,
    p_key text[], p_columns text[], p_layout integer)
returns text language plpgsql stable as $$
declare
    v_key constant text := sync_private.key_text(p_key, 'o');
    v_new_key constant text := sync_private.key_text(p_key, 'n');
    v_old_is_set constant text := sync_private.key_is_set(p_table, p_key, 'o');
    v_new_is_set constant text := sync_private.key_is_set(p_table, p_key, 'n');
    v_before constant text := case when p_is_full and p_role = 'record' then sync_private.before_text(p_table, p_columns, 'o') end;
begin
    if p_event = 'truncate' then
        return sync_private.capture_insert(p_mapping, p_side, '''truncate''', p_layout, '''''', null, null, '');
    elsif p_role = 'source' then
        return sync_private.capture_source_step(p_event, p_mapping, p_side, p_is_full, p_layout,
            v_key, v_new_key, v_old_is_set, v_new_is_set);
    elsif p_event = 'delete' then
        return sync_private.capture_insert(p_mapping, p_side, '''delete''', p_layout, v_key, v_before, null,
            format(' from sync_old o where %s', v_old_is_set));
    elsif p_event = 'insert' and p_is_full then
        return sync_private.capture_insert(p_mapping, p_side, '''insert''', p_layout, v_new_key, null, null,
            format(' from sync_new n where %s', v_new_is_set));
    elsif p_event = 'update' and p_paired then
        return sync_private.capture_paired_step(p_mapping, p_side, p_is_full, p_layout,
            v_key, v_new_key, v_old_is_set, v_new_is_set, v_before);
    elsif p_event = 'update' and p_is_full then
        -- Two statements: the plain one is cheaper to start, and nearly always the one that runs.
        return format(E'    if v_rekey is null then%s    else%s    end if;\n',
            sync_private.capture_insert(p_mapping, p_side, '''update''', p_layout, v_key, v_before, null,
                format(' from sync_old o where %s', v_old_is_set)),
            sync_private.capture_insert(p_mapping, p_side, '''update''', p_layout, v_key, v_before, null,
                format(' from sync_old o where %s and not exists (select from sync.outbox r'
                       ' where r.mapping_name = %L and r.side = %L and r.record_key = %s and r.new_key is not null'
                       ' and r.operation = ''rekey'' and r.entry_id >= v_rekey)', v_old_is_set, p_mapping, p_side, v_key)));
    elsif p_event = 'key' then
        return sync_private.capture_key_step(p_mapping, p_side, p_is_full, p_layout, p_key,
            sync_private.before_text(p_table, p_columns, 'old'));
    end if;
    return null;
end $$;
comment on function sync_private.capture_step(regclass, text, boolean, text, text, text, boolean, text[], text[], integer) is
    'What a capture function does for one stream on one event, as text; null: nothing.';
