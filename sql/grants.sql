-- Who may do what, in one screen.
revoke all on schema sync, sync_private from public;
