create or replace function sync_private.make_day(p_year integer, p_month integer, p_day integer) returns date
language plpgsql immutable strict parallel safe as $$
declare
    v_date date;
begin
    -- make_date would raise, and catching that costs a subtransaction for each row.
    if p_year between 1 and 9999 and p_month between 1 and 12 and p_day between 1 and 31 then
        v_date := make_date(p_year, p_month, 1) + (p_day - 1);
        if extract(month from v_date) = p_month then
            return v_date;
        end if;
    end if;
    return null;
end $$;
comment on function sync_private.make_day(integer, integer, integer) is 'The day of that year, month and day; null if there is none.';
