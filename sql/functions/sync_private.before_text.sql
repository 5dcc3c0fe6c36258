create or replace function sync_private.before_text(p_columns text[], p_alias text) returns text
language sql immutable return
    case when cardinality(p_columns) > 0 then
        format('array[%s]', (select string_agg(format('%s.%I::text', p_alias, c), ', ' order by n)
                               from unnest(p_columns) with ordinality as k (c, n)))
    end;
comment on function sync_private.before_text(text[], text) is
    'SQL text of an entry''s before: the watched columns as an array of texts; null when there are none.';
