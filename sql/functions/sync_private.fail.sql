create or replace function sync_private.fail(p_code text, p_message text, p_detail text default null, p_hint text default null)
returns void language plpgsql as $$
begin
    raise exception using errcode = p_code, message = p_message,
        detail = coalesce(p_detail, ''), hint = coalesce(p_hint, '');
end $$;
comment on function sync_private.fail(text, text, text, text) is
    'Raises an error of class SY with message, detail and a hint that names the next command.';
