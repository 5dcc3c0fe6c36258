create or replace function sync_private.next_range(p_mapping text, p_side text, p_after text, p_limit integer, p_with_deletes boolean)
returns table (first_key text, last_key text, entries bigint)
language sql stable
-- Of a queue that was empty a moment ago, statistics promise that reading and sorting all of it is short.
set enable_seqscan = off set enable_bitmapscan = off as $$
    select min(x.record_key), max(x.record_key), count(*)
      from (select o.record_key from sync.outbox o
             where o.mapping_name = p_mapping and o.side = p_side
               and o.record_key >= coalesce(p_after, '') and o.record_key is distinct from p_after
               and (p_with_deletes or o.operation <> 'delete') and o.operation not in ('truncate', 'rekey')
             order by o.record_key limit p_limit) x
$$;
comment on function sync_private.next_range(text, text, text, integer, boolean) is
    'The next keys of a stream in key order behind a key (null: from the start), about so many entries of them.';
