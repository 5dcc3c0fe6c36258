create or replace function sync.approve(p_mapping text) returns void
language plpgsql as $$
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.gate g set approved_at = now(), approved_by = session_user where g.mapping_name = p_mapping;
    if not found then
        perform sync_private.fail('SY040', format('mapping "%s" is not stopped by a limit', p_mapping),
            'Only what a pass has counted can be approved.', 'Look at: select * from sync.gate');
    end if;
end $$;
comment on function sync.approve(text) is
    'Lets the next pass of a mapping that max_deletes or max_changed_share stopped go through once, if it would delete and change no more than a tenth over the counts in sync.gate.';
