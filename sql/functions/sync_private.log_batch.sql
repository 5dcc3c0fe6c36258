-- Called in every batch: one row per pass, mapping and direction, counters added up.
create or replace function sync_private.log_batch(
    p_pass_id bigint, p_mapping text, p_direction text, p_counts bigint[]
) returns void
language sql
begin atomic
    insert into sync.pass_mapping as p (
        pass_id, mapping_name, direction, inserted, modified, deleted, unchanged, skipped, failed,
        coupled, uncoupled, conflicted, waiting, held, batches, duration_ms, xids)
    values (
        p_pass_id, p_mapping, p_direction, p_counts[1], p_counts[2], p_counts[3], p_counts[4], p_counts[5],
        p_counts[6], p_counts[7], p_counts[8], p_counts[9], p_counts[10], p_counts[11], p_counts[12], p_counts[13],
        case when p_counts[1] > 0 then array[pg_current_xact_id()] else '{}' end)
    on conflict (pass_id, mapping_name, direction) do update set
        inserted = p.inserted + excluded.inserted,
        modified = p.modified + excluded.modified,
        deleted = p.deleted + excluded.deleted,
        unchanged = p.unchanged + excluded.unchanged,
        skipped = p.skipped + excluded.skipped,
        failed = p.failed + excluded.failed,
        coupled = p.coupled + excluded.coupled,
        uncoupled = p.uncoupled + excluded.uncoupled,
        conflicted = p.conflicted + excluded.conflicted,
        waiting = p.waiting + excluded.waiting,
        held = p.held + excluded.held,
        batches = p.batches + excluded.batches,
        duration_ms = p.duration_ms + excluded.duration_ms,
        xids = p.xids || excluded.xids;
end;
comment on function sync_private.log_batch(bigint, text, text, bigint[]) is
    'Adds the counters of a batch to its pass. Called by passes, in the transaction of the batch.';
