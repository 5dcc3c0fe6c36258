create or replace function sync_private.read_date(
    p_text text, p_patterns text[], p_parts text[], p_months text[], p_has_time boolean) returns text
language plpgsql immutable strict parallel safe as $$
declare
    v_found timestamp;
    v_at integer;
begin
    for v_at in 1 .. cardinality(p_patterns) loop
        v_found := sync_private.make_moment(regexp_match(p_text, p_patterns[v_at], 'i'), p_parts[v_at], p_months, p_has_time);
        if v_found is not null then
            return case when not p_has_time then to_char(v_found, 'YYYY-MM-DD')
                        when v_found = date_trunc('second', v_found) then to_char(v_found, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                        else to_char(v_found, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                   end;
        end if;
    end loop;
    return p_text;
end $$;
comment on function sync_private.read_date(text, text[], text[], text[], boolean) is
    'Rules date and date_time: the ISO text of what the first fitting pattern finds; text that fits none stays as it is.';
