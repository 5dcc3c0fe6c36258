-- Group roles without login. Roles belong to the whole server: two installs may race, so each is made under a guard.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['sync_admin', 'sync_engine', 'sync_reader', 'sync_capture'] loop
        if to_regrole(v_role) is null then
            begin
                execute format('create role %I nologin', v_role);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
    -- Capture functions are given to sync_capture, by a member of it; where another database's owner made the role, he grants it.
    if not pg_has_role('sync_capture', 'usage') then
        begin
            execute format('grant sync_capture to %I', current_user);
        exception when insufficient_privilege then
            null;
        end;
    end if;
end $$;
