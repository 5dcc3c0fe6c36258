create or replace view sync.backlog as
select o.mapping_name, o.side, count(*) as entries, count(distinct o.record_key) as records,
       min(o.captured_at) as oldest_at, now() - min(o.captured_at) as oldest_age
  from sync.outbox o
 group by o.mapping_name, o.side;
comment on view sync.backlog is 'What waits for a pass, per mapping and side.';
comment on column sync.backlog.mapping_name is 'Mapping.';
comment on column sync.backlog.side is 'Side on which the records changed.';
comment on column sync.backlog.entries is 'Entries that wait.';
comment on column sync.backlog.records is 'Records they belong to.';
comment on column sync.backlog.oldest_at is 'When the oldest was captured.';
comment on column sync.backlog.oldest_age is 'How long the oldest has waited.';
