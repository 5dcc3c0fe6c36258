create or replace function sync.approve(p_mapping text, p_kind text default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.get_mapping(p_mapping);
    update sync.gate g set approved_at = now(), approved_by = session_user
     where g.mapping_name = p_mapping
       -- Two things may be stopped, with counts of their own: nobody approves what he has not been shown.
       and g.kind = coalesce(p_kind, (select k.kind from sync.gate k where k.mapping_name = p_mapping
                                       order by k.approved_at is not null, k.kind limit 1));
    if not found then
        perform sync_private.fail('SY040', format('mapping "%s" is not stopped by a limit', p_mapping),
            'Only what a pass has counted can be approved.', 'Look at: select * from sync.gate');
    end if;
end $$;
comment on function sync.approve(text, text) is
    'Lets a mapping that max_deletes or max_changed_share stopped go through once, if it would delete and change no more than a tenth over the counts in sync.gate. kind: changes, the next pass; full, the next full synchronisation; null: what is stopped, the pass first.';
