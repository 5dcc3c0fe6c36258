create table sync.parked (
    mapping_name      text collate "C" not null,
    side              text collate "C" not null,
    record_key        text collate "C" not null,
    target_key        text,
    operation         text not null,
    layout_no         integer not null,
    before            text[],
    origin            text,
    hop               smallint not null default 0,
    entry_id          bigint not null,
    captured_at       timestamptz not null,
    captured_by       text not null,
    reason            text not null,
    sqlstate          text,
    message           text not null,
    waits_for_mapping text collate "C",
    waits_for_key     text collate "C",
    attempts          integer not null default 1,
    parked_at         timestamptz not null default now(),
    next_attempt_at   timestamptz,
    repeats           integer not null default 1,
    constraint parked_pkey primary key (mapping_name, side, record_key),
    constraint parked_reason_check
        check (reason in ('reference', 'option', 'error', 'deleted', 'loop', 'missing', 'skipped'))
);
create index parked_waits_for_mapping_idx on sync.parked (waits_for_mapping, waits_for_key)
    where waits_for_mapping is not null;
create index parked_next_attempt_at_idx on sync.parked (next_attempt_at) where next_attempt_at is not null;
comment on table sync.parked is
    'Changes set aside with a reason; retried when due, when what they wait for is coupled, or by sync.retry. Written by passes.';
comment on column sync.parked.mapping_name is 'Mapping of the stream.';
comment on column sync.parked.side is 'Side of the mapping on which the row changed.';
comment on column sync.parked.record_key is 'Key of the changed record.';
comment on column sync.parked.target_key is 'Key of the coupled record on the other side; null: not coupled.';
comment on column sync.parked.operation is 'Operation of the earliest change that waits.';
comment on column sync.parked.layout_no is 'Layout that names the columns of before.';
comment on column sync.parked.before is 'Values when last in step, as in sync.outbox.';
comment on column sync.parked.origin is 'Mapping whose pass made the change; null: an application did.';
comment on column sync.parked.hop is 'How many passes the change has come through.';
comment on column sync.parked.entry_id is 'Outbox entry it came from.';
comment on column sync.parked.captured_at is 'When the latest change was captured.';
comment on column sync.parked.captured_by is 'Role that made the latest change.';
comment on column sync.parked.reason is
    'reference (not coupled yet), option (not mapped), error (the database refused it), deleted (policy fail), missing (coupled to a deleted record), loop (too many hops), skipped (by sync.skip, or after the same permanent failure skip_after times).';
comment on column sync.parked.sqlstate is 'SQLSTATE of the refusal.';
comment on column sync.parked.message is 'What happened, for people.';
comment on column sync.parked.waits_for_mapping is 'Mapping in which a coupling is awaited.';
comment on column sync.parked.waits_for_key is 'Key, on the same side, whose coupling is awaited.';
comment on column sync.parked.attempts is 'How often it was tried.';
comment on column sync.parked.parked_at is 'When it was first set aside.';
comment on column sync.parked.next_attempt_at is 'When a pass tries again; null: not by time.';
comment on column sync.parked.repeats is 'How often in a row it failed with this SQLSTATE and message.';
