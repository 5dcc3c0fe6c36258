create or replace function sync_private.capture_tree(p_table regclass) returns setof regclass
language sql stable as $$
    with recursive tree (oid) as (
        select p_table::oid
        union
        select i.inhrelid from tree t join pg_catalog.pg_inherits i on i.inhparent = t.oid
    )
    select t.oid::regclass from tree t
      join pg_catalog.pg_class c on c.oid = t.oid
     where c.relkind in ('r', 'p')
$$;
comment on function sync_private.capture_tree(regclass) is
    'A table with its partitions and children: a statement trigger fires only on the table that the statement names.';
