create or replace function sync_private.make_moment(
    p_values text[], p_parts text, p_months text[], p_has_zone boolean) returns timestamp
language plpgsql immutable strict parallel safe as $$
declare
    -- Of a part that is not there strpos gives 0, and element 0 is null.
    v_year text := p_values[strpos(p_parts, 'y')];
    v_hour integer := coalesce(p_values[strpos(p_parts, 'H')]::integer, 0);
    v_minute integer := coalesce(p_values[strpos(p_parts, 'm')]::integer, 0);
    v_second integer := coalesce(p_values[strpos(p_parts, 's')]::integer, 0);
    v_fraction text := left(p_values[strpos(p_parts, 'f')], 3);
    v_half text := left(lower(p_values[strpos(p_parts, 't')]), 1);
    v_zone text := replace(p_values[strpos(p_parts, 'z')], ':', '');
    v_day date;
begin
    -- Two digits are a year from 1950 to 2049.
    v_day := sync_private.make_day(
        v_year::integer + case when length(v_year) > 2 then 0 when v_year < '50' then 2000 else 1900 end,
        coalesce(p_values[strpos(p_parts, 'M')]::integer, sync_private.find_month(p_values[strpos(p_parts, 'N')], p_months)),
        p_values[strpos(p_parts, 'd')]::integer);
    if v_day is null or v_hour > 23 or v_minute > 59 or v_second > 59 or v_half is not null and v_hour not between 1 and 12 then
        return null;
    end if;
    v_hour := case v_half when 'a' then v_hour % 12 when 'p' then v_hour % 12 + 12 else v_hour end;
    return v_day + make_interval(hours => v_hour, mins => v_minute, secs => v_second + coalesce(('0.' || v_fraction)::float8, 0))
         - case when p_has_zone and v_zone ~ '^[+-]'
                then make_interval(mins => (left(v_zone, 1) || '1')::integer
                                           * (substr(v_zone, 2, 2)::integer * 60 + coalesce(nullif(substr(v_zone, 4), ''), '0')::integer))
                else interval '0' end;
end $$;
comment on function sync_private.make_moment(text[], text, text[], boolean) is
    'Time whose parts a pattern found, one letter each: y M d H m s, f fraction, t AM or PM, N name of the month, z offset; null if there is none.';
