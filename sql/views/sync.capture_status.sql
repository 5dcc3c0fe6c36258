create or replace view sync.capture_status as
select s.table_name, s.mapping_name, s.side, k.state, k.detail,
       case when k.state = 'present' then null
            when k.detail like 'the table does not exist%' or k.detail like 'a view has no triggers%'
                 or k.detail like 'column % is gone%' or k.detail like 'mapping "%'
                then format('pysync check %s', sync_private.shell_word(s.mapping_name))
            else format('select sync.enable_capture(%L)', s.mapping_name) end as next_command
  from sync_private.capture_state e
  join sync.table_mapping m on m.mapping_name = e.mapping_name
 cross join lateral sync_private.stream(e.mapping_name) s
 cross join lateral sync_private.capture_check(s.mapping_name, s.side, s.role, s.table_name) k
 where e.is_enabled and m.is_enabled
   -- A view itself needs nothing when the tables it reads are named.
   and not (s.role = 'record' and k.detail like 'a view has no triggers%'
            and exists (select from sync.capture_source c where c.mapping_name = s.mapping_name and c.side = s.side));
comment on view sync.capture_status is 'Whether the capture triggers of each captured table and stream are what they must be.';
comment on column sync.capture_status.table_name is 'Table, as the mapping names it.';
comment on column sync.capture_status.mapping_name is 'Mapping of the stream.';
comment on column sync.capture_status.side is 'Side of the stream.';
comment on column sync.capture_status.state is 'present, missing, stale (made for another state of mapping or table) or disabled.';
comment on column sync.capture_status.detail is 'Which triggers, or why; null when all is well.';
comment on column sync.capture_status.next_command is 'What to type to mend it; null when all is well.';
