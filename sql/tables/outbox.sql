create table sync.outbox (
    entry_id     bigint generated always as identity,
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    record_key   text collate "C" not null,
    operation    text collate "C" not null,
    layout_no    integer not null,
    before       text[],
    new_key      text collate "C",
    origin       text collate "C",
    hop          smallint not null default 0,
    xid          xid8 not null default pg_current_xact_id(),
    captured_at  timestamptz not null default now(),
    captured_by  text not null,
    constraint outbox_pkey primary key (mapping_name, side, record_key, entry_id)
    -- No checks: PostgreSQL reads them anew for every statement, a fifth of what capture costs a single write.
    -- Half of each page stays free: a pass that writes the other side brings the waiting entries' before up to date in place.
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
-- Finds changed keys in any backlog: they are followed before a stream is drained.
create index outbox_mapping_name_side_entry_id_idx on sync.outbox (mapping_name, side, entry_id) where new_key is not null;
comment on table sync.outbox is
    'Changes that wait for a pass, one entry per captured row and interested stream. Written by capture triggers, emptied by passes.';
comment on column sync.outbox.entry_id is 'Order of capture within one record. Never use it as a position: it is not commit order.';
comment on column sync.outbox.mapping_name is 'Mapping of the stream.';
comment on column sync.outbox.side is 'Side of the mapping on which the row changed: left or right.';
comment on column sync.outbox.record_key is 'Key of the changed record; empty for truncate, and for a rekey when the key column itself had another name.';
comment on column sync.outbox.operation is
    'insert (with before: a pass made the row), update, delete, truncate, rekey (primary key changed), or asked for: request, retry, restore, couple, create, answer (what only this side sends).';
comment on column sync.outbox.layout_no is 'Layout that names the columns of before.';
comment on column sync.outbox.before is
    'Old values of the stream''s watched columns as text, in the order of the layout; null when there was no row or it is unknown.';
comment on column sync.outbox.new_key is 'For rekey: the record''s new key.';
comment on column sync.outbox.origin is 'Mapping whose pass made the change; null: an application did.';
comment on column sync.outbox.hop is 'How many passes the change has come through.';
comment on column sync.outbox.xid is 'Transaction that made the change.';
comment on column sync.outbox.captured_at is
    'Start of that transaction; of what a pass handed on to a mapping with newest_wins, of the one that the change came from.';
comment on column sync.outbox.captured_by is 'Role that made the change.';
