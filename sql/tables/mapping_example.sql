create table sync.mapping_example (
    mapping_name text collate "C" not null,
    example_no   integer not null,
    direction    text not null,
    source       jsonb not null,
    expected     jsonb,
    couplings    jsonb,
    description  text,
    constraint mapping_example_pkey primary key (mapping_name, example_no),
    constraint mapping_example_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_example_example_no_check check (example_no > 0),
    constraint mapping_example_direction_check check (direction in ('to_right', 'to_left')),
    constraint mapping_example_source_check check (jsonb_typeof(source) = 'object'),
    constraint mapping_example_expected_check check (jsonb_typeof(expected) = 'object'),
    constraint mapping_example_couplings_check check (jsonb_typeof(couplings) = 'object')
);
comment on table sync.mapping_example is
    'A source row and the target fields it must give: pysync check runs each through the mapping, as a test of the mapping. Written by the DBA.';
comment on column sync.mapping_example.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.mapping_example.example_no is 'Number of the example, named by the fault when it fails.';
comment on column sync.mapping_example.direction is 'Which way the row travels: to_right or to_left.';
comment on column sync.mapping_example.source is
    'The source row as an object of its columns; a column left out has its constant default, else null. The row need not exist.';
comment on column sync.mapping_example.expected is
    'Target columns with the values they must get; columns left out are not looked at. Null: the row must be outside the filter.';
comment on column sync.mapping_example.couplings is
    'What references find: an object of mapping name to an object of source key to target key. Null: nothing is coupled.';
comment on column sync.mapping_example.description is 'Free text for people.';
