"""The exception tree: every fault pysync reports, with the exit code and the next command to type."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import psycopg


class PysyncError(Exception):
    """A fault that is shown to a person as `error: ...` and `hint: ...`, never as a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, hint: str | None = None, detail: str | None = None, sqlstate: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        self.sqlstate = sqlstate


class UsageError(PysyncError):
    """The command was typed in a way that cannot work."""

    exit_code = 2


class MappingError(PysyncError):
    """A mapping row says something that cannot be."""

    exit_code = 2


class ExpressionError(PysyncError):
    """An SQL expression in a mapping row is not one we run."""

    exit_code = 2


class CatalogError(PysyncError):
    """A table, column or schema that is named does not exist, or not in that shape."""

    exit_code = 2


class VersionError(PysyncError):
    """The database's schema and this program are of different versions."""

    exit_code = 2


class DatabaseUnavailable(PysyncError):
    """The database could not be reached, or let us in, or hung up."""

    exit_code = 3


class ServerError(PysyncError):
    """The embedded PostgreSQL could not be found, started or stopped."""

    exit_code = 3


class ApplyError(PysyncError):
    """The database refused a statement while data was written."""

    exit_code = 1


# What our own SQL functions raise: an argument that cannot be, or a mapping row that cannot be.
_USAGE = ("SY002", "SY006", "SY007")
_MAPPING = ("SY001", "SY005", "SY008")
# Connection faults, refused logins, no database, no free connection, a server that shuts down, only reads or hangs up.
_UNAVAILABLE = re.compile(r"08...|25006|25P0[34]|28...|3D000|53300|57P0[1-5]")
# What to do about faults for which PostgreSQL itself has no hint.
_HINTS = {
    "25006": "it is a standby, or default_transaction_read_only is on: name the primary, or turn the setting off",
    "25P03": "raise the role's idle_in_transaction_session_timeout",
    "25P04": "raise the role's transaction_timeout, or set a smaller batch_size in sync.table_mapping",
    "53100": "make room on the server's disk; what was not done waits",
    "53400": "raise the server setting that the message names, or set a smaller batch_size in sync.table_mapping",
    "57014": "raise the role's statement_timeout, or set a smaller batch_size in sync.table_mapping",
}
_PASSWORD = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)|(://[^\s:/@]*:)[^\s]*(?=@)", re.IGNORECASE)


def from_database(exc: psycopg.Error) -> PysyncError:
    """Turn a psycopg error into ours, keeping SQLSTATE, detail and hint; raise it `from exc`."""
    diag = exc.diag
    sqlstate = exc.sqlstate
    message, _, rest = without_password(diag.message_primary or str(exc).strip() or type(exc).__name__).partition("\n")
    hint, detail = _clean(diag.message_hint) or _HINTS.get(sqlstate or ""), _clean(diag.message_detail or rest.strip())
    if (sqlstate is None and _is_operational(exc)) or (sqlstate and _UNAVAILABLE.fullmatch(sqlstate)):
        hint = hint or "check --dsn or PYSYNC_DSN; without them pysync starts its own server"
        return DatabaseUnavailable(message, hint=hint, detail=detail, sqlstate=sqlstate)
    if sqlstate in ("3F000", "42P01", "42883") and re.search(r"\bsync(_private)?\b", message):
        return CatalogError(message, hint="run `pysync migrate`", detail=detail, sqlstate=sqlstate)
    kind = UsageError if sqlstate in _USAGE else MappingError if sqlstate in _MAPPING else ApplyError
    return kind(message, hint=hint, detail=detail, sqlstate=sqlstate)


# Messages of these classes speak of tables, rights and connections; the others may quote what stands in a row.
_NO_VALUES = re.compile(r"(0[89A]|25|28|3[DF]|40|42|5[3-8]).*|SY0[01].")


def without_values(fault: PysyncError) -> str:
    """The message of a fault if it cannot hold what stands in a row, else where to read it: for logs.

    >>> without_values(ApplyError("bad email 'ann@example.org'", sqlstate="P0001"))
    'SQLSTATE P0001: pysync problems shows the message'
    >>> without_values(CatalogError("there is no table erp.item"))
    'there is no table erp.item'
    """
    if fault.sqlstate is None or _NO_VALUES.fullmatch(fault.sqlstate):
        return fault.message
    return f"SQLSTATE {fault.sqlstate}: pysync problems shows the message"


def command(*words: str) -> str:
    """A command of ours as a shell reads it: names may hold spaces and quotes.

    >>> command("check", "SALES ORDER")
    "pysync check 'SALES ORDER'"
    """
    return shlex.join(("pysync", *words))


def without_password(text: str) -> str:
    """Blank whatever in `text` looks like a password.

    >>> without_password("host=h password='a b' user=u")
    'host=h password=*** user=u'
    >>> without_password("postgresql://ann:secret@h/db")
    'postgresql://ann:***@h/db'
    """
    return _PASSWORD.sub(lambda m: (m[1] or m[3]) + "***", text)


def _clean(text: str | None) -> str | None:
    return without_password(text) if text else None


def _is_operational(exc: psycopg.Error) -> bool:
    return any(base.__name__ in ("OperationalError", "InterfaceError") for base in type(exc).__mro__)
