-- One record that the database refused, alone: its entries leave the outbox for sync.parked, the oldest base kept.
-- Only those it can have refused: a later one may be what mends the record.
create or replace function sync_private.park_record(
    p_mapping text, p_side text, p_key text, p_sqlstate text, p_message text, p_pass_id bigint, p_seen pg_snapshot
) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_partner text;
    v_repeats integer;
    v_is_skipped boolean;
begin
    if p_side = 'left' then
        select c.right_key into v_partner from sync.coupling c where c.mapping_name = p_mapping and c.left_key = p_key;
    else
        select c.left_key into v_partner from sync.coupling c where c.mapping_name = p_mapping and c.right_key = p_key;
    end if;
    -- The failing row's other values may differ each time: it is the same failure all the same.
    select case when p.sqlstate = p_sqlstate
                 and split_part(p.message, ' (Failing row contains ', 1) = split_part(p_message, ' (Failing row contains ', 1)
                then p.repeats + 1 else 1 end
      into v_repeats
      from sync.parked p where p.mapping_name = p_mapping and p.side = p_side and p.record_key = p_key;
    v_repeats := coalesce(v_repeats, 1);
    v_is_skipped := sync_private.is_permanent(p_sqlstate) and v_repeats >= sync_private.get_setting('skip_after');
    with claimed as (
        delete from sync.outbox o
        where o.mapping_name = p_mapping and o.side = p_side and o.record_key = p_key
            and o.operation not in ('truncate', 'rekey')
            -- In a dry run all is one transaction.
            and (pg_visible_in_snapshot(o.xid, p_seen) or o.xid = pg_current_xact_id())
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
        captured_at, captured_by, reason, sqlstate, message, attempts, parked_at, next_attempt_at, repeats)
    select
        p_mapping, p_side, p_key, v_partner,
        coalesce(
            (select max(a.operation) from waiting a where a.operation in ('request', 'couple', 'restore', 'create', 'answer')),
            w.operation),
        w.layout_no, w.before, w.origin, m.hop, w.entry_id, m.captured_at, w.captured_by,
        case when v_is_skipped then 'skipped' else 'error' end, p_sqlstate, p_message, m.attempts + 1,
        coalesce(m.parked_at, now()),
        case when not v_is_skipped then now() + sync_private.retry_after(p_sqlstate, m.attempts) end, v_repeats
    from (select * from waiting order by operation in ('retry', 'answer') and before is null, entry_id limit 1) w
    cross join (
        select max(hop) as hop, max(captured_at) as captured_at, max(attempts) as attempts,
            min(parked_at) as parked_at
        from waiting
    ) m;
    insert into sync.pass_error (pass_id, mapping_name, direction, record_key, sqlstate, message)
    values (
        p_pass_id, p_mapping, case p_side when 'left' then 'to_right' else 'to_left' end, p_key, p_sqlstate,
        p_message);
    if v_is_skipped and v_partner is not null then
        update sync.coupling c set is_skipped = true, skip_reason = format('%s: %s', p_sqlstate, p_message)
         where c.mapping_name = p_mapping and c.left_key = case p_side when 'left' then p_key else v_partner end;
    end if;
    return v_is_skipped;
end;
$$;
comment on function sync_private.park_record(text, text, text, text, text, bigint, pg_snapshot) is
    'Sets the waiting entries of one record aside because the database refused them; true if the same permanent failure has now repeated so often that the record is skipped. Called by passes.';
