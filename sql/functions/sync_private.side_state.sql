create or replace function sync_private.side_state(p_mapping text, p_side text) returns text
language plpgsql stable
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' set search_path = pg_catalog, pg_temp as $$
declare
    v_text text;
    v_state text;
begin
    v_text := sync_private.record_text(p_mapping, p_side, 'r');
    if v_text is null then
        return null;
    end if;
    execute format($f$
        select case
            -- By except, which hashes or sorts: with statistics older than the couples, an anti join looks at every pair.
            when exists (select r.key from (%1$s) r (key) where r.key is not null
                         except select c.%2$I from sync.coupling c where c.mapping_name = $1) then 'uncoupled'
            when exists (select from (%1$s) r (key) where r.key is not null) then 'coupled'
            else 'empty' end
    $f$, v_text, p_side || '_key')
    into v_state using p_mapping;
    return v_state;
exception
    -- What the reader may not see, or what is not there any more, is no reason to show nothing at all.
    when insufficient_privilege or undefined_table or undefined_column or sqlstate 'SY005' or sqlstate 'SY008' then
        return null;
end $$;
comment on function sync_private.side_state(text, text) is
    'Whether a side has uncoupled rows: uncoupled, coupled (all of them are) or empty; null when it cannot be read. Filters are not looked at.';
