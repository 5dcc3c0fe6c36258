create or replace function sync_private.key_columns(p_table regclass, p_key text[], p_mapping text) returns text[]
language plpgsql stable as $$
declare
    v_key text[] := p_key;
    v_missing text;
begin
    if v_key is null then
        select array_agg(a.attname::text order by k.n) into v_key
          from pg_catalog.pg_index i
         cross join unnest(i.indkey::int2[]) with ordinality as k (attnum, n)
          join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
         where i.indrelid = p_table and i.indisprimary and k.n <= i.indnkeyatts;
    end if;
    if v_key is null then
        perform sync_private.fail('SY005', format('mapping "%s" has no key for %s', p_mapping, p_table),
            'The table or view has no primary key and the mapping names no key columns.',
            'Set left_key or right_key in sync.table_mapping.');
    end if;
    select k into v_missing from unnest(v_key) k
     where not exists (select from pg_catalog.pg_attribute a
                        where a.attrelid = p_table and a.attname = k and a.attnum > 0 and not a.attisdropped)
     limit 1;
    if found then
        perform sync_private.fail('SY005',
            format('mapping "%s" names a key column that does not exist: "%s" of %s', p_mapping, v_missing, p_table), null,
            format('Correct it in sync.table_mapping or sync.capture_source, then run: pysync check %s', sync_private.shell_word(p_mapping)));
    end if;
    return v_key;
end $$;
comment on function sync_private.key_columns(regclass, text[], text) is
    'Key columns of one side: those the mapping names, else the primary key; error SY005 when there are none.';
