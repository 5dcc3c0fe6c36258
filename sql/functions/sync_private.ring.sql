create or replace function sync_private.ring(variadic p_mappings text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_mapping text;
begin
    foreach v_mapping in array p_mappings loop
        if sync_private.sleeps(v_mapping) then
            perform pg_notify('pysync', v_mapping);
        end if;
    end loop;
end $$;
comment on function sync_private.ring(text[]) is
    'Wakes the watchers that sleep until something happens to these mappings; capture triggers do it themselves.';
