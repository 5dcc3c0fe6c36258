create or replace function sync_private.capture_check(
    p_mapping text, p_side text, p_role text, p_table_name text, out state text, out detail text)
language plpgsql stable set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $$
declare
    v_table constant regclass := sync_private.find_table(p_table_name);
    v_found record;
    v_gone text;
begin
    select string_agg(format('%I', w), ', ') into v_gone
      from sync_private.layout l cross join unnest(l.columns) w
     where p_role = 'record' and l.mapping_name = p_mapping and l.side = p_side
       and l.layout_no = sync_private.newest_layout(p_mapping, p_side)
       and not exists (select from pg_catalog.pg_attribute a where a.attrelid = v_table and a.attname = w and a.attnum > 0);
    if v_table is null then
        state := 'missing';
        detail := 'the table does not exist';
    elsif not sync_private.check_capturable(v_table, p_mapping, p_role) then
        state := 'missing';
        detail := 'a view has no triggers: name the tables it reads in sync.capture_source';
    elsif v_gone is not null then
        state := 'stale';
        detail := format('column %s is gone: each change is noted as one of the whole row', v_gone);
    elsif p_role = 'record' and not sync_private.layout_is_current(p_mapping, p_side, v_table) then
        state := 'stale';
        detail := 'the mapping watches other columns now';
    else
        select string_agg(format('%s on %s', d.event, t), ', ') filter (where c.event is null) as missing,
               string_agg(format('%s on %s', coalesce(d.event, c.event), coalesce(t, c.table_name)), ', ')
                   filter (where d.event is null or c.hash <> d.hash or c.body <> d.body) as stale,
               string_agg(format('%s on %s', d.event, t), ', ') filter (where c.is_disabled) as disabled
          into strict v_found
          from (sync_private.capture_definition(v_table) d cross join sync_private.capture_tree(v_table) t)
          full join (select c.* from sync_private.capture_tree(v_table) r
                       join sync_private.capture_trigger c on c.table_name = r) c
               on c.table_name = t and c.event = d.event;
        state := case when v_found.missing is not null then 'missing' when v_found.stale is not null then 'stale'
                      when v_found.disabled is not null then 'disabled' else 'present' end;
        detail := coalesce(v_found.missing, v_found.stale, v_found.disabled);
    end if;
exception when others then
    -- A faulty mapping must not hide the state of the others.
    state := 'stale';
    detail := sqlerrm;
end $$;
comment on function sync_private.capture_check(text, text, text, text) is
    'How the capture triggers of one table of a stream stand: present, missing, stale or disabled, and which ones.';
