"""Reads tables, columns and keys from PostgreSQL's catalog into the model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import psycopg

from pysync.errors import CatalogError
from pysync.model import Column, Table

_PART = r'("(?:[^"]|"")+"|[^\W\d][\w$]*)'
_NAME = re.compile(rf"\s*{_PART}\s*\.\s*{_PART}\s*")

_TABLES = """
select c.oid, n.nspname, c.relname, c.relkind::text,
       coalesce(k.primary_key, '{}'), coalesce(k.unique_keys, '[]'),
       coalesce(t.before_insert, false), coalesce(t.before_update, false),
       c.relkind not in ('v', 'm') or sync_private.can_lock(c.oid),
       c.relkind in ('r', 'p') and exists (
           with recursive reached (oid) as (
               select k.conrelid from pg_constraint k
                where k.confrelid = c.oid and k.contype = 'f' and k.confdeltype in ('c', 'n', 'd')
                union
               select k.conrelid from reached r join pg_constraint k on k.confrelid = r.oid
                where k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
           ) select from reached r where r.oid = c.oid),
       exists (select from pg_inherits i where i.inhparent = c.oid)
  from unnest($1::text[], $2::text[]) w (schema_name, table_name)
  join pg_namespace n on n.nspname = w.schema_name
  join pg_class c on c.relnamespace = n.oid and c.relname = w.table_name and c.relkind in ('r', 'p', 'v', 'm', 'f')
  left join lateral (
       select max(x.columns) filter (where x.is_primary) as primary_key,
              jsonb_agg(to_jsonb(x.columns) order by x.is_primary desc, x.oid) as unique_keys
         from (select i.indexrelid as oid, i.indisprimary as is_primary,
                      (select array_agg(a.attname::text order by p.n)
                         from unnest(i.indkey::int2[]) with ordinality p (attnum, n)
                         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.attnum
                        where p.n <= i.indnkeyatts) as columns
                 from pg_index i
                where i.indrelid = c.oid and i.indisunique and i.indisvalid
                  and i.indpred is null and i.indexprs is null) x
       ) k on true
  left join lateral (
       select bool_or(g.tgtype & 4 <> 0) as before_insert, bool_or(g.tgtype & 16 <> 0) as before_update
         from pg_trigger g
        -- A partition, or a table that inherits, may have triggers of its own.
        where g.tgrelid in (
                  with recursive tree (oid) as (
                      select c.oid union select i.inhrelid from tree t join pg_inherits i on i.inhparent = t.oid
                  ) select tree.oid from tree)
          and not g.tgisinternal and g.tgenabled in ('O', 'A')
          and g.tgtype & 1 <> 0 and g.tgtype & 66 <> 0
       ) t on true
"""

# A domain keeps its name; what it is made of gives base type, length, equality and not null. A cast to
# a domain over varchar(3) would cut a text in silence, the assignment of a text refuses it.
_COLUMNS = """
with recursive part (type_id, base_id, typmod, not_null) as (
    select distinct a.atttypid, a.atttypid, null::int, false
      from pg_attribute a where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
    union all
    select p.type_id, d.typbasetype, nullif(d.typtypmod, -1), p.not_null or d.typnotnull
      from part p join pg_type d on d.oid = p.base_id and d.typtype = 'd'
), base as (
    select p.type_id, p.base_id, p.typmod, p.not_null, t.typname, t.typtype, t.typnamespace,
           case when t.typcategory = 'A' then t.typelem else t.oid end as compared_id
      from part p join pg_type t on t.oid = p.base_id and t.typtype <> 'd'
)
select a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), format_type(b.base_id, -1), t.typcategory::text,
       a.attnotnull or b.not_null, case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
       a.attidentity::text, a.attgenerated <> '',
       e.typtype in ('e', 'r', 'm') or e.typtype = 'b' and e.typnamespace = 'pg_catalog'::regnamespace and exists (
           select from pg_opclass o join pg_am m on m.oid = o.opcmethod
            where o.opcdefault and m.amname in ('btree', 'hash')
              and (o.opcintype = e.oid or o.opcintype in (
                   select k.casttarget from pg_cast k
                    where k.castsource = e.oid and k.castmethod = 'b' and k.castcontext = 'i'))),
       case when b.typname in ('varchar', 'bpchar') and b.typnamespace = 'pg_catalog'::regnamespace
            then coalesce(b.typmod, nullif(a.atttypmod, -1)) - 4 end,
       l.collname, (select x.nspname from pg_namespace x where x.oid = l.collnamespace),
       coalesce(l.collisdeterministic, true)
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  join base b on b.type_id = a.atttypid
  join pg_type e on e.oid = b.compared_id
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation
 where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
 order by a.attrelid, a.attnum
"""


def read_table(conn: psycopg.Connection[Any], text: str) -> Table:
    """The table or view named `schema.table`, quoted as in SQL; raises CatalogError when there is none."""
    found = read_tables(conn, [text]).get(text)
    if found is None:
        hint = 'write it as schema.table, odd names quoted: erp."Sales Line"'
        raise CatalogError(f"there is no table {text}", hint=hint)
    return found


def read_tables(conn: psycopg.Connection[Any], texts: Iterable[str]) -> dict[str, Table]:
    """The tables behind the given texts; those that name none are left out."""
    names = {text: split_name(text) for text in texts}
    wanted = sorted({name for name in names.values() if name})
    if not wanted:
        return {}
    rows = conn.execute(_TABLES, [[s for s, _ in wanted], [t for _, t in wanted]]).fetchall()
    columns: dict[int, list[Column]] = {row[0]: [] for row in rows}
    for oid, *values in conn.execute(_COLUMNS, [list(columns)]):
        columns[oid].append(Column(*values))
    found = {
        (schema, name): Table(
            schema=schema,
            name=name,
            kind=kind,
            columns=tuple(columns[oid]),
            primary_key=tuple(primary),
            unique_keys=tuple(tuple(key) for key in unique),
            has_before_insert=before_insert,
            has_before_update=before_update,
            is_lockable=lockable,
            cascades_to_itself=cascades,
            has_children=has_children,
        )
        for (
            oid,
            schema,
            name,
            kind,
            primary,
            unique,
            before_insert,
            before_update,
            lockable,
            cascades,
            has_children,
        ) in rows
    }
    return {text: found[name] for text, name in names.items() if name in found}


def split_name(text: str) -> tuple[str, str] | None:
    """Schema and table of a `schema.table` text, read as PostgreSQL reads names; None if it is not one.

    >>> split_name('ERP."Sales ""Line"" No."')
    ('erp', 'Sales "Line" No.')
    >>> split_name("customer") is None
    True
    """
    match = _NAME.fullmatch(text)
    return (_read(match[1]), _read(match[2])) if match else None


def _read(part: str) -> str:
    if part.startswith('"'):
        return part[1:-1].replace('""', '"')
    return "".join(c.lower() if c.isascii() else c for c in part)
