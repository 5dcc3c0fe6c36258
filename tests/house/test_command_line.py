"""The command line's manners: exit codes, two-line errors, no password, quick help."""

from __future__ import annotations

import subprocess
import sys

import pytest


def pysync(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pysync", *arguments], capture_output=True, text=True, check=False)


def test_version_needs_no_command() -> None:
    answer = pysync("--version")
    assert (answer.returncode, answer.stdout.split()[0], answer.stderr) == (0, "pysync", "")


def test_unknown_command_is_wrong_usage() -> None:
    assert pysync("nonsense").returncode == 2


def test_no_database_is_exit_code_3_without_traceback() -> None:
    answer = pysync("--dsn", "postgresql://ann:secret@127.0.0.1:1/db", "migrate")
    assert answer.returncode == 3
    assert answer.stderr.startswith("error: ")
    assert "hint: " in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "dsn", ["postgres//ann:secret@h/db", "password=secret nonsense", "postgresql://a:secret@h:x:y/"]
)
def test_unreadable_address_does_not_show_its_password(dsn: str) -> None:
    answer = pysync("--dsn", dsn, "migrate")
    assert answer.returncode in (2, 3)
    assert "secret" not in answer.stdout + answer.stderr


def test_wrong_password_is_not_shown(dsn: str) -> None:
    answer = pysync("--dsn", f"{dsn} password=not-the-secret", "migrate")
    assert answer.returncode == 3
    assert "not-the-secret" not in answer.stdout + answer.stderr


def test_help_does_not_load_heavy_libraries() -> None:
    code = "import sys, pysync.cli\nprint(sorted({'sqlglot', 'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
