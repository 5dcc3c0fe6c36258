-- `pysync migrate` makes sync_private first: its version table stands there.
create schema if not exists sync_private;
create schema sync;

comment on schema sync is 'pysync: what DBAs and operators use; names here are stable';
comment on schema sync_private is 'pysync: internal; anything here may change with the next version';
