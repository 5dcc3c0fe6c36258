create or replace function sync_private.ask_both(p_mapping text, p_left_key text, p_right_key text, p_operation text)
returns void language sql as $$
    select sync_private.ask(p_mapping, k.side, k.key, p_operation)
      from (values ('left', p_left_key), ('right', p_right_key)) as k (side, key)
      join sync.table_mapping m on m.mapping_name = p_mapping
     where sync_private.is_source(m.direction, k.side)
$$;
comment on function sync_private.ask_both(text, text, text, text) is
    'Puts an entry into the outbox for each record of a couple whose side may be a source.';
