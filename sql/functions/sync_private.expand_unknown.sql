create or replace function sync_private.expand_unknown(p_mapping text, p_side text) returns void
language plpgsql
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' as $$
declare
    v_entry sync.outbox;
    v_text constant text := sync_private.record_text(p_mapping, p_side, 'r');
    v_layout constant integer := sync_private.newest_layout(p_mapping, p_side);
begin
    -- Out of the queue first: what is noted while the table is read may have come too late for that.
    with taken as (
        delete from sync.outbox o
         where o.mapping_name = p_mapping and o.side = p_side and o.record_key = '' and o.operation = 'rekey' and o.new_key is null
        returning o.*
    )
    select t.* into v_entry from taken t order by t.entry_id limit 1;
    if sync_private.is_source((select m.direction from sync.table_mapping m where m.mapping_name = p_mapping), p_side) then
        execute format($f$
            insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, origin, hop, xid, captured_at, captured_by)
            select $1, $2, r.key, 'update', $3, $4, $5, $6, $7, $8 from (%s) r (key) where r.key is not null
        $f$, v_text)
        using p_mapping, p_side, v_layout, v_entry.origin, v_entry.hop, v_entry.xid, v_entry.captured_at, v_entry.captured_by;
    end if;
    -- Deleted, or under another key: nothing tells, and no delete may rest on a guess.
    execute format($f$
        insert into sync.parked (mapping_name, side, record_key, target_key, operation, layout_no, hop, entry_id,
                                 captured_at, captured_by, reason, message)
        select $1, $2, c.own_key, c.other_key, 'delete', $3, 0, $4, $5, $6, 'deleted',
               format('the %%s record went while its key column had another name: deleted, or under another key; still coupled', $2)
          from (select c.%I as own_key, c.%I as other_key from sync.coupling c where c.mapping_name = $1) c
         where not exists (select from (%s) r (key) where r.key = c.own_key)
            on conflict do nothing
    $f$, p_side || '_key', case p_side when 'left' then 'right' else 'left' end || '_key', v_text)
    using p_mapping, p_side, v_layout, v_entry.entry_id, v_entry.captured_at, v_entry.captured_by;
end $$;
comment on function sync_private.expand_unknown(text, text) is
    'After changes whose keys could not be read: lets every record of the table be looked at, and parks couples whose record is not there.';
