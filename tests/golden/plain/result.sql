select number, title, phone from crm.account order by number
