create schema sync;
create schema sync_private;

comment on schema sync is 'pysync: what DBAs and operators use; names here are stable';
comment on schema sync_private is 'pysync: internal; anything here may change with the next version';
