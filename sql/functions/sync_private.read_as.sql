create or replace function sync_private.read_as(p_value jsonb, p_like anyelement) returns anyelement
language plpgsql stable as $$
declare
    v_result p_like%type;
begin
    -- The text comes as JSON because text would bring its collation along, and none may compete with the column's.
    v_result := p_value #>> '{}';
    return v_result;
exception when others then
    return null;
end $$;
comment on function sync_private.read_as(jsonb, anyelement) is
    'A JSON text as a value of the type of the second argument, null when it is none: rule field_lookup compares typed, by index.';
