create or replace function sync_private.repeat_each(p_items text[], p_times integer) returns setof text
-- Views call it: no function of another schema in the reader's search path may fit better.
language sql immutable as $$
    select i.item from pg_catalog.unnest(p_items) with ordinality as i (item, n) cross join pg_catalog.generate_series(1, p_times) order by i.n
$$;
comment on function sync_private.repeat_each(text[], integer) is 'Each item so many times, in the order of the array.';
