-- The watcher reads cron texts exactly; here only what no cron would take is refused, while the DBA is looking.
create or replace function sync_private.plan_schedule() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_field constant text := '[0-9A-Za-z*/,#-]+';
begin
    if new.cron !~ format('^\s*(%1$s\s+){4}%1$s\s*$', v_field) then
        perform sync_private.fail('SY013', format('"%s" is not a cron text', new.cron),
            'It has five fields: minute, hour, day of month, month, day of week.',
            'Write it like: 30 6 * * MON-FRI, or */10 * * * *');
    end if;
    begin
        perform now() at time zone new.time_zone;
    exception when invalid_parameter_value then
        perform sync_private.fail('SY013', format('there is no time zone "%s"', new.time_zone), null,
            'Look for it: select name from pg_timezone_names order by 1');
    end;
    if tg_op = 'UPDATE' and row(new.every, new.cron, new.time_zone, new.inactivity_timeout, new.is_enabled)
                is distinct from row(old.every, old.cron, old.time_zone, old.inactivity_timeout, old.is_enabled) then
        new.next_run_at := null;
        new.status := 'ready';
    end if;
    -- Not for the end of a run, which the watcher itself notes.
    if tg_op = 'INSERT' or new.last_run_at is not distinct from old.last_run_at then
        perform pg_notify('pysync', new.mapping_name);
    end if;
    return new;
end $$;
comment on function sync_private.plan_schedule() is
    'Row trigger on sync.schedule: refuses what is no cron text or time zone; an edited schedule is planned anew, and watchers hear of it.';
