create table sync.full_sync (
    mapping_name    text collate "C" not null,
    action          text not null,
    status          text not null default 'ready',
    is_matched      boolean not null default false,
    ambiguous       bigint not null default 0,
    to_right_status text,
    to_right_key    text,
    to_right_done   bigint not null default 0,
    to_right_total  bigint,
    to_left_status  text,
    to_left_key     text,
    to_left_done    bigint not null default 0,
    to_left_total   bigint,
    failed          bigint not null default 0,
    pass_id         bigint,
    message         text,
    asked_at        timestamptz not null default now(),
    asked_by        text not null default session_user,
    started_at      timestamptz,
    finished_at     timestamptz,
    constraint full_sync_pkey primary key (mapping_name),
    constraint full_sync_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint full_sync_action_check check (action in ('full', 'couple', 'update', 'nothing to do')),
    constraint full_sync_status_check check (status in ('ready', 'in process', 'finished', 'error')),
    constraint full_sync_to_right_status_check check (to_right_status in ('in process', 'success', 'error')),
    constraint full_sync_to_left_status_check check (to_left_status in ('in process', 'success', 'error'))
);
comment on table sync.full_sync is
    'The full synchronisation of a mapping that runs now, or ran last, and how far it has come. Written by pysync full, the position in the transaction of each batch.';
comment on column sync.full_sync.mapping_name is 'Mapping.';
comment on column sync.full_sync.action is
    'full: every row. couple: first couple what matches, then every row. update: couples only. nothing to do: both sides were empty.';
comment on column sync.full_sync.status is
    'ready: not begun. in process: begun; when no pysync full runs it was cut off and goes on with the next. finished. error: the mapping could not run.';
comment on column sync.full_sync.is_matched is 'Whether the matching part of couple is done.';
comment on column sync.full_sync.ambiguous is 'Left records that match several: left alone, for a person.';
comment on column sync.full_sync.to_right_status is
    'in process, success, or error: at least one record failed. Null: not begun, or nothing travels that way.';
comment on column sync.full_sync.to_right_key is 'Key of the last left row that is done; null: none yet.';
comment on column sync.full_sync.to_right_done is 'Left rows that are done.';
comment on column sync.full_sync.to_right_total is 'Left rows there were at the start.';
comment on column sync.full_sync.to_left_status is
    'in process, success, or error: at least one record failed. Null: not begun, or nothing travels that way.';
comment on column sync.full_sync.to_left_key is 'Key of the last right row that is done; null: none yet.';
comment on column sync.full_sync.to_left_done is 'Right rows that are done.';
comment on column sync.full_sync.to_left_total is 'Right rows there were at the start.';
comment on column sync.full_sync.failed is 'Records that failed; they are parked.';
comment on column sync.full_sync.pass_id is 'Pass that counts what was done; one that was cut off has a pass for each part.';
comment on column sync.full_sync.message is 'Why the mapping could not run; null: it could.';
comment on column sync.full_sync.asked_at is 'When the full synchronisation began; equal for all mappings of one.';
comment on column sync.full_sync.asked_by is 'Role that asked for it.';
comment on column sync.full_sync.started_at is 'When this mapping began; null: not yet.';
comment on column sync.full_sync.finished_at is 'When this mapping ended, one way or the other; null: not yet.';

create table sync_private.full_sync_open (
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    record_key   text collate "C" not null,
    constraint full_sync_open_pkey primary key (mapping_name, side, record_key),
    constraint full_sync_open_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade
);
comment on table sync_private.full_sync_open is
    'Records that match several while a full synchronisation runs: it creates nothing for them. Written by pysync full.';
comment on column sync_private.full_sync_open.mapping_name is 'Mapping.';
comment on column sync_private.full_sync_open.side is 'Side of the record.';
comment on column sync_private.full_sync_open.record_key is 'Key of the record.';
