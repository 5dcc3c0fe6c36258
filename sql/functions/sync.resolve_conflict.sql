create or replace function sync.resolve_conflict(p_conflict_id bigint, p_side text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_conflict sync.conflict;
begin
    perform sync_private.check_side(p_side);
    select * into v_conflict from sync.conflict c where c.conflict_id = p_conflict_id for update;
    if not found then
        perform sync_private.fail('SY009', format('there is no conflict %s', p_conflict_id), null,
            'Look at the open ones: select * from sync.conflict where resolved_at is null');
    elsif coalesce(v_conflict.resolution, v_conflict.resolved_at::text) is not null then
        perform sync_private.fail('SY010', format('conflict %s is resolved already: %s', p_conflict_id, v_conflict.resolution),
            case when v_conflict.resolved_at is null then 'The next pass puts the value in place.' end,
            'To change the value now, change it in the application on either side.');
    end if;
    if v_conflict.field_no = 0 and p_side = (case v_conflict.left_value when '(deleted)' then 'right' else 'left' end) then
        -- The record that was changed wins over the deletion: the couple ends and the lost record is created anew.
        perform sync.uncouple(v_conflict.mapping_name, v_conflict.left_key, v_conflict.right_key);
        update sync.conflict c set resolution = p_side, resolved_by = session_user where c.conflict_id = p_conflict_id;
        perform sync_private.ask(v_conflict.mapping_name, p_side,
            case p_side when 'left' then v_conflict.left_key else v_conflict.right_key end, 'restore');
        return;
    end if;
    update sync.conflict c set resolution = p_side, resolved_by = session_user where c.conflict_id = p_conflict_id;
    perform sync_private.ask(v_conflict.mapping_name, p_side,
        case p_side when 'left' then v_conflict.left_key else v_conflict.right_key end, 'retry');
end $$;
comment on function sync.resolve_conflict(bigint, text) is
    'Decides an open conflict: the value of the named side (left or right) wins; the next pass puts it in place.';
