create or replace function sync_private.key_text(p_columns text[], p_alias text) returns text
language sql immutable return
    case when cardinality(p_columns) = 1 then format('%s%I::text collate "C"', p_alias || '.', p_columns[1])
         else format('jsonb_build_array(%s)::text collate "C"',
                     (select string_agg(format('%s%I::text', p_alias || '.', c), ', ' order by n)
                        from unnest(p_columns) with ordinality as k (c, n)))
    end;
comment on function sync_private.key_text(text[], text) is
    'SQL text of the record key of a row: the column''s text; composite: a JSON array of texts. Alias null: columns by their bare names.';
