-- Group roles without login. Roles belong to the whole server: two installs may race, so each is made under a guard.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['sync_admin', 'sync_engine', 'sync_reader'] loop
        if to_regrole(v_role) is null then
            begin
                execute format('create role %I nologin', v_role);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
end $$;
