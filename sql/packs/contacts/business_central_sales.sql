-- Together with the pack business_central_sales: its contacts, customers and vendors are in step along its own business relations,
-- so that what is typed in Sales reaches the vendor as well. Run it once, after both packs are installed.
--
-- That pack copies customers to their company contacts by a trigger of Business Central: whole rows and one way, so that an edit of
-- the contact would be overwritten by the next of the customer. The mapping does it field by field, and takes its place.
alter table bc.customer disable trigger customer_updated;

insert into sync.table_mapping
    (mapping_name, left_table, right_table, direction, coupled_only, update_conflict, on_left_delete, on_right_delete, description) values
    ('BC-CONTACT-CUSTOMER', 'bc.contact', 'bc.customer', 'both', true, 'newest_wins', 'uncouple', 'uncouple', 'Contact and customer'),
    ('BC-CONTACT-VENDOR', 'bc.contact', 'bc.vendor', 'both', true, 'newest_wins', 'uncouple', 'uncouple', 'Contact and vendor');

insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, description)
select m.mapping_name, f.field_no, f.column_name, f.column_name, f.description
  from (values
      (1, 'name', 'Name'), (2, 'address', 'Address'), (3, 'address_2', 'Address 2'), (4, 'city', 'City'), (5, 'post_code', 'Post code'),
      (6, 'county', 'County'), (7, 'country_region_code', 'Country'), (8, 'phone_no', 'Phone'), (9, 'fax_no', 'Fax'),
      (10, 'email', 'E-mail'), (11, 'home_page', 'Home page'), (12, 'currency_code', 'Currency')) as f (field_no, column_name, description)
 cross join sync.table_mapping m
 where m.mapping_name in ('BC-CONTACT-CUSTOMER', 'BC-CONTACT-VENDOR');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, description)
values ('BC-CONTACT-CUSTOMER', 13, 'salesperson_code', 'salesperson_code', 'Salesperson');

create trigger follow_relations_insert after insert on bc.contact_business_relation referencing new table as new_rows
    for each statement execute function nav.follow_relations('BC-CONTACT-CUSTOMER', 'BC-CONTACT-VENDOR');
create trigger follow_relations_update after update on bc.contact_business_relation
    referencing old table as old_rows new table as new_rows
    for each statement execute function nav.follow_relations('BC-CONTACT-CUSTOMER', 'BC-CONTACT-VENDOR');
create trigger follow_relations_delete after delete on bc.contact_business_relation referencing old table as old_rows
    for each statement execute function nav.follow_relations('BC-CONTACT-CUSTOMER', 'BC-CONTACT-VENDOR');

insert into sync.coupling (mapping_name, left_key, right_key)
select case r.link_to_table when 1 then 'BC-CONTACT-CUSTOMER' else 'BC-CONTACT-VENDOR' end, r.contact_no, r.no
  from bc.contact_business_relation r where r.link_to_table in (1, 2) and r.no <> '';
select sync.enable_capture('BC-CONTACT-CUSTOMER');
select sync.enable_capture('BC-CONTACT-VENDOR');
