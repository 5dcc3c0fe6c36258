create table sync.coupling (
    mapping_name   text collate "C" not null,
    left_key       text collate "C" not null,
    right_key      text collate "C" not null,
    coupled_at     timestamptz not null default now(),
    coupled_by     text not null default session_user,
    last_synced_at timestamptz,
    is_skipped     boolean not null default false,
    skip_reason    text,
    pass_id        bigint,
    created_side   text collate "C",
    constraint coupling_pkey primary key (mapping_name, left_key),
    constraint coupling_mapping_name_right_key_key unique (mapping_name, right_key)
    -- No foreign key: checked row by row it cost a fifth of every insert. The triggers check set-based instead.
) with (fillfactor = 50);
create index coupling_skipped_idx on sync.coupling (mapping_name) where is_skipped;
comment on table sync.coupling is
    'Which left record is which right record. Written by passes and by sync.couple and sync.uncouple.';
comment on column sync.coupling.mapping_name is 'Table mapping that couples the two records.';
comment on column sync.coupling.left_key is 'Record key on the left: the key column''s text; composite: a JSON array of texts.';
comment on column sync.coupling.right_key is 'Record key on the right: the key column''s text; composite: a JSON array of texts.';
comment on column sync.coupling.coupled_at is 'When the two were coupled.';
comment on column sync.coupling.coupled_by is 'Role that coupled them.';
comment on column sync.coupling.last_synced_at is 'When a pass last wrote one of the two; null: never.';
comment on column sync.coupling.is_skipped is 'True: passes leave the couple alone until sync.unskip.';
comment on column sync.coupling.skip_reason is 'Failure that set the couple aside; null: a person did, or it is not.';
comment on column sync.coupling.pass_id is 'Pass that created one of the two rows; null: they were coupled by hand or by match.';
comment on column sync.coupling.created_side is 'Side on which that pass created the row: left or right.';
