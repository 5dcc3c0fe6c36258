create or replace view sync_private.parked_command as
select p.mapping_name, p.side, p.record_key, format('%s: %s', p.reason, p.message) as message, p.parked_at, p.attempts,
       case p.reason
           when 'option' then format('insert into sync.option_mapping (option_set, left_value, right_value) values (%L, ...)', p.waits_for_mapping)
           when 'reference' then format('pysync why %s %s', sync_private.shell_word(p.waits_for_mapping), sync_private.shell_word(p.waits_for_key))
           when 'deleted' then format('select sync.uncouple(%L, %L, %L)', p.mapping_name,
                                      case p.side when 'left' then p.record_key else p.target_key end,
                                      case p.side when 'left' then p.target_key else p.record_key end)
           when 'missing' then format('select sync.uncouple(%L, %L, %L)', p.mapping_name,
                                      case p.side when 'left' then p.record_key else p.target_key end,
                                      case p.side when 'left' then p.target_key else p.record_key end)
           else format('select sync.retry(%L, %L)', p.mapping_name, p.record_key)
       end as next_command,
       p.reason = 'reference' and p.waits_for_mapping = m.parent_mapping as waits_for_parent
  from sync.parked p
  left join sync.table_mapping m on m.mapping_name = p.mapping_name;
comment on view sync_private.parked_command is
    'Parked records with the command to type next, and whether they only wait for the record of the parent mapping they belong to.';
