create table sync.conflict (
    conflict_id  bigint generated always as identity,
    mapping_name text collate "C" not null,
    left_key     text collate "C" not null,
    right_key    text collate "C" not null,
    field_no     integer not null,
    left_column  text,
    right_column text,
    left_value   text,
    right_value  text,
    base_value   text,
    policy       text not null,
    resolution   text,
    detected_at  timestamptz not null default now(),
    resolved_at  timestamptz,
    resolved_by  text,
    pass_id      bigint,
    constraint conflict_pkey primary key (conflict_id),
    constraint conflict_policy_check check (policy in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint conflict_resolution_check check (resolution in ('left', 'right', 'equal', 'uncoupled'))
);
create unique index conflict_mapping_name_left_key_field_no_idx
    on sync.conflict (mapping_name, left_key, field_no) where resolved_at is null;
create index conflict_mapping_name_right_key_idx
    on sync.conflict (mapping_name, right_key) where resolved_at is null;
create index conflict_resolved_at_idx on sync.conflict (resolved_at) where resolved_at is not null;
comment on table sync.conflict is
    'A field that was changed on both sides to different values, with both values and the base. Written by passes and sync.resolve_conflict.';
comment on column sync.conflict.conflict_id is 'Number to give to sync.resolve_conflict.';
comment on column sync.conflict.mapping_name is 'Mapping of the record.';
comment on column sync.conflict.left_key is 'Key of the left record.';
comment on column sync.conflict.right_key is 'Key of the right record.';
comment on column sync.conflict.field_no is 'Field mapping in conflict; 0: one side deleted the record and the other changed it.';
comment on column sync.conflict.left_column is 'Left column of the field.';
comment on column sync.conflict.right_column is 'Right column of the field.';
comment on column sync.conflict.left_value is 'Left value when the conflict was last seen, as text.';
comment on column sync.conflict.right_value is 'Right value when the conflict was last seen, as text.';
comment on column sync.conflict.base_value is 'Value of the detecting side when both were last in step; null if unknown.';
comment on column sync.conflict.policy is 'Policy that applied: fail leaves it to a person.';
comment on column sync.conflict.resolution is
    'Side whose value wins: left or right; equal: both sides came to agree; uncoupled: the couple ended; null: open.';
comment on column sync.conflict.detected_at is 'When a pass saw it first.';
comment on column sync.conflict.resolved_at is 'When the winning value was in place; null: not yet.';
comment on column sync.conflict.resolved_by is 'Role that decided; null: the policy did.';
comment on column sync.conflict.pass_id is 'Pass that saw it first.';
