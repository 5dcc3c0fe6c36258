create or replace function sync_private.capture_paired_step(
    p_mapping text, p_side text, p_is_full boolean, p_layout integer, p_old text, p_new text)
returns text language plpgsql immutable as $$
declare
    v_is_rekey constant text := 'o.is_set and n.is_set and o.record_key collate "C" is distinct from n.record_key';
begin
    -- A row that moves to another partition fires no row-level update trigger, but both transition tables hold
    -- the rows of an update in the same order. Only a trigger that swallows a moved row breaks the pairs.
    -- PostgreSQL gives a row that MERGE moves to its delete and insert tables, and so to no update trigger at all.
    return format(E'    if (select count(*) from sync_old) = (select count(*) from sync_new) then%s    else%s    end if;\n',
        sync_private.capture_insert(p_mapping, p_side,
            format('case when %s then ''rekey'' when not o.is_known then ''rekey'' when o.is_set then ''update'' else ''insert'' end', v_is_rekey),
            p_layout, 'case when o.is_set then o.record_key else n.record_key end',
            'case when o.is_set then o.before end',
            format('case when %s then n.record_key end', v_is_rekey),
            format(' from %s o join %s n on n.row_no = o.row_no where (%s or %s) and %s',
                   p_old, p_new, sync_private.capture_heeds(p_mapping), v_is_rekey,
                   case when p_is_full then '(o.is_set or n.is_set)' else format('(%s or not o.is_known)', v_is_rekey) end)),
        sync_private.capture_insert(p_mapping, p_side, 'case when x.is_known then ''update'' else ''rekey'' end', p_layout,
            'x.record_key', 'x.before', null,
            format(' from (select o.record_key, o.before, o.is_known from %1$s o where o.is_set union all'
                   ' select n.record_key, null::text[], n.is_known from %2$s n where n.is_set and not exists'
                   ' (select from %1$s o where o.record_key = n.record_key)) as x', p_old, p_new)));
end $$;
comment on function sync_private.capture_paired_step(text, text, boolean, integer, text, text) is
    'What the update function of a partitioned table does for one stream: old and new rows side by side, so that a moved row keeps its identity.';
