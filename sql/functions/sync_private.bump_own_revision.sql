create or replace function sync_private.bump_own_revision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if to_jsonb(old) - '{is_paused,revision}'::text[] <> to_jsonb(new) - '{is_paused,revision}'::text[] then
        new.revision := old.revision + 1;
    end if;
    if old.mapping_name <> new.mapping_name
       and exists (select from sync_private.capture_state e where e.mapping_name = old.mapping_name and e.is_enabled) then
        perform sync_private.fail('SY011', format('mapping "%s" cannot be renamed while it is captured', old.mapping_name),
            'Its triggers would go on writing entries under the old name.',
            format('Run first: select sync.disable_capture(%L)', old.mapping_name));
    end if;
    return new;
end $$;
comment on function sync_private.bump_own_revision() is
    'Row trigger on sync.table_mapping: raises the revision of a mapping that is edited; refuses to rename a captured one.';
