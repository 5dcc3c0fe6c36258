create or replace function sync_private.type_text(p_type oid) returns text
language sql stable as $$
    select coalesce((select format('%I.%I', n.nspname, t.typname)
                       from pg_catalog.pg_type t
                       join pg_catalog.pg_namespace n on n.oid = t.typnamespace
                      where t.oid = p_type), 'text')
$$;
comment on function sync_private.type_text(oid) is 'Name of a type with its schema, whatever the search path; text when there is none.';
