create or replace function sync_private.find_record(p_mapping text, p_side text, p_key text) returns text
language plpgsql stable
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' as $$
declare
    v_table regclass;
    v_key text[];
    v_condition text;
    v_found text;
begin
    select t.oid, sync_private.key_columns(t.oid, s.key_text, p_mapping) into strict v_table, v_key
      from sync_private.stream(p_mapping) s
     cross join lateral (select sync_private.resolve_table(s.table_name, p_mapping)) as t (oid)
     where s.side = p_side and s.role = 'record';
    v_condition := sync_private.key_condition(v_table, v_key);
    begin
        execute format('select %s from %s r where %s limit 1', sync_private.key_text(v_key, 'r'), v_table, v_condition)
           into v_found using p_key;
    exception when data_exception or integrity_constraint_violation then
        v_found := null;    -- not even a value of the key's type
    end;
    return v_found;
end $$;
comment on function sync_private.find_record(text, text, text) is
    'The key, spelled as capture spells it, of a record that exists on one side; null when there is none.';
