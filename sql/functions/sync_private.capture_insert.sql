create or replace function sync_private.capture_insert(
    p_mapping text, p_side text, p_operation text, p_layout integer, p_key text, p_before text, p_new_key text, p_from text)
returns text language sql immutable return format($f$
    if %s then
        insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, before, new_key, origin, hop, captured_by)
        select %L, %L, %s, %s, %s, %s, %s, capture.v_origin, capture.v_hop, capture.v_role%s;
    end if;
$f$,
    -- The couple must follow a key that its own pass changed.
    case when strpos(p_operation, '''rekey''') > 0 and p_new_key is not null then 'true'
         else sync_private.capture_heeds(p_mapping) end,
    p_mapping, p_side, p_key, p_operation, p_layout, coalesce(p_before, 'null'), coalesce(p_new_key, 'null'), p_from);
comment on function sync_private.capture_insert(text, text, text, integer, text, text, text, text) is
    'One insert into the outbox for one stream, as text for a capture function; nothing when the stream''s own mapping wrote, but for a changed key, which the coupling must follow.';
