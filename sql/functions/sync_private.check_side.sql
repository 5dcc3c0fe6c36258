create or replace function sync_private.check_side(p_side text) returns void
language plpgsql immutable as $$
begin
    if p_side is null or p_side not in ('left', 'right') then
        perform sync_private.fail('SY002', format('there is no side "%s"', p_side),
            'A mapping has two sides: left and right.', 'Call the function again with ''left'' or ''right''.');
    end if;
end $$;
comment on function sync_private.check_side(text) is 'Error SY002 unless the text is left or right.';
