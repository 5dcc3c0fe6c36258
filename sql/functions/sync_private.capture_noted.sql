create or replace function sync_private.capture_noted(
    p_mapping text, p_side text, p_operation text, p_layout integer, p_rows text, p_where text)
returns text language sql immutable return
    sync_private.capture_insert(p_mapping, p_side,
        format('case when r.is_known then %L else ''rekey'' end', p_operation), p_layout, 'r.record_key', 'r.before', null,
        format(' from %s r where %s', p_rows, p_where));
comment on function sync_private.capture_noted(text, text, text, integer, text, text) is
    'One entry for each row of a transition table; a row whose key cannot be read becomes a rekey of nobody knows which record.';
