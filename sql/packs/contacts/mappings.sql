-- Contacts with customers, vendors and bank accounts. All four are tables of one system: left is the contact, right is
-- what it is linked to. The documented facts are quoted as comments.

insert into sync.system (system_name, schema_name, integration_role, description)
values ('CONTACTS', 'nav', null, 'Contacts, customers, vendors and bank accounts of one system');

-- "Synchronization makes the information that contacts and customers, vendors or bank accounts share the same on both."
-- Who belongs to whom is said by contact_business_relation (mappings_links.sql), so nothing is created here: a card without a
-- relation stays alone. The same field changed on both: the later change is kept, the other value stands in sync.conflict.
-- "If you delete a contact that is linked, only the contact is deleted. If you delete a customer, the contact stays."
insert into sync.table_mapping
    (mapping_name, left_table, right_table, direction, coupled_only, update_conflict, on_left_delete, on_right_delete, description) values
    ('CONTACT-CUSTOMER', 'nav.contact', 'nav.customer', 'both', true, 'newest_wins', 'uncouple', 'uncouple', 'Contact and customer'),
    ('CONTACT-VENDOR', 'nav.contact', 'nav.vendor', 'both', true, 'newest_wins', 'uncouple', 'uncouple', 'Contact and vendor'),
    ('CONTACT-BANK', 'nav.contact', 'nav.bank_account', 'both', true, 'newest_wins', 'uncouple', 'uncouple', 'Contact and bank account');

-- What they share has the same name on both. Posting, payment and credit have no counterpart on a contact: "some details, such as
-- invoicing and posting data, are not on the contact card".
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, description)
select m.mapping_name, f.field_no, f.column_name, f.column_name, f.description
  from (values
      (1, 'name', 'Name'), (2, 'search_name', 'Search name'), (3, 'name_2', 'Name 2'), (4, 'address', 'Address'),
      (5, 'address_2', 'Address 2'), (6, 'city', 'City'), (7, 'post_code', 'Post code'), (8, 'county', 'County'),
      (9, 'country_region_code', 'Country'), (10, 'phone_no', 'Phone'), (11, 'mobile_phone_no', 'Mobile phone'), (12, 'fax_no', 'Fax'),
      (13, 'telex_no', 'Telex'), (14, 'telex_answer_back', 'Telex answer back'), (15, 'e_mail', 'E-mail'), (16, 'home_page', 'Home page'),
      (17, 'territory_code', 'Territory'), (18, 'currency_code', 'Currency'), (19, 'language_code', 'Language'),
      (20, 'format_region', 'Format of dates and numbers'), (21, 'image', 'Picture')
      ) as f (field_no, column_name, description)
 cross join sync.table_mapping m
 where m.mapping_name in ('CONTACT-CUSTOMER', 'CONTACT-VENDOR', 'CONTACT-BANK');

-- A bank account has no registration number and no VAT number. Contact and customer share one salesperson; the vendor's purchaser and
-- the bank account's contact of ours are theirs alone. Whether it is a company or a person the contact says.
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, description) values
    ('CONTACT-CUSTOMER', 30, 'registration_number', 'registration_number', 'both', 'Registration number'),
    ('CONTACT-CUSTOMER', 31, 'vat_registration_no', 'vat_registration_no', 'both', 'VAT number'),
    ('CONTACT-CUSTOMER', 32, 'privacy_blocked', 'privacy_blocked', 'both', 'Blocked for privacy'),
    ('CONTACT-CUSTOMER', 33, 'salesperson_code', 'salesperson_code', 'both', 'Salesperson'),
    ('CONTACT-CUSTOMER', 34, 'type', 'contact_type', 'to_right', 'Company or person'),
    ('CONTACT-VENDOR', 30, 'registration_number', 'registration_number', 'both', 'Registration number'),
    ('CONTACT-VENDOR', 31, 'vat_registration_no', 'vat_registration_no', 'both', 'VAT number'),
    ('CONTACT-VENDOR', 32, 'privacy_blocked', 'privacy_blocked', 'both', 'Blocked for privacy');
