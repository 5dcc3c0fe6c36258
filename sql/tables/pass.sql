create table sync.pass (
    pass_id     bigint generated always as identity,
    kind        text not null default 'changes',
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    status      text not null default 'running',
    started_by  text not null default session_user,
    message     text,
    constraint pass_pkey primary key (pass_id),
    constraint pass_kind_check check (kind in ('changes', 'full', 'record', 'match', 'repair', 'undo')),
    constraint pass_status_check check (status in ('running', 'done', 'problems', 'failed'))
);
comment on table sync.pass is
    'One run over what changed. A pass that finds nothing to do leaves no row. Written by passes.';
comment on column sync.pass.pass_id is 'Number of the pass.';
comment on column sync.pass.kind is 'changes, full, record, match, repair or undo.';
comment on column sync.pass.started_at is 'When its first batch began.';
comment on column sync.pass.finished_at is 'When it ended; null: still running, or its process died.';
comment on column sync.pass.status is 'running, done, problems (some records need a person) or failed.';
comment on column sync.pass.started_by is 'Role that ran it.';
comment on column sync.pass.message is 'Why it failed.';
