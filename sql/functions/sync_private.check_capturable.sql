create or replace function sync_private.check_capturable(p_table regclass, p_mapping text, p_role text) returns boolean
language plpgsql stable as $$
declare
    v_class pg_catalog.pg_class;
    v_reason text;
    v_hint text := 'Map a table of an application schema.';
begin
    select * into strict v_class from pg_catalog.pg_class c where c.oid = p_table;
    if v_class.relkind in ('v', 'm') and p_role = 'record' then
        return false;
    elsif v_class.relkind not in ('r', 'p') then
        v_reason := case v_class.relkind when 'f' then 'A foreign table has no triggers with transition tables.'
                        when 'v' then 'A view has no triggers of its own.' else 'Only tables have triggers.' end;
        v_hint := 'Name the tables it reads in sync.capture_source.';
    elsif v_class.relispartition then
        v_reason := 'Rows written through the partitioned table would not be seen by a partition''s trigger.';
        v_hint := 'Map the partitioned table, with a filter.';
    elsif v_class.relpersistence = 't' then
        v_reason := 'It is a temporary table.';
    elsif v_class.relnamespace::regnamespace::text in ('pg_catalog', 'information_schema', 'sync', 'sync_private') then
        v_reason := 'It belongs to PostgreSQL or to pysync itself.';
    end if;
    if v_reason is not null then
        perform sync_private.fail('SY008', format('mapping "%s": %s cannot be captured', p_mapping, p_table), v_reason, v_hint);
    end if;
    return true;
end $$;
comment on function sync_private.check_capturable(regclass, text, text) is
    'True: the table takes capture triggers. False: a view, captured through the tables it reads. Error SY008: neither.';
