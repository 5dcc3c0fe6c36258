create or replace function sync_private.sleeps(p_mapping text) returns boolean
-- A watcher that sleeps holds a lock per mapping it waits for; one that works, or none, holds nothing. A notify in every
-- commit would queue all writers behind one lock of the server; trying these locks costs next to nothing. One expression
-- without settings, so that capture functions get it in line instead of a call: a tenth of what they cost a single write.
language sql volatile as $$
    select case when pg_try_advisory_lock_shared(1887007091, hashtext(p_mapping))
                then not pg_advisory_unlock_shared(1887007091, hashtext(p_mapping)) else true end
$$;
comment on function sync_private.sleeps(text) is 'Whether a watcher sleeps until something happens to a mapping.';
