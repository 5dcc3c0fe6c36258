create or replace function sync_private.can_lock(p_table regclass) returns boolean
language plpgsql as $$
begin
    execute format('select from %s limit 0 for no key update', p_table);
    return true;
exception
    when feature_not_supported or wrong_object_type then
        return false;
    when others then
        -- Rights, say: the pass itself gets to hear it, in words that fit.
        return true;
end $$;
comment on function sync_private.can_lock(regclass) is
    'Whether rows of the table or view can be locked: not those of a view with distinct, grouping, aggregates or a union.';
