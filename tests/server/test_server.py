"""The embedded server: started once by whoever comes first, back after a crash, gone after stop."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from pysync import binaries, server
from pysync.errors import ServerError

ENSURE = (
    "import sys; from pathlib import Path; from pysync import server;"
    " print(server.ensure(Path(sys.argv[1]), durable=False).pid)"
)


def bindir() -> Path | None:
    given = os.environ.get("PYSYNC_TEST_BINDIR")
    return Path(given) if given else None


def ensure(base: Path) -> server.ServerInfo:
    return server.ensure(base, durable=False, bindir=bindir())


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder for one server, with a space in its name; not pytest's own, which root keeps to itself."""
    with tempfile.TemporaryDirectory(prefix="pysync-server-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder, "the data")
        yield path
        server.remove(path)


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """A server that tests may look at, but not stop."""
    with tempfile.TemporaryDirectory(prefix="pysync-server-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder, "home")
        ensure(path)
        yield path
        server.remove(path)


def test_second_start_finds_the_first(running: Path) -> None:
    assert ensure(running) == ensure(running) == server.status(running)


def test_server_takes_sql_and_folds_accents(running: Path) -> None:
    with psycopg.connect(ensure(running).dsn) as connection:
        row = connection.execute("select lower('É'), current_user, current_database(), inet_server_addr()").fetchone()
    assert row is not None
    assert [str(value) for value in row] == ["é", "pysync", "pysync", "127.0.0.1"]


def test_server_refuses_whoever_has_no_password(running: Path) -> None:
    info = ensure(running)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=info.port, user="pysync", dbname="postgres", passfile="/nonexistent")


def test_password_is_private_and_not_in_the_address(running: Path) -> None:
    secret = server.password(running)
    assert len(secret) >= 32
    assert secret not in str(server.status(running))
    assert stat.S_IMODE((running / "pgpass").stat().st_mode) == 0o600


def test_server_listens_on_loopback_only(running: Path) -> None:
    with psycopg.connect(ensure(running).dsn) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
    assert row == ("127.0.0.1", "")


def test_server_does_not_run_as_root(running: Path) -> None:
    # PostgreSQL itself refuses a data folder that is not its own account's.
    assert ensure(running).data_dir.stat().st_uid == binaries.server_account().uid != 0


def test_starters_at_the_same_time_share_one_server(base: Path) -> None:
    environ = {**os.environ, **({"PYSYNC_PG_BINDIR": str(bindir())} if bindir() else {})}
    with ThreadPoolExecutor(3) as pool:
        command = [sys.executable, "-c", ENSURE, str(base)]
        answers = list(pool.map(lambda _: subprocess.check_output(command, env=environ, text=True), range(3)))
    assert len(set(answers)) == 1


def test_killed_server_comes_back_with_what_was_committed(base: Path) -> None:
    first = server.ensure(base, durable=True, bindir=bindir())
    with psycopg.connect(first.dsn) as connection:
        connection.execute("create table kept as select 42 as answer")
    os.kill(first.pid, signal.SIGKILL)
    second = server.ensure(base, durable=True, bindir=bindir())
    assert (second.pid != first.pid, second.port) == (True, first.port)
    with psycopg.connect(second.dsn) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_killed_server_comes_back_while_its_sessions_still_work(base: Path) -> None:
    first = ensure(base)
    busy = "select count(*) from generate_series(1, 20000000) as a where a % 7 = 0"
    with contextlib.closing(psycopg.connect(first.dsn)) as connection:
        connection.pgconn.send_query(busy.encode())
        os.kill(first.pid, signal.SIGKILL)
        assert ensure(base).pid != first.pid


def test_pid_of_another_living_process_is_not_taken_for_the_server(base: Path) -> None:
    first = ensure(base)
    os.kill(first.pid, signal.SIGKILL)
    pid_file = first.data_dir / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(first.pid), str(os.getppid()), 1))
    assert server.status(base) is None
    assert ensure(base).pid not in (first.pid, os.getppid())


def test_stop_ends_the_server_and_keeps_the_data(base: Path) -> None:
    with psycopg.connect(ensure(base).dsn) as connection:
        connection.execute("create table kept ()")
    assert server.stop(base) is True
    assert server.status(base) is None
    assert server.stop(base) is False
    with psycopg.connect(ensure(base).dsn) as connection:
        assert connection.execute("select to_regclass('kept')::text").fetchone() == ("kept",)


def test_stop_ends_a_server_with_open_sessions(base: Path) -> None:
    with psycopg.connect(ensure(base).dsn) as connection:
        assert server.stop(base) is True
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_status_of_a_folder_that_is_not_there(base: Path) -> None:
    assert server.status(base) is None
    assert server.stop(base) is False
    assert not base.exists()


def test_lost_password_file_is_told(base: Path) -> None:
    ensure(base)
    (base / "pgpass").rename(base / "elsewhere")
    with pytest.raises(ServerError, match="does not accept the password") as caught:
        ensure(base)
    assert "put that file back" in str(caught.value.hint)
    (base / "elsewhere").rename(base / "pgpass")


def test_half_made_data_folder_is_made_anew(base: Path) -> None:
    first = ensure(base)
    server.stop(base, "immediate")
    folder = first.data_dir.parent
    subprocess.run(["rm", "-rf", str(folder / "data")], check=True)
    (folder / "data.new").mkdir()
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    assert ensure(base).version == first.version


def test_a_server_that_cannot_start_shows_its_log(base: Path) -> None:
    info = ensure(base)
    server.stop(base)
    with (info.data_dir / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    started = time.monotonic()
    with pytest.raises(ServerError, match="did not start") as caught:
        ensure(base)
    assert "no_such_setting" in str(caught.value.detail)
    assert time.monotonic() - started < 30
