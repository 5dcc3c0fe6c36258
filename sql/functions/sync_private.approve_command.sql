create or replace function sync_private.approve_command(p_mapping text, p_kind text) returns text
language sql immutable return format('select sync.approve(%L%s)', p_mapping, case when p_kind = 'full' then ', ''full''' end);
comment on function sync_private.approve_command(text, text) is 'What to type to approve what a limit stopped.';
