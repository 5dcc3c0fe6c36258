create or replace function sync_private.apply_capture_trigger(
    p_table regclass, p_event text, p_function text, p_trigger_sql text, p_hash text)
returns void language plpgsql as $$
declare
    v_found record;
begin
    select * into v_found from sync_private.capture_trigger c where c.table_name = p_table and c.event = p_event;
    -- A new function body needs no new trigger, and so no lock that an application could wait for.
    if v_found.function_name is distinct from p_function
       or split_part(v_found.hash, ' ', 3) is distinct from split_part(p_hash, ' ', 3) then
        execute format('create or replace trigger %I %s execute function sync_private.%I()',
                       'sync_capture_' || p_event, format(p_trigger_sql, p_table), p_function);
    end if;
    if v_found.is_disabled then
        execute format('alter table %s enable trigger %I', p_table, 'sync_capture_' || p_event);
    end if;
    if v_found.hash is distinct from p_hash then
        execute format('comment on trigger %I on %s is %L', 'sync_capture_' || p_event, p_table, p_hash);
    end if;
end $$;
comment on function sync_private.apply_capture_trigger(regclass, text, text, text, text) is
    'Makes or replaces one capture trigger, with the hash of its definition as comment.';
