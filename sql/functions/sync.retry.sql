create or replace function sync.retry(p_mapping text default null, p_key text default null) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_count bigint;
begin
    if p_mapping is not null then
        perform sync_private.get_mapping(p_mapping);
    elsif p_key is not null then
        perform sync_private.fail('SY007', 'a key needs a mapping', null, 'Call select sync.retry(mapping, key).');
    end if;
    -- What failures have set aside, not what a person did.
    update sync.coupling c set is_skipped = false, skip_reason = null
     where c.is_skipped and c.skip_reason is not null and c.mapping_name = coalesce(p_mapping, c.mapping_name)
       and (p_key is null or p_key in (c.left_key, c.right_key));
    update sync.parked p set next_attempt_at = now()
     where p.mapping_name = coalesce(p_mapping, p.mapping_name) and p.record_key = coalesce(p_key, p.record_key);
    get diagnostics v_count = row_count;
    if v_count > 0 then
        perform sync_private.ring(variadic array(select distinct p.mapping_name from sync.parked p where p.next_attempt_at = now()));
    end if;
    return v_count;
end $$;
comment on function sync.retry(text, text) is
    'Lets the next pass try parked records again: all, those of a mapping, or one; those that repeated failures had set aside too. Returns how many.';
