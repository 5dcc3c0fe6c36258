create or replace function sync.recouple(p_mapping text, p_left_key text, p_right_key text, p_side text default 'left') returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_key text;
begin
    perform sync_private.get_mapping(p_mapping);
    perform sync_private.check_side(p_side);
    v_key := sync_private.require_record(p_mapping, p_side, case p_side when 'left' then p_left_key else p_right_key end);
    if p_side = 'left' then
        perform sync.uncouple(p_mapping, c.left_key, c.right_key) from sync.coupling c
          where c.mapping_name = p_mapping and c.left_key = v_key;
    else
        perform sync.uncouple(p_mapping, c.left_key, c.right_key) from sync.coupling c
          where c.mapping_name = p_mapping and c.right_key = v_key;
    end if;
    perform sync.couple(p_mapping, p_left_key, p_right_key);
end $$;
comment on function sync.recouple(text, text, text, text) is
    'Couples a record to another partner than it has: the named side''s record leaves its partner, which stays uncoupled and untouched; the new partner must be free, or coupled to a row that is gone.';
