create or replace function sync_private.bump_rule_revision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if old is not distinct from new then
        return null;
    end if;
    with recursive used (rule_code) as (
        select r from unnest(array[old.rule_code, new.rule_code]) r
        union
        select r.rule_code from used u join sync.transformation_rule r on r.next_rule = u.rule_code
    )
    update sync.table_mapping m set revision = m.revision + 1
     where m.mapping_name in (select f.mapping_name from sync.field_mapping f join used u
                                  on u.rule_code in (f.rule_to_right, f.rule_to_left));
    return null;
end $$;
comment on function sync_private.bump_rule_revision() is
    'Row trigger on sync.transformation_rule: raises the revision of the mappings that use the rule, through chains too.';
