create or replace function sync_private.round_text(
    p_text text, p_precision numeric, p_mode text, p_is_strict boolean default true) returns text
language plpgsql immutable strict parallel safe as $$
declare
    v_number numeric;
    v_steps numeric;
    v_rest numeric;
begin
    if p_text !~ '^ *[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})? *$' or length(p_text) > 1000 then
        if p_is_strict then
            perform sync_private.fail('SY030', format('%L is not a number that can be rounded', left(p_text, 60)), null,
                'correct the value, or put a rule of type decimal before this one');
        end if;
        return p_text;
    end if;
    -- Whole steps and a rest are exact, a quotient is not. Up is away from zero.
    v_number := p_text::numeric;
    v_steps := div(abs(v_number), p_precision);
    v_rest := abs(v_number) - v_steps * p_precision;
    if p_mode = 'nearest' and v_rest * 2 >= p_precision or p_mode = 'up' and v_rest > 0 then
        v_steps := v_steps + 1;
    end if;
    return trim_scale(sign(v_number) * v_steps * p_precision)::text;
end $$;
comment on function sync_private.round_text(text, numeric, text, boolean) is
    'Rule round: a number to a multiple of the precision; SY030 for text that is no number, or that text itself.';
