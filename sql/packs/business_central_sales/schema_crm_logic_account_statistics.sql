-- crm, business logic: the figures of an account.

create trigger fill_currency before insert on crm.nav_accountstatistics
    for each row when (new.transactioncurrencyid is null) execute function crm.fill_currency();

create function crm.link_statistics() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    update crm.account a set nav_accountstatisticsid = n.nav_accountstatisticsid
    from new_rows n
    where a.accountid = n.nav_accountid and a.nav_accountstatisticsid is distinct from n.nav_accountstatisticsid;
    return null;
end
$$;
comment on function crm.link_statistics() is 'Links an account to its figures.';
create trigger link_statistics after insert on crm.nav_accountstatistics referencing new table as new_rows
    for each statement execute function crm.link_statistics();
