create or replace function sync_private.require_record(p_mapping text, p_side text, p_key text) returns text
language plpgsql stable as $$
declare
    v_key constant text := sync_private.find_record(p_mapping, p_side, p_key);
begin
    if v_key is null then
        perform sync_private.fail('SY006', format('mapping "%s" has no record "%s" on the %s', p_mapping, p_key, p_side),
            'A record key is the text of the key column; a composite key is a JSON array of texts: ["1001", "10000"].',
            format('Look at the table: select %1$s_table, %1$s_key from sync.table_mapping where mapping_name = %2$L', p_side, p_mapping));
    end if;
    return v_key;
end $$;
comment on function sync_private.require_record(text, text, text) is
    'The key of a record that must exist on one side; error SY006 when it does not.';
