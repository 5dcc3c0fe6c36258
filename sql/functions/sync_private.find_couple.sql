create or replace function sync_private.find_couple(
    p_mapping text, p_left_key text, p_right_key text,
    out left_key text, out right_key text, out has_left boolean, out has_right boolean)
language plpgsql stable as $$
begin
    perform sync_private.get_mapping(p_mapping);
    if num_nonnulls(p_left_key, p_right_key) = 0 then
        perform sync_private.fail('SY007', 'no key was given', null, 'Name the left key, the right key, or both.');
    elsif p_left_key is not null then
        select c.left_key, c.right_key into left_key, right_key from sync.coupling c
         where c.mapping_name = p_mapping and c.left_key = p_left_key and c.right_key = coalesce(p_right_key, c.right_key);
    else
        select c.left_key, c.right_key into left_key, right_key from sync.coupling c
         where c.mapping_name = p_mapping and c.right_key = p_right_key;
    end if;
    if left_key is null then
        perform sync_private.fail('SY004',
            concat_ws(' ', format('mapping "%s" has no couple of', p_mapping), format('left "%s"', p_left_key), format('right "%s"', p_right_key)),
            null, format('Look at: select * from sync.coupling where mapping_name = %L', p_mapping));
    end if;
    has_left := sync_private.find_record(p_mapping, 'left', left_key) is not null;
    has_right := sync_private.find_record(p_mapping, 'right', right_key) is not null;
end $$;
comment on function sync_private.find_couple(text, text, text) is
    'A couple by one or both of its keys, and which of its rows exist; error SY004 when there is none.';
