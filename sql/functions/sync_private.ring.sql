-- A watcher that sleeps holds the bell's lock; one that works, or none, holds nothing. A notify in every commit would
-- queue all writers behind one lock of the server; trying this lock costs next to nothing.
create or replace function sync_private.ring() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_try_advisory_lock_shared(1887007091, 1) then
        perform pg_advisory_unlock_shared(1887007091, 1);
    else
        perform pg_notify('pysync', '');
    end if;
end $$;
comment on function sync_private.ring() is
    'Wakes a watcher that sleeps. Called by capture triggers.';
