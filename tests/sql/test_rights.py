"""What an application's role can make in a schema of its own never runs with the rights of somebody else."""

# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import migrate

Database = psycopg.Connection[TupleRow]

pytestmark = pytest.mark.core

# Functions of PostgreSQL that take any type: one that takes just the types of a call would be preferred to them.
BETTER = (
    *("format(text, text)", "format(text, text, text)", "format(text, regclass)", "format(text, regclass, text)"),
    *("format(text, name)", "format(text, text, text, text)", "format(text, bigint)", "format(text, oid, text)"),
    *("cardinality(text[])", "unnest(text[])", "unnest(name[])", "array_position(text[], text)", "strpos(text, name)"),
    *("parse_ident(text)", "hashtextextended(text, integer)", "make_interval(integer)", "to_jsonb(text)"),
    *("jsonb_build_array(text)", "concat(text, text)", "count(text)", "pg_notify(text, name)", "quote_ident(name)"),
    *("generate_series(integer, bigint)", "num_nonnulls(text, text)", "pg_advisory_xact_lock(integer)"),
)


@pytest.fixture
def better(db: Database) -> None:
    """A schema of an application, first in the search path, full of functions that fit our calls better."""
    db.execute("create schema evil")
    for signature in BETTER:
        db.execute(
            f"create function evil.{signature} returns text language plpgsql as"
            " $$ begin raise exception 'a function of another schema was called'; end $$".encode()
        )
    db.execute("create function evil.first(text, text) returns text language plpgsql as $$ begin return 1 / 0; end $$")
    db.execute("create aggregate evil.array_agg(text) (sfunc = evil.first, stype = text)")


@pytest.mark.usefixtures("mapped", "better")
def test_no_function_of_another_schema_is_called_whatever_the_search_path(db: Database) -> None:
    db.execute("insert into app.near values (1, 'a'); insert into app.far values (9, 'a'), (8, 'b')")
    left, right = ("1", "9") if _left(db) == "app.near" else ("9", "1")
    side = "left" if left == "1" else "right"
    db.execute("set search_path = evil")
    for statement in (
        "select sync.enable_capture()",
        "update sync.table_mapping set description = 'edited'",
        "update sync.field_mapping set is_enabled = is_enabled",
        f"select sync.couple('M', '{left}', '{right}')",
        f"select sync.request_sync('M', '{side}', '1')",
        "select sync.request_full_sync('M')",
        f"select * from sync.history('M', 'left', '{left}')",
        "select sync.retry(), sync.retry('M')",
        f"select sync.skip('M', '{left}'), sync.unskip('M', '{left}')",
        "select sync.pause('M'), sync.resume('M'), sync.prune()",
        "insert into sync.schedule (mapping_name, cron) values ('M', '1 * * * *')",
        "insert into sync.capture_source values ('M', 'left', 'app.near', 'id, id')",
        "select * from sync.backlog, sync.mapping_status",
        "select * from sync.capture_status",
        "select * from sync.problem",
        "select * from sync.journal",
        "select * from sync.full_sync_review",
        f"select sync.uncouple('M', '{left}')",
        "select sync.disable_capture()",
        "update sync.table_mapping set mapping_name = 'N'",
        "delete from sync.table_mapping",
    ):
        db.execute(statement.encode())


def _left(db: Database) -> str:
    row = db.execute("select left_table from sync.table_mapping").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.usefixtures("better")
def test_the_migration_script_calls_no_function_of_another_schema(db: Database) -> None:
    db.execute("drop schema sync, sync_private cascade; set search_path = evil")
    db.execute(migrate.script().encode())
    assert db.execute("select count(*) from sync.problem").fetchone() == (0,)


CAST = """
create type app.mood as enum ('glad', 'sad');
create function app.told(app.mood) returns text language plpgsql as $$
begin
    raise warning '% %', current_user, has_table_privilege('sync.coupling', 'select')
        or has_column_privilege('sync.outbox', 'before', 'select') or has_schema_privilege('sync_private', 'create');
    return 'told';
end $$;
create cast (app.mood as text) with function app.told(app.mood);
alter table app.near add mood app.mood;
update sync.field_mapping f set left_column = case m.left_table when 'app.near' then 'mood' else 'note' end,
       right_column = case m.right_table when 'app.near' then 'mood' else 'note' end
  from sync.table_mapping m where f.left_column = 'note';
"""


@pytest.mark.usefixtures("mapped")
def test_a_cast_to_text_of_an_applications_own_type_runs_with_no_right_but_to_note_changes(db: Database) -> None:
    db.execute(CAST.encode())
    db.execute("select sync.enable_capture('M')")
    said: list[str] = []
    db.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    db.execute("insert into app.near (id, mood) values (1, 'glad'); update app.near set mood = 'sad'")
    assert set(said) == {"sync_capture f"}
    found = db.execute("select before[cardinality(before)] from sync.outbox where operation = 'update'").fetchone()
    assert found == ("told",)


@pytest.fixture
def migrator(db: Database) -> Iterator[str]:
    """A role that installed the schema and owns the tables, and is no superuser."""
    name = f"{db.info.dbname}_migrator"
    db.execute(f"create role {name}; grant create on database {db.info.dbname} to {name}".encode())
    db.execute("drop schema sync, sync_private cascade")
    db.execute(f"set role {name}".encode())
    db.execute(migrate.script().encode())
    db.execute(f"set role {name}".encode())
    yield name
    db.execute(f"reset role; drop owned by {name} cascade; drop role {name}".encode())


def test_capture_needs_no_superuser_but_a_member_of_its_role(db: Database, migrator: str) -> None:
    db.execute("create schema app; create table app.a (id int primary key); create table app.b (id int primary key)")
    db.execute("insert into sync.table_mapping (mapping_name, left_table, right_table) values ('A', 'app.a', 'app.b')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is no member of sync_capture") as refused:
        db.execute("select sync.enable_capture()")
    assert refused.value.diag.message_hint == f"As a role that may: grant sync_capture to {migrator}"
    db.execute(f"reset role; grant sync_capture to {migrator}; set role {migrator}".encode())
    db.execute("select sync.enable_capture(); select sync.enable_capture(); insert into app.a values (1)")
    assert db.execute("select operation, captured_by from sync.outbox").fetchone() == ("insert", migrator)
    assert db.execute(
        "select distinct p.proowner::regrole::text, has_schema_privilege('sync_capture', 'sync_private', 'create')"
        " from pg_proc p where p.prosecdef and p.pronamespace = 'sync_private'::regnamespace"
    ).fetchall() == [("sync_capture", False)]
    db.execute("alter table app.a rename to c; update sync.table_mapping set left_table = 'app.c'")
    assert db.execute("select sync_private.refresh_capture('A')").fetchone() == (True,)
    db.execute("select sync.disable_capture()")
