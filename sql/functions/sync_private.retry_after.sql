-- What may heal by itself is tried again soon, what only a person can mend comes back once an hour.
create or replace function sync_private.retry_after(p_sqlstate text, p_attempts integer) returns interval
language sql immutable
begin atomic
    select case
        when left(p_sqlstate, 2) in ('22', '42') then interval '1 hour'
        else least(interval '1 hour', interval '30 seconds' * power(2, least(coalesce(p_attempts, 0), 10)))
    end;
end;
comment on function sync_private.retry_after(text, integer) is
    'Time until a parked record is tried again, by SQLSTATE class and number of attempts.';
