create or replace function sync_private.follow_rekeys(p_mapping text, p_side text) returns void
language plpgsql
-- Thousands may be pending while the statistics know of none.
set enable_nestloop = off set enable_mergejoin = off as $$
declare
    v_entries bigint[];
begin
    -- Two changes of key must keep their order only if they share a key: each round takes all whose turn it is.
    for v_entries in
        with recursive pending as (
            select o.entry_id, o.record_key, o.new_key from sync.outbox o
             where o.mapping_name = p_mapping and o.side = p_side and o.new_key is not null
        ), touched as (
            select p.entry_id, k.key from pending p cross join unnest(array[p.record_key, p.new_key]) as k (key)
        ), step as (
            select t.entry_id, lag(t.entry_id) over (partition by t.key order by t.entry_id) as after_id from touched t
        ), turn (entry_id, n) as (
            select s.entry_id, 1 from step s
            union
            select s.entry_id, t.n + 1 from turn t join step s on s.after_id = t.entry_id
        ), last_turn as (
            select t.entry_id, max(t.n) as n from turn t group by t.entry_id
        )
        select array_agg(l.entry_id) from last_turn l group by l.n order by l.n
    loop
        perform sync_private.follow_round(p_mapping, p_side, v_entries);
    end loop;
end $$;
comment on function sync_private.follow_rekeys(text, text) is
    'Lets couplings and waiting entries follow the changed keys of a stream, chains included.';
