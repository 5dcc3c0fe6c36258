"""The same mappings on a real database: tables, what applications and DBAs do there, and eyes for what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from pysync import database, outbox, scan
from pysync.compiler import Compiler
from pysync.runner import PassResult, Runner
from pysync.statements.scan import in_turn
from tests.oracle import cases
from tests.oracle.mapping import SIDES, Field, Mapping, Row, Side, Table

_TABLE_COLUMNS = (
    "direction",
    "coupled_only",
    "update_conflict",
    "conflict_scope",
    "on_left_delete",
    "on_right_delete",
    "batch_size",
)
_FIELD_COLUMNS = (
    "direction",
    "constant",
    "reference",
    "on_unresolved",
    "when_null",
    "write_on",
    "conflict",
)


@dataclass(slots=True)
class World:
    """A database with the cases made so far; `script` tells what was done in the current example."""

    conn: database.Connection
    compiler: Compiler
    runner: Runner
    cases: dict[int, tuple[Mapping, ...]] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)

    def start(self, number: int) -> tuple[Mapping, ...]:
        """The mappings of a case, in a database where nothing has happened yet."""
        self.script = []
        # Each commit empties the working tables of every plan the session has run: start with none.
        self.conn.execute("discard temp")
        self.runner = Runner(self.conn, compiler=self.compiler)
        if number not in self.cases:
            self.cases[number] = cases.make(number)
            for mapping in self.cases[number]:
                self._create(mapping)
        for mapping in self.cases[number]:
            for side in SIDES:
                self.conn.execute(sql.SQL("delete from {}").format(_name(mapping, side)))
        for table in ("outbox", "parked", "conflict", "coupling"):
            self.conn.execute(sql.SQL("delete from {}").format(sql.Identifier("sync", table)))
        return self.cases[number]

    def _create(self, mapping: Mapping) -> None:
        schema = sql.Identifier(mapping.name.lower())
        self.conn.execute(sql.SQL("create schema {}").format(schema))
        for side in SIDES:
            self.conn.execute(_create_table(_name(mapping, side), mapping.table(side)))
        values: dict[str, Any] = {c: getattr(mapping, c) for c in _TABLE_COLUMNS}
        values["mapping_name"] = mapping.name
        for side in SIDES:
            condition, new_key = mapping.filter(side), mapping.new_key(side)
            values[f"{side}_table"] = f"{mapping.name.lower()}.{side}_side"
            values[f"{side}_filter"] = condition.sql if condition else None
            values[f"{side}_new_key"] = new_key.sql if new_key else None
        self._insert(("sync", "table_mapping"), values)
        for f in mapping.fields:
            self._insert(("sync", "field_mapping"), _field_values(mapping, f))
        self.conn.execute("select sync.enable_capture($1)", [mapping.name])

    def _insert(self, table: tuple[str, str], values: dict[str, Any]) -> None:
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(*table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.SQL(f"${n}") for n in range(1, len(values) + 1)),
        )
        self.conn.execute(statement, list(values.values()))

    # --- what people do ----------------------------------------------------------------------------------------

    def say(self, statement: sql.Composable | str, *values: Any) -> Any:
        """Run a statement with its values written out; gives the first value of the first row, if any."""
        text = statement if isinstance(statement, str) else statement.as_string(self.conn)
        for value in values:
            text = text.replace("%", sql.Literal(value).as_string(self.conn), 1)
        self.script.append(text)
        cursor = self.conn.execute(text.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def insert(self, mapping: Mapping, side: Side, row: Row) -> Row:
        """Gives the row as it was stored."""
        columns = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(sql.Literal(v) for v in row.values())
        stored = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in mapping.columns(side))
        found: list[str | None] = self.say(
            sql.SQL("insert into {} ({}) values ({}) returning array[{}]").format(
                _name(mapping, side), columns, values, stored
            )
        )
        return dict(zip(mapping.columns(side), found, strict=True))

    def update(self, mapping: Mapping, side: Side, old: Row, changes: Row) -> None:
        items = [sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(v)) for c, v in changes.items()]
        self.say(
            sql.SQL("update {} set {} where {}").format(
                _name(mapping, side), sql.SQL(", ").join(items), _where(mapping, side, old)
            )
        )

    def delete(self, mapping: Mapping, side: Side, old: Row) -> None:
        self.say(sql.SQL("delete from {} where {}").format(_name(mapping, side), _where(mapping, side, old)))

    def truncate(self, mapping: Mapping, side: Side) -> None:
        self.say(sql.SQL("truncate {}").format(_name(mapping, side)))

    def run_pass(self, mappings: Sequence[Mapping]) -> PassResult:
        self.script.append("-- a pass")
        return self.runner.run([m.name for m in mappings])

    def ask_for_all(self, mappings: Sequence[Mapping]) -> None:
        """By an entry for every row."""
        for mapping in mappings:
            self.say("select sync.request_full_sync(%)", mapping.name)

    def scan(self, mappings: Sequence[Mapping], limit: int) -> None:
        """Without entries, the side that leads first, as `pysync full` does; a pass must follow."""
        self.script.append(f"-- a scan in pages of {limit}")
        self.compiler.refresh()
        session = self.runner.session
        session.pass_id = outbox.start_pass(self.conn, "full")
        for mapping in mappings:
            for side in in_turn(self.compiler.mappings[mapping.name]):
                plan, page = self.compiler.plan(mapping.name, side), None
                while page := scan.next_page(session, plan, page.last_key if page else None, limit):
                    pass
        outbox.finish_pass(self.conn, session.pass_id, "done")

    # --- what came of it ---------------------------------------------------------------------------------------

    def rows(self, mapping: Mapping, side: Side) -> dict[str, Row]:
        columns = mapping.columns(side)
        listed = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns)
        found = self.conn.execute(sql.SQL("select {} from {}").format(listed, _name(mapping, side))).fetchall()
        result = {}
        for values in found:
            row: Row = dict(zip(columns, values, strict=True))
            key = mapping.record_key(side, row)
            assert key is not None
            result[key] = row
        return result

    def couples(self, mapping: Mapping) -> dict[str, str]:
        return dict(
            self.conn.execute(
                "select left_key, right_key from sync.coupling where mapping_name = $1", [mapping.name]
            ).fetchall()
        )

    def conflicts(self, mapping: Mapping) -> list[tuple[Any, ...]]:
        return self.conn.execute(
            "select left_key, right_key, field_no, left_value, right_value, resolution, resolved_at is not null"
            " from sync.conflict where mapping_name = $1",
            [mapping.name],
        ).fetchall()

    def parked(self, mapping: Mapping) -> dict[tuple[str, str], str]:
        found = self.conn.execute(
            "select side, record_key, reason from sync.parked where mapping_name = $1", [mapping.name]
        )
        return {(side, key): reason for side, key, reason in found}

    def outbox(self) -> list[tuple[Any, ...]]:
        return self.conn.execute("select mapping_name, side, record_key, operation from sync.outbox").fetchall()

    def conflict_id(self, mapping: Mapping, left_key: str, field_no: int) -> int:
        row = self.conn.execute(
            "select conflict_id from sync.conflict"
            " where mapping_name = $1 and left_key = $2 and field_no = $3 and resolved_at is null",
            [mapping.name, left_key, field_no],
        ).fetchone()
        assert row is not None
        return int(row[0])

    def traces(self, mappings: Sequence[Mapping]) -> list[tuple[Any, ...]]:
        """Where every row version stands: a write of any kind shows, even one that changes nothing."""
        tables = [_name(m, side) for m in mappings for side in SIDES]
        tables += [
            sql.Identifier("sync", t)
            for t in ("outbox", "parked", "conflict", "coupling", "pass", "pass_mapping", "pass_error")
        ]
        parts = [
            sql.SQL("select count(*), md5(string_agg(ctid::text || xmin::text, ',' order by ctid)) from {}").format(t)
            for t in tables
        ]
        return self.conn.execute(sql.SQL(" union all ").join(parts)).fetchall()


def _name(mapping: Mapping, side: Side) -> sql.Identifier:
    return sql.Identifier(mapping.name.lower(), f"{side}_side")


def _where(mapping: Mapping, side: Side, row: Row) -> sql.Composable:
    parts = [sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(row[c])) for c in mapping.key_columns(side)]
    return sql.SQL(" and ").join(parts)


def _create_table(name: sql.Identifier, table: Table) -> sql.Composed:
    columns: list[sql.Composable] = []
    for c in table.columns:
        part = sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type))
        if table.makes_keys and c.name in table.key:
            made = "default gen_random_uuid()" if c.type == "uuid" else "generated by default as identity"
            part += sql.SQL(" " + made)
        elif c.default is not None:
            part += sql.SQL(" not null default {}").format(sql.Literal(c.default))
        columns.append(part)
    columns.append(sql.SQL("primary key ({})").format(sql.SQL(", ").join(map(sql.Identifier, table.key))))
    return sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(columns))


def _field_values(mapping: Mapping, f: Field) -> dict[str, Any]:
    values: dict[str, Any] = {c: getattr(f, c) for c in _FIELD_COLUMNS}
    return values | {
        "mapping_name": mapping.name,
        "field_no": f.no,
        "left_column": f.left,
        "right_column": f.right,
        "to_right": f.to_right.sql if f.to_right else None,
        "to_left": f.to_left.sql if f.to_left else None,
    }
