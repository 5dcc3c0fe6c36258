create or replace function sync.history(p_mapping text, p_side text, p_key text)
returns table (written_at timestamptz, pass_id bigint, direction text, action text, column_name text,
               old_value text, new_value text, captured_by text)
language sql stable as $$
    select j.written_at, j.pass_id, j.direction, j.action, j.columns[(v.n - 1) % m.columns + 1],
           v.old_value, v.new_value, k.captured_by
      from sync_private.journal j
     cross join lateral (select cardinality(j.columns) as columns, j.direction = case p_side when 'left' then 'to_right' else 'to_left' end as is_source) m
     cross join lateral unnest(case when m.is_source then j.record_keys else j.target_keys end, j.captured_by)
           with ordinality as k (key, captured_by, n)
      join lateral unnest(coalesce(j.old_values, array_fill(null::text, array[cardinality(j.new_values)])),
                          coalesce(j.new_values, array_fill(null::text, array[cardinality(j.old_values)])))
           with ordinality as v (old_value, new_value, n) on (v.n - 1) / m.columns + 1 = k.n
     where j.mapping_name = p_mapping and k.key = p_key
       -- Rows of a thousand records that do not hold this one are not taken apart.
       and p_key = any (case when m.is_source then j.record_keys else j.target_keys end)
       and (j.action <> 'update' or v.old_value is distinct from v.new_value)
     order by j.written_at desc, 5
$$;
comment on function sync.history(text, text, text) is
    'What the journal knows of the record of one side: each field passes wrote through its couple, when, whose change it was, old and new value; the newest first.';
