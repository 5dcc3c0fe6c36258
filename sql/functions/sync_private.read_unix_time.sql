create or replace function sync_private.read_unix_time(p_text text) returns text
language plpgsql immutable strict parallel safe as $$
declare
    v_seconds bigint;
begin
    if p_text !~ '^ *[+-]?[0-9]{1,12} *$' then
        return '';
    end if;
    v_seconds := p_text::bigint;
    -- From year 1 to 9999.
    return case when v_seconds between -62135596800 and 253402300799
                then to_char(timestamp '1970-01-01' + make_interval(secs => v_seconds), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                else '' end;
end $$;
comment on function sync_private.read_unix_time(text) is
    'Rule unix_timestamp: seconds since 1970 as an ISO date-time; '''' for anything else.';
