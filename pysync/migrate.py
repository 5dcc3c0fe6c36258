"""Install and upgrade the schemas `sync` and `sync_private`: revisions for tables, a reload for everything else."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from pysync import database, errors
from pysync.errors import PysyncError, VersionError

if TYPE_CHECKING:
    from alembic.config import Config

SCHEMA = "sync_private"
VERSION_TABLE = "schema_version"
MINIMUM_SERVER = 150000
_BEGIN = """\
set local search_path = pg_catalog, pg_temp;
select pg_advisory_xact_lock(1886352249);
set local lock_timeout = '5s';
set local client_min_messages = warning;
create schema if not exists sync_private;
"""
_REMEMBER = sql.SQL("comment on table sync_private.schema_version is {}")


@dataclass(frozen=True, slots=True)
class State:
    """What a database holds: its revision, and the digest of the functions and views loaded last."""

    version: str | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one upgrade did."""

    before: str | None
    after: str
    is_changed: bool


def upgrade(dsn: str) -> Result:
    """Bring the schema to this program's version, in one transaction; quick when there is nothing to do."""
    with contextlib.closing(database.connect(dsn, application_name="pysync migrate")) as connection:
        wanted = State(head(), digest())
        found = state(connection)
        if found != wanted:
            _run(connection, wanted)
        return Result(found.version, head(), found != wanted)


def script() -> str:
    """Everything `upgrade` does to an empty database, as one SQL script for psql."""
    from alembic import command

    output = io.StringIO()
    command.upgrade(_config(output), "head", sql=True)
    parts = ["begin;", _BEGIN, output.getvalue().strip(), *(path.read_text("utf-8") for path in reloaded())]
    return "\n\n".join(part.strip() for part in [*parts, _remember(digest()), "commit;"]) + "\n"


def state(connection: psycopg.Connection[TupleRow]) -> State:
    """The state of this database; refuses one that this program must not touch."""
    if connection.info.server_version < MINIMUM_SERVER:
        raise VersionError(
            f"PostgreSQL {connection.info.server_version // 10000} is too old",
            hint="pysync needs PostgreSQL 15 or newer",
        )
    row = connection.execute(
        "select to_regclass('sync_private.schema_version') is not null, to_regnamespace('sync') is not null,"
        " obj_description(to_regclass('sync_private.schema_version'), 'pg_class')"
    ).fetchone()
    has_version, has_schema, comment = row or (False, False, None)
    if not has_version:
        if has_schema:
            raise VersionError(
                "there is a schema `sync` that `pysync migrate` did not make",
                hint="rename or drop that schema, or use another database",
            )
        return State(None, None)
    version = connection.execute("select version_num from sync_private.schema_version").fetchone()
    return _known(State(version[0] if version else None, (comment or "").rpartition(" ")[2] or None))


def require_current(connection: psycopg.Connection[TupleRow]) -> None:
    """Refuse to work on a database whose schema is not of this program's version."""
    version = state(connection).version
    if version is None:
        raise VersionError("the schema `sync` is not installed in this database", hint="run `pysync migrate`")
    if version != head():
        raise VersionError(
            f"the schema is at version {version}, this program needs {head()}", hint="run `pysync migrate`"
        )


def connect(dsn: str, *, application_name: str = "pysync") -> database.Connection:
    """Open a connection to a database whose schema is of this program's version; refuse any other."""
    connection = database.connect(dsn, application_name=application_name)
    try:
        require_current(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def head() -> str:
    """The newest revision this program ships."""
    return _revisions()[-1]


def digest() -> str:
    """One digest over every reloaded file, names included."""
    total = hashlib.sha256()
    for path in reloaded():
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:32]


def install_list() -> list[Path]:
    r"""The files of `sql/install.sql` in its order: it holds comments and `\ir` lines, nothing else."""
    install = folder("sql") / "install.sql"
    files: list[Path] = []
    for number, line in enumerate(install.read_text("utf-8").splitlines(), 1):
        word, _, rest = line.strip().partition(" ")
        if word == r"\ir" and rest:
            files.append(install.parent / rest.strip())
        elif word and not word.startswith("--"):
            raise PysyncError(rf"sql/install.sql line {number}: only `\ir file` and comments may stand here")
    return files


def reloaded() -> list[Path]:
    """What every migrate loads anew; schemas and tables are the business of revisions."""
    return [path for path in install_list() if path.parent.name != "tables" and path.name != "schemas.sql"]


def folder(name: Literal["sql", "migrations"]) -> Path:
    """Our `sql` or `migrations` folder: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name


def run_revision(revision: str) -> None:
    """Run the frozen SQL of one revision exactly as it is written; called by the revision's own file."""
    from alembic import context, op

    path = folder("migrations") / "sql" / revision / "up.sql"
    if context.is_offline_mode():
        context.get_context().impl.static_output(path.read_text("utf-8").strip())
        return
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    _execute_file(driver, path)


def _run(connection: psycopg.Connection[TupleRow], wanted: State) -> None:
    """Lock, look again, upgrade, reload: all of it commits, or none."""
    from sqlalchemy import NullPool, create_engine

    connection.autocommit = False
    connection.cursor_factory = psycopg.Cursor  # SQLAlchemy writes its parameters the other way
    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=NullPool)
    with engine.connect() as bind, bind.begin():
        _execute(connection, _BEGIN, "migrate")
        found = state(connection)
        if found.version != wanted.version:
            _upgrade_tables(bind)
        if found != wanted:
            for path in reloaded():
                _execute_file(connection, path)
            _execute(connection, _remember(digest()), "migrate")


def _remember(digest: str) -> str:
    """A comment, not a table: the dump of a migrated database stays that of `sql/install.sql`."""
    text = sql.Literal(f"Version of the schema, written by pysync migrate; code {digest}")
    return _REMEMBER.format(text).as_string() + ";"


def _upgrade_tables(bind: Any) -> None:
    from alembic import command

    config = _config(io.StringIO())
    config.attributes["connection"] = bind
    command.upgrade(config, "head")


def _config(output: io.StringIO) -> Config:
    from alembic.config import Config

    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config


def _revisions() -> Sequence[str]:
    return sorted(path.name[:4] for path in (folder("migrations") / "versions").glob("[0-9]*_*.py"))


def _known(found: State) -> State:
    if found.version is not None and found.version not in _revisions():
        raise VersionError(
            f"the schema is at version {found.version}, this program only knows versions up to {head()}",
            hint="upgrade pysync: a newer one migrated this database",
        )
    return found


def _execute_file(connection: psycopg.Connection[TupleRow], path: Path) -> None:
    _execute(connection, path.read_text("utf-8"), f"{path.parent.name}/{path.name}")


def _execute(connection: psycopg.Connection[TupleRow], text: str, where: str) -> None:
    try:
        connection.execute(text.encode())
    except psycopg.Error as exc:
        fault = errors.from_database(exc)
        fault.detail = "\n".join(filter(None, [f"in {where}", fault.detail]))
        raise fault from exc
