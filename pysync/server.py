"""The embedded PostgreSQL: started where nobody gave us a server, on loopback, with a password, as nobody special."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo

from pysync import binaries
from pysync.binaries import Account, Programs
from pysync.errors import ServerError

USER = DATABASE = "pysync"
HOST = "127.0.0.1"
SHARED_DATA = Path("/var/lib/pysync")
_PATIENCE = 60.0
_PATIENCE_AFTER_CRASH = 15.0
_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_NO_PROCESS = 2**31 - 1

StopMode = Literal["smart", "fast", "immediate"]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running embedded server; `dsn` names a password file, so it may be shown."""

    dsn: str
    port: int
    pid: int
    version: str
    data_dir: Path


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Where the parts of one embedded server lie."""

    base: Path
    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def passfile(self) -> Path:
        return _passfile(self.base)

    @property
    def portfile(self) -> Path:
        return self.base / "port"


@dataclass(frozen=True, slots=True)
class _PidFile:
    pid: int
    port: int
    is_ready: bool


def ensure(base: Path, *, durable: bool = True, bindir: Path | None = None) -> ServerInfo:
    """The running server of this folder; makes and starts it when needed. Safe to call from many processes."""
    base = base.expanduser().absolute()
    account = binaries.server_account()
    _make_base(base, account)
    with _lock(base):
        cluster = _cluster(base, account)
        if info := _running(cluster):
            return info
        programs = binaries.find(account, bindir=bindir, major=_major(cluster))
        if not cluster.data.exists():
            _initialise(cluster, programs, durable=durable)
        _disown_dead(cluster)
        return _start(cluster, programs, durable=durable)


def stop(base: Path, mode: StopMode = "fast") -> bool:
    """Stop the server of this folder; false when none ran."""
    base = base.expanduser().absolute()
    if not base.is_dir():
        return False
    with _lock(base):
        cluster = _cluster(base, binaries.server_account())
        found = _read_pid_file(cluster)
        if found is None or not _is_postmaster(found.pid):
            return False
        try:
            os.kill(found.pid, _SIGNALS[mode])
        except PermissionError:
            raise ServerError(
                f"the server in {base} was started by another account", hint="stop it as that account"
            ) from None
        if not _wait_for_end(found.pid):
            raise ServerError(
                f"the server in {base} did not stop within {_PATIENCE:.0f} s",
                hint="run `pysync server stop --mode immediate`",
            )
        return True


def status(base: Path) -> ServerInfo | None:
    """The running server of this folder, or None."""
    base = base.expanduser().absolute()
    return _running(_cluster(base, binaries.server_account())) if base.is_dir() else None


def remove(base: Path) -> None:
    """Stop the server of this folder at once and delete everything it holds."""
    base = base.expanduser().absolute()
    stop(base, "immediate")
    if base.is_dir():
        shutil.rmtree(_cluster(base, binaries.server_account()).folder, ignore_errors=True)
        shutil.rmtree(base, ignore_errors=True)


def password(base: Path) -> str:
    """The password of the embedded server's own user."""
    return _passfile(base.expanduser().absolute()).read_text().strip().rpartition(":")[2]


def _passfile(base: Path) -> Path:
    return base / "pgpass"


def _make_base(base: Path, account: Account) -> None:
    try:
        is_new = not base.is_dir()
        base.mkdir(parents=True, exist_ok=True)
        if is_new and account.is_other:
            base.chmod(0o755)
        (base / "lock").touch(mode=0o600)
    except OSError as exc:
        raise ServerError(
            f"cannot keep data in {base}: {(exc.strerror or str(exc)).lower()}",
            hint="set PYSYNC_HOME to a folder you may write to, or PYSYNC_DSN to a server you have",
        ) from exc


@contextlib.contextmanager
def _lock(base: Path) -> Iterator[None]:
    try:
        handle = (base / "lock").open("w")
    except PermissionError as exc:
        raise ServerError(f"{base} belongs to another account", hint="set PYSYNC_HOME to a folder of your own") from exc
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _cluster(base: Path, account: Account) -> _Cluster:
    """The server's folder is in `base`, unless the account it runs as cannot get there."""
    folder = base / "postgres"
    if account.is_other and binaries.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(base)], account).returncode:
        folder = SHARED_DATA / hashlib.sha256(str(base).encode()).hexdigest()[:16]
    return _Cluster(base, folder, account)


def _major(cluster: _Cluster) -> int | None:
    with contextlib.suppress(FileNotFoundError):
        return int((cluster.data / "PG_VERSION").read_text().strip())
    return None


def _initialise(cluster: _Cluster, programs: Programs, *, durable: bool) -> None:
    folder, account = cluster.folder, cluster.account
    folder.mkdir(parents=True, exist_ok=True)
    if folder.parent == SHARED_DATA:
        SHARED_DATA.chmod(0o755)
    _own(folder, account, 0o700)
    # A data folder is complete or absent: initdb works beside it.
    partial, secret_file = folder / "data.new", folder / "initial-password"
    shutil.rmtree(partial, ignore_errors=True)
    secret = secrets.token_hex(16)
    cluster.passfile.unlink(missing_ok=True)
    _write_private(cluster.passfile, f"{HOST}:*:*:{USER}:{secret}\n")
    secret_file.unlink(missing_ok=True)
    _write_private(secret_file, secret + "\n")
    _own(secret_file, account, 0o600)
    # Only the builtin locale folds accents the same on every platform; 15 and 16 do not have it.
    locale = (
        ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if programs.major >= 17
        else ["--locale=C.UTF-8"]
    )
    command = [programs["initdb"], "-D", str(partial), "-U", USER, "-E", "UTF8", *locale]
    command += ["-A", "scram-sha-256", "--pwfile", str(secret_file), *([] if durable else ["--no-sync"])]
    try:
        answer = binaries.run(command, account)
    finally:
        secret_file.unlink(missing_ok=True)
    if answer.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise ServerError(
            f"initdb could not make a data folder in {folder}",
            detail=answer.stderr.strip(),
            hint="set PYSYNC_HOME to another folder, or PYSYNC_DSN to a server you have",
        )
    partial.rename(cluster.data)


def _start(cluster: _Cluster, programs: Programs, *, durable: bool) -> ServerInfo:
    port = _free_port(cluster.portfile)
    deadline = time.monotonic() + _PATIENCE_AFTER_CRASH
    while not _pg_ctl_start(cluster, programs, port, durable=durable):
        reason = _log_tail(cluster)
        if "could not bind" in reason:
            port = _free_port(None)
        elif "still in use" not in reason or time.monotonic() > deadline:
            raise ServerError(
                f"PostgreSQL {programs.major} did not start in {cluster.folder}",
                detail=reason,
                hint=f"read {cluster.log}, or set PYSYNC_DSN to a server you have",
            )
        else:
            time.sleep(0.2)  # sessions of a killed server notice its death one by one
    info = _running(cluster)
    if info is None:
        raise ServerError(
            f"PostgreSQL {programs.major} ended right after its start",
            detail=_log_tail(cluster),
            hint=f"read {cluster.log}",
        )
    cluster.portfile.write_text(f"{info.port}\n")
    return info


def _pg_ctl_start(cluster: _Cluster, programs: Programs, port: int, *, durable: bool) -> bool:
    settings = [f"listen_addresses={HOST}", f"port={port}", "unix_socket_directories=''"]
    options = " ".join(f"-c {setting}" for setting in [*settings, *([] if durable else _THROWAWAY)])
    command = [programs["pg_ctl"], "start", "-D", str(cluster.data), "-l", str(cluster.log)]
    command += ["-w", "-t", f"{_PATIENCE:.0f}", "-o", options]
    with contextlib.suppress(FileNotFoundError):
        cluster.log.replace(cluster.log.with_suffix(".log.before"))
    return binaries.run(command, cluster.account, keep_output=False).returncode == 0


def _free_port(remembered: Path | None) -> int:
    wanted = 0
    if remembered is not None:
        with contextlib.suppress(OSError, ValueError):
            wanted = int(remembered.read_text())
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise ServerError("no free port on 127.0.0.1", hint="set PYSYNC_DSN to a server you have")


def _running(cluster: _Cluster) -> ServerInfo | None:
    """Ask the server itself; `pg_ctl status` takes a zombie for a running postmaster."""
    deadline = time.monotonic() + _PATIENCE
    while (found := _read_pid_file(cluster)) and _is_postmaster(found.pid):
        fault = "it is still starting"
        if found.is_ready:
            answer = _ask(cluster, found)
            if isinstance(answer, ServerInfo):
                return answer
            fault = answer
        if time.monotonic() > deadline:
            raise ServerError(f"the server in {cluster.base} does not answer: {fault}", hint=f"read {cluster.log}")
        time.sleep(0.05)
    return None


def _ask(cluster: _Cluster, found: _PidFile) -> ServerInfo | str:
    passfile = cluster.passfile
    where = {"host": HOST, "port": str(found.port), "user": USER, "passfile": str(passfile)}
    try:
        with psycopg.connect(
            make_conninfo(**where, dbname="postgres", connect_timeout="5"), autocommit=True
        ) as connection:
            known = connection.execute("select 1 from pg_catalog.pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute("create database pysync")
            version = str(connection.info.parameter_status("server_version")).split()[0]
    except psycopg.OperationalError as exc:
        if not os.access(passfile, os.R_OK) or "password" in str(exc):
            raise ServerError(
                f"the server in {cluster.base} does not accept the password in {passfile}",
                hint="put that file back, or set PYSYNC_HOME to an empty folder to begin anew",
            ) from None
        return str(exc).strip()
    return ServerInfo(make_conninfo(**where, dbname=DATABASE), found.port, found.pid, version, cluster.data)


def _read_pid_file(cluster: _Cluster) -> _PidFile | None:
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return _PidFile(abs(int(lines[0])), int(lines[3]) if ready else 0, ready)
    except FileNotFoundError:
        return None
    except PermissionError as exc:
        raise ServerError(
            f"the server in {cluster.base} belongs to another account",
            hint="set PYSYNC_HOME to a folder of your own, or PYSYNC_DSN to a server you have",
        ) from exc
    except (IndexError, ValueError):
        return None


def _is_postmaster(pid: int) -> bool:
    """Whether this process lives and is PostgreSQL: the number may be a zombie's, or used again by another."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    if not Path("/proc/self/stat").exists():
        return True
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return False
    return rest.split()[0] not in "ZX" and name.partition("(")[2].startswith("postgres")


def _disown_dead(cluster: _Cluster) -> None:
    """Let PostgreSQL see that the process in its pid file is dead; the shared memory key beneath it stays guarded."""
    found = _read_pid_file(cluster)
    if found is None or _is_postmaster(found.pid):
        return
    path = cluster.data / "postmaster.pid"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([f"{_NO_PROCESS}\n", *lines[1:]]))


def _wait_for_end(pid: int) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while _is_postmaster(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _log_tail(cluster: _Cluster) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(cluster.log.read_text(errors="replace").splitlines()[-12:])
    return ""


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _own(path: Path, account: Account, mode: int) -> None:
    path.chmod(mode)
    if account.is_other:
        os.chown(path, account.uid, account.gid)
