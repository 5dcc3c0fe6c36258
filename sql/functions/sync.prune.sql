create or replace function sync.prune(p_keep interval default null) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_before constant timestamptz := now() - coalesce(p_keep, make_interval(days => sync_private.get_setting('keep_days')));
    v_journal bigint := 0;
    v_conflicts bigint;
begin
    -- The index finds the oldest row; at the end of a pass, the scan for all that is old is worth it once an hour.
    if (select j.written_at from sync_private.journal j order by j.pass_id limit 1)
       < v_before - (case when p_keep is null then interval '1 hour' else interval '0' end) then
        delete from sync_private.journal j where j.written_at < v_before;
        get diagnostics v_journal = row_count;
    end if;
    delete from sync.conflict c where c.resolved_at < v_before;
    get diagnostics v_conflicts = row_count;
    return v_journal + v_conflicts;
end $$;
comment on function sync.prune(interval) is
    'Deletes what the journal and settled conflicts have kept longer than the setting keep_days, or the interval given; passes call it when they end. Returns how many rows.';
