create table sync.option_mapping (
    option_set  text collate "C" not null,
    left_value  text not null,
    right_value text not null,
    label       text,
    constraint option_mapping_pkey primary key (option_set, left_value),
    constraint option_mapping_option_set_right_value_key unique (option_set, right_value)
);
comment on table sync.option_mapping is
    'Translates choice values: a left value and its right value, as text. Written by the DBA.';
comment on column sync.option_mapping.option_set is 'Name of the set that field mappings refer to.';
comment on column sync.option_mapping.left_value is 'Value on the left, as text.';
comment on column sync.option_mapping.right_value is 'Value on the right, as text.';
comment on column sync.option_mapping.label is 'Caption of the option, for people.';
