create or replace function sync_private.capture_key_step(
    p_table regclass, p_mapping text, p_side text, p_is_full boolean, p_layout integer, p_key text[], p_columns text[])
returns text language sql stable return
    -- A field that old and new have not is an error, so what is there is looked up first: the rows are few.
    format(E'    if (%s) then%s    elsif (%s) then%s    else%s    end if;\n',
        sync_private.columns_now(sync_private.columns_read(p_table, p_key || p_columns)),
        sync_private.capture_changed_key(p_mapping, p_side, p_is_full, p_layout, p_key, sync_private.before_text(p_table, p_columns, 'old')),
        sync_private.columns_now(p_key),
        sync_private.capture_changed_key(p_mapping, p_side, p_is_full, p_layout, p_key, null),
        sync_private.capture_insert(p_mapping, p_side, '''rekey''', p_layout, '''''', null, null, ''));
comment on function sync_private.capture_key_step(regclass, text, text, boolean, integer, text[], text[]) is
    'What the row-level key trigger does for one stream, as far as the columns it needs are still there.';
