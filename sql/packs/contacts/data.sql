-- A small office: four companies we deal with, one of them in three roles; cards that were there before the set-up had codes.
update nav.marketing_setup set bus_rel_code_for_customers = '', bus_rel_code_for_vendors = '', bus_rel_code_for_bank_accs = '';
insert into nav.customer (no, name, address, city, post_code, country_region_code, phone_no, e_mail, currency_code, salesperson_code,
    contact, customer_posting_group, payment_terms_code) values
    ('C00010', 'Harbour Street Furnishings', '12 Harbour Street', 'Bristol', 'BS1 4XY', 'GB', '+44 117 555 0110',
     'office@harbourstreet.example', '', 'HB', 'Ann Lee', 'DOMESTIC', 'NET30'),
    ('C00020', 'Kontor Nord GmbH', 'Speicherstrasse 40', 'Hamburg', '20457', 'DE', '+49 40 555 0440',
     'einkauf@kontornord.example', 'EUR', 'JT', '', 'EU', 'NET30');
update nav.marketing_setup
   set bus_rel_code_for_customers = 'CUST', bus_rel_code_for_vendors = 'VEND', bus_rel_code_for_bank_accs = 'BANK';

insert into nav.customer_templ (code, contact_type, currency_code, customer_posting_group, payment_terms_code)
values ('COMPANY', 0, 'EUR', 'EU', 'NET30'), ('PERSON', 1, 'EUR', 'EU', 'COD');
insert into nav.vendor_templ (code, contact_type, currency_code, vendor_posting_group, payment_terms_code)
values ('COMPANY', 0, 'EUR', 'EU', 'NET30');

insert into nav.contact (no, type, name, address, city, post_code, country_region_code, phone_no, e_mail, company_no) values
    ('CT000010', 0, 'Moorland Hotels', 'Valley Road 88', 'Leeds', 'LS2 7EW', 'GB', '+44 113 555 0330', 'post@moorlandhotels.example', ''),
    ('CT000011', 1, 'Tom Hart', '', '', '', '', '', 'tom.hart@moorlandhotels.example', 'CT000010');
insert into nav.bank_account (no, name, city, country_region_code, phone_no, iban)
values ('B010', 'Cedar Bank', 'London', 'GB', '+44 20 555 0900', 'GB33BUKB20201555555555');
