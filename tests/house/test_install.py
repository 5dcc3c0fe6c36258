"""`sql/` is the readable current state: complete, loadable by psql alone, and the same as what revisions build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from pysync import binaries, migrate

SQL = Path(__file__).parents[2] / "sql"


def programs(dsn: str) -> binaries.Programs:
    """PostgreSQL's own programs, of the version the tests' server has."""
    bindir = os.environ.get("PYSYNC_TEST_BINDIR")
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // 10000
    return binaries.find(binaries.server_account(), bindir=Path(bindir) if bindir else None, major=major)


def dump(dsn: str) -> list[str]:
    """The schema as pg_dump writes it, less the random keys of its guard lines and alembic's own table."""
    command = [programs(dsn)["pg_dump"], "--schema-only", "--exclude-table=sync_private.schema_version", dsn]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return [line for line in answer.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def psql(dsn: str, *arguments: str) -> None:
    command = [programs(dsn)["psql"], "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_install_list_and_revisions_build_the_same_schema(dsn: str, empty_dsn: str) -> None:
    psql(empty_dsn, "-1", "-f", str(SQL / "install.sql"))
    built = dump(dsn)
    assert any(line.startswith("CREATE SCHEMA sync;") for line in built)
    assert dump(empty_dsn) == built


def test_printed_script_builds_the_same_schema(dsn: str, empty_dsn: str, tmp_path: Path) -> None:
    script = tmp_path / "migrate.sql"
    answer = subprocess.run(
        [sys.executable, "-m", "pysync", "migrate", "--sql"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == migrate.script().strip()
    script.write_text(answer.stdout)
    psql(empty_dsn, "-f", str(script))
    assert dump(empty_dsn) == dump(dsn)
    assert migrate.upgrade(empty_dsn).is_changed is False


def test_every_file_is_in_the_install_list_once() -> None:
    shipped = {*SQL.glob("*.sql"), *(f for d in ("tables", "functions", "views") for f in (SQL / d).glob("*.sql"))}
    listed = migrate.install_list()
    assert sorted(listed) == sorted(shipped - {SQL / "install.sql"})


def test_revisions_do_not_read_the_current_state() -> None:
    for path in (SQL.parent / "migrations" / "sql").rglob("*.sql"):
        assert "\\i" not in path.read_text("utf-8"), f"{path} must be frozen: complete in itself"
