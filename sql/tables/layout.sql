create table sync_private.layout (
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    layout_no    integer not null,
    columns      text[] not null,
    table_oid    oid not null,
    attnums      smallint[] not null,
    constraint layout_pkey primary key (mapping_name, side, layout_no)
);
comment on table sync_private.layout is
    'Names of the watched columns in the order of an outbox entry''s before. Written by enable_capture; changed only when a column is renamed.';
comment on column sync_private.layout.mapping_name is 'Mapping of the stream.';
comment on column sync_private.layout.side is 'Side of the stream.';
comment on column sync_private.layout.layout_no is 'Number of the layout; the highest is in use.';
comment on column sync_private.layout.columns is 'Watched columns, in order.';
comment on column sync_private.layout.table_oid is 'Table that attnums belong to.';
comment on column sync_private.layout.attnums is 'Numbers of the columns in the table: by them a renamed column is known again.';

create table sync_private.capture_state (
    mapping_name text collate "C" not null,
    revision     bigint not null,
    is_enabled   boolean not null,
    constraint capture_state_pkey primary key (mapping_name)
);
comment on table sync_private.capture_state is
    'Whether capture is on for a mapping, and the mapping revision its triggers were made for. Written by enable_capture and disable_capture.';
comment on column sync_private.capture_state.mapping_name is 'Mapping.';
comment on column sync_private.capture_state.revision is 'Mapping revision the triggers were made for.';
comment on column sync_private.capture_state.is_enabled is 'Whether the mapping''s changes are captured.';
