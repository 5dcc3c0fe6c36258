create or replace function sync.delete_survivor(p_mapping text, p_left_key text default null, p_right_key text default null) returns void
language plpgsql
-- Keys are texts: they must be read as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' set search_path = pg_catalog, pg_temp as $$
declare
    v_couple record;
    v_side text;
    v_table regclass;
    v_key text[];
    v_origin constant text := current_setting('sync.origin', true);
    v_count bigint;
begin
    v_couple := sync_private.find_couple(p_mapping, p_left_key, p_right_key);
    if v_couple.has_left and v_couple.has_right then
        perform sync_private.fail('SY041',
            format('left "%s" and right "%s" of mapping "%s" are both there', v_couple.left_key, v_couple.right_key, p_mapping),
            'Only the row that is left of a couple can be deleted here.', 'Delete one of the two in its application.');
    elsif v_couple.has_left or v_couple.has_right then
        v_side := case when v_couple.has_left then 'left' else 'right' end;
        select t.oid, sync_private.key_columns(t.oid, s.key_text, p_mapping) into strict v_table, v_key
          from sync_private.stream(p_mapping) s
         cross join lateral (select sync_private.resolve_table(s.table_name, p_mapping)) as t (oid)
         where s.side = v_side and s.role = 'record';
        -- Other mappings of the table hear of it; this one is done with the couple.
        perform set_config('sync.origin', p_mapping, true);
        execute format('delete from %s r where %s', v_table, sync_private.key_condition(v_table, v_key))
          using case v_side when 'left' then v_couple.left_key else v_couple.right_key end;
        get diagnostics v_count = row_count;
        perform set_config('sync.origin', coalesce(v_origin, ''), true);
        if v_count <> 1 then
            perform sync_private.fail('SY042', format('%s did not delete the row', v_table), 'A trigger or row security of its own kept it.',
                'Look at the table''s BEFORE triggers and row security.');
        end if;
    end if;
    perform sync.uncouple(p_mapping, v_couple.left_key, v_couple.right_key);
end $$;
comment on function sync.delete_survivor(text, text, text) is
    'Deletes the row that is left of a couple whose other row is gone, and ends the couple; the caller needs the right to delete it.';
