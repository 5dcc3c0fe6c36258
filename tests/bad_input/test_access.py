"""Databases that cannot be reached or used, and roles without rights: the exit code, the reason, the next command."""
# ruff: noqa: E501

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from .conftest import Database, Pysync

ROLE = f"bad_input_{os.getpid()}"
MADE = """
create schema l;
create schema r;
create table l.part (no text primary key, name text, city text);
create table r.part (id text primary key, name text, city text);
insert into l.part values ('A', 'old'), ('B', 'old'), ('C', 'old');
insert into r.part table l.part;
insert into sync.table_mapping (mapping_name, left_table, right_table, right_new_key, coupled_only, on_left_delete,
    direction)
values ('PART', 'l.part', 'r.part', 'no', false, 'delete', 'to_right');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction)
values ('PART', 1, 'name', 'name', 'to_right');
insert into sync.coupling (mapping_name, left_key, right_key) select 'PART', no, no from l.part;
select sync.enable_capture('PART');
update l.part set name = 'new' where no = 'A';
insert into l.part values ('D', 'new');
delete from l.part where no = 'C';
create role {role} login password 'right' in role sync_engine;
grant usage on schema l, r to {role};
grant select on l.part to {role};
grant select, insert, update, delete on r.part to {role};
"""


@pytest.fixture(scope="module", autouse=True)
def made(place: Database) -> Iterator[None]:
    place.execute(MADE.replace("{role}", ROLE).encode())
    yield
    place.execute(f"drop owned by {ROLE} cascade; drop role {ROLE}".encode())


@pytest.fixture(autouse=True)
def unchanged(place: Database) -> Iterator[None]:
    """Whatever was refused: the three changes still wait and the target is as it was."""
    yield
    assert place.execute("select array_agg(operation order by operation) from sync.outbox").fetchone() == (
        ["delete", "insert", "update"],
    )
    assert place.execute("select array_agg(id || name order by id) from r.part").fetchone() == (
        ["Aold", "Bold", "Cold"],
    )
    assert place.execute("select count(*) from sync.parked").fetchone() == (0,)
    assert place.execute("select array_agg(left_key order by left_key) from sync.coupling").fetchone() == (
        ["A", "B", "C"],
    )


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


HINT = "hint: check --dsn or PYSYNC_DSN"
# What is changed in the address, and what the words must name.
ADDRESSES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "wrong_password": ({"user": ROLE, "password": "wrong"}, [f'password authentication failed for user "{ROLE}"', HINT]),
    "no_such_role": ({"user": "nobody_at_all", "password": "x"}, ["nobody_at_all", HINT]),
    "no_such_database": ({"dbname": "no_such_database"}, ['database "no_such_database" does not exist', HINT]),
    "nobody_listens": ({"port": _closed_port()}, ["Connection refused", HINT]),
    "no_such_host": ({"host": "host.invalid"}, ["host.invalid", HINT]),
    "no_such_socket": ({"host": "/no/such/folder"}, ["/no/such/folder", HINT]),
    "encryption_the_server_has_not": ({"sslmode": "require"}, ["server does not support SSL", HINT]),
    "setting_there_is_not": ({"options": "-c work_mem=lots"}, ['parameter "work_mem": "lots"']),
}  # fmt: skip


@pytest.mark.parametrize("kind", ADDRESSES)
def test_a_database_that_cannot_be_reached_is_exit_code_3(kind: str, place_dsn: str, pysync: Pysync) -> None:
    changes, pieces = ADDRESSES[kind]
    answer = pysync("run", dsn=make_conninfo(place_dsn, **changes))
    assert (answer.code, answer.out) == (3, "")
    for piece in pieces:
        assert piece in answer.text


@pytest.mark.parametrize("text", ["postgresql://[half", "host", "host=h nonsense=1", "port='", "  x y z"])
def test_an_address_that_is_none_is_wrong_usage(text: str, pysync: Pysync) -> None:
    answer = pysync("run", dsn=text)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "error: the database address is not a libpq connection string",
        "hint: write it as postgresql://user@host:port/dbname or host=... dbname=...",
    ]


@pytest.mark.parametrize("command", [["status"], ["problems"], ["check"], ["why", "PART", "A"], ["record", "PART", "A"], ["explain", "PART"], ["migrate"], ["pack", "install", "business_central_sales"], ["watch"]], ids=lambda c: c[0])  # fmt: skip
def test_every_command_says_that_there_is_no_database(command: list[str], place_dsn: str, pysync: Pysync) -> None:
    answer = pysync(*command, dsn=make_conninfo(place_dsn, dbname="no_such_database"))
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("error: ")
    assert "no_such_database" in answer.err
    assert HINT in answer.err


def test_a_password_is_never_shown(place_dsn: str, pysync: Pysync) -> None:
    secret = "s3cr3t-of-the-house"
    for dsn in (
        make_conninfo(place_dsn, user="nobody_at_all", password=secret),
        f"postgresql://ann:{secret}@127.0.0.1:{_closed_port()}/db",
        f"postgresql://ann:{secret}@[half",
        f"host=h password={secret} nonsense=1",
    ):
        assert secret not in pysync("run", dsn=dsn).text


def test_the_program_itself_ends_without_a_traceback(place_dsn: str) -> None:
    """As a shell runs it, once."""
    dsn = make_conninfo(place_dsn, dbname="no_such_database")
    done = subprocess.run(
        [sys.executable, "-m", "pysync", "--dsn", dsn, "run"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def _database(admin: str, name: str) -> str:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return make_conninfo(admin, dbname=name)


@pytest.fixture
def other_dsn(server_dsn: str) -> Iterator[str]:
    name = f"pysync_other_{os.getpid()}"
    yield _database(server_dsn, name)
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_a_database_without_the_schema_names_migrate(other_dsn: str, pysync: Pysync) -> None:
    answer = pysync("run", dsn=other_dsn)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: the schema `sync` is not installed in this database\nhint: run `pysync migrate`\n"
    with psycopg.connect(other_dsn) as connection:
        assert connection.execute("select to_regnamespace('sync')").fetchone() == (None,)


# An older one is refused in tests/migrate, where a newer revision is made up.
def test_a_database_of_a_newer_version_is_refused(place: Database, pysync: Pysync) -> None:
    (own,) = place.execute("select version_num from sync_private.schema_version").fetchone() or ("",)
    place.execute("update sync_private.schema_version set version_num = '9999'")
    try:
        for command in (["run"], ["status"], ["record", "PART", "A"]):
            answer = pysync(*command)
            assert (answer.code, answer.out) == (2, "")
            assert "version 9999" in answer.text
            assert "upgrade pysync" in answer.text
    finally:
        place.execute("update sync_private.schema_version set version_num = $1", [own])


# What the role is denied, exit code of run, and what run and check must name.
RIGHTS = {
    "no_right_on_sync": ("revoke sync_engine from {r}", 1, ["permission denied for schema sync"], None),
    "no_select_on_the_source": ("revoke select on l.part from {r}", 1, ["PART could not run: permission denied for table part", "pysync check PART"], "grant select on l.part to {r}"),
    "no_insert_on_the_target": ("revoke insert on r.part from {r}", 1, ["PART could not run: permission denied for table part", "pysync check PART"], "grant insert on r.part to {r}"),
    "no_update_on_the_target": ("revoke update on r.part from {r}", 1, ["PART could not run: permission denied for table part", "pysync check PART"], "grant update on r.part to {r}"),
    "no_usage_on_the_target": ("revoke usage on schema r from {r}", 1, ["PART could not run: permission denied for schema r", "pysync check PART"], "grant usage on schema r to {r}"),
}  # fmt: skip


@pytest.fixture
def role_dsn(place_dsn: str) -> str:
    return make_conninfo(place_dsn, user=ROLE, password="right")


@pytest.mark.parametrize("kind", RIGHTS)
def test_a_role_without_rights_is_told_what_to_grant(kind: str, place: Database, role_dsn: str, pysync: Pysync) -> None:
    denied, code, pieces, grant = RIGHTS[kind]
    place.execute(denied.format(r=ROLE).encode())
    try:
        answer = pysync("run", dsn=role_dsn)
        assert answer.code == code
        for piece in pieces:
            assert piece in answer.text
        if grant:
            checked = pysync("check", dsn=role_dsn)
            assert checked.code == 2
            assert f"type: {grant.format(r=ROLE)}" in checked.text
    finally:
        place.execute(
            f"grant sync_engine to {ROLE}; grant usage on schema l, r to {ROLE}; grant select on l.part to {ROLE};"
            f" grant select, insert, update, delete on r.part to {ROLE}".encode()
        )


def test_a_role_that_may_not_make_triggers_is_told_who_may(place: Database, role_dsn: str, pysync: Pysync) -> None:
    """A mapping that changed needs its triggers made anew: only the tables' owner can."""
    place.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('PART', 2, 'city', 'city')"
    )
    try:
        answer = pysync("run", "--json", dsn=role_dsn)
        assert answer.code == 1
        (fault,) = answer.data["faults"]
        assert 'mapping "PART" changed and its capture triggers must be made anew' in fault["message"]
        assert fault["hint"].startswith("As the role that owns the tables")
        assert fault["hint"].endswith("select sync.enable_capture('PART')")
    finally:
        place.execute("delete from sync.field_mapping where field_no = 2")
        place.execute("select sync.enable_capture('PART')")


@pytest.mark.parametrize("command", [["run"], ["run", "--dry-run"], ["record", "PART", "A"]], ids=" ".join)
def test_a_read_only_database_is_told(command: list[str], place_dsn: str, pysync: Pysync) -> None:
    answer = pysync(*command, dsn=make_conninfo(place_dsn, options="-c default_transaction_read_only=on"))
    assert answer.code == 3
    assert "in a read-only transaction" in answer.err
    assert "hint: it is a standby, or default_transaction_read_only is on" in answer.err


@pytest.mark.parametrize("command", [["status"], ["check"], ["explain", "PART"]], ids=" ".join)
def test_commands_that_only_read_do_so_in_a_read_only_database(
    command: list[str], place_dsn: str, pysync: Pysync
) -> None:
    answer = pysync(*command, dsn=make_conninfo(place_dsn, options="-c default_transaction_read_only=on"))
    assert (answer.code, answer.err) == (0, "")


# How the pass is hindered inside the target's own trigger, exit code, and what it must say.
HINDERED = {
    "connection_lost": ("perform pg_terminate_backend(pg_backend_pid())", None, 3, ["terminating connection", "hint: "]),
    "statement_timeout": ("perform pg_sleep(5)", "-c statement_timeout=200ms", 1, ["statement timeout", "raise the role's statement_timeout"]),
    "transaction_timeout": ("perform pg_sleep(5)", "-c transaction_timeout=500ms", 3, ["transaction timeout", "raise the role's transaction_timeout"]),
    "temp_file_limit": ("perform count(*) from (select n from generate_series(1, 300000) n order by md5(n::text)) x", "-c temp_file_limit=0 -c work_mem=64kB", 1, ["temporary file size exceeds", "temp_file_limit", "raise the server setting"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", HINDERED)
def test_a_pass_that_is_hindered_leaves_nothing_half_done(
    kind: str, place: Database, place_dsn: str, pysync: Pysync
) -> None:
    body, options, code, pieces = HINDERED[kind]
    place.execute(
        "create function r.hinder() returns trigger language plpgsql as"
        f" $$ begin if new.id = 'D' then {body}; end if; return new; end $$".encode()
    )
    place.execute("create trigger hinder before insert on r.part for each row execute function r.hinder()")
    try:
        answer = pysync("run", dsn=make_conninfo(place_dsn, **({"options": options} if options else {})))
        assert answer.code == code
        for piece in pieces:
            assert piece in answer.text
    finally:
        place.execute("drop function r.hinder() cascade")
