create or replace function sync_private.read_unix_time(p_text text) returns text
language sql immutable strict parallel safe return
    -- From year 1 to 9999.
    case when p_text !~ '^ *[+-]?[0-9]{1,12} *$' then ''
         when p_text::bigint between -62135596800 and 253402300799
         then to_char(timestamp '1970-01-01' + make_interval(secs => p_text::bigint), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
         else ''
    end;
comment on function sync_private.read_unix_time(text) is
    'Rule unix_timestamp: seconds since 1970 as an ISO date-time; '''' for anything else.';
