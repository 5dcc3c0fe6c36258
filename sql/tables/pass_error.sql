create table sync.pass_error (
    error_id     bigint generated always as identity,
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text not null,
    record_key   text,
    target_key   text,
    sqlstate     text,
    message      text not null,
    occurred_at  timestamptz not null default now(),
    constraint pass_error_pkey primary key (error_id),
    constraint pass_error_pass_id_fkey foreign key (pass_id) references sync.pass (pass_id) on delete cascade,
    constraint pass_error_direction_check check (direction in ('to_right', 'to_left'))
);
create index pass_error_pass_id_idx on sync.pass_error (pass_id);
create index pass_error_mapping_name_record_key_idx on sync.pass_error (mapping_name, record_key);
comment on table sync.pass_error is
    'A record that failed in a pass, or a mapping that could not run (no record key). Written by passes.';
comment on column sync.pass_error.error_id is 'Number of the error.';
comment on column sync.pass_error.pass_id is 'Pass.';
comment on column sync.pass_error.mapping_name is 'Mapping.';
comment on column sync.pass_error.direction is 'to_right or to_left.';
comment on column sync.pass_error.record_key is 'Key of the source record; null: the whole mapping failed.';
comment on column sync.pass_error.target_key is 'Key of the coupled record; null: none.';
comment on column sync.pass_error.sqlstate is 'SQLSTATE of the refusal.';
comment on column sync.pass_error.message is 'What happened, for people.';
comment on column sync.pass_error.occurred_at is 'When.';
