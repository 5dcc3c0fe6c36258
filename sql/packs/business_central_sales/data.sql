-- Sample data: a small office supplier. Some records of the two systems are coupled and in step, some only match,
-- some stand alone. Runs after the mappings and before capture is switched on.

-- Business Central -------------------------------------------------------------------------------------------------
insert into bc.general_ledger_setup (lcy_code) values ('GBP');
update bc.currency set symbol = '£', description = 'Pound Sterling' where code = 'GBP';
insert into bc.currency (code, iso_code, symbol, description) values
    ('EUR', 'EUR', '€', 'Euro'),
    ('USD', 'USD', '$', 'US Dollar'),
    ('NOK', 'NOK', 'kr', 'Norwegian Krone'),
    ('BONUS', '', '', 'Bonus points');
insert into bc.currency_exchange_rate
    (currency_code, starting_date, exchange_rate_amount, relational_exch_rate_amount) values
    ('EUR', '2019-01-01', 100, 89.5),
    ('EUR', '2019-07-01', 100, 90),
    ('USD', '2019-01-01', 100, 78.125),
    ('NOK', '2019-01-01', 100, 9),
    ('BONUS', '2019-01-01', 1000, 1);

insert into bc.salesperson_purchaser (code, name, email, phone_no) values
    ('HB', 'Hanna Brink', 'hanna.brink@cedarlane.example', '+44 20 5550 1101'),
    ('LM', 'Luca Moretti', 'luca.moretti@cedarlane.example', '+44 20 5550 1102'),
    ('AO', 'Amara Okafor', 'amara.okafor@cedarlane.example', '+44 20 5550 1103'),
    ('SV', 'Sofie Vos', 'sofie.vos@cedarlane.example', '+44 20 5550 1104'),
    ('JT', 'Jonas Thiel', 'jonas.thiel@cedarlane.example', '+44 20 5550 1105');

insert into bc.payment_terms (code, description) values ('COD', 'Cash on delivery'), ('21 DAYS', 'Net 21 days');
insert into bc.shipment_method (code, description) values ('EXW', 'Ex warehouse'), ('PICKUP', 'Pickup at location');
insert into bc.shipping_agent (code, name) values ('OWN LOG.', 'Own logistics');
insert into bc.customer_price_group (code, description) values
    ('WHOLESALE', 'Wholesale trade'), ('RETAIL', 'Retail shops');

insert into bc.customer (no, name, address, address_2, city, post_code, county, country_region_code, phone_no, email,
    home_page, credit_limit_lcy, currency_code, payment_terms_code, shipment_method_code, shipping_agent_code,
    salesperson_code, customer_price_group) values
    ('C00010', 'Harbour Street Furnishings', '12 Harbour Street', '', 'Bristol', 'BS1 4XY', 'Avon', 'GB',
     '+44 117 555 0110', 'office@harbourstreet.example', 'https://harbourstreet.example', 15000, '', 'NET30', 'FOB',
     'DHL', 'HB', 'RETAIL'),
    ('C00020', 'Aldgate Design Studio', '3 Aldgate Row', '2nd floor', 'London', 'EC3N 1AB', '', 'GB',
     '+44 20 5550 2020', 'hello@aldgatedesign.example', 'https://aldgatedesign.example', 8000, '', 'NET45', 'NOCHARGE',
     'UPS', 'HB', ''),
    ('C00030', 'Moorland Hotels', 'Valley Road 88', '', 'Leeds', 'LS2 7EW', 'West Yorkshire', 'GB',
     '+44 113 555 0330', 'purchasing@moorlandhotels.example', '', 50000, '', 'NET60', 'FOB', 'FULLLOAD', 'LM',
     'WHOLESALE'),
    ('C00040', 'Kontor Nord GmbH', 'Speicherstrasse 40', '', 'Hamburg', '20457', '', 'DE',
     '+49 40 555 0440', 'einkauf@kontornord.example', 'https://kontornord.example', 30000, 'EUR', 'NET30', 'FOB',
     'DHL', 'JT', 'WHOLESALE'),
    ('C00050', 'Atelier des Quais', '5 quai des Lices', '', 'Nantes', '44000', '', 'FR',
     '+33 2 55 50 05 50', 'bonjour@atelierdesquais.example', '', 12000, 'EUR', '2%10NET30', '', 'POSTALMAIL', 'JT', ''),
    ('C00060', 'Prairie Office Supply', '1600 Lakeshore Drive', 'Suite 6', 'Chicago', '60611', 'Illinois', 'US',
     '+1 312 555 0660', 'orders@prairieoffice.example', 'https://prairieoffice.example', 75000, 'USD', 'NET30', 'FOB',
     'FEDEX', 'AO', 'WHOLESALE'),
    ('C00070', 'Fjordlys Kontor AS', 'Bryggen 7', '', 'Bergen', '5003', '', 'NO',
     '+47 55 55 07 70', 'post@fjordlys.example', '', 9000, 'NOK', '21 DAYS', 'EXW', 'OWN LOG.', 'AO', ''),
    ('C00080', 'Thames Valley College', 'Campus Way 1', '', 'Reading', 'RG1 5AQ', 'Berkshire', 'GB',
     '+44 118 555 0880', 'facilities@tvcollege.example', '', 20000, '', 'NET30', 'NOCHARGE', 'WILLCALL', 'LM', ''),
    ('C00090', 'Brambles Tea Rooms', '9 Market Place', '', 'York', 'YO1 8SQ', '', 'GB',
     '+44 1904 555 090', 'manager@brambles.example', '', 2000, '', 'COD', 'PICKUP', '', 'SV', 'RETAIL'),
    ('C00100', 'Delta Werkplek BV', 'Havenlaan 100', '', 'Rotterdam', '3011 AA', '', 'NL',
     '+31 10 555 1000', 'inkoop@deltawerkplek.example', '', 25000, 'EUR', 'NET30', 'FOB', 'DHL', 'SV', 'WHOLESALE'),
    ('C00110', 'Quarry Lane Surgery', '11 Quarry Lane', '', 'Sheffield', 'S1 2HB', '', 'GB',
     '+44 114 555 1110', 'reception@quarrylane.example', '', 3000, '', 'NET30', '', '', '', ''),
    ('C00120', 'Old Mill Interiors', 'Mill Road 120', '', 'Cambridge', 'CB1 2AD', '', 'GB',
     '+44 1223 555 120', 'accounts@oldmill.example', '', 0, '', 'NET30', '', '', 'LM', '');
update bc.customer set blocked = 3 where no = 'C00120';

-- Persons: their company follows from the customer.
insert into bc.contact (no, type, first_name, middle_name, surname, customer_no, salesperson_code, currency_code, address,
    city, post_code, country_region_code, email, phone_no, mobile_phone_no)
select p.no, 1, p.first_name, p.middle_name, p.surname, c.no, c.salesperson_code, c.currency_code, c.address, c.city,
    c.post_code, c.country_region_code, p.email, c.phone_no, p.mobile_phone_no
from (values
    ('CT000110', 'C00010', 'Ruth', '', 'Ellison', 'ruth.ellison@harbourstreet.example', '+44 7700 900110'),
    ('CT000111', 'C00010', 'Imran', '', 'Qureshi', 'imran.qureshi@harbourstreet.example', ''),
    ('CT000120', 'C00020', 'Tamsin', 'J.', 'Weller', 'tamsin@aldgatedesign.example', '+44 7700 900120'),
    ('CT000130', 'C00030', 'Gareth', '', 'Pugh', 'gareth.pugh@moorlandhotels.example', '+44 7700 900130'),
    ('CT000140', 'C00040', 'Birgit', '', 'Lorenz', 'b.lorenz@kontornord.example', '+49 170 5550140'),
    ('CT000150', 'C00050', 'Mathilde', '', 'Garnier', 'm.garnier@atelierdesquais.example', ''),
    ('CT000160', 'C00060', 'Dale', 'R.', 'Hutchins', 'dale@prairieoffice.example', '+1 312 555 0161'),
    ('CT000170', 'C00070', 'Ingrid', '', 'Solberg', 'ingrid@fjordlys.example', ''),
    ('CT000180', 'C00080', 'Priya', '', 'Nair', 'p.nair@tvcollege.example', ''),
    ('CT000200', 'C00100', 'Joost', 'van der', 'Meer', 'joost@deltawerkplek.example', '+31 6 55501000')
) as p (no, customer_no, first_name, middle_name, surname, email, mobile_phone_no)
join bc.customer c on c.no = p.customer_no;
-- A company that is no customer, with a person: both stay at home.
insert into bc.contact (no, type, name) values ('CT000900', 0, 'Wharf Road Printers');
insert into bc.contact (no, type, first_name, surname, company_no) values ('CT000901', 1, 'Nell', 'Ashby', 'CT000900');
update bc.customer c set primary_contact_no = p.contact_no
from (values ('C00010', 'CT000110'), ('C00030', 'CT000130'), ('C00060', 'CT000160')) as p (customer_no, contact_no)
where c.no = p.customer_no;

insert into bc.unit_of_measure (code, description, international_standard_code, symbol) values
    ('PCS', 'Piece', 'EA', 'pc'), ('BOX', 'Box', 'BX', 'box'), ('HOUR', 'Hour', 'HUR', 'h');
insert into bc.vendor (no, name, city, country_region_code) values
    ('V00010', 'Oakline Woodworks', 'Exeter', 'GB'), ('V00020', 'Lumen Lampen GmbH', 'Bremen', 'DE');
insert into bc.item (no, description, type, base_unit_of_measure, unit_price, unit_cost, unit_volume, gross_weight,
    vendor_no, vendor_item_no) values
    ('1010', 'Writing desk, oak', 0, 'PCS', 420, 251.5, 0.6, 38, 'V00010', 'OW-77'),
    ('1020', 'Swivel chair, grey', 0, 'PCS', 189.9, 104.25, 0.3, 14.5, 'V00010', 'OW-12'),
    ('1030', 'Desk lamp, brass', 0, 'PCS', 64, 29.8, 0.02, 2.1, 'V00020', 'LL 900'),
    ('1040', 'Copy paper A4, 5 x 500', 0, 'BOX', 21.5, 12, 0.03, 12.6, '', ''),
    ('9010', 'Delivery to the room', 1, 'PCS', 35, 0, 0, 0, '', '');
insert into bc.item_ledger_entry (entry_no, item_no, quantity, posting_date) values
    (1, '1010', 12, '2019-01-02'), (2, '1020', 40, '2019-01-02'), (3, '1030', 75, '2019-01-02'),
    (4, '1040', 300, '2019-01-02'), (5, '1010', -2, '2019-01-21'), (6, '1040', -44, '2019-01-25');
insert into bc.resource (no, name, type, base_unit_of_measure, unit_price, unit_cost) values
    ('R10', 'Workplace planning', 0, 'HOUR', 85, 41), ('R20', 'Assembly van', 1, 'HOUR', 55, 23.5);
insert into bc.res_capacity_entry (entry_no, resource_no, date, capacity) values
    (1, 'R10', '2019-02-01', 8), (2, 'R10', '2019-02-02', 8), (3, 'R20', '2019-02-01', 10);
insert into bc.sales_price (item_no, sales_type, sales_code, unit_of_measure_code, unit_price) values
    ('1010', 1, 'WHOLESALE', 'PCS', 378), ('1020', 1, 'WHOLESALE', 'PCS', 165), ('1020', 1, 'RETAIL', 'PCS', 179),
    ('1030', 0, 'C00010', 'PCS', 60);
insert into bc.opportunity (no, description, salesperson_code, contact_no, sales_cycle_code, status, creation_date) values
    ('OP000010', 'New lobby furniture', 'LM', 'CT000130', 'FULL', 1, '2019-02-04'),
    ('OP000020', 'Paper contract', 'AO', 'CT000160', 'SHORT', 0, '2019-02-11');
insert into bc.opportunity_entry
    (opportunity_no, active, sales_cycle_stage, estimated_value_lcy, estimated_close_date, probability_pct) values
    ('OP000010', false, 1, 15000, '2019-06-30', 20), ('OP000010', true, 2, 18500, '2019-05-31', 50);

-- Sales ------------------------------------------------------------------------------------------------------------
insert into crm.systemuser
    (systemuserid, firstname, lastname, internalemailaddress, mobilephone, domainname, isdisabled, isintegrationuser) values
    ('5a100000-0000-4000-8000-000000000001', 'Hanna', 'Brink', 'hanna.brink@cedarlane.example', '+44 20 5550 1101', 'CEDARLANE\hbrink', false, false),
    ('5a100000-0000-4000-8000-000000000002', 'Luca', 'Moretti', 'luca.moretti@cedarlane.example', '+44 20 5550 1102', 'CEDARLANE\lmoretti', false, false),
    ('5a100000-0000-4000-8000-000000000003', 'Amara', 'Okafor', 'amara.okafor@cedarlane.example', '+44 20 5550 1103', 'CEDARLANE\aokafor', false, false),
    ('5a100000-0000-4000-8000-000000000004', 'Sofie', 'Vos', 'sofie.vos@cedarlane.example', '+44 20 5550 1104', 'CEDARLANE\svos', false, false),
    ('5a100000-0000-4000-8000-000000000005', 'Jonas', 'Thiel', 'jonas.thiel@cedarlane.example', '+44 20 5550 1105', 'CEDARLANE\jthiel', false, false),
    ('5a100000-0000-4000-8000-000000000006', 'Rosa', 'Delgado', 'rosa.delgado@cedarlane.example', '+44 20 5550 1106', 'CEDARLANE\rdelgado', false, false),
    ('5a100000-0000-4000-8000-000000000007', 'Victor', 'Halloran', 'victor.halloran@cedarlane.example', null, 'CEDARLANE\vhalloran', true, false),
    ('5a100000-0000-4000-8000-000000000099', 'Sales', 'Connection', 'connection@cedarlane.example', null, 'CEDARLANE\connection', false, true);

insert into crm.transactioncurrency
    (transactioncurrencyid, isocurrencycode, currencysymbol, currencyname, exchangerate)
select guid::uuid, c.code, c.code, c.description, c.latest_exchange_rate
from (values ('GBP', 'cc100000-0000-4000-8000-000000000001'), ('EUR', 'cc100000-0000-4000-8000-000000000002'),
             ('USD', 'cc100000-0000-4000-8000-000000000003')) as g (code, guid)
join bc.currency c using (code);
insert into crm.organization (basecurrencyid, basecurrencysymbol)
values ('cc100000-0000-4000-8000-000000000001', 'GBP');

insert into sync.coupling (mapping_name, left_key, right_key)
select 'SALESPEOPLE', s.code, u.systemuserid::text
from bc.salesperson_purchaser s join crm.systemuser u on u.internalemailaddress = s.email
where s.code <> 'SV';
insert into sync.coupling (mapping_name, left_key, right_key)
select 'CURRENCY', isocurrencycode, transactioncurrencyid::text from crm.transactioncurrency;

-- Six customers have been in Sales for long: their accounts and contacts are in step.
insert into crm.account (accountid, name, customertypecode, ownerid, creditlimit, paymenttermscode,
    address1_freighttermscode, address1_shippingmethodcode, address1_line1, address1_line2, address1_postalcode,
    address1_city, address1_country, address1_stateorprovince, emailaddress1, telephone1, websiteurl,
    address1_primarycontactname)
select g.guid::uuid, c.name, 3, u.right_key::uuid, c.credit_limit_lcy, t.right_value::integer, m.right_value::integer,
    a.right_value::integer, c.address, nullif(c.address_2, ''), c.post_code, c.city, c.country_region_code,
    nullif(c.county, ''), c.email, c.phone_no, nullif(c.home_page, ''), nullif(c.contact, '')
from (values ('C00010', 'acc00000-0000-4000-8000-000000000010'), ('C00020', 'acc00000-0000-4000-8000-000000000020'),
             ('C00030', 'acc00000-0000-4000-8000-000000000030'), ('C00040', 'acc00000-0000-4000-8000-000000000040'),
             ('C00050', 'acc00000-0000-4000-8000-000000000050'), ('C00060', 'acc00000-0000-4000-8000-000000000060')
     ) as g (no, guid)
join bc.customer c using (no)
join sync.coupling u on u.mapping_name = 'SALESPEOPLE' and u.left_key = c.salesperson_code
left join sync.option_mapping t on t.option_set = 'PAYMENT TERMS' and t.left_value = c.payment_terms_code
left join sync.option_mapping m on m.option_set = 'SHIPMENT METHOD' and m.left_value = c.shipment_method_code
left join sync.option_mapping a on a.option_set = 'SHIPPING AGENT' and a.left_value = c.shipping_agent_code;
insert into sync.coupling (mapping_name, left_key, right_key)
select 'CUSTOMER', c.no, a.accountid::text from bc.customer c join crm.account a on a.name = c.name;

insert into crm.contact (contactid, firstname, middlename, lastname, parentcustomerid, parentcustomeridtype, ownerid,
    transactioncurrencyid, address1_line1, address1_postalcode, address1_city, address1_country, emailaddress1,
    telephone1, mobilephone)
select ('c0a00000-0000-4000-8000-000000' || substr(p.no, 3))::uuid, p.first_name, nullif(p.middle_name, ''), p.surname,
    a.right_key::uuid, 'account', u.right_key::uuid, m.right_key::uuid, p.address, p.post_code, p.city,
    p.country_region_code, p.email, p.phone_no, nullif(p.mobile_phone_no, '')
from bc.contact p
join sync.coupling a on a.mapping_name = 'CUSTOMER' and a.left_key = p.customer_no
join sync.coupling u on u.mapping_name = 'SALESPEOPLE' and u.left_key = p.salesperson_code
join sync.coupling m on m.mapping_name = 'CURRENCY' and m.left_key = p.transaction_currency_code
where p.type = 1 and p.no <> 'CT000111';
insert into sync.coupling (mapping_name, left_key, right_key)
select 'CONTACT', p.no, 'c0a00000-0000-4000-8000-000000' || substr(p.no, 3)
from bc.contact p
where exists (select from crm.contact k where k.emailaddress1 = p.email);
update crm.account a set primarycontactid = k.right_key::uuid
from bc.customer c
join sync.coupling k on k.mapping_name = 'CONTACT' and k.left_key = c.primary_contact_no
join sync.coupling r on r.mapping_name = 'CUSTOMER' and r.left_key = c.no
where a.accountid = r.right_key::uuid;

-- Two accounts that match customers but are not coupled, two that Business Central does not know, one prospect.
insert into crm.account (accountid, name, customertypecode, ownerid, address1_line1, address1_postalcode, address1_city,
    address1_country, emailaddress1, telephone1) values
    ('acc00000-0000-4000-8000-000000000080', 'Thames Valley College', 3, '5a100000-0000-4000-8000-000000000002',
     'Campus Way 1', 'RG1 5AQ', 'Reading', 'GB', 'facilities@tvcollege.example', '+44 118 555 0880'),
    ('acc00000-0000-4000-8000-000000000100', 'Delta Werkplek B.V.', 3, '5a100000-0000-4000-8000-000000000004',
     'Havenlaan 100', '3011 AA', 'Rotterdam', 'NL', 'inkoop@deltawerkplek.example', '+31 10 555 1001'),
    ('acc00000-0000-4000-8000-000000000201', 'Seagull Marine Services', 3, '5a100000-0000-4000-8000-000000000001',
     'Dock 4', 'PO1 3LJ', 'Portsmouth', 'GB', 'office@seagullmarine.example', '+44 23 5555 0201'),
    ('acc00000-0000-4000-8000-000000000202', 'Viale Nuovo Arredi', 3, '5a100000-0000-4000-8000-000000000005',
     'Viale Nuovo 22', '40121', 'Bologna', 'IT', 'info@vialenuovo.example', '+39 051 555 0202'),
    ('acc00000-0000-4000-8000-000000000203', 'Northgate Library Trust', 8, '5a100000-0000-4000-8000-000000000002',
     'Northgate 1', 'CH1 2HT', 'Chester', 'GB', 'trust@northgate.example', null);
insert into crm.contact (contactid, firstname, lastname, parentcustomerid, parentcustomeridtype, ownerid, emailaddress1) values
    ('c0a00000-0000-4000-8000-000000000201', 'Fiona', 'Carrick', 'acc00000-0000-4000-8000-000000000201', 'account',
     '5a100000-0000-4000-8000-000000000001', 'fiona@seagullmarine.example'),
    ('c0a00000-0000-4000-8000-000000000202', 'Paolo', 'Ferri', null, null,
     '5a100000-0000-4000-8000-000000000005', 'paolo.ferri@vialenuovo.example');
