create or replace function sync_private.get_mapping(p_mapping text) returns sync.table_mapping
language plpgsql stable as $$
declare
    v_mapping sync.table_mapping;
begin
    select * into v_mapping from sync.table_mapping m where m.mapping_name = p_mapping;
    if not found then
        perform sync_private.fail('SY001', format('there is no mapping "%s"', p_mapping),
            (select format('The mappings are: %s.', string_agg(m.mapping_name, ', ' order by m.mapping_name))
               from sync.table_mapping m),
            'Look at them with: select mapping_name from sync.table_mapping');
    end if;
    return v_mapping;
end $$;
comment on function sync_private.get_mapping(text) is 'The row of a mapping; error SY001 when there is none.';
