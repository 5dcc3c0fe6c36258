create table sync.gate (
    mapping_name text collate "C" not null,
    kind         text collate "C" not null default 'changes',
    pass_id      bigint,
    deletes      bigint not null,
    changes      bigint not null,
    couplings    bigint not null,
    entries      bigint not null,
    revision     bigint not null,
    stopped_at   timestamptz not null default now(),
    approved_at  timestamptz,
    approved_by  text,
    constraint gate_pkey primary key (mapping_name, kind),
    constraint gate_kind_check check (kind in ('changes', 'full')),
    constraint gate_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade
);
comment on table sync.gate is
    'A mapping that max_deletes or max_changed_share stopped, with what the next pass would do. Written by passes and sync.approve; gone when a pass went through.';
comment on column sync.gate.mapping_name is 'Mapping that is stopped.';
comment on column sync.gate.kind is 'changes: a pass over what waits; full: the scan of a full synchronisation.';
comment on column sync.gate.pass_id is 'Pass that stopped last; null: it had not begun yet.';
comment on column sync.gate.deletes is 'Rows a pass would delete, both sides.';
comment on column sync.gate.changes is 'Coupled rows a pass would change or delete.';
comment on column sync.gate.couplings is 'Couples of the mapping then.';
comment on column sync.gate.entries is 'Entries that waited then; another number makes a pass count again.';
comment on column sync.gate.revision is 'Revision of the mapping then; another one makes a pass count again.';
comment on column sync.gate.stopped_at is 'When it was stopped first.';
comment on column sync.gate.approved_at is 'When sync.approve was called; null: it waits for a person.';
comment on column sync.gate.approved_by is 'Role that approved.';
