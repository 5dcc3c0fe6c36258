"""`pysync server start|stop|status`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pysync import server


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pysync-command-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder, "home")
        server.remove(Path(folder, "home"))


def pysync(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k != "PYSYNC_DSN"}
    if bindir := os.environ.get("PYSYNC_TEST_BINDIR"):
        environ["PYSYNC_PG_BINDIR"] = bindir
    return subprocess.run(
        [sys.executable, "-m", "pysync", *arguments],
        env={**environ, "PYSYNC_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_story_of_a_server(home: Path) -> None:
    assert pysync(home, "server", "status").returncode == 1
    assert pysync(home, "server", "start").returncode == 0
    status = json.loads(pysync(home, "server", "status", "--json").stdout)
    assert status["running"] is True
    assert server.password(home) not in json.dumps(status)
    with psycopg.connect(status["dsn"]) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert pysync(home, "migrate").stdout.startswith("schema sync installed")
    typed = subprocess.run(
        [*shlex.split(status["psql"]), "-Atc", "table sync.mapping_status; select 2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (typed.stdout, typed.stderr) == ("2\n", "")
    assert pysync(home, "server", "stop").stdout == "server stopped\n"
    assert pysync(home, "server", "stop").stdout == "no server was running\n"
    assert json.loads(pysync(home, "server", "status", "--json").stdout) == {"running": False}


def test_migrate_starts_the_server_by_itself(home: Path) -> None:
    answer = pysync(home, "migrate")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert server.status(home) is not None
