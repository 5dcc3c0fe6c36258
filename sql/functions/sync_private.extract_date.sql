create or replace function sync_private.extract_date(p_text text, p_part text, p_is_strict boolean default true) returns text
language plpgsql immutable strict parallel safe as $$
declare
    v_part text[];
begin
    v_part := regexp_match(p_text, '^ *([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ][0-9]{1,2}:[0-9].*)? *$');
    if sync_private.make_day(v_part[1]::integer, v_part[2]::integer, v_part[3]::integer) is not null then
        return v_part[array_position(array['year', 'month', 'day'], p_part)]::integer;
    end if;
    if p_is_strict then
        perform sync_private.fail('SY031', format('%L is not a date', left(p_text, 60)), null,
            'correct the value, or put a rule of type date before this one');
    end if;
    return p_text;
end $$;
comment on function sync_private.extract_date(text, text, boolean) is
    'Rule extract_date: day, month or year of an ISO date; SY031 for text that is no date, or that text itself.';
