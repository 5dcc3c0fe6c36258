create or replace function sync_private.capture_source_step(
    p_event text, p_mapping text, p_side text, p_is_full boolean, p_layout integer, p_old text, p_new text)
returns text language sql immutable return
    -- The view's old row is not known: before stays null, and a pass looks whether the record is still there.
    case when p_event = 'key' or (p_event = 'insert' and not p_is_full) then null
    else sync_private.capture_insert(p_mapping, p_side, 'case when k.is_known then ''update'' else ''rekey'' end', p_layout,
        'k.record_key', null, null,
        format(' from (%s) as k', concat_ws(' union ',
            case when p_event <> 'insert' then format('select distinct o.record_key, o.is_known from %s o where o.is_set', p_old) end,
            case when p_event <> 'delete' then format('select distinct n.record_key, n.is_known from %s n where n.is_set', p_new) end)))
    end;
comment on function sync_private.capture_source_step(text, text, text, boolean, integer, text, text) is
    'What a capture function does for a stream whose view reads the table: an update entry for each record concerned.';
