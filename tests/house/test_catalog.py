"""Every object explains itself in `\\d+`, is named by PostgreSQL's own pattern, and cannot be misused."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import TupleRow

RELATIONS = """
    select n.nspname || '.' || c.relname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('sync', 'sync_private') and c.relkind in ('r', 'p', 'v', 'm')
      and obj_description(c.oid, 'pg_class') is null
    order by 1
"""
COLUMNS = """
    select n.nspname || '.' || c.relname || '.' || a.attname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('sync', 'sync_private') and c.relkind in ('r', 'p')
      and c.oid <> 'sync_private.schema_version'::regclass and col_description(c.oid, a.attnum) is null
    order by 1
"""
FUNCTIONS = """
    select p.oid::regprocedure::text
    from pg_proc p
    where p.pronamespace = 'sync'::regnamespace and obj_description(p.oid, 'pg_proc') is null
    order by 1
"""
CONSTRAINTS = """
    select c.relname || '.' || k.conname
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('sync', 'sync_private') and c.relname <> 'schema_version'
      and k.conname !~ ('^' || left(c.relname, 40) || '.*_'
                        || case k.contype when 'p' then 'pkey' when 'u' then 'key' when 'f' then 'fkey'
                                when 'c' then 'check' when 'x' then 'excl' when 'n' then 'not_null' end || '[0-9]*$')
    order by 1
"""
INDEXES = """
    select c.relname || '.' || i.relname
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_class c on c.oid = x.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('sync', 'sync_private')
      and not exists (select from pg_constraint k where k.conindid = i.oid)
      and i.relname !~ ('^' || left(c.relname, 40) || '_.*idx[0-9]*$')
    order by 1
"""
SEARCH_PATHS = """
    select p.oid::regprocedure::text
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where (n.nspname = 'sync' or n.nspname = 'sync_private' and (p.prosecdef or p.prorettype = 'trigger'::regtype))
      and not exists (select from unnest(p.proconfig) as s where s like 'search\\_path=pg\\_catalog, pg\\_temp%')
    order by 1
"""


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(RELATIONS, id="tables and views have comments"),
        pytest.param(COLUMNS, id="columns have comments"),
        pytest.param(FUNCTIONS, id="public functions have comments"),
        pytest.param(CONSTRAINTS, id="constraints are named by the pattern"),
        pytest.param(INDEXES, id="indexes are named by the pattern"),
        pytest.param(SEARCH_PATHS, id="functions that people and triggers call pin their search path"),
    ],
)
def test_nothing_stands_out(db: psycopg.Connection[TupleRow], query: str) -> None:
    assert [name for (name,) in db.execute(query.encode())] == []


def test_schemas_have_comments(db: psycopg.Connection[TupleRow]) -> None:
    found = db.execute(
        "select nspname, obj_description(oid, 'pg_namespace') is not null from pg_namespace"
        " where nspname in ('sync', 'sync_private') order by 1"
    ).fetchall()
    assert found == [("sync", True), ("sync_private", True)]


def test_lints_see_what_they_look_for(db: psycopg.Connection[TupleRow]) -> None:
    db.execute("create table sync.bare (a int constraint odd check (a > 0))")
    db.execute("create index on sync.bare (a)")
    db.execute("alter index sync.bare_a_idx rename to odd_index")
    db.execute("create function sync.bare() returns int security definer language sql as 'select 1'")
    found = [
        [name for (name,) in db.execute(query.encode())]
        for query in (RELATIONS, COLUMNS, FUNCTIONS, CONSTRAINTS, INDEXES, SEARCH_PATHS)
    ]
    assert found == [["sync.bare"], ["sync.bare.a"], ["sync.bare()"], ["bare.odd"], ["bare.odd_index"], ["sync.bare()"]]
