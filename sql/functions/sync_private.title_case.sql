create or replace function sync_private.title_case(p_text text) returns text
language sql immutable strict parallel safe return (
    -- A word of capitals only is an abbreviation and stays; an apostrophe does not begin a new word.
    select coalesce(string_agg(case when w.word = upper(w.word) then w.word
                                    else upper(left(w.word, 1)) || lower(substr(w.word, 2)) end, '' order by m.n), '')
      from regexp_matches(p_text, '[[:alpha:]][[:alnum:]''’]*|[^[:alpha:]]+', 'g') with ordinality as m (part, n)
     cross join lateral (select m.part[1]) as w (word));
comment on function sync_private.title_case(text) is
    'Rule title_case: each word with a capital and small letters after it; words all in capitals stay.';
