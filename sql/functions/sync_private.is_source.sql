create or replace function sync_private.is_source(p_direction text, p_side text) returns boolean
language sql immutable parallel safe return
    p_direction = 'both' or p_direction = case p_side when 'left' then 'to_right' else 'to_left' end;
comment on function sync_private.is_source(text, text) is
    'Whether a direction lets changes of a side travel to the other side.';
