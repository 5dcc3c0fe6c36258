create or replace view sync.problem as
select 'parked' as kind, p.mapping_name, p.side, p.record_key, p.message, p.parked_at as since, p.attempts, p.next_command, p.choices
  from sync_private.parked_command p
 -- A line that waits for its header goes with it: what is wrong with the header, if anything, stands in the header's row.
 where p.waits_for_parent is not true
union all
select 'conflict', c.mapping_name, null, c.left_key,
       format('%s is %L on the left and %L on the right', coalesce(c.left_column, c.right_column, 'the record'), c.left_value, c.right_value),
       c.detected_at, null,
       case when c.resolution is null then format('select sync.resolve_conflict(%s, ''left'')', c.conflict_id)
            else format('pysync run %s', sync_private.shell_word(c.mapping_name)) end,
       case when c.resolution is null then array[format('select sync.resolve_conflict(%s, ''left'')', c.conflict_id),
                                                format('select sync.resolve_conflict(%s, ''right'')', c.conflict_id)] end
  from sync.conflict c
 where c.resolved_at is null
union all
select 'capture', s.mapping_name, s.side, null, format('capture of %s is %s: %s', s.table_name, s.state, s.detail), null, null, s.next_command, null
  from sync.capture_status s
 where s.state <> 'present'
union all
select 'gate', g.mapping_name, null, null,
       format('stopped: a %s would delete %s rows and change or delete %s of %s couples', case g.kind when 'full' then 'full synchronisation' else 'pass' end, g.deletes, g.changes, g.couplings),
       g.stopped_at, null, sync_private.approve_command(g.mapping_name, g.kind),
       array[sync_private.approve_command(g.mapping_name, g.kind), format('select sync.pause(%L)', g.mapping_name)]
  from sync.gate g
 where g.approved_at is null
union all
select 'mapping', e.mapping_name, null, null, e.message, e.occurred_at, null, format('pysync check %s', sync_private.shell_word(e.mapping_name)), null
  from sync.table_mapping m
 cross join lateral (select * from sync.pass_error e where e.mapping_name = m.mapping_name and e.record_key is null
                      order by e.error_id desc limit 1) e
 -- A pass over other mappings mends nothing: it stands until one has worked on this mapping, or nothing waits any more.
 where not exists (select from sync.pass_mapping d where d.mapping_name = m.mapping_name and d.pass_id > e.pass_id)
   and exists (select from sync.outbox o where o.mapping_name = m.mapping_name)
union all
select 'schedule', h.mapping_name, null, null, format('the schedule cannot be read: %s in time zone %s', h.cron, h.time_zone), null, null,
       format('pysync check %s', sync_private.shell_word(h.mapping_name)), null
  from sync.schedule h
 where h.status = 'faulty' and h.is_enabled;
comment on view sync.problem is
    'Everything that needs a person, with the next command to type. A record that only waits for the one of its parent mapping is not listed; sync.parked has it.';
comment on column sync.problem.kind is 'parked, conflict, capture, gate (a limit stopped the mapping), mapping (it could not run, and no pass has worked on it since) or schedule (it cannot be read).';
comment on column sync.problem.mapping_name is 'Mapping.';
comment on column sync.problem.side is 'Side of the record or stream; null: both.';
comment on column sync.problem.record_key is 'Key of the record; for a conflict the left one; null: not one record.';
comment on column sync.problem.message is 'What is wrong, for people.';
comment on column sync.problem.since is 'Since when; null: not known.';
comment on column sync.problem.attempts is 'How often passes have tried; null: does not apply.';
comment on column sync.problem.next_command is 'SQL or shell text to type next. For a conflict: say ''right'' when the right value shall win.';
comment on column sync.problem.choices is 'Every command that helps, the likeliest first; null: next_command is all.';
