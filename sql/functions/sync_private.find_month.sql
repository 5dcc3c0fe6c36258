create or replace function sync_private.find_month(p_text text, p_months text[]) returns integer
language plpgsql immutable strict parallel safe as $$
begin
    -- Three letters or more that only one month begins with; short forms of their own stand behind a bar.
    return (select case when count(distinct m.n) = 1 then min(m.n)::int end
              from unnest(p_months) with ordinality as m (names, n)
             cross join lateral string_to_table(m.names, '|') as x (spelled)
             where length(p_text) >= 3 and starts_with(x.spelled, lower(p_text)));
end $$;
comment on function sync_private.find_month(text, text[]) is 'Number of the month that a name or the beginning of one means; null if none does.';
