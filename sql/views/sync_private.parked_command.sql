create or replace view sync_private.parked_command as
select p.mapping_name, p.side, p.record_key, format('%s: %s', p.reason, p.message) as message, p.parked_at, p.attempts,
       w.choices[1] as next_command,
       p.reason = 'reference' and p.waits_for_mapping = m.parent_mapping as waits_for_parent,
       w.choices
  from sync.parked p
  left join sync.table_mapping m on m.mapping_name = p.mapping_name
 cross join lateral (
       select case p.side when 'left' then p.record_key else p.target_key end as left_key,
              case p.side when 'left' then p.target_key else p.record_key end as right_key) k
  left join sync.coupling c on c.mapping_name = p.mapping_name and c.left_key = k.left_key
 cross join lateral (
       select format('select sync.retry(%L, %L)', p.mapping_name, p.record_key) as retry,
              format('select sync.uncouple(%L, %L, %L)', p.mapping_name, k.left_key, k.right_key) as uncouple,
              format('select sync.restore(%L, %L, %L)', p.mapping_name, k.left_key, k.right_key) as restore,
              format('select sync.delete_survivor(%L, %L, %L)', p.mapping_name, k.left_key, k.right_key) as remove,
              case when c.left_key is not null then format('select sync.skip(%L, %L)', p.mapping_name, k.left_key) end as skip,
              format('select sync.unskip(%L, %L)', p.mapping_name, k.left_key) as unskip) t
 cross join lateral (
       select array_remove(case
           when p.reason = 'option' then
               array[format('insert into sync.option_mapping (option_set, left_value, right_value) values (%L, ...)', p.waits_for_mapping), t.skip]
           when p.reason = 'reference' then
               array[format('pysync why %s %s', sync_private.shell_word(p.waits_for_mapping), sync_private.shell_word(p.waits_for_key)), t.retry, t.skip]
           when p.reason in ('deleted', 'missing') then
               array[t.uncouple, case when m.direction = 'both' or sync_private.is_source(m.direction,
                                      case p.reason when 'missing' then p.side when 'deleted' then case p.side when 'left' then 'right' else 'left' end end)
                                 then t.restore end, t.remove, t.retry]
           when p.reason = 'skipped' and c.is_skipped and c.skip_reason is null then array[t.unskip, t.uncouple]
           else array[t.retry, t.skip] end, null) as choices) w;
comment on view sync_private.parked_command is
    'Parked records with the commands that help, the likeliest first, and whether they only wait for the record of the parent mapping they belong to.';
