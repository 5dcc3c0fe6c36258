create or replace function sync_private.match_text(p_text text, p_pattern text) returns text
language plpgsql immutable strict parallel safe as $$
begin
    return (select coalesce(string_agg(array_to_string(m.groups, ''), '' order by m.n), '')
              from regexp_matches(p_text, p_pattern, 'gi') with ordinality as m (groups, n));
end $$;
comment on function sync_private.match_text(text, text) is
    'Rule regex_match: what the groups of all matches caught, in a row; '''' when nothing matches.';
