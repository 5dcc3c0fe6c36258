create table sync.system (
    system_name      text not null,
    schema_name      text not null,
    integration_role text,
    description      text,
    constraint system_pkey primary key (system_name),
    constraint system_schema_name_key unique (schema_name),
    constraint system_system_name_check check (system_name <> '')
);
comment on table sync.system is
    'A business system whose tables live in one schema of this database. Written by the DBA.';
comment on column sync.system.system_name is 'Name of the system, e.g. ERP.';
comment on column sync.system.schema_name is 'Schema that holds the system''s tables.';
comment on column sync.system.integration_role is
    'Role whose writes to the system''s tables are not captured (another integration''s account); null: none.';
comment on column sync.system.description is 'Free text for people.';
