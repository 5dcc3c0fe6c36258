-- Who may do what, in one screen. Functions run with the rights of their caller; only capture functions do not.
revoke all on schema sync, sync_private from public;
revoke all on all functions in schema sync, sync_private from public;
grant usage on schema sync, sync_private to sync_admin, sync_engine, sync_reader;

-- Readers look at everything and change nothing; the views call functions of sync_private.
grant select on all tables in schema sync, sync_private to sync_admin, sync_engine, sync_reader;
grant execute on all functions in schema sync_private to sync_admin, sync_engine, sync_reader;
-- Capture functions write with their owner's rights: nobody may hang one on a table of his own.
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid from pg_catalog.pg_proc p
         where p.pronamespace = 'sync_private'::regnamespace and p.prosecdef and p.prorettype = 'trigger'::regtype
    loop
        execute format('revoke execute on function %s from public, sync_admin, sync_engine, sync_reader', v_function);
    end loop;
end $$;

-- Admins write mapping rows and call the functions; for these they need what the functions write.
-- Capture triggers are made with their own rights: they must own the application's tables.
grant execute on all functions in schema sync to sync_admin, sync_engine;
grant insert, update, delete on
    sync.system, sync.table_mapping, sync.field_mapping, sync.mapping_dependency, sync.transformation_rule,
    sync.option_mapping, sync.insert_default, sync.capture_source, sync.mapping_example, sync.schedule,
    sync.coupling, sync.outbox, sync.parked, sync.conflict, sync.setting, sync.gate,
    sync.full_sync, sync_private.full_sync_open, sync_private.journal, sync_private.layout, sync_private.capture_state to sync_admin;

-- The engine writes what passes write; of a mapping only its state, of a schedule only when it ran and runs.
grant insert, update, delete on
    sync.coupling, sync.outbox, sync.parked, sync.conflict, sync.pass, sync.pass_mapping, sync.pass_error, sync.gate,
    sync.full_sync, sync_private.full_sync_open, sync_private.journal, sync_private.layout, sync_private.capture_state to sync_engine;
grant usage, select on all sequences in schema sync, sync_private to sync_admin, sync_engine;
grant update (status, last_run_at, next_run_at) on sync.schedule to sync_engine;

-- The owner of the capture functions. What reads a value as text may be a cast that the owner of its type wrote, and runs with
-- these rights: they are worth nothing but entries.
grant usage on schema sync, sync_private to sync_capture;
grant insert (mapping_name, side, record_key, operation, layout_no, before, new_key, origin, hop, captured_by),
      select (entry_id, mapping_name, side, record_key, operation, new_key) on sync.outbox to sync_capture;
grant execute on function sync_private.has_columns(oid, text, text[]), sync_private.find_table(text), sync_private.sleeps(text)
   to sync_capture;
