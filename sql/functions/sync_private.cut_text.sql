create or replace function sync_private.cut_text(
    p_text text, p_start integer default null, p_after text default null,
    p_length integer default null, p_before text default null) returns text
language plpgsql immutable parallel safe as $$
declare
    v_rest text;
    v_at integer;
begin
    v_rest := substr(p_text, coalesce(p_start, 1));
    if p_after is not null then
        v_at := strpos(p_text, p_after);
        v_rest := case when v_at > 0 then substr(p_text, v_at + length(p_after)) when p_text is not null then '' end;
    end if;
    return case when p_before is not null then left(v_rest, greatest(strpos(v_rest, p_before) - 1, 0))
                when p_length is not null then left(v_rest, p_length)
                else v_rest
           end;
end $$;
comment on function sync_private.cut_text(text, integer, text, integer, text) is
    'Rule substring: from a position or right after a text, for a length or until right before a text; '''' when a text is not found.';
