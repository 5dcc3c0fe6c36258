create or replace function sync_private.uncouple_lines(p_mapping text, p_left_keys text[], p_right_keys text[]) returns bigint
language plpgsql
-- Keys are texts: they must be spelled as capture spells them.
set DateStyle = ISO, YMD set IntervalStyle = postgres set TimeZone = 'UTC' set bytea_output = hex set extra_float_digits = 1 set lc_monetary = 'C' as $$
declare
    v_line record;
    v_left text[];
    v_right text[];
    v_total bigint := 0;
begin
    for v_line in
        select m.mapping_name, s.side, sync_private.key_text(k.key, 'r') as key_text, t.oid as table_oid,
               -- In the column's own type where it is that of the header's key, so that its index serves.
               case when a.atttypid = h.atttypid then format('r.%I = any ($2::%s[])', f.header, format_type(a.atttypid, null))
                    else format('r.%I::text = any ($2)', f.header) end as is_line
          from sync.table_mapping m
          join sync.table_mapping p on p.mapping_name = m.parent_mapping
         cross join (values ('left'), ('right')) as s (side)
          -- Only a column that holds the header's key as it is tells which lines are the header's.
         cross join lateral (
               select case s.side when 'left' then f.left_column else f.right_column end as header
                 from sync.field_mapping f
                where f.mapping_name = m.mapping_name and f.reference = p_mapping and f.is_enabled
                  and case s.side when 'left' then f.left_column else f.right_column end is not null
                order by f.field_no limit 1) as f
         cross join lateral (select sync_private.resolve_table(case s.side when 'left' then m.left_table else m.right_table end,
                                                               m.mapping_name)) as t (oid)
         cross join lateral (select sync_private.key_columns(t.oid, case s.side when 'left' then m.left_key else m.right_key end,
                                                             m.mapping_name)) as k (key)
         cross join lateral (select sync_private.resolve_table(case s.side when 'left' then p.left_table else p.right_table end,
                                                               p.mapping_name)) as pt (oid)
         cross join lateral (select sync_private.key_columns(pt.oid, case s.side when 'left' then p.left_key else p.right_key end,
                                                             p.mapping_name)) as pk (key)
          join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attname = f.header and not a.attisdropped
          left join pg_catalog.pg_attribute h on h.attrelid = pt.oid and h.attname = pk.key[1] and cardinality(pk.key) = 1
         where m.parent_mapping = p_mapping
         order by m.mapping_name, s.side
    loop
        execute format($f$
            with line as (
                select %1$s as key from %2$s r where %3$s
            ), gone as (
                delete from sync.coupling c using line l
                 where c.mapping_name = $1 and c.%4$I = l.key
                   -- The deletion of a line is on its way: its own policy says what becomes of the partner.
                   and not exists (select from sync.outbox o
                                    where o.mapping_name = $1 and o.operation = 'delete'
                                      and (o.side = 'left' and o.record_key = c.left_key or o.side = 'right' and o.record_key = c.right_key))
                returning c.left_key, c.right_key
            ), closed as (
                update sync.conflict q set resolution = 'uncoupled', resolved_at = now(), resolved_by = session_user
                  from gone g where q.mapping_name = $1 and q.left_key = g.left_key and q.resolved_at is null
            ), freed as (
                delete from sync.parked p using gone g
                 where p.mapping_name = $1
                   and (p.side = 'left' and p.record_key = g.left_key or p.side = 'right' and p.record_key = g.right_key)
            )
            select array_agg(g.left_key), array_agg(g.right_key) from gone g
        $f$, v_line.key_text, v_line.table_oid::regclass, v_line.is_line, v_line.side || '_key')
        into v_left, v_right
        using v_line.mapping_name, case v_line.side when 'left' then p_left_keys else p_right_keys end;
        if v_left is not null then
            v_total := v_total + cardinality(v_left) + sync_private.uncouple_lines(v_line.mapping_name, v_left, v_right);
        end if;
    end loop;
    return v_total;
end $$;
comment on function sync_private.uncouple_lines(text, text[], text[]) is
    'Ends the couples of the lines of headers whose couples ended; a mapping is one of lines when its parent_mapping says so. Returns how many.';
