create or replace view sync.full_sync_review as
with needed as (
    select d.mapping_name, d.depends_on from sync.mapping_dependency d
    union
    select m.mapping_name, m.parent_mapping from sync.table_mapping m where m.parent_mapping is not null
    union
    select f.mapping_name, f.reference from sync.field_mapping f
     where f.is_enabled and f.reference is not null and f.reference <> f.mapping_name
)
select m.mapping_name,
       coalesce((select array_agg(n.depends_on order by n.depends_on) from needed n where n.mapping_name = m.mapping_name), '{}') as depends_on,
       m.direction,
       coalesce(case when f.status in ('ready', 'in process') then f.action end,
                case m.full_sync when 'auto' then null when 'none' then 'nothing to do' else m.full_sync end,
                case when s.left_state = 'empty' and s.right_state = 'empty' then 'nothing to do'
                     when s.left_state = 'uncoupled' and s.right_state = 'uncoupled' then 'couple'
                     when s.left_state is not null and s.right_state is not null then 'full' end) as recommendation,
       f.status, f.to_right_status, f.to_left_status,
       coalesce(f.to_right_done, 0) + coalesce(f.to_left_done, 0) as rows_done,
       coalesce(f.to_right_total, 0) + coalesce(f.to_left_total, 0) as rows_total,
       f.ambiguous, f.failed, f.message, f.started_at, f.finished_at,
       case when f.status in ('ready', 'in process') then 'pysync full'
            when f.status = 'error' then coalesce(
                (select sync_private.approve_command(g.mapping_name, g.kind) from sync.gate g
                  where g.mapping_name = m.mapping_name and g.approved_at is null order by g.kind limit 1),
                format('pysync check %s', sync_private.shell_word(m.mapping_name)))
            when f.ambiguous > 0 then format('pysync match %s --dry-run', sync_private.shell_word(m.mapping_name))
            when f.failed > 0 then 'pysync problems'
            when f.status is null then format('pysync full %s', sync_private.shell_word(m.mapping_name)) end as next_command
  from sync.table_mapping m
  left join sync.full_sync f on f.mapping_name = m.mapping_name
 cross join lateral (
       select sync_private.side_state(m.mapping_name, 'left'), sync_private.side_state(m.mapping_name, 'right')
        where m.full_sync = 'auto' and (f.status is null or f.status not in ('ready', 'in process'))
        union all
       select null, null where m.full_sync <> 'auto' or f.status in ('ready', 'in process')) as s (left_state, right_state)
 where m.is_enabled;
comment on view sync.full_sync_review is 'Per enabled mapping: what a full synchronisation would do, and how one that runs or ran last stands.';
comment on column sync.full_sync_review.mapping_name is 'Mapping.';
comment on column sync.full_sync_review.depends_on is 'Mappings that go first: declared, its parent, and those it refers to.';
comment on column sync.full_sync_review.direction is 'Who may write whom.';
comment on column sync.full_sync_review.recommendation is
    'couple: both sides have uncoupled rows, so what matches is coupled first. nothing to do: both sides are empty. full: every row. Null: a side cannot be read. The mapping''s full_sync overrides it; pysync full also looks through the filters.';
comment on column sync.full_sync_review.status is 'ready, in process, finished or error; null: never asked for.';
comment on column sync.full_sync_review.to_right_status is 'in process, success, or error: a record failed; null: not begun.';
comment on column sync.full_sync_review.to_left_status is 'in process, success, or error: a record failed; null: not begun.';
comment on column sync.full_sync_review.rows_done is 'Rows that are done, both directions.';
comment on column sync.full_sync_review.rows_total is 'Rows there were at the start.';
comment on column sync.full_sync_review.ambiguous is 'Left records that match several: left alone, for a person.';
comment on column sync.full_sync_review.failed is 'Records that failed; they are parked.';
comment on column sync.full_sync_review.message is 'Why the mapping could not run.';
comment on column sync.full_sync_review.started_at is 'When it began.';
comment on column sync.full_sync_review.finished_at is 'When it ended.';
comment on column sync.full_sync_review.next_command is 'What to type next; null: nothing.';
