select u.name, m.name, u.rank, p.code, p.boss from crm.usr u left join crm.usr m on m.id = u.manager
left join erp.person p on p.name = u.name order by 1
