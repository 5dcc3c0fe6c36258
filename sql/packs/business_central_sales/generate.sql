-- Customers, contacts and accounts in any number, the same ones for the same seed. For trials and measurements.

create function bc.dice(p_row bigint, p_seed bigint) returns integer
language sql immutable parallel safe as $$
    select (hashint8extended(p_row, p_seed) & 1073741823)::integer
$$;
comment on function bc.dice(bigint, bigint) is 'A number from 0 to 1073741823, always the same for a row and a seed.';

create function bc.pick(p_choices text[], p_row bigint, p_seed bigint) returns text
language sql immutable parallel safe as $$
    select p_choices[1 + bc.dice(p_row, p_seed) % cardinality(p_choices)]
$$;
comment on function bc.pick(text[], bigint, bigint) is 'One of a few choices, always the same for a row and a seed. Reads a long array from its start: join many choices by number.';

create function bc.generated_company(p_count integer, p_seed integer)
returns table (row_no integer, name text, address text, city text, post_code text, country text, phone text, domain text)
language sql stable as $$
    select i,
        initcap(bc.pick(array['amber', 'birch', 'cobalt', 'dale', 'elder', 'falcon', 'granite', 'harbour', 'iris',
            'juniper', 'kestrel', 'linden', 'meadow', 'north', 'orchard', 'pine', 'quill', 'rowan', 'stone', 'tern',
            'upton', 'vale', 'willow', 'yarrow'], i, p_seed))
            || ' ' || bc.pick(array['Interiors', 'Office Supply', 'Trading', 'Hotels', 'Design', 'Logistics', 'Foods',
                'Engineering', 'Books', 'Clinic', 'College', 'Textiles'], i, p_seed + 1)
            || ' ' || i || ' ' || bc.pick(array['Ltd.', 'GmbH', 'BV', 'AS', 'Inc.', 'SARL'], i, p_seed + 2),
        bc.pick(array['Station Road', 'Mill Lane', 'High Street', 'Harbour Walk', 'Park Avenue', 'Church Row'], i,
            p_seed + 3) || ' ' || 1 + (hashint8extended(i, p_seed + 4) & 1023) % 240,
        place.parts[1],
        place.parts[2] || lpad(((hashint8extended(i, p_seed + 5) & 1048575) % 9000 + 1000)::text, 4, '0'),
        place.parts[3],
        place.parts[4] || ' ' || lpad(((hashint8extended(i, p_seed + 6) & 1073741823) % 10000000)::text, 7, '0'),
        'company' || p_seed || '-' || i || '.example'
    from generate_series(1, p_count) as i
    cross join lateral (
        select string_to_array(bc.pick(array['Bristol|BS1 |GB|+44 117', 'Leeds|LS2 |GB|+44 113', 'Hamburg|2|DE|+49 40',
            'Bremen|2|DE|+49 421', 'Rotterdam|30 |NL|+31 10', 'Utrecht|35 |NL|+31 30', 'Nantes|4|FR|+33 2',
            'Bergen||NO|+47 55', 'Chicago|6|US|+1 312', 'Bologna|4|IT|+39 051'], i, p_seed + 7), '|') as parts
    ) as place
$$;
comment on function bc.generated_company(integer, integer) is 'Made-up companies 1 to p_count.';

create function bc.generated_person(p_row integer, p_seed integer)
returns table (first_name text, surname text)
language sql stable as $$
    select bc.pick(array['Ada', 'Ben', 'Clara', 'Dirk', 'Elin', 'Femke', 'Giulia', 'Hugo', 'Ines', 'Jack', 'Karin', 'Leo',
            'Mona', 'Nils', 'Olga', 'Pieter', 'Rhys', 'Sara', 'Tom', 'Una'], p_row, p_seed + 20),
        bc.pick(array['Abbott', 'Bakker', 'Conti', 'Dahl', 'Evans', 'Fischer', 'Girard', 'Hansen', 'Ilves', 'Jansen',
            'Keller', 'Lindqvist', 'Moreau', 'Novak', 'Owens', 'Peeters', 'Rossi', 'Schmidt'], p_row, p_seed + 21)
$$;
comment on function bc.generated_person(integer, integer) is 'A made-up person for a row.';

create function bc.generate_customers(p_count integer, p_seed integer default 1) returns integer
language plpgsql as $$
declare
    v_salespeople text[];
    v_numbers text[];
begin
    select array_agg(code order by code) into v_salespeople from bc.salesperson_purchaser where not blocked;
    select array_agg(bc.next_no('CUST') order by i) into v_numbers from generate_series(1, p_count) as i;

    insert into bc.customer (no, name, address, city, post_code, country_region_code, phone_no, email, home_page,
        credit_limit_lcy, payment_terms_code, shipment_method_code, shipping_agent_code, salesperson_code)
    select n.no, g.name, g.address, g.city, g.post_code, g.country, g.phone, 'office@' || g.domain,
        case when g.row_no % 3 > 0 then 'https://' || g.domain else '' end,
        1000 * ((hashint8extended(g.row_no, p_seed + 9) & 1023) % 100),
        bc.pick(array['NET30', 'NET45', 'NET60', '2%10NET30', 'COD', ''], g.row_no, p_seed + 10),
        bc.pick(array['FOB', 'NOCHARGE', 'EXW', ''], g.row_no, p_seed + 11),
        bc.pick(array['DHL', 'UPS', 'FEDEX', 'POSTALMAIL', 'OWN LOG.', ''], g.row_no, p_seed + 12),
        coalesce(bc.pick(v_salespeople, g.row_no, p_seed + 8), '')
    from bc.generated_company(p_count, p_seed) as g
    join unnest(v_numbers) with ordinality as n (no, row_no) using (row_no);

    insert into bc.contact (type, first_name, surname, company_no, salesperson_code, address, city, post_code,
        country_region_code, email, phone_no)
    select 1, p.first_name, p.surname, r.contact_no, coalesce(bc.pick(v_salespeople, g.row_no, p_seed + 8), ''),
        g.address, g.city, g.post_code, g.country, lower(p.first_name || '.' || p.surname) || '@' || g.domain, g.phone
    from bc.generated_company(p_count, p_seed) as g
    join unnest(v_numbers) with ordinality as n (no, row_no) using (row_no)
    join bc.contact_business_relation r on r.no = n.no and r.link_to_table = 1
    cross join lateral bc.generated_person(g.row_no, p_seed) as p;
    return p_count;
end
$$;
comment on function bc.generate_customers(integer, integer) is
    'Makes p_count customers, each with its company contact and one person; returns p_count.';

create function crm.generate_accounts(p_count integer, p_seed integer default 2) returns integer
language plpgsql as $$
begin
    with account as (
        insert into crm.account (accountid, name, customertypecode, address1_line1, address1_city, address1_postalcode,
            address1_country, telephone1, emailaddress1, websiteurl)
        select md5('account ' || p_seed || ' ' || g.row_no)::uuid, g.name, 3, g.address, g.city, g.post_code, g.country,
            g.phone, 'office@' || g.domain, case when g.row_no % 3 > 0 then 'https://' || g.domain end
        from bc.generated_company(p_count, p_seed) as g
    )
    insert into crm.contact (contactid, firstname, lastname, parentcustomerid, parentcustomeridtype, address1_line1,
        address1_city, address1_postalcode, address1_country, emailaddress1, telephone1)
    select md5('contact ' || p_seed || ' ' || g.row_no)::uuid, p.first_name, p.surname,
        md5('account ' || p_seed || ' ' || g.row_no)::uuid, 'account', g.address, g.city, g.post_code, g.country,
        lower(p.first_name || '.' || p.surname) || '@' || g.domain, g.phone
    from bc.generated_company(p_count, p_seed) as g
    cross join lateral bc.generated_person(g.row_no, p_seed) as p;
    return p_count;
end
$$;
comment on function crm.generate_accounts(integer, integer) is
    'Makes p_count accounts of type Customer, each with one contact; returns p_count.';
