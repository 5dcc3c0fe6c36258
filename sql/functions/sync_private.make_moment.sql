create or replace function sync_private.make_moment(
    p_values text[], p_parts text, p_months text[], p_has_zone boolean) returns timestamp
language plpgsql immutable strict as $$
declare
    v_year integer;
    v_month integer;
    v_day integer;
    v_hour integer := 0;
    v_minute integer := 0;
    v_second integer := 0;
    v_fraction numeric := 0;
    v_half text := '';
    v_zone text := '';
    v_value text;
    v_at integer;
begin
    for v_at in 1 .. length(p_parts) loop
        v_value := p_values[v_at];
        continue when v_value is null;
        case substr(p_parts, v_at, 1)
            -- Two digits are a year from 1950 to 2049.
            when 'y' then v_year := case when length(v_value) > 2 then v_value::int
                                         else v_value::int + case when v_value::int < 50 then 2000 else 1900 end end;
            when 'M' then v_month := v_value::int;
            when 'N' then v_month := sync_private.find_month(v_value, p_months);
            when 'd' then v_day := v_value::int;
            when 'H' then v_hour := v_value::int;
            when 'm' then v_minute := v_value::int;
            when 's' then v_second := v_value::int;
            when 'f' then v_fraction := ('0.' || v_value)::numeric;
            when 't' then v_half := left(lower(v_value), 1);
            when 'z' then v_zone := v_value;
        end case;
    end loop;
    if v_second > 59 or v_hour > 23 or v_half <> '' and v_hour not between 1 and 12 then
        return null;
    end if;
    v_hour := case v_half when '' then v_hour when 'a' then v_hour % 12 else v_hour % 12 + 12 end;
    return make_timestamp(v_year, v_month, v_day, v_hour, v_minute, (v_second + trunc(v_fraction, 3))::float8)
         - case when p_has_zone and v_zone ~ '^[+-]'
                then (left(v_zone, 3) || ':' || rpad(replace(substr(v_zone, 4), ':', ''), 2, '0'))::interval
                else interval '0' end;
exception when datetime_field_overflow or invalid_datetime_format or interval_field_overflow then
    return null;
end $$;
comment on function sync_private.make_moment(text[], text, text[], boolean) is
    'Time whose parts a pattern found, one letter each: y M d H m s, f fraction, t AM or PM, N name of the month, z offset; null if there is none.';
