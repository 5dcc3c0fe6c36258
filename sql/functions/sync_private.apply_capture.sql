create or replace function sync_private.apply_capture(p_table regclass) returns void
language plpgsql
-- What is made must be what capture_check compares it with, whatever the session likes.
set quote_all_identifiers = off as $$
declare
    v_old record;
    v_want record;
    v_child regclass;
begin
    for v_old in
        select c.*, (d.event is null) as is_extra
          from sync_private.capture_tree(p_table) t
          join sync_private.capture_trigger c on c.table_name = t
          left join sync_private.capture_definition(p_table) d on d.event = c.event and d.function_name = c.function_name
    loop
        if v_old.is_extra then
            execute format('drop trigger %I on %s', v_old.trigger_name, v_old.table_name);
        end if;
    end loop;
    for v_want in select * from sync_private.capture_definition(p_table) loop
        perform sync_private.apply_capture_function(p_table, v_want.function_name, v_want.body, v_want.settings);
        for v_child in select sync_private.capture_tree(p_table) loop
            perform sync_private.apply_capture_trigger(v_child, v_want.event, v_want.function_name, v_want.trigger_sql, v_want.hash);
        end loop;
    end loop;
    perform sync_private.drop_unused_capture();
end $$;
comment on function sync_private.apply_capture(regclass) is
    'Gives a table, its partitions and children exactly the capture triggers and functions they must have; touches nothing that is right already.';
