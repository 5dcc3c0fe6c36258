create or replace view sync_private.capture_trigger as
select t.tgrelid::regclass as table_name, substr(t.tgname, 14) as event, t.tgname::text as trigger_name,
       t.tgenabled = 'D' as is_disabled, p.oid as function_oid, p.proname::text as function_name, p.prosrc as body,
       obj_description(t.oid, 'pg_trigger') as hash
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
 where p.pronamespace = 'sync_private'::regnamespace and t.tgname like 'sync\_capture\_%' and t.tgparentid = 0;
comment on view sync_private.capture_trigger is 'The capture triggers that stand on tables now, with their functions.';
