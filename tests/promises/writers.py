"""Random writers on both sides that remember what they wrote and what they saw when they overwrote it."""

from __future__ import annotations

import itertools
import random
import threading
import time
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import TupleRow

from pysync import database
from pysync.runner import Runner
from tests.promises.scene import Database, say

# a and b are settled by policy, c is left to a person; d is the left side's own, e the right side's.
WORLD = """
create schema app;
create table app.l (id text primary key, uid text not null, a text, b text, c text, d text, e text);
create table app.r (num text primary key, uid text not null, a text, b text, c text, d text, e text);
create table app.z (id text primary key, uid text not null, a text);
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key, direction,
                                coupled_only, update_conflict, on_left_delete, on_right_delete) values
    ('BOTH', 'app.l', 'app.r', '''l'' || uid', '''r'' || uid', 'both', false, 'left_wins', 'delete', 'delete'),
    ('ON', 'app.r', 'app.z', null, '''z'' || uid', 'to_right', false, 'fail', 'delete', 'fail');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, conflict) values
    ('BOTH', 1, 'uid', 'uid', 'both', null), ('BOTH', 2, 'a', 'a', 'both', 'left_wins'),
    ('BOTH', 3, 'b', 'b', 'both', 'newest_wins'), ('BOTH', 4, 'c', 'c', 'both', 'fail'),
    ('BOTH', 5, 'd', 'd', 'to_right', null), ('BOTH', 6, 'e', 'e', 'to_left', null),
    ('ON', 1, 'uid', 'uid', 'both', null), ('ON', 2, 'a', 'a', 'both', null);
insert into app.l (id, uid) select 'l' || n, 's' || n from generate_series(1, 60) n;
insert into app.r (num, uid) select 'r' || n, 's' || n from generate_series(1, 60) n;
insert into sync.coupling (mapping_name, left_key, right_key)
    select 'BOTH', 'l' || n, 'r' || n from generate_series(1, 60) n;
select sync.enable_capture();
"""
FIELDS = {"l": ("a", "b", "c", "d"), "r": ("a", "b", "c", "e")}
KEY = {"l": "id", "r": "num"}
_numbers = itertools.count(1)


@dataclass(slots=True)
class Ledger:
    """What one writer committed: each value it wrote, and each value it saw when it overwrote or deleted it."""

    written: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    last: dict[tuple[str, str], str] = field(default_factory=dict)
    transactions: int = 0


@dataclass(slots=True)
class _Notes:
    written: list[tuple[str, str, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


class Writer(threading.Thread):
    """An application that edits, inserts, deletes and gives new keys on one side, and sometimes thinks it over."""

    def __init__(self, dsn: str, side: str, seed: int, until: float, keys: str) -> None:
        """`keys`: fixed, changed, or reused (another row comes under a key that was just given up)."""
        super().__init__(name=f"writer {side}")
        self.dsn, self.side, self.until, self.keys = dsn, side, until, keys
        self.chosen = random.Random(seed)  # noqa: S311
        self.ledger = Ledger()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with database.connect(self.dsn, application_name="application") as db:
                while time.monotonic() < self.until:
                    self._transaction(db)
        except BaseException as exc:
            self.error = exc

    def _transaction(self, db: Database) -> None:
        notes = _Notes()
        try:
            with db.transaction(force_rollback=self.chosen.random() < 0.05) as going:
                for _ in range(self.chosen.choice((1, 1, 1, 2, 4))):
                    self._statement(db, notes)
                    if self.chosen.random() < 0.1:
                        time.sleep(self.chosen.random() * 0.05)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.UniqueViolation):
            return
        if going.force_rollback:
            return
        self.ledger.transactions += 1
        self.ledger.seen.update(notes.seen)
        for uid, column, value in notes.written:
            self.ledger.written.setdefault((uid, column), set()).add(value)
            self.ledger.last[uid, column] = value

    def _statement(self, db: Database, notes: _Notes) -> None:
        number = f"{self.side}{next(_numbers)}"
        what = self.chosen.random()
        if what < 0.75:
            self._update(db, number, notes)
        elif what < 0.85:
            self._insert(db, f"{KEY[self.side]}{number}", number, notes)
        elif what < 0.92:
            self._remove(db, notes)
        elif self.keys != "fixed":
            self._rename(db, number, notes)

    def _pick(self, db: Database, columns: str) -> tuple[str, ...] | None:
        return self._say(
            db,
            "select {key}, {columns} from {table} where {key} >="
            " (select {key} from {table} order by random() limit 1) limit 1 for update",
            columns=columns,
        ).fetchone()

    def _say(self, db: Database, query: str, *values: str, **parts: str) -> psycopg.Cursor[TupleRow]:
        return say(db, query, *values, key=KEY[self.side], table=f"app.{self.side}", **parts)

    def _update(self, db: Database, number: str, notes: _Notes) -> None:
        columns = self.chosen.sample(FIELDS[self.side], self.chosen.choice((1, 1, 2)))
        found = self._pick(db, ", ".join(["uid", *columns]))
        if found is None:
            return
        key, uid, *old = found
        sets = ", ".join(f"{c} = '{number}{c}'" for c in columns)
        self._say(db, "update {table} set {sets} where {key} = $1", key, sets=sets)
        notes.seen += [v for v in old if v]
        notes.written += [(uid, c, f"{number}{c}") for c in columns]

    def _insert(self, db: Database, key: str, number: str, notes: _Notes) -> None:
        self._say(db, "insert into {table} ({key}, uid, a) values ($1, $2, $3)", key, number, f"{number}a")
        notes.written.append((number, "a", f"{number}a"))

    def _remove(self, db: Database, notes: _Notes) -> None:
        found = self._pick(db, "uid, a, b, c, d, e")
        if found is not None:
            self._say(db, "delete from {table} where {key} = $1", found[0])
            notes.seen += [v for v in found[2:] if v]

    def _rename(self, db: Database, number: str, notes: _Notes) -> None:
        """A new key, and sometimes another row under the old one at once."""
        found = self._pick(db, "uid")
        if found is not None:
            self._say(db, "update {table} set {key} = $1 where {key} = $2", f"{KEY[self.side]}{number}", found[0])
            if self.keys == "reused" and self.chosen.random() < 0.3:
                self._insert(db, found[0], f"{number}again", notes)


class Passes(threading.Thread):
    """A runner that makes pass after pass."""

    def __init__(self, dsn: str, until: float) -> None:
        super().__init__(name="passes")
        self.dsn, self.until = dsn, until
        self.passes = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with database.connect(self.dsn, application_name="passes") as db:
                runner = Runner(db)
                while time.monotonic() < self.until:
                    result = runner.run()
                    assert result.faults == {}
                    self.passes += 1
                    time.sleep(0.01)
        except BaseException as exc:
            self.error = exc
