create or replace function sync_private.drop_unused_capture() returns void
language plpgsql as $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_catalog.pg_proc p
         where p.pronamespace = 'sync_private'::regnamespace and p.proname ~ '^capture_(\d+|moved)_' and p.prorettype = 'trigger'::regtype
           and not exists (select from pg_catalog.pg_trigger t where t.tgfoid = p.oid)
    loop
        execute format('drop function %s', v_function);
    end loop;
end $$;
comment on function sync_private.drop_unused_capture() is 'Drops capture functions that no trigger calls any more.';
