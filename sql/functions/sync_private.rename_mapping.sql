create or replace function sync_private.rename_mapping() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform sync_private.hold_mapping(old.mapping_name);
    update sync_private.capture_state t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync_private.layout t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync.coupling t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync.outbox t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync.outbox t set origin = new.mapping_name where t.origin = old.mapping_name;
    update sync.parked t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync.parked t set origin = new.mapping_name where t.origin = old.mapping_name;
    update sync.parked t set waits_for_mapping = new.mapping_name
     where t.waits_for_mapping = old.mapping_name and t.reason <> 'option';
    update sync.conflict t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    update sync_private.journal t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    -- Undo finds what a pass wrote by both.
    update sync.pass_mapping t set mapping_name = new.mapping_name where t.mapping_name = old.mapping_name;
    return null;
end $$;
comment on function sync_private.rename_mapping() is
    'Row trigger on sync.table_mapping: what belongs to a renamed mapping goes with it; of past passes, their errors keep the old name.';
