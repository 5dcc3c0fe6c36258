create or replace function sync_private.capture_body(p_table regclass, p_event text, p_steps text, p_mappings text[]) returns text
language plpgsql stable as $$
declare
    v_paired constant boolean := (select c.relkind = 'p' from pg_catalog.pg_class c where c.oid = p_table);
    v_setting constant text := format('''sync.rekey_%s_'' || pg_trigger_depth()', p_table::oid);
    v_role text := (select s.integration_role from sync.system s
                      join pg_catalog.pg_class c on c.relnamespace = to_regnamespace(quote_ident(s.schema_name))
                     where c.oid = p_table);
begin
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
        p_steps,
        case when p_event = 'update' and not v_paired then format(
            E'    if v_rekey is not null then\n        perform set_config(%s, '''', true);\n    end if;\n', v_setting) end,
        case when p_event = 'key' then format(
            E'    if v_entry is not null and coalesce(current_setting(%s, true), '''') = '''' then\n'
            '        perform set_config(%s, v_entry::text, true);\n    end if;\n', v_setting, v_setting) end,
        (select string_agg(format(E'    if sync_private.sleeps(%1$L) then\n'
                                   '        perform pg_notify(''pysync'', %1$L);\n    end if;\n', r), '' order by r)
           from unnest(p_mappings) r),
        E'    return null;\nend ');
end $$;
comment on function sync_private.capture_body(regclass, text, text, text[]) is
    'Body of the capture function of a table for one event (insert, update, delete, truncate, key), around the steps of these mappings'' streams.';
