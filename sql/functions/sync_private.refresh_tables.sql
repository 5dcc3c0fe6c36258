create or replace function sync_private.refresh_tables(p_mapping text) returns void
language plpgsql as $$
declare
    v_table regclass;
begin
    for v_table in
        select t from sync_private.capture_tables(p_mapping) t
          join pg_catalog.pg_class c on c.oid = t and c.relkind in ('r', 'p')
         order by t::oid
    loop
        perform sync_private.apply_capture(v_table);
    end loop;
end $$;
comment on function sync_private.refresh_tables(text) is
    'Brings the capture of every table of a mapping up to date, in a fixed order so that two of them cannot deadlock.';
