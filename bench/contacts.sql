-- @section customers
insert into nav.customer (name, address, city, post_code, phone_no, e_mail, salesperson_code)
select 'Company ' || i, 'Mill Lane ' || i, 'Leeds', 'LS' || mod(i, 100), '+44 ' || i, 'office@company' || i || '.example', 'S' || mod(i, 20)
  from generate_series(1, %(rows)s) i;
-- @section vendors
select count(*) from nav.create_from_contacts('vendor', array(select no from nav.contact order by no limit %(vendors)s));
-- @section phone
update nav.contact set phone_no = '+31 ' || right(no, 6);
-- @section floor
begin;
update nav.customer k set phone_no = c.phone_no
  from nav.contact c join nav.contact_business_relation r on r.contact_no = c.no and r.link_to_table = 1
 where k.no = r.no and k.phone_no <> c.phone_no;
update nav.vendor v set phone_no = c.phone_no
  from nav.contact c join nav.contact_business_relation r on r.contact_no = c.no and r.link_to_table = 2
 where v.no = r.no and v.phone_no <> c.phone_no;
commit;
