create or replace view sync.mapping_status as
select m.mapping_name, m.direction, m.is_enabled, m.is_paused, coalesce(e.is_enabled, false) as is_captured,
       (select count(*) from sync.coupling c where c.mapping_name = m.mapping_name) as couplings,
       (select count(*) from sync.outbox o where o.mapping_name = m.mapping_name) as waiting_entries,
       (select count(*) from sync.parked p where p.mapping_name = m.mapping_name) as parked,
       (select count(*) from sync.conflict c where c.mapping_name = m.mapping_name and c.resolved_at is null) as open_conflicts,
       p.pass_id as last_pass_id, p.started_at as last_pass_at, p.status as last_pass_status,
       case when h.is_enabled then coalesce('every ' || h.every, h.cron || ' ' || h.time_zone) end as schedule,
       case when h.is_enabled then h.status end as schedule_status,
       case when h.is_enabled then h.next_run_at end as next_run_at
  from sync.table_mapping m
  left join sync_private.capture_state e on e.mapping_name = m.mapping_name
  left join sync.schedule h on h.mapping_name = m.mapping_name
  left join lateral (select p.* from sync.pass_mapping pm join sync.pass p on p.pass_id = pm.pass_id
                      where pm.mapping_name = m.mapping_name order by p.pass_id desc limit 1) p on true;
comment on view sync.mapping_status is 'How each mapping stands.';
comment on column sync.mapping_status.mapping_name is 'Mapping.';
comment on column sync.mapping_status.direction is 'Who may write whom.';
comment on column sync.mapping_status.is_enabled is 'Whether passes and capture heed the mapping.';
comment on column sync.mapping_status.is_paused is 'Whether it is held by sync.pause.';
comment on column sync.mapping_status.is_captured is 'Whether sync.enable_capture was called for it.';
comment on column sync.mapping_status.couplings is 'Coupled records.';
comment on column sync.mapping_status.waiting_entries is 'Outbox entries that wait for a pass.';
comment on column sync.mapping_status.parked is 'Records set aside with a reason.';
comment on column sync.mapping_status.open_conflicts is 'Fields in conflict.';
comment on column sync.mapping_status.last_pass_id is 'Last pass that had something to do for it.';
comment on column sync.mapping_status.last_pass_at is 'When that pass began.';
comment on column sync.mapping_status.last_pass_status is 'How that pass ended.';
comment on column sync.mapping_status.schedule is 'When watch drains it, in words; null: at once.';
comment on column sync.mapping_status.schedule_status is 'ready, resting or faulty; null: no schedule.';
comment on column sync.mapping_status.next_run_at is 'When watch drains it next; null: at once, or not planned yet.';
