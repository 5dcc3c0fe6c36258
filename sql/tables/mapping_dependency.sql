create table sync.mapping_dependency (
    mapping_name text collate "C" not null,
    depends_on   text collate "C" not null,
    constraint mapping_dependency_pkey primary key (mapping_name, depends_on),
    constraint mapping_dependency_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_dependency_depends_on_fkey foreign key (depends_on)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_dependency_depends_on_check check (depends_on <> mapping_name)
);
create index mapping_dependency_depends_on_idx on sync.mapping_dependency (depends_on);
comment on table sync.mapping_dependency is
    'Declares that a mapping runs after another one. References and parents count by themselves. Written by the DBA.';
comment on column sync.mapping_dependency.mapping_name is 'Mapping that runs later.';
comment on column sync.mapping_dependency.depends_on is 'Mapping that runs first.';
