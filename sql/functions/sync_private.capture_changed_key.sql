create or replace function sync_private.capture_changed_key(
    p_mapping text, p_side text, p_is_full boolean, p_layout integer, p_key text[], p_before text)
returns text language sql immutable return
    format(E'\n    if %s then%s    elsif %s and %s then%s    end if;\n',
        (select string_agg(format('old.%1$I is not null and new.%1$I is not null', c), ' and ') from unnest(p_key) c)
            || format(' and %s is distinct from %s', sync_private.key_text(p_key, 'old'), sync_private.key_text(p_key, 'new')),
        sync_private.capture_insert(p_mapping, p_side, '''rekey''', p_layout, sync_private.key_text(p_key, 'old'),
            p_before, sync_private.key_text(p_key, 'new'), ' returning least(capture.v_entry, entry_id) into v_entry'),
        (select string_agg(format('new.%I is not null', c), ' and ') from unnest(p_key) c)
            || (select ' and (' || string_agg(format('old.%I is null', c), ' or ') || ')' from unnest(p_key) c),
        p_is_full::text,
        sync_private.capture_insert(p_mapping, p_side, '''insert''', p_layout, sync_private.key_text(p_key, 'new'), null, null, ''));
comment on function sync_private.capture_changed_key(text, text, boolean, integer, text[], text) is
    'What the row-level key trigger does for one stream: a rekey entry, or an insert entry when the row had no key before.';
