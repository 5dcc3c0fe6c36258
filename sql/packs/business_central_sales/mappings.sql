-- Business Central and Dynamics 365 Sales: the default mappings of the product, release of 2019.
-- Left is Business Central (bc), right is Sales (crm). The documented facts are quoted as comments; where this pack
-- differs from the product, the comment says so.

-- Rule for all tables: changes that the Sales connection account makes are ignored. The account is a database role
-- here; an administrator who works with it should know that nothing of that travels.
insert into sync.system (system_name, schema_name, integration_role, description) values
    ('BUSINESS CENTRAL', 'bc', null, 'ERP: customers, contacts, items, prices, orders and invoices'),
    ('SALES', 'crm', 'sales_connection', 'CRM: accounts, contacts, products, price lists, opportunities');

-- Option sets ------------------------------------------------------------------------------------------------------
-- Three tables of Business Central stand for option fields of the account. Setting up the connection pulled the
-- options once: it made a record for every option that had none. A record without an option leaves the option
-- field blank in Sales.
insert into sync.option_mapping (option_set, left_value, right_value, label) values
    ('PAYMENT TERMS', 'NET30', '1', 'Net 30'),
    ('PAYMENT TERMS', '2%10NET30', '2', '2% 10, Net 30'),
    ('PAYMENT TERMS', 'NET45', '3', 'Net 45'),
    ('PAYMENT TERMS', 'NET60', '4', 'Net 60'),
    ('SHIPMENT METHOD', 'FOB', '1', 'FOB'),
    ('SHIPMENT METHOD', 'NOCHARGE', '2', 'No Charge'),
    ('SHIPPING AGENT', 'AIRBORNE', '1', 'Airborne'),
    ('SHIPPING AGENT', 'DHL', '2', 'DHL'),
    ('SHIPPING AGENT', 'FEDEX', '3', 'FedEx'),
    ('SHIPPING AGENT', 'UPS', '4', 'UPS'),
    ('SHIPPING AGENT', 'POSTALMAIL', '5', 'Postal Mail'),
    ('SHIPPING AGENT', 'FULLLOAD', '6', 'Full Load'),
    ('SHIPPING AGENT', 'WILLCALL', '7', 'Will Call');

insert into bc.payment_terms (code, description)
select left_value, label from sync.option_mapping where option_set = 'PAYMENT TERMS'
on conflict (code) do nothing;
insert into bc.shipment_method (code, description)
select left_value, label from sync.option_mapping where option_set = 'SHIPMENT METHOD'
on conflict (code) do nothing;
insert into bc.shipping_agent (code, name)
select left_value, label from sync.option_mapping where option_set = 'SHIPPING AGENT'
on conflict (code) do nothing;

-- Table mappings ---------------------------------------------------------------------------------------------------
-- Only coupled records travel, and a conflict is an error a person looks at: the product's defaults, and ours.
-- A full synchronisation creates what has no counterpart.
insert into sync.table_mapping
    (mapping_name, left_table, right_table, direction, left_filter, right_filter, description) values
    -- The user must be enabled and licensed and must not be the integration user. Runs first: customers and
    -- contacts need it.
    ('SALESPEOPLE', 'bc.salesperson_purchaser', 'crm.systemuser', 'to_left',
     null,
     'not isdisabled and islicensed and not isintegrationuser',
     'Salesperson/Purchaser from User'),
    -- Currencies are coupled by ISO code; a currency whose code is no standard ISO code stays at home.
    ('CURRENCY', 'bc.currency', 'crm.transactioncurrency', 'to_right',
     $$code ~ '^[A-Z]{3}$' and (iso_code = '' or iso_code = code)$$,
     null,
     'Currency to Transaction Currency'),
    -- Only accounts of relationship type Customer (3) with status Active.
    ('CUSTOMER', 'bc.customer', 'crm.account', 'both',
     'blocked = 0',
     'statecode = 0 and customertypecode = 3',
     'Customer and Account'),
    -- Business Central: persons assigned to a company, and the company is a customer. Sales: contacts whose parent
    -- is an account.
    ('CONTACT', 'bc.contact', 'crm.contact', 'both',
     $$type = 1 and company_no <> '' and customer_no <> ''$$,
     $$parentcustomerid is not null and parentcustomeridtype = 'account'$$,
     'Contact and Contact');

insert into sync.mapping_dependency (mapping_name, depends_on) values
    ('CUSTOMER', 'SALESPEOPLE'),
    ('CUSTOMER', 'CURRENCY'),
    ('CONTACT', 'CUSTOMER');

-- SALESPEOPLE ------------------------------------------------------------------------------------------------------
-- A user who arrives without a salesperson gets the code SP NO. 1, SP NO. 2, ...: the default of the code column.
-- Texts that are too long are cut, everywhere below.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, to_left, match_priority, description) values
    ('SALESPEOPLE', 1, 'email', 'internalemailaddress', 'to_left',
     $$coalesce(left(internalemailaddress, 80), '')$$, 1, 'E-mail; finds the salesperson of a user when matching'),
    ('SALESPEOPLE', 2, 'name', 'fullname', 'to_left', 'left(fullname, 50)', null, 'Name'),
    ('SALESPEOPLE', 3, 'phone_no', 'mobilephone', 'to_left', $$coalesce(left(mobilephone, 30), '')$$, null, 'Phone');

-- CURRENCY ---------------------------------------------------------------------------------------------------------
-- Sales takes the ISO code (the filter sees to its three letters) when the currency is made and never again. A currency without a rate is refused by
-- Sales (its exchange rate is mandatory) and parked.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, to_right, write_on, match_priority, description)
values
    ('CURRENCY', 1, 'code', 'isocurrencycode', 'to_right', 'left(code, 5)', 'insert', 1, 'ISO code; the match key'),
    ('CURRENCY', 2, 'code', 'currencysymbol', 'to_right', null, 'always', null, 'Symbol: the code'),
    ('CURRENCY', 3, 'description', 'currencyname', 'to_right',
     $$coalesce(nullif(description, ''), code)$$, 'always', null, 'Name'),
    ('CURRENCY', 4, 'latest_exchange_rate', 'exchangerate', 'to_right', null, 'always', null,
     'Rate against the base currency of Sales');

-- CUSTOMER ---------------------------------------------------------------------------------------------------------
-- Owner: the user coupled to the salesperson. No salesperson leaves the owner as it is; a new account then belongs
-- to the connection user. An uncoupled salesperson was an error there; here the customer waits, nothing of it is
-- written, and it goes on by itself once the salesperson is coupled.
-- 4 is one way in this release, and so are 16 to 18. 11, the currency, came later and is left out.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, to_left, reference, option_set,
     on_unresolved, when_null, match_priority, description) values
    ('CUSTOMER', 1, null, 'owneridtype', 'to_right', 'systemuser', null, null, null, null,
     'wait', 'write', null, 'Owner type: ownership by persons'),
    ('CUSTOMER', 2, 'salesperson_code', 'ownerid', 'to_right', null, null, null, 'SALESPEOPLE', null,
     'wait', 'keep', null, 'Owner: the user coupled to the salesperson'),
    ('CUSTOMER', 3, 'name', 'name', 'both', null, null, 'left(name, 100)', null, null,
     'wait', 'write', 1, 'Name'),
    ('CUSTOMER', 4, 'contact', 'address1_primarycontactname', 'to_left',
     null, null, $$coalesce(address1_primarycontactname, '')$$, null, null,
     'wait', 'write', null, 'Contact name'),
    ('CUSTOMER', 5, 'address', 'address1_line1', 'both',
     null, $$nullif(address, '')$$, $$coalesce(left(address1_line1, 100), '')$$, null, null,
     'wait', 'write', null, 'Address'),
    ('CUSTOMER', 6, 'address_2', 'address1_line2', 'both',
     null, $$nullif(address_2, '')$$, $$coalesce(left(address1_line2, 50), '')$$, null, null,
     'wait', 'write', null, 'Address 2'),
    ('CUSTOMER', 7, 'post_code', 'address1_postalcode', 'both',
     null, $$nullif(post_code, '')$$, $$coalesce(upper(trim(address1_postalcode)), '')$$, null, null,
     'wait', 'write', 1, 'Post code; with the name it finds the account when matching'),
    ('CUSTOMER', 8, 'city', 'address1_city', 'both',
     null, $$nullif(city, '')$$, $$coalesce(left(address1_city, 30), '')$$, null, null,
     'wait', 'write', null, 'City'),
    ('CUSTOMER', 9, 'country_region_code', 'address1_country', 'both',
     null, $$nullif(country_region_code, '')$$, $$coalesce(left(upper(trim(address1_country)), 10), '')$$, null, null,
     'wait', 'write', null, 'Country'),
    ('CUSTOMER', 10, 'county', 'address1_stateorprovince', 'both',
     null, $$nullif(county, '')$$, $$coalesce(left(address1_stateorprovince, 30), '')$$, null, null,
     'wait', 'write', null, 'County'),
    ('CUSTOMER', 12, 'email', 'emailaddress1', 'both',
     null, $$nullif(email, '')$$, $$coalesce(left(emailaddress1, 80), '')$$, null, null,
     'wait', 'write', 2, 'E-mail; finds the account when name and post code do not'),
    ('CUSTOMER', 13, 'fax_no', 'fax', 'both',
     null, $$nullif(fax_no, '')$$, $$coalesce(left(fax, 30), '')$$, null, null,
     'wait', 'write', null, 'Fax'),
    ('CUSTOMER', 14, 'home_page', 'websiteurl', 'both',
     null, $$nullif(left(home_page, 200), '')$$, $$coalesce(websiteurl, '')$$, null, null,
     'wait', 'write', null, 'Home page'),
    ('CUSTOMER', 15, 'phone_no', 'telephone1', 'both',
     null, $$nullif(phone_no, '')$$, $$coalesce(left(telephone1, 30), '')$$, null, null,
     'wait', 'write', null, 'Phone'),
    ('CUSTOMER', 16, 'shipment_method_code', 'address1_freighttermscode', 'to_right',
     null, null, null, null, 'SHIPMENT METHOD',
     'null', 'write', null, 'Shipment method; a code without an option leaves it blank'),
    ('CUSTOMER', 17, 'shipping_agent_code', 'address1_shippingmethodcode', 'to_right',
     null, null, null, null, 'SHIPPING AGENT',
     'null', 'write', null, 'Shipping agent; a code without an option leaves it blank'),
    ('CUSTOMER', 18, 'payment_terms_code', 'paymenttermscode', 'to_right',
     null, null, null, null, 'PAYMENT TERMS',
     'null', 'write', null, 'Payment terms; a code without an option leaves it blank'),
    ('CUSTOMER', 19, 'credit_limit_lcy', 'creditlimit', 'to_right', null, null, null, null, null,
     'wait', 'write', null, 'Credit limit'),
    ('CUSTOMER', 20, 'primary_contact_no', 'primarycontactid', 'both', null, null, null, 'CONTACT', null,
     'null', 'write', null, 'Primary contact; one that is not coupled is blank on the other side'),
    -- An inactive account blocks its customer for everything (3). The row has work to do only for a DBA who takes
    -- "statecode = 0" out of the filter: as it stands an inactive account is outside it, and is left alone.
    ('CUSTOMER', 21, 'blocked', 'statuscode', 'to_left',
     null, null, 'case when statuscode = 2 then 3 end', null, null,
     'wait', 'keep', null, 'Blocked: All, for an inactive account');

-- A new account is an account of relationship type Customer.
insert into sync.insert_default (mapping_name, side, column_name, value, description) values
    ('CUSTOMER', 'right', 'customertypecode', '3', 'Relationship type Customer');

-- CONTACT ----------------------------------------------------------------------------------------------------------
-- 21, the parent: Business Central keeps, beside the contact's company, the customer behind that company (a column
-- that its own triggers maintain), so the parent travels as a plain reference. In the product a parent that is not
-- coupled was an error towards Business Central and stayed blank, for good, towards Sales; here the contact waits
-- for it both ways. A contact whose account is none that CUSTOMER takes (inactive, or no customer) comes without a
-- company, and gets it when the account becomes one; a company it has already is never taken away.
-- 3, the currency: a blank currency is the local currency, which Sales knows by its ISO code; the column
-- transaction_currency_code says it out loud, and Business Central's triggers keep the two together.
insert into sync.field_mapping
    (mapping_name, field_no, left_column, right_column, direction, constant, to_right, to_left, reference,
     on_unresolved, when_null, match_priority, description) values
    ('CONTACT', 1, null, 'owneridtype', 'to_right', 'systemuser', null, null, null,
     'wait', 'write', null, 'Owner type: ownership by persons'),
    ('CONTACT', 2, 'salesperson_code', 'ownerid', 'to_right', null, null, null, 'SALESPEOPLE',
     'wait', 'keep', null, 'Owner: the user coupled to the salesperson'),
    ('CONTACT', 3, 'transaction_currency_code', 'transactioncurrencyid', 'both', null, null, null, 'CURRENCY',
     'wait', 'write', null, 'Currency'),
    ('CONTACT', 4, 'address', 'address1_line1', 'both',
     null, $$nullif(address, '')$$, $$coalesce(left(address1_line1, 100), '')$$, null,
     'wait', 'write', null, 'Address'),
    ('CONTACT', 5, 'address_2', 'address1_line2', 'both',
     null, $$nullif(address_2, '')$$, $$coalesce(left(address1_line2, 50), '')$$, null,
     'wait', 'write', null, 'Address 2'),
    ('CONTACT', 6, 'post_code', 'address1_postalcode', 'both',
     null, $$nullif(post_code, '')$$, $$coalesce(upper(trim(address1_postalcode)), '')$$, null,
     'wait', 'write', null, 'Post code'),
    ('CONTACT', 7, 'city', 'address1_city', 'both',
     null, $$nullif(city, '')$$, $$coalesce(left(address1_city, 30), '')$$, null,
     'wait', 'write', null, 'City'),
    ('CONTACT', 8, 'country_region_code', 'address1_country', 'both',
     null, $$nullif(country_region_code, '')$$, $$coalesce(left(upper(trim(address1_country)), 10), '')$$, null,
     'wait', 'write', null, 'Country'),
    ('CONTACT', 9, 'county', 'address1_stateorprovince', 'both',
     null, $$nullif(county, '')$$, $$coalesce(left(address1_stateorprovince, 30), '')$$, null,
     'wait', 'write', null, 'County'),
    ('CONTACT', 10, 'email', 'emailaddress1', 'both',
     null, $$nullif(email, '')$$, $$coalesce(left(emailaddress1, 80), '')$$, null,
     'wait', 'write', 1, 'E-mail; finds the contact when matching'),
    ('CONTACT', 11, 'fax_no', 'fax', 'both',
     null, $$nullif(fax_no, '')$$, $$coalesce(left(fax, 30), '')$$, null,
     'wait', 'write', null, 'Fax'),
    ('CONTACT', 12, 'first_name', 'firstname', 'both',
     null, $$nullif(first_name, '')$$, $$coalesce(left(firstname, 30), '')$$, null,
     'wait', 'write', null, 'First name'),
    ('CONTACT', 13, 'middle_name', 'middlename', 'both',
     null, $$nullif(middle_name, '')$$, $$coalesce(left(middlename, 30), '')$$, null,
     'wait', 'write', null, 'Middle name'),
    ('CONTACT', 14, 'surname', 'lastname', 'both',
     null, $$nullif(surname, '')$$, $$coalesce(left(lastname, 30), '')$$, null,
     'wait', 'write', null, 'Surname'),
    ('CONTACT', 15, 'home_page', 'websiteurl', 'both',
     null, $$nullif(left(home_page, 200), '')$$, $$coalesce(websiteurl, '')$$, null,
     'wait', 'write', null, 'Home page'),
    ('CONTACT', 16, 'mobile_phone_no', 'mobilephone', 'both',
     null, $$nullif(mobile_phone_no, '')$$, $$coalesce(left(mobilephone, 30), '')$$, null,
     'wait', 'write', null, 'Mobile phone'),
    ('CONTACT', 17, 'pager', 'pager', 'both',
     null, $$nullif(pager, '')$$, $$coalesce(left(pager, 30), '')$$, null,
     'wait', 'write', null, 'Pager'),
    ('CONTACT', 18, 'phone_no', 'telephone1', 'both',
     null, $$nullif(phone_no, '')$$, $$coalesce(left(telephone1, 30), '')$$, null,
     'wait', 'write', null, 'Phone'),
    ('CONTACT', 19, 'type', null, 'to_left', '1', null, null, null,
     'wait', 'write', null, 'Type: Person'),
    ('CONTACT', 20, null, 'parentcustomeridtype', 'to_right', 'account', null, null, null,
     'wait', 'write', null, 'Parent type: Account'),
    ('CONTACT', 21, 'customer_no', 'parentcustomerid', 'both', null, null,
     'case when nav_parentstatecode = 0 and nav_parentcustomertypecode = 3 then parentcustomerid end', 'CUSTOMER',
     'wait', 'keep', null, 'Parent: the account coupled to the customer behind the company');
