insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only) values ('THING', 'a.thing', 'b.thing', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
select 'THING', row_number() over (), c, c
from unnest('{id,amount,at,day,raw,doc,txt,tags,feel,ratio,span,flag,doubled}'::text[]) as c;
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right)
values ('THING', 20, null, 'number', 'to_right', 'id * 10');
update sync.field_mapping set direction = 'to_right' where left_column in ('doubled', 'feel');
