create or replace function sync_private.degrade_rekeys(p_mapping text, p_side text, p_entries bigint[]) returns void
language sql
-- Only the index is right both for an empty outbox and for a full one, and a plan made for the one may meet the other.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_nestloop = on as $$
    -- The same entry_id under the other key: it keeps its place among that record's entries.
    insert into sync.outbox (entry_id, mapping_name, side, record_key, operation, layout_no, origin, hop, xid, captured_at, captured_by)
    overriding system value
    select o.entry_id, o.mapping_name, o.side, o.new_key, 'update', o.layout_no, o.origin, o.hop, o.xid, o.captured_at, o.captured_by
      from sync.outbox o
     where o.mapping_name = p_mapping and o.side = p_side and o.new_key is not null and o.entry_id = any (p_entries);
    update sync.outbox o set operation = 'update', new_key = null
     where o.mapping_name = p_mapping and o.side = p_side and o.new_key is not null and o.entry_id = any (p_entries);
$$;
comment on function sync_private.degrade_rekeys(text, text, bigint[]) is
    'Turns changes to a key that is coupled already into an update of the old key and one of the new key.';
