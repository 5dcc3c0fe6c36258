create or replace function sync.history(p_mapping text, p_side text, p_key text)
returns table (written_at timestamptz, pass_id bigint, direction text, action text, column_name text,
               old_value text, new_value text, captured_by text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select sync_private.check_side(p_side);
    select j.written_at, j.pass_id, j.direction, j.action, j.columns[v.n], v.old_value, v.new_value, j.captured_by[k.place]
      from sync_private.journal j
     cross join lateral (select array_position(case when j.direction = case p_side when 'left' then 'to_right' else 'to_left' end
                                                    then j.record_keys else j.target_keys end, p_key) as place) k
     cross join lateral unnest(j.old_values[k.place:k.place], j.new_values[k.place:k.place])
           with ordinality as v (old_value, new_value, n)
     where j.mapping_name = p_mapping and k.place is not null
       and (j.action <> 'update' or v.old_value is distinct from v.new_value)
     order by j.written_at desc, 5
$$;
comment on function sync.history(text, text, text) is
    'What the journal knows of the record of one side: each field passes wrote through its couple, when, whose change it was, old and new value; the newest first.';
