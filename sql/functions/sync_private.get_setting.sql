create or replace function sync_private.get_setting(p_name text) returns integer
language sql stable as $$
    select coalesce((select s.value from sync.setting s where s.setting_name = p_name),
                    case p_name when 'keep_days' then 30 when 'skip_after' then 10 end)
$$;
comment on function sync_private.get_setting(text) is 'A setting''s value, or its default when sync.setting has no row.';
