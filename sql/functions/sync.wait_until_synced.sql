create or replace function sync.wait_until_synced(p_timeout interval) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    v_snapshot constant pg_snapshot := pg_current_snapshot();
    v_end constant timestamptz := clock_timestamp() + p_timeout;
    v_pause double precision := 0.01;
begin
    if p_timeout is null or p_timeout < interval '0' then
        perform sync_private.fail('SY007', 'the timeout must be an interval of zero or more', null,
            'Call it like: select sync.wait_until_synced(''30 s'')');
    end if;
    loop
        perform from sync.outbox o where pg_visible_in_snapshot(o.xid, v_snapshot) limit 1;
        if not found then
            return true;
        elsif clock_timestamp() >= v_end then
            return false;
        end if;
        perform pg_sleep(least(v_pause, greatest(extract(epoch from v_end - clock_timestamp()), 0)));
        v_pause := least(v_pause * 1.5, 0.25);
    end loop;
end $$;
comment on function sync.wait_until_synced(interval) is
    'Waits until passes have taken every change committed before the call; false when the time ran out. Parked records and conflicts do not count. Call it in a transaction of its own: in one of repeatable read the queue never changes.';
