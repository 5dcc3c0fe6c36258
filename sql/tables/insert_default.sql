create table sync.insert_default (
    mapping_name  text collate "C" not null,
    side          text not null,
    priority      integer not null default 1,
    column_name   text not null,
    value         text not null,
    source_filter text,
    description   text,
    constraint insert_default_pkey primary key (mapping_name, side, column_name, priority),
    constraint insert_default_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint insert_default_side_check check (side in ('left', 'right'))
);
comment on table sync.insert_default is
    'Values for columns of a row that a pass creates; they override what the fields bring. Written by the DBA.';
comment on column sync.insert_default.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.insert_default.side is 'Side on which the new row is created: left or right.';
comment on column sync.insert_default.priority is 'The lowest number whose source_filter holds gives the value.';
comment on column sync.insert_default.column_name is 'Column of the new row, exact name.';
comment on column sync.insert_default.value is 'SQL expression over the source row, often a literal such as 3 or ''Net 30''.';
comment on column sync.insert_default.source_filter is 'SQL condition over the source row; null: always.';
comment on column sync.insert_default.description is 'Free text for people.';
