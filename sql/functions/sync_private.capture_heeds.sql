create or replace function sync_private.capture_heeds(p_mapping text) returns text
-- A pass that asks to be heard sorts out itself which rows were its own.
language sql immutable return
    format('capture.v_origin is distinct from %L or current_setting(''sync.is_heard'', true) = ''on''', p_mapping);
comment on function sync_private.capture_heeds(text) is
    'Condition, as text for a capture function, that a write is not the mapping''s own.';
