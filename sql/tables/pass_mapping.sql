create table sync.pass_mapping (
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text not null,
    inserted     bigint not null default 0,
    modified     bigint not null default 0,
    deleted      bigint not null default 0,
    unchanged    bigint not null default 0,
    skipped      bigint not null default 0,
    failed       bigint not null default 0,
    coupled      bigint not null default 0,
    uncoupled    bigint not null default 0,
    conflicted   bigint not null default 0,
    waiting      bigint not null default 0,
    held         bigint not null default 0,
    batches      bigint not null default 0,
    duration_ms  bigint not null default 0,
    xids         xid8[] not null default '{}',
    constraint pass_mapping_pkey primary key (pass_id, mapping_name, direction),
    constraint pass_mapping_pass_id_fkey foreign key (pass_id) references sync.pass (pass_id) on delete cascade,
    constraint pass_mapping_direction_check check (direction in ('to_right', 'to_left'))
);
comment on table sync.pass_mapping is
    'What a pass did for one mapping in one direction, counted in records. Written by passes, in the transaction of each batch.';
comment on column sync.pass_mapping.pass_id is 'Pass.';
comment on column sync.pass_mapping.mapping_name is 'Mapping.';
comment on column sync.pass_mapping.direction is 'to_right or to_left.';
comment on column sync.pass_mapping.inserted is 'Records created in the target.';
comment on column sync.pass_mapping.modified is 'Records of which at least one field was written.';
comment on column sync.pass_mapping.deleted is 'Records deleted in the target because the mapping says so.';
comment on column sync.pass_mapping.unchanged is 'Coupled records that were looked at and needed nothing.';
comment on column sync.pass_mapping.skipped is 'Records left alone because their couple is set aside, or that were set aside just now.';
comment on column sync.pass_mapping.failed is 'Records parked because of an error or a policy of fail.';
comment on column sync.pass_mapping.coupled is 'Couplings made.';
comment on column sync.pass_mapping.uncoupled is 'Couplings removed.';
comment on column sync.pass_mapping.conflicted is 'Fields found changed on both sides.';
comment on column sync.pass_mapping.waiting is 'Records parked until what they refer to is coupled or mapped.';
comment on column sync.pass_mapping.held is 'Records put back because an application held the target row.';
comment on column sync.pass_mapping.batches is 'Transactions.';
comment on column sync.pass_mapping.duration_ms is 'Time spent, in milliseconds.';
comment on column sync.pass_mapping.xids is 'Transactions that created records: what pysync undo knows an untouched row by.';
