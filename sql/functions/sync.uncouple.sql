create or replace function sync.uncouple(p_mapping text, p_left_key text default null, p_right_key text default null) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_count bigint;
    v_left text[];
    v_right text[];
begin
    perform sync_private.get_mapping(p_mapping);
    with gone as (
        delete from sync.coupling c
         where c.mapping_name = p_mapping
           and c.left_key = coalesce(p_left_key, c.left_key) and c.right_key = coalesce(p_right_key, c.right_key)
        returning c.left_key, c.right_key
    ), closed as (
        update sync.conflict c set resolution = 'uncoupled', resolved_at = now(), resolved_by = session_user
          from gone g
         where c.mapping_name = p_mapping and c.left_key = g.left_key and c.resolved_at is null
    ), freed as (
        delete from sync.parked p using gone g, (values ('left'), ('right')) as s (side)
         where p.mapping_name = p_mapping and p.side = s.side
           and p.record_key = case s.side when 'left' then g.left_key else g.right_key end
    )
    select count(*), array_agg(g.left_key), array_agg(g.right_key) into v_count, v_left, v_right from gone g;
    perform sync_private.uncouple_lines(p_mapping, v_left, v_right);
    if v_count = 0 and num_nonnulls(p_left_key, p_right_key) > 0 then
        perform sync_private.fail('SY004',
            concat_ws(' ', format('mapping "%s" has no couple of', p_mapping), format('left "%s"', p_left_key), format('right "%s"', p_right_key)),
            null, format('Look at: select * from sync.coupling where mapping_name = %L', p_mapping));
    end if;
    return v_count;
end $$;
comment on function sync.uncouple(text, text, text) is
    'Ends one couple, or all couples of a mapping when no key is given, and those of the lines of these headers; the records stay. Returns how many couples of the mapping ended.';
