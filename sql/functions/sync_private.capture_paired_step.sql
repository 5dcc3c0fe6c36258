create or replace function sync_private.capture_paired_step(
    p_mapping text, p_side text, p_is_full boolean, p_layout integer,
    p_key text, p_new_key text, p_old_is_set text, p_new_is_set text, p_before text)
returns text language plpgsql immutable as $$
declare
    v_is_rekey constant text := format('%s and %s and %s collate "C" is distinct from %s', p_old_is_set, p_new_is_set, p_key, p_new_key);
begin
    -- A row that moves to another partition fires no row-level update trigger, but both transition tables hold
    -- the rows of an update in the same order. Only a trigger that swallows a moved row breaks the pairs.
    -- PostgreSQL gives a row that MERGE moves to its delete and insert tables, and so to no update trigger at all.
    return format(E'    if (select count(*) from sync_old) = (select count(*) from sync_new) then%s    else%s    end if;\n',
        sync_private.capture_insert(p_mapping, p_side,
            format('case when %s then ''rekey'' when %s then ''update'' else ''insert'' end', v_is_rekey, p_old_is_set),
            p_layout, format('case when %s then %s else %s end', p_old_is_set, p_key, p_new_key),
            format('case when %s then %s end', p_old_is_set, coalesce(p_before, 'null::text[]')),
            format('case when %s then %s end', v_is_rekey, p_new_key),
            format(' from (select row_number() over () as "sync row", t.* from sync_old t) o'
                   ' join (select row_number() over () as "sync row", t.* from sync_new t) n on n."sync row" = o."sync row"'
                   ' where (v_origin is distinct from %L or %s) and %s', p_mapping, v_is_rekey,
                   case when p_is_full then format('(%s or %s)', p_old_is_set, p_new_is_set) else v_is_rekey end)),
        sync_private.capture_insert(p_mapping, p_side, '''update''', p_layout, 'x.record_key', 'x.before', null,
            format(' from (select %1$s, %2$s from sync_old o where %3$s union all'
                   ' select %4$s, null::text[] from sync_new n where %5$s and not exists'
                   ' (select from sync_old o where %1$s = %4$s)) as x (record_key, before)',
                   p_key, coalesce(p_before, 'null::text[]'), p_old_is_set, p_new_key, p_new_is_set)));
end $$;
comment on function sync_private.capture_paired_step(text, text, boolean, integer, text, text, text, text, text) is
    'What the update function of a partitioned table does for one stream: old and new rows side by side, so that a moved row keeps its identity.';
