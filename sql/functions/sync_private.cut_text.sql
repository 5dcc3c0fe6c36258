create or replace function sync_private.cut_text(
    p_text text, p_start integer default null, p_after text default null,
    p_length integer default null, p_before text default null) returns text
language sql immutable parallel safe return (
    select case when p_text is null then null
                when s.first_no is null then ''
                when p_before is not null then left(substr(p_text, s.first_no), greatest(strpos(substr(p_text, s.first_no), p_before) - 1, 0))
                when p_length is not null then substr(p_text, s.first_no, p_length)
                else substr(p_text, s.first_no)
           end
      from (select case when p_after is null then coalesce(p_start, 1)
                        when strpos(p_text, p_after) > 0 then strpos(p_text, p_after) + length(p_after)
                   end) as s (first_no));
comment on function sync_private.cut_text(text, integer, text, integer, text) is
    'Rule substring: from a position or right after a text, for a length or until right before a text; '''' when a text is not found.';
