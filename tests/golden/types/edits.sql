insert into a.thing (id, amount, at, day, raw, doc, txt, tags, feel, ratio, span, flag)
values (1, 12.345, '2026-11-21 10:00:00.123456+01', '0044-03-15 BC', '\x00ff', '{"a": [1, null]}', '{"b":1,"b":2}', '{x,"y,z",null}',
        'happy', 'NaN', '1 mon 2 days 03:04:05', true),
    (2, null, 'infinity', 'infinity', null, 'null', null, '{}', null, '-0', null, false);
-- pass
update b.thing set doc = '{"c": 1.50}', tags = '{q}', at = '-infinity', ratio = 0.1 where id = 1;
-- pass
