create or replace function sync_private.hold_mapping(p_mapping text) returns void
-- In this order everywhere, or two who change mappings could wait for each other.
language sql as $$
    select pg_advisory_xact_lock(hashtextextended('pysync capture', 0));
    select pg_advisory_xact_lock(hashtextextended('pysync.' || p_mapping, 0));
$$;
comment on function sync_private.hold_mapping(text) is
    'Waits for the running batch of a mapping and lets none begin before this transaction ends: what a batch has looked up must hold until it commits.';
