create table sync.table_mapping (
    mapping_name      text collate "C" not null,
    left_table        text not null,
    right_table       text not null,
    left_key          text[],
    right_key         text[],
    left_new_key      text,
    right_new_key     text,
    direction         text not null default 'both',
    left_filter       text,
    right_filter      text,
    coupled_only      boolean not null default true,
    update_conflict   text not null default 'fail',
    conflict_scope    text not null default 'field',
    on_left_delete    text not null default 'fail',
    on_right_delete   text not null default 'fail',
    left_modified_at  text,
    right_modified_at text,
    parent_mapping    text collate "C",
    full_sync         text not null default 'auto',
    is_enabled        boolean not null default true,
    is_paused         boolean not null default false,
    batch_size        integer not null default 5000,
    max_deletes       integer,
    max_changed_share numeric,
    is_journaled      boolean not null default true,
    description       text,
    revision          bigint not null default 1,
    constraint table_mapping_pkey primary key (mapping_name),
    constraint table_mapping_parent_mapping_fkey foreign key (parent_mapping)
        references sync.table_mapping (mapping_name) on update cascade,
    constraint table_mapping_mapping_name_check check (mapping_name <> '' and length(mapping_name) <= 100),
    constraint table_mapping_direction_check check (direction in ('both', 'to_right', 'to_left')),
    constraint table_mapping_update_conflict_check
        check (update_conflict in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint table_mapping_conflict_scope_check check (conflict_scope in ('field', 'row')),
    constraint table_mapping_on_left_delete_check
        check (on_left_delete in ('fail', 'uncouple', 'delete', 'restore')),
    constraint table_mapping_on_right_delete_check
        check (on_right_delete in ('fail', 'uncouple', 'delete', 'restore')),
    constraint table_mapping_full_sync_check check (full_sync in ('auto', 'full', 'couple', 'update', 'none')),
    constraint table_mapping_left_key_check check (cardinality(left_key) > 0),
    constraint table_mapping_right_key_check check (cardinality(right_key) > 0),
    constraint table_mapping_batch_size_check check (batch_size between 1 and 100000),
    constraint table_mapping_max_deletes_check check (max_deletes >= 0),
    constraint table_mapping_max_changed_share_check check (max_changed_share between 0 and 1)
);
comment on table sync.table_mapping is
    'Pairs a left table with a right table and says how their rows are kept in step. Written by the DBA.';
comment on column sync.table_mapping.mapping_name is 'Name of the mapping, e.g. CUSTOMER.';
comment on column sync.table_mapping.left_table is
    'Left table or view as schema.table; quote odd names as in SQL: erp."Sales Order".';
comment on column sync.table_mapping.right_table is
    'Right table or view as schema.table; quote odd names as in SQL.';
comment on column sync.table_mapping.left_key is
    'Key columns of the left table, exact names; null: its primary key.';
comment on column sync.table_mapping.right_key is
    'Key columns of the right table, exact names; null: its primary key.';
comment on column sync.table_mapping.left_new_key is
    'SQL expression over the right row that gives the key of a new left row; null: the key column''s default.';
comment on column sync.table_mapping.right_new_key is
    'SQL expression over the left row that gives the key of a new right row; null: the key column''s default.';
comment on column sync.table_mapping.direction is 'Who may write whom: both, to_right or to_left.';
comment on column sync.table_mapping.left_filter is
    'SQL condition over the left row; rows outside it do not travel to the right. Null: all rows.';
comment on column sync.table_mapping.right_filter is
    'SQL condition over the right row; rows outside it do not travel to the left. Null: all rows.';
comment on column sync.table_mapping.coupled_only is
    'True: only coupled rows travel. False: an uncoupled row is created on the other side and coupled.';
comment on column sync.table_mapping.update_conflict is
    'What happens when both sides changed the same field: fail, left_wins, right_wins or newest_wins.';
comment on column sync.table_mapping.conflict_scope is
    'field: only the same field on both sides conflicts. row: any two changed fields of one record conflict.';
comment on column sync.table_mapping.on_left_delete is
    'What happens when a coupled left row is deleted: fail, uncouple, delete or restore.';
comment on column sync.table_mapping.on_right_delete is
    'What happens when a coupled right row is deleted: fail, uncouple, delete or restore.';
comment on column sync.table_mapping.left_modified_at is
    'SQL expression over the left row giving its time of change, for newest_wins; null: time of capture.';
comment on column sync.table_mapping.right_modified_at is
    'SQL expression over the right row giving its time of change, for newest_wins; null: time of capture.';
comment on column sync.table_mapping.parent_mapping is
    'Mapping of the header rows when this one maps lines; runs before this mapping. Null: none.';
comment on column sync.table_mapping.full_sync is
    'What a full synchronisation does with the mapping: auto (as recommended), full (every row, never matched), couple (what matches is coupled first), update (couples only: nothing is created) or none (left out).';
comment on column sync.table_mapping.is_enabled is 'False: passes leave the mapping out and nothing is captured for it.';
comment on column sync.table_mapping.is_paused is
    'True: changes are captured and wait; passes leave the mapping out. Set by sync.pause and sync.resume.';
comment on column sync.table_mapping.batch_size is 'Most records worked on in one transaction.';
comment on column sync.table_mapping.max_deletes is
    'Most rows a pass may delete through the mapping, both sides together; more stop it before anything is written, until sync.approve. Null: any number.';
comment on column sync.table_mapping.max_changed_share is
    'Largest share of its couples (0 to 1) a pass may change or delete, at least one; more stop it as max_deletes does. Null: all.';
comment on column sync.table_mapping.is_journaled is
    'True: what passes write over is kept in sync.journal, so that pysync undo can put it back.';
comment on column sync.table_mapping.description is 'Free text for people.';
comment on column sync.table_mapping.revision is
    'Counts edits of the mapping and its rows; raised by triggers. A pass recompiles when it changed.';
