"""Connections to PostgreSQL: opened the same way everywhere, with every setting that shapes text pinned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from pysync import errors

Connection = psycopg.Connection[TupleRow]

# Values travel as text: both the session that writes it and the one that reads it must spell it alike.
SESSION = {
    "search_path": "pg_catalog, pg_temp",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "xmlbinary": "base64",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    "default_transaction_isolation": "read committed",
    "jit": "off",
}
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_PAGE = 1000


def connect(dsn: str, *, application_name: str = "pysync") -> Connection:
    """Open an autocommit connection whose parameters are written `$1`; what the DSN itself sets wins."""
    given = parse(dsn)
    params = {**_DEFAULTS, "application_name": application_name, **given, "client_encoding": "utf8"}
    try:
        connection = psycopg.connect(make_conninfo(**params), autocommit=True, cursor_factory=psycopg.RawCursor)
    except psycopg.Error as exc:
        raise errors.from_database(exc) from exc
    try:
        connection.execute(
            "select pg_catalog.set_config(key, value, false) from pg_catalog.jsonb_each_text($1::pg_catalog.jsonb)",
            [json.dumps(SESSION)],
        )
    except psycopg.Error as exc:
        connection.close()
        raise errors.from_database(exc) from exc
    return connection


def parse(dsn: str) -> dict[str, str]:
    """The parts of a libpq connection string."""
    try:
        return {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    except psycopg.ProgrammingError:
        # libpq quotes the string it could not read, password and all.
        raise errors.UsageError(
            "the database address is not a libpq connection string",
            hint="write it as postgresql://user@host:port/dbname or host=... dbname=...",
        ) from None


def pages(conn: Connection, query: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Rows of a table that may not fit into memory; the query's first column is their number, above $1, at most $2."""
    after, told = 0, 0
    while limit is None or told < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - told)
        rows = conn.execute(query.encode(), (after, size)).fetchall()
        yield from (row[1:] for row in rows)
        if len(rows) < size:
            return
        after, told = rows[-1][0], told + size
