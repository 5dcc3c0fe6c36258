create or replace function sync_private.key_trigger(p_table regclass, p_columns text[]) returns text
language sql stable as $$
    -- Compared as exact text, like the record key itself: = may be deaf to case (citext) or to scale (numeric). Where it is
    -- exact, the short form: PostgreSQL reads the condition anew for every statement.
    -- No column list: a before trigger may change the key as well. "%%" survives format() with the table's name.
    select format('after update on %%s for each row when (%s)', replace(string_agg(
               case when a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'uuid'::regtype)
                         or a.atttypid in ('text'::regtype, 'varchar'::regtype)
                            and exists (select from pg_catalog.pg_collation c where c.oid = a.attcollation and c.collisdeterministic)
                    then format('old.%1$I is distinct from new.%1$I', a.attname)
                    else format('old.%1$I::text collate "C" is distinct from new.%1$I::text collate "C"', a.attname)
               end, ' or ' order by a.attnum), '%', '%%'))
      from pg_catalog.pg_attribute a
     where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
       and a.attname = any (p_columns)
$$;
comment on function sync_private.key_trigger(regclass, text[]) is
    'Event and condition of the row-level trigger that notes a change of these key columns.';
