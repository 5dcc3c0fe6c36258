create or replace function sync_private.resolve_table(p_table text, p_mapping text) returns regclass
language plpgsql stable as $$
declare
    v_table regclass := sync_private.find_table(p_table);
begin
    if v_table is null then
        perform sync_private.fail('SY005', format('mapping "%s" names a table that does not exist: %s', p_mapping, p_table),
            'A table is written as schema.table; odd names are quoted as in SQL: erp."Sales Order".',
            format('Correct it in sync.table_mapping or sync.capture_source, then run: pysync check %s', sync_private.shell_word(p_mapping)));
    end if;
    return v_table;
end $$;
comment on function sync_private.resolve_table(text, text) is
    'The table or view that a mapping row names as schema.table; error SY005 when there is none.';
