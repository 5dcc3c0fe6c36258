create or replace function sync_private.read_decimal(p_text text, p_decimal text, p_group text) returns text
language plpgsql immutable strict parallel safe as $$
declare
    v_part text[];
begin
    -- Groups of three only: the comma of 1,5 is no thousands separator.
    v_part := regexp_match(p_text, format('^ *([+-]?) *([0-9]*|[0-9]{1,3}(?:[%1$s][0-9]{3})+)(?:[%2$s]([0-9]*))?([+-]?) *$', p_group, p_decimal));
    if v_part is null or v_part[2] || coalesce(v_part[3], '') = '' or v_part[1] <> '' and v_part[4] <> ''
       or length(p_text) > 1000 then
        return p_text;
    end if;
    return trim_scale((v_part[1] || v_part[4] || '0' || regexp_replace(v_part[2], '[^0-9]', '', 'g')
                       || '.' || coalesce(nullif(v_part[3], ''), '0'))::numeric)::text;
end $$;
comment on function sync_private.read_decimal(text, text, text) is
    'Rule decimal: a number written with these separators as neutral text, 1.234,50 as 1234.5; other text stays as it is.';
