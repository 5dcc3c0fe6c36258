-- A watcher that sleeps holds a lock per mapping it waits for; one that works, or none, holds nothing. A notify in every
-- commit would queue all writers behind one lock of the server; trying these locks costs next to nothing.
create or replace function sync_private.ring(variadic p_mappings text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_mapping text;
begin
    foreach v_mapping in array p_mappings loop
        if pg_try_advisory_lock_shared(1887007091, hashtext(v_mapping)) then
            perform pg_advisory_unlock_shared(1887007091, hashtext(v_mapping));
        else
            perform pg_notify('pysync', v_mapping);
        end if;
    end loop;
end $$;
comment on function sync_private.ring(text[]) is
    'Wakes the watchers that sleep until something happens to these mappings. Called by capture triggers, among others.';
