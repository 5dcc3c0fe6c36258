create table sync.capture_source (
    mapping_name   text collate "C" not null,
    side           text not null,
    table_name     text not null,
    key_expression text not null,
    constraint capture_source_pkey primary key (mapping_name, side, table_name),
    constraint capture_source_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint capture_source_side_check check (side in ('left', 'right'))
);
comment on table sync.capture_source is
    'A table that a mapping''s view only reads: its changes concern the records whose keys the expression gives. Written by the DBA.';
comment on column sync.capture_source.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.capture_source.side is 'Side whose view reads the table: left or right.';
comment on column sync.capture_source.table_name is 'Table read, as schema.table.';
comment on column sync.capture_source.key_expression is
    'Column of the read table that holds the record key of the view, exact name; or a list of columns separated by commas for a composite key.';
