create or replace function sync_private.title_case(p_text text) returns text
language plpgsql immutable strict parallel safe as $$
begin
    -- A word of capitals only is an abbreviation and stays; an apostrophe does not begin a new word.
    return (select coalesce(string_agg(case when m.part[1] = upper(m.part[1]) then m.part[1]
                                            else upper(left(m.part[1], 1)) || lower(substr(m.part[1], 2)) end, '' order by m.n), '')
              from regexp_matches(p_text, '[[:alpha:]][[:alnum:]''’]*|[^[:alpha:]]+', 'g') with ordinality as m (part, n));
end $$;
comment on function sync_private.title_case(text) is
    'Rule title_case: each word with a capital and small letters after it; words all in capitals stay.';
