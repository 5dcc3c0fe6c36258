create table sync_private.journal (
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text collate "C" not null,
    action       text collate "C" not null,
    columns      text[] not null,
    record_keys  text[] not null,
    target_keys  text[] not null,
    captured_by  text[] not null,
    old_values   text[],
    new_values   text[],
    written_at   timestamptz not null default now(),
    constraint journal_direction_check check (direction in ('to_right', 'to_left')),
    constraint journal_action_check check (action in ('insert', 'update', 'delete'))
);
-- A thousand records in one row: a row for each record would cost a pass a fifth of its time, this a twentieth.
-- Compressing costs more than the disk it saves for the days a row lives.
alter table sync_private.journal alter column record_keys set storage external, alter column target_keys set storage external,
    alter column old_values set storage external, alter column new_values set storage external;
create index journal_pass_id_idx on sync_private.journal (pass_id);
comment on table sync_private.journal is
    'What passes wrote over, up to a thousand records in a row; sync.journal shows it field by field. Written by passes of mappings with is_journaled, in the transaction of the batch.';
comment on column sync_private.journal.pass_id is 'Pass that wrote.';
comment on column sync_private.journal.mapping_name is 'Mapping.';
comment on column sync_private.journal.direction is 'to_right: the right table was written; to_left: the left one.';
comment on column sync_private.journal.action is
    'update, delete, or insert (into a view only: rows created in tables are known by their coupling).';
comment on column sync_private.journal.columns is 'Columns of the written table, in the order of the values.';
comment on column sync_private.journal.record_keys is 'Keys of the records the values came from.';
comment on column sync_private.journal.target_keys is 'Keys of the rows written, as they were before.';
comment on column sync_private.journal.captured_by is 'Roles whose changes they were.';
comment on column sync_private.journal.old_values is 'Values before, as text: one array per record, in the order of columns.';
comment on column sync_private.journal.new_values is
    'Values written, as text. Both null or both equal: this record''s column was not written.';
comment on column sync_private.journal.written_at is 'Start of the transaction that wrote.';
