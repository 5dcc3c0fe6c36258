-- One record that the database refused, alone: its entries leave the outbox for sync.parked, the oldest base kept.
create or replace function sync_private.park_record(
    p_mapping text, p_side text, p_key text, p_sqlstate text, p_message text, p_pass_id bigint
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    with claimed as (
        delete from sync.outbox o
        where o.mapping_name = p_mapping and o.side = p_side and o.record_key = p_key
            and o.operation not in ('truncate', 'rekey')
        returning o.operation, o.layout_no, o.before, o.origin, o.hop, o.entry_id, o.captured_at, o.captured_by,
            0 as attempts, null::timestamptz as parked_at
    ), unparked as (
        delete from sync.parked p
        where p.mapping_name = p_mapping and p.side = p_side and p.record_key = p_key
        returning p.operation, p.layout_no, p.before, p.origin, p.hop, p.entry_id, p.captured_at, p.captured_by,
            p.attempts, p.parked_at
    ), waiting as (
        select * from claimed
        union all
        select * from unparked
    )
    insert into sync.parked (
        mapping_name, side, record_key, target_key, operation, layout_no, before, origin, hop, entry_id,
        captured_at, captured_by, reason, sqlstate, message, attempts, parked_at, next_attempt_at)
    select
        p_mapping, p_side, p_key,
        (select case p_side when 'left' then c.right_key else c.left_key end
         from sync.coupling c
         where c.mapping_name = p_mapping
            and case p_side when 'left' then c.left_key else c.right_key end = p_key),
        coalesce(
            (select max(a.operation) from waiting a where a.operation in ('request', 'couple', 'restore', 'create')),
            w.operation),
        w.layout_no, w.before, w.origin, m.hop, w.entry_id, m.captured_at, w.captured_by,
        'error', p_sqlstate, p_message, m.attempts + 1, coalesce(m.parked_at, now()),
        now() + sync_private.retry_after(p_sqlstate, m.attempts)
    from (select * from waiting order by operation = 'retry', entry_id limit 1) w
    cross join (
        select max(hop) as hop, max(captured_at) as captured_at, max(attempts) as attempts,
            min(parked_at) as parked_at
        from waiting
    ) m;
    insert into sync.pass_error (pass_id, mapping_name, direction, record_key, sqlstate, message)
    values (
        p_pass_id, p_mapping, case p_side when 'left' then 'to_right' else 'to_left' end, p_key, p_sqlstate,
        p_message);
end;
$$;
comment on function sync_private.park_record(text, text, text, text, text, bigint) is
    'Sets the waiting entries of one record aside because the database refused them. Called by passes.';
