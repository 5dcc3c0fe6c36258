"""A shipped pack in a fresh database, and passes over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync.runner import PassResult, Runner

PACKS = Path(__file__).parents[2] / "sql" / "packs"


@pytest.fixture
def install(db: psycopg.Connection[TupleRow]) -> Callable[..., None]:
    """Runs files of a pack, each in one transaction: `install("contacts", "schema", "mappings")`."""

    def run(pack: str, *parts: str) -> None:
        for part in parts:
            with db.transaction():
                db.execute((PACKS / pack / f"{part}.sql").read_bytes())

    return run


@pytest.fixture
def ask(db: psycopg.Connection[TupleRow]) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query with `$1` parameters; of a statement without rows, none."""

    def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = db.execute(sql.encode(), list(values) or None)
        return cursor.fetchall() if cursor.description else []

    return rows


@pytest.fixture
def one(ask: Callable[..., list[tuple[Any, ...]]]) -> Callable[..., Any]:
    """The only value a query gives, None for no row."""

    def value(sql: str, *values: object) -> Any:
        found = ask(sql, *values)
        assert len(found) <= 1, f"{len(found)} rows: {sql}"
        return found[0][0] if found else None

    return value


@pytest.fixture
def sync(db: psycopg.Connection[TupleRow]) -> Callable[..., PassResult]:
    """One pass over all mappings, or over the named ones."""

    def run(*names: str) -> PassResult:
        result = Runner(db).run(names)
        assert result.faults == {}
        return result

    return run
