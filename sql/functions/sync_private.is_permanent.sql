-- Data that does not fit stays so until a person acts; a lost connection, a lock or a full disk heals by itself.
create or replace function sync_private.is_permanent(p_sqlstate text) returns boolean
language sql immutable return coalesce(left(p_sqlstate, 2) in ('22', '23') or p_sqlstate in ('42804', '42846'), false);
comment on function sync_private.is_permanent(text) is
    'Whether an error of this SQLSTATE comes back until somebody changes the data or the table.';
