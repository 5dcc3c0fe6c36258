create or replace function sync.couple(p_mapping text, p_left_key text, p_right_key text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_left text;
    v_right text;
    v_there sync.coupling;
begin
    perform sync_private.get_mapping(p_mapping);
    v_left := sync_private.require_record(p_mapping, 'left', p_left_key);
    v_right := sync_private.require_record(p_mapping, 'right', p_right_key);
    -- A couple of which the other row is gone makes room.
    perform sync.uncouple(p_mapping, c.left_key, c.right_key) from sync.coupling c
      where c.mapping_name = p_mapping
        and ((c.left_key = v_left and c.right_key <> v_right and sync_private.find_record(p_mapping, 'right', c.right_key) is null)
          or (c.right_key = v_right and c.left_key <> v_left and sync_private.find_record(p_mapping, 'left', c.left_key) is null));
    insert into sync.coupling (mapping_name, left_key, right_key) values (p_mapping, v_left, v_right)
    on conflict do nothing;
    if not found then
        select * into v_there from sync.coupling c
         where c.mapping_name = p_mapping and (c.left_key = v_left or c.right_key = v_right)
         order by c.left_key = v_left desc limit 1;
        perform sync_private.fail('SY003',
            format('mapping "%s": left "%s" and right "%s" cannot be coupled: one of them is coupled already', p_mapping, v_left, v_right),
            format('There is a couple of left "%s" and right "%s".', v_there.left_key, v_there.right_key),
            case when v_there.left_key = v_left and v_there.right_key = v_right
                 then format('To end it: select sync.uncouple(%L, %L, %L)', p_mapping, v_left, v_right)
                 when v_there.left_key = v_left then format('To leave it: select sync.recouple(%L, %L, %L, ''left'')', p_mapping, v_left, v_right)
                 else format('To leave it: select sync.recouple(%L, %L, %L, ''right'')', p_mapping, v_left, v_right) end);
    end if;
    perform sync_private.ask_both(p_mapping, v_left, v_right, 'couple');
end $$;
comment on function sync.couple(text, text, text) is
    'Couples two records that exist, and are coupled to none or to a row that is gone; the next pass brings them in step.';
