create or replace function sync.couple(p_mapping text, p_left_key text, p_right_key text) returns void
language plpgsql as $$
declare
    v_left text;
    v_right text;
    v_there sync.coupling;
begin
    perform sync_private.get_mapping(p_mapping);
    v_left := sync_private.require_record(p_mapping, 'left', p_left_key);
    v_right := sync_private.require_record(p_mapping, 'right', p_right_key);
    insert into sync.coupling (mapping_name, left_key, right_key) values (p_mapping, v_left, v_right)
    on conflict do nothing;
    if not found then
        select * into v_there from sync.coupling c
         where c.mapping_name = p_mapping and (c.left_key = v_left or c.right_key = v_right)
         order by c.left_key = v_left desc limit 1;
        perform sync_private.fail('SY003',
            format('mapping "%s": left "%s" and right "%s" cannot be coupled: one of them is coupled already', p_mapping, v_left, v_right),
            format('There is a couple of left "%s" and right "%s".', v_there.left_key, v_there.right_key),
            format('To end it: select sync.uncouple(%L, %L, %L)', p_mapping, v_there.left_key, v_there.right_key));
    end if;
    perform sync_private.ask_both(p_mapping, v_left, v_right, 'couple');
end $$;
comment on function sync.couple(text, text, text) is
    'Couples two records that exist; the next pass brings them in step.';
