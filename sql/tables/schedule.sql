create table sync.schedule (
    mapping_name       text collate "C" not null,
    every              interval,
    cron               text,
    time_zone          text not null default 'UTC',
    inactivity_timeout interval,
    is_enabled         boolean not null default true,
    description        text,
    status             text not null default 'ready',
    last_run_at        timestamptz,
    next_run_at        timestamptz,
    constraint schedule_pkey primary key (mapping_name),
    constraint schedule_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint schedule_one_of_check check (num_nonnulls(every, cron) = 1),
    constraint schedule_every_check check (every >= interval '1 second'),
    constraint schedule_inactivity_timeout_check check (inactivity_timeout >= interval '1 second'),
    constraint schedule_status_check check (status in ('ready', 'resting', 'faulty'))
);
comment on table sync.schedule is
    'When pysync watch drains a mapping. Without a row, or with a disabled one: at once, woken by each commit. Written by the DBA; status and times by watch.';
comment on column sync.schedule.mapping_name is 'Mapping.';
comment on column sync.schedule.every is 'Time from the start of one run to the next; null: cron says.';
comment on column sync.schedule.cron is
    'Minute, hour, day of month, month, day of week, as cron reads them: 30 6 * * MON-FRI. Null: every says.';
comment on column sync.schedule.time_zone is 'Time zone in which cron is read, by name: Europe/Berlin.';
comment on column sync.schedule.inactivity_timeout is
    'After a run that inserted, modified, deleted and failed nothing the mapping rests at least so long, unless a change wakes it before. Null: it never rests.';
comment on column sync.schedule.is_enabled is 'False: as if the row were not there.';
comment on column sync.schedule.description is 'Free text for people.';
comment on column sync.schedule.status is
    'ready: runs at next_run_at. resting: a change wakes it before that. faulty: the text of cron or the time zone cannot be read, nothing runs.';
comment on column sync.schedule.last_run_at is 'When it last ran, whether or not there was something to do.';
comment on column sync.schedule.next_run_at is
    'When it runs next; null: as soon as a watcher has planned it. Set it to now() to run at once; an edit of the row plans anew.';
