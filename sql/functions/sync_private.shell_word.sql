create or replace function sync_private.shell_word(p_text text) returns text
language sql immutable return
    case when p_text ~ '^[A-Za-z0-9_./:@-]+$' then p_text else '''' || replace(p_text, '''', '''\''''') || '''' end;
comment on function sync_private.shell_word(text) is 'A text as one word of a shell command.';
