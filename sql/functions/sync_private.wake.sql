create or replace function sync_private.wake() returns trigger
language plpgsql
-- The table is empty nearly always and full sometimes.
set enable_seqscan = off set search_path = pg_catalog, pg_temp as $$
declare
    v_new record;
    v_unknown text;
begin
    select n.mapping_name into v_unknown from (select distinct x.mapping_name from sync_new x) n
     where not exists (select from sync.table_mapping m where m.mapping_name = n.mapping_name) limit 1;
    if v_unknown is not null then
        perform sync_private.get_mapping(v_unknown);
    end if;
    perform from sync.parked p where p.waits_for_mapping is not null limit 1;
    if not found then
        return null;
    end if;
    for v_new in
        select n.mapping_name, array_agg(n.left_key) as left_keys, array_agg(n.right_key) as right_keys
          from sync_new n group by n.mapping_name
    loop
        perform sync_private.wake_keys(v_new.mapping_name, 'left', v_new.left_keys);
        perform sync_private.wake_keys(v_new.mapping_name, 'right', v_new.right_keys);
    end loop;
    return null;
end $$;
comment on function sync_private.wake() is
    'Trigger on sync.coupling: refuses couplings of unknown mappings, wakes the parked records that wait for the new couplings.';
