"""Two small systems and one mapping, told from either side: `source` is the side that a test edits first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from psycopg import sql

from pysync import outbox, runner, scan
from pysync.compiler import Compiler
from pysync.database import Connection
from pysync.model import Side
from pysync.outbox import Counts
from pysync.runner import PassResult
from pysync.scan import Page
from pysync.session import Session
from tests.conftest import dsn_with, fresh_database, template_database


@dataclass(slots=True)
class Pair:
    """A mapping ITEM between one.item and two.item, both (id int, name text, size int, note text)."""

    db: Connection
    source: Side

    @property
    def target(self) -> Side:
        return self.source.other

    def table(self, side: Side) -> sql.Identifier:
        return sql.Identifier("one" if side is Side.LEFT else "two", "item")

    def configure(self, **columns: Any) -> None:
        """Set columns of the mapping row; `source_` and `target_` in a name stand for the sides."""
        for name, value in columns.items():
            spelled = name.replace("source", self.source.value).replace("target", self.target.value)
            if isinstance(value, str):
                value = value.replace("source", self.source.value).replace("target", self.target.value)
            statement = sql.SQL("update sync.table_mapping set {} = $1").format(sql.Identifier(spelled))
            self.db.execute(statement, (value,))

    def field(self, no: int, **columns: Any) -> None:
        for name, value in columns.items():
            spelled = name.replace("source", self.source.value).replace("target", self.target.value)
            if isinstance(value, str):
                value = value.replace("source", self.source.value).replace("target", self.target.value)
            statement = sql.SQL("update sync.field_mapping set {} = $1 where field_no = $2").format(
                sql.Identifier(spelled)
            )
            self.db.execute(statement, (value, no))

    def insert(self, side: Side, key: int, name: str | None = None, size: int | None = None) -> None:
        statement = sql.SQL("insert into {} (id, name, size) values ($1, $2, $3)").format(self.table(side))
        self.db.execute(statement, (key, name, size))

    def edit(self, side: Side, key: int, **values: Any) -> None:
        for name, value in values.items():
            statement = sql.SQL("update {} set {} = $1 where id = $2").format(self.table(side), sql.Identifier(name))
            self.db.execute(statement, (value, key))

    def delete(self, side: Side, key: int) -> None:
        self.db.execute(sql.SQL("delete from {} where id = $1").format(self.table(side)), (key,))

    def row(self, side: Side, key: int) -> tuple[Any, ...] | None:
        statement = sql.SQL("select name, size, note from {} where id = $1").format(self.table(side))
        return self.db.execute(statement, (key,)).fetchone()

    def keys(self, side: Side) -> list[int]:
        statement = sql.SQL("select id from {} order by id").format(self.table(side))
        return [row[0] for row in self.db.execute(statement)]

    def couple(self, source_key: int, target_key: int) -> None:
        """Couple rows that are in step already."""
        keys = {self.source: str(source_key), self.target: str(target_key)}
        self.db.execute(
            "insert into sync.coupling (mapping_name, left_key, right_key) values ('ITEM', $1, $2)",
            (keys[Side.LEFT], keys[Side.RIGHT]),
        )

    def couples(self) -> list[tuple[str, str]]:
        """Couples as (source key, target key)."""
        statement = sql.SQL("select {}, {} from sync.coupling where mapping_name = 'ITEM' order by 1").format(
            sql.Identifier(f"{self.source}_key"), sql.Identifier(f"{self.target}_key")
        )
        return self.db.execute(statement).fetchall()

    def in_step(self, key: int = 1, name: str = "n", size: int = 1) -> None:
        """A coupled pair of equal rows under one key, nothing waiting."""
        for side in Side:
            self.insert(side, key, name, size)
        self.couple(key, key)
        self.db.execute("delete from sync.outbox")

    def run(self) -> PassResult:
        return runner.Runner(self.db).run()

    def counts(self, result: PassResult, source: Side | None = None) -> dict[str, int]:
        """The counters that are not zero, of the direction away from `source`."""
        found = result.counts.get(("ITEM", (source or self.source).direction), Counts())
        left_out = ("batches", "duration_ms")
        return {n: v for n in Counts.__slots__ if n not in left_out and (v := getattr(found, n))}

    def conflicts(self) -> list[tuple[Any, ...]]:
        """Conflicts as (field, source value, target value, resolution as 'source' or 'target')."""
        rows = self.db.execute(
            "select field_no, left_value, right_value, resolution, resolved_at is not null"
            " from sync.conflict order by conflict_id"
        ).fetchall()
        turned = []
        for no, left, right, resolution, done in rows:
            own, other = (left, right) if self.source is Side.LEFT else (right, left)
            word = {self.source.value: "source", self.target.value: "target"}.get(resolution, resolution)
            turned.append((no, own, other, word, done))
        return turned

    def parked(self) -> list[tuple[Any, ...]]:
        rows = self.db.execute("select side, record_key, reason from sync.parked order by 1, 2").fetchall()
        return [("source" if s == self.source else "target", k, r) for s, k, r in rows]


_SCHEMA = """
create schema one;
create schema two;
create table one.item (
    id int generated by default as identity (start with 1000) primary key, name text, size int, note text);
create table two.item (like one.item including all);
insert into sync.table_mapping (mapping_name, left_table, right_table) values ('ITEM', 'one.item', 'two.item');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('ITEM', 1, 'name', 'name'), ('ITEM', 2, 'size', 'size'), ('ITEM', 3, 'note', 'note');
select sync.enable_capture('ITEM');
"""


pair_template = template_database("pair", lambda db: db.execute(_SCHEMA))
pair_dsn = fresh_database("pair_template")
dsn = dsn_with("pair")


@pytest.fixture(
    params=[Side.LEFT, pytest.param(Side.RIGHT, marks=pytest.mark.mirrored)], ids=["left to right", "right to left"]
)
def pair(request: pytest.FixtureRequest, db: Connection) -> Pair:
    return Pair(db, request.param)


Edit = Callable[[Pair], None]


def whole(
    db: Connection, side: Side, name: str = "ITEM", limit: int = 2, save: Callable[[Page], object] | None = None
) -> list[Page]:
    """Scan a side from start to end."""
    compiler = Compiler(db)
    compiler.refresh()
    session = Session(db, pass_id=outbox.start_pass(db, "full"))
    pages: list[Page] = []
    while page := scan.next_page(
        session, compiler.plan(name, side), pages[-1].last_key if pages else None, limit, save
    ):
        pages.append(page)
    return pages
