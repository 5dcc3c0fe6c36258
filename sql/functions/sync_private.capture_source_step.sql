create or replace function sync_private.capture_source_step(
    p_event text, p_mapping text, p_side text, p_is_full boolean, p_layout integer,
    p_key text, p_new_key text, p_old_is_set text, p_new_is_set text)
returns text language sql immutable return
    -- The view's old row is not known: before stays null, and a pass looks whether the record is still there.
    case when p_event = 'key' or (p_event = 'insert' and not p_is_full) then null
    else sync_private.capture_insert(p_mapping, p_side, '''update''', p_layout, 'k.record_key', null, null,
        format(' from (%s) as k (record_key)', concat_ws(' union ',
            case when p_event <> 'insert' then format('select distinct %s from sync_old o where %s', p_key, p_old_is_set) end,
            case when p_event <> 'delete' then format('select distinct %s from sync_new n where %s', p_new_key, p_new_is_set) end)))
    end;
comment on function sync_private.capture_source_step(text, text, text, boolean, integer, text, text, text, text) is
    'What a capture function does for a stream whose view reads the table: an update entry for each record concerned.';
