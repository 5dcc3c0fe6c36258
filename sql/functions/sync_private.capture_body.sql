create or replace function sync_private.capture_body(p_table regclass, p_event text) returns text
language plpgsql stable as $$
declare
    v_paired constant boolean := (select c.relkind = 'p' from pg_catalog.pg_class c where c.oid = p_table);
    v_setting constant text := format('''sync.rekey_%s_'' || pg_trigger_depth()', p_table::oid);
    v_role text := (select s.integration_role from sync.system s
                      join pg_catalog.pg_class c on c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
                     where c.oid = p_table);
    v_body text;
    v_rung text[] := '{}';
    v_stream record;
begin
    for v_stream in select * from sync_private.capture_stream(p_table) loop
        v_body := concat(v_body, sync_private.capture_step(
            p_table, p_event, v_paired, v_stream.mapping_name, v_stream.side, v_stream.role, v_stream.is_full,
            v_stream.key, v_stream.columns, v_stream.layout_no));
        if v_stream.mapping_name <> all (v_rung) then
            v_rung := v_rung || v_stream.mapping_name;
        end if;
    end loop;
    if v_body is null then
        return null;
    end if;
    return concat(
        E'\n#variable_conflict use_column\n<<capture>>\ndeclare\n',
        E'    v_origin constant text := case when pg_trigger_depth() = 1 then nullif(current_setting(''sync.origin'', true), '''') end;\n',
        E'    v_hop constant smallint := coalesce(nullif(current_setting(''sync.hop'', true), '''')::int + 1, 0);\n',
        E'    v_role constant text := coalesce(nullif(current_setting(''role''), ''none''), session_user);\n',
        case when p_event = 'update' and not v_paired then format(
            E'    v_rekey constant bigint := nullif(current_setting(%s, true), '''')::bigint;\n', v_setting) end,
        case when p_event = 'key' then E'    v_entry bigint;\n' end,
        E'begin\n',
        case when v_role is not null then format(
            E'    if v_role = %L and nullif(current_setting(''sync.origin'', true), '''') is null then\n'
            '        return null;\n    end if;\n', v_role) end,
        v_body,
        case when p_event = 'update' and not v_paired then format(
            E'    if v_rekey is not null then\n        perform set_config(%s, '''', true);\n    end if;\n', v_setting) end,
        case when p_event = 'key' then format(
            E'    if v_entry is not null and coalesce(current_setting(%s, true), '''') = '''' then\n'
            '        perform set_config(%s, v_entry::text, true);\n    end if;\n', v_setting, v_setting) end,
        (select string_agg(format(E'    if sync_private.sleeps(%1$L) then\n'
                                   '        perform pg_notify(''pysync'', %1$L);\n    end if;\n', r), '' order by r)
           from unnest(v_rung) r),
        E'    return null;\nend ');
end $$;
comment on function sync_private.capture_body(regclass, text) is
    'Body of the capture function of a table for one event (insert, update, delete, truncate, key); null when no stream needs it.';
