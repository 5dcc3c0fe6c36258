"""Installing and upgrading the schema: once, whole, and only forwards."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.rows import TupleRow

from pysync import database, migrate
from pysync.errors import PysyncError, VersionError


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own copy of `sql` and `migrations`, so that a test may change them."""
    original = migrate.folder
    for name in ("sql", "migrations"):
        shutil.copytree(original(name), tmp_path / name)

    def copied(name: Literal["sql", "migrations"]) -> Path:
        return tmp_path / name

    monkeypatch.setattr(migrate, "folder", copied)
    return tmp_path


def add_revision(source: Path, number: str, follows: str, text: str) -> None:
    template = (source / "migrations" / "versions" / "0001_create_schema.py").read_text()
    revision = template.replace("down_revision: str | None = None", f'down_revision: str | None = "{follows}"')
    revision = revision.replace('revision = "0001"', f'revision = "{number}"')
    (source / "migrations" / "versions" / f"{number}_add_more.py").write_text(revision)
    (source / "migrations" / "sql" / number).mkdir()
    (source / "migrations" / "sql" / number / "up.sql").write_text(text)


def add_function(source: Path, text: str) -> None:
    (source / "sql" / "functions").mkdir(exist_ok=True)
    (source / "sql" / "functions" / "sync.added.sql").write_text(text)
    install = source / "sql" / "install.sql"
    install.write_text(install.read_text() + "\\ir functions/sync.added.sql\n")


def schemas(dsn: str) -> list[str]:
    with database.connect(dsn) as connection:
        rows = connection.execute("select nspname from pg_namespace where nspname like 'sync%' order by 1").fetchall()
    return [name for (name,) in rows]


def test_install_ends_at_the_newest_revision(db: psycopg.Connection[TupleRow]) -> None:
    assert migrate.state(db) == migrate.State(migrate.head(), migrate.digest())
    migrate.require_current(db)


def test_second_migrate_writes_nothing(dsn: str, db: psycopg.Connection[TupleRow]) -> None:
    newest = "select max(xmin::text::bigint) from pg_description"
    before = db.execute(newest).fetchone()
    assert migrate.upgrade(dsn) == migrate.Result(migrate.head(), migrate.head(), is_changed=False)
    assert db.execute(newest).fetchone() == before


def test_empty_database_is_installed(empty_dsn: str) -> None:
    assert migrate.upgrade(empty_dsn) == migrate.Result(None, migrate.head(), is_changed=True)


def test_five_migrates_at_once_all_succeed_and_one_does_the_work(empty_dsn: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda _: migrate.upgrade(empty_dsn), range(5)))
    assert {result.after for result in results} == {migrate.head()}
    with database.connect(empty_dsn) as connection:
        assert connection.execute("select version_num from sync_private.schema_version").fetchall() == [
            (migrate.head(),)
        ]


def test_newest_file_is_alembics_only_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.folder("migrations")).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.head()]


def test_failing_revision_leaves_nothing(source: Path, empty_dsn: str) -> None:
    add_revision(source, "9001", migrate.head(), "create table sync.half (a int); select 1/0;")
    with pytest.raises(PysyncError, match="division by zero") as caught:
        migrate.upgrade(empty_dsn)
    assert "9001/up.sql" in str(caught.value.detail)
    assert schemas(empty_dsn) == []


def test_failing_reload_leaves_nothing(source: Path, empty_dsn: str) -> None:
    add_function(source, "create or replace function sync.added() returns int language sql as 'select no_such';")
    with pytest.raises(PysyncError, match="no_such") as caught:
        migrate.upgrade(empty_dsn)
    assert "functions/sync.added.sql" in str(caught.value.detail)
    assert schemas(empty_dsn) == []


def test_failing_upgrade_keeps_the_version_before(source: Path, dsn: str) -> None:
    before = migrate.head()
    add_revision(source, "9001", before, "create table sync.half (a int); select 1/0;")
    with pytest.raises(PysyncError):
        migrate.upgrade(dsn)
    with database.connect(dsn) as connection:
        assert migrate.state(connection).version == before
        assert connection.execute("select to_regclass('sync.half')").fetchone() == (None,)


def test_new_revision_runs_as_it_is_written(source: Path, dsn: str) -> None:
    text = "create table sync.odd (a text); insert into sync.odd values ('50% :x $$ %(y)s'); do $$ begin end $$;"
    before = migrate.head()
    add_revision(source, "9001", before, text)
    assert migrate.upgrade(dsn) == migrate.Result(before, "9001", is_changed=True)
    with database.connect(dsn) as connection:
        assert connection.execute("select a from sync.odd").fetchall() == [("50% :x $$ %(y)s",)]


def test_changed_function_is_reloaded_without_a_revision(source: Path, dsn: str) -> None:
    text = "create or replace function sync.added() returns int language sql as 'select {}';"
    add_function(source, text.format(0))
    for answer in (1, 2):
        (source / "sql" / "functions" / "sync.added.sql").write_text(text.format(answer))
        assert migrate.upgrade(dsn) == migrate.Result(migrate.head(), migrate.head(), is_changed=True)
        assert migrate.upgrade(dsn).is_changed is False
        with database.connect(dsn) as connection:
            assert connection.execute("select sync.added()").fetchone() == (answer,)


def test_newer_database_is_refused(dsn: str, db: psycopg.Connection[TupleRow]) -> None:
    db.execute("update sync_private.schema_version set version_num = '9999'")
    with pytest.raises(VersionError, match="at version 9999") as caught:
        migrate.upgrade(dsn)
    assert "upgrade pysync" in str(caught.value.hint)
    assert caught.value.exit_code == 2


def test_schema_of_somebody_else_is_refused(empty_dsn: str) -> None:
    with database.connect(empty_dsn) as connection:
        connection.execute("create schema sync")
    with pytest.raises(VersionError, match="did not make"):
        migrate.upgrade(empty_dsn)
    assert schemas(empty_dsn) == ["sync"]


def test_work_on_a_database_without_schema_names_the_command(empty_dsn: str) -> None:
    with database.connect(empty_dsn) as connection, pytest.raises(VersionError) as caught:
        migrate.require_current(connection)
    assert caught.value.hint == "run `pysync migrate`"


def test_work_on_an_older_database_names_the_command(source: Path, dsn: str) -> None:
    add_revision(source, "9001", migrate.head(), "select 1;")
    with database.connect(dsn) as connection, pytest.raises(VersionError, match="this program needs 9001") as caught:
        migrate.require_current(connection)
    assert caught.value.hint == "run `pysync migrate`"


def test_account_without_rights_changes_nothing(empty_dsn: str) -> None:
    with database.connect(empty_dsn) as connection:
        connection.execute("set role pg_monitor")
        with pytest.raises(PysyncError, match="permission denied") as caught:
            migrate._run(connection, migrate.State(migrate.head(), migrate.digest()))
    assert caught.value.sqlstate == "42501"
    assert schemas(empty_dsn) == []


@pytest.mark.parametrize("line", ["\\i tables/a.sql", "select 1;", "\\ir"])
def test_install_list_takes_only_include_lines(source: Path, line: str) -> None:
    install = source / "sql" / "install.sql"
    install.write_text(install.read_text() + line + "\n")
    with pytest.raises(PysyncError, match="only"):
        migrate.install_list()
