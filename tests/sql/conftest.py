"""A mapping `M` between two small tables, and eyes for what its streams hold; every test of it runs on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

Rows = list[tuple[Any, ...]]

PAIR = """
create schema app;
create table app.near (id int primary key, name text, note text, unseen text);
create table app.far (id int primary key, name text, note text, unseen text);
"""
FIELDS = "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ($1, $2, $3, $3)"


@pytest.fixture(params=["left", pytest.param("right", marks=pytest.mark.mirrored)])
def side(request: pytest.FixtureRequest) -> str:
    """The side on which `app.near` stands."""
    return str(request.param)


@pytest.fixture
def make_mapping(db: psycopg.Connection[TupleRow], side: str) -> Callable[..., None]:
    """Writes a mapping whose side under test is the first table, and turns its capture on."""

    def make(
        name: str = "M",
        near: str = "app.near",
        far: str = "app.far",
        fields: tuple[str, ...] = ("id", "name", "note"),
        key: list[str] | None = None,
        direction: str = "both",
        is_captured: bool = True,
    ) -> None:
        left, right = (near, far) if side == "left" else (far, near)
        left_key, right_key = (key, None) if side == "left" else (None, key)
        db.execute(
            "insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, right_key, direction)"
            " values ($1, $2, $3, $4, $5, $6)",
            [name, left, right, left_key, right_key, direction],
        )
        for number, field in enumerate(fields, 1):
            db.execute(FIELDS, [name, number, field])
        if is_captured:
            db.execute("select sync.enable_capture($1)", [name])

    return make


@pytest.fixture
def mapped(db: psycopg.Connection[TupleRow], make_mapping: Callable[..., None]) -> None:
    """The two tables, mapped by `M` and captured."""
    db.execute(PAIR)
    make_mapping()


@pytest.fixture
def entries(db: psycopg.Connection[TupleRow], side: str) -> Callable[..., Rows]:
    """Reads and removes what waits on the side under test: by default key, operation, before, in order of capture."""

    def read(mapping: str = "M", columns: str = "record_key, operation, before") -> Rows:
        found = db.execute(
            psycopg.sql.SQL("select {} from sync.outbox where mapping_name = $1 and side = $2 order by entry_id")
            .format(psycopg.sql.SQL(columns))
            .as_string(),
            [mapping, side],
        ).fetchall()
        db.execute("delete from sync.outbox where mapping_name = $1 and side = $2", [mapping, side])
        return found

    return read
