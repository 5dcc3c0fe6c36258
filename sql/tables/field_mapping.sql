create table sync.field_mapping (
    mapping_name         text collate "C" not null,
    field_no             integer not null,
    left_column          text,
    right_column         text,
    direction            text not null default 'both',
    constant             text,
    to_right             text,
    to_left              text,
    left_filter          text,
    right_filter         text,
    rule_to_right        text collate "C",
    rule_to_left         text collate "C",
    reference            text collate "C",
    option_set           text collate "C",
    on_unresolved        text not null default 'wait',
    when_null            text not null default 'write',
    write_on             text not null default 'always',
    conflict             text,
    match_priority       integer,
    match_case_sensitive boolean not null default false,
    is_enabled           boolean not null default true,
    description          text,
    constraint field_mapping_pkey primary key (mapping_name, field_no),
    constraint field_mapping_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint field_mapping_reference_fkey foreign key (reference)
        references sync.table_mapping (mapping_name) on update cascade,
    constraint field_mapping_rule_to_right_fkey foreign key (rule_to_right)
        references sync.transformation_rule (rule_code) on update cascade,
    constraint field_mapping_rule_to_left_fkey foreign key (rule_to_left)
        references sync.transformation_rule (rule_code) on update cascade,
    constraint field_mapping_direction_check check (direction in ('both', 'to_right', 'to_left')),
    constraint field_mapping_on_unresolved_check check (on_unresolved in ('wait', 'fail', 'null', 'keep')),
    constraint field_mapping_when_null_check check (when_null in ('write', 'keep')),
    constraint field_mapping_write_on_check check (write_on in ('always', 'insert', 'update')),
    constraint field_mapping_conflict_check
        check (conflict in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint field_mapping_match_priority_check check (match_priority >= 0),
    constraint field_mapping_reference_or_option_set_check check (reference is null or option_set is null),
    constraint field_mapping_field_no_check check (field_no > 0)
);
create index field_mapping_reference_idx on sync.field_mapping (reference) where reference is not null;
comment on table sync.field_mapping is
    'Pairs a left column with a right column inside a table mapping. Written by the DBA.';
comment on column sync.field_mapping.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.field_mapping.field_no is 'Number of the row; fields are shown and applied in this order.';
comment on column sync.field_mapping.left_column is 'Left column, exact name; null: the left side has none.';
comment on column sync.field_mapping.right_column is 'Right column, exact name; null: the right side has none.';
comment on column sync.field_mapping.direction is
    'Which way the field travels: both, to_right or to_left; limited by the mapping''s direction.';
comment on column sync.field_mapping.constant is
    'Value, as text, written to the side that has a column when the other side has none.';
comment on column sync.field_mapping.to_right is
    'SQL expression over the left row giving the right value; null: copy left_column.';
comment on column sync.field_mapping.to_left is
    'SQL expression over the right row giving the left value; null: copy right_column.';
comment on column sync.field_mapping.left_filter is
    'SQL condition over the left row: the field travels to the right only while it holds. A change that makes it hold brings nothing by itself. Null: always.';
comment on column sync.field_mapping.right_filter is
    'SQL condition over the right row: the field travels to the left only while it holds. Null: always.';
comment on column sync.field_mapping.rule_to_right is 'Transformation rule applied on the way to the right, after to_right.';
comment on column sync.field_mapping.rule_to_left is 'Transformation rule applied on the way to the left, after to_left.';
comment on column sync.field_mapping.reference is
    'Mapping through whose couplings the value, a key of its table on the same side, is translated.';
comment on column sync.field_mapping.option_set is 'Option set through which the value is translated.';
comment on column sync.field_mapping.on_unresolved is
    'What to do when the reference is not coupled or the option is not mapped: wait, fail, null (write null) or keep (leave the target).';
comment on column sync.field_mapping.when_null is
    'write: a null is written to the target. keep: a null leaves the target value as it is.';
comment on column sync.field_mapping.write_on is
    'always; insert: only when the row is created; update: only when it exists.';
comment on column sync.field_mapping.conflict is 'Overrides the mapping''s update_conflict for this field; null: the mapping''s.';
comment on column sync.field_mapping.match_priority is
    'Use the field for match-based coupling; lower numbers are tried first, equal numbers must all agree. Null: not used.';
comment on column sync.field_mapping.match_case_sensitive is 'Whether match-based coupling of this field heeds upper and lower case.';
comment on column sync.field_mapping.is_enabled is 'False: the field does not travel.';
comment on column sync.field_mapping.description is 'Free text for people.';
