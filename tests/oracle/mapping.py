"""The small mappings that the tests try: what a DBA would write, next to what it means."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["left", "right"]
Value = str | None
Row = dict[str, Value]
Place = tuple[str, Side, str]  # mapping, side, record key
SIDES: tuple[Side, Side] = ("left", "right")
Policy = Literal["fail", "uncouple", "delete", "restore"]


def opposite(side: Side) -> Side:
    """The other side."""
    return "right" if side == "left" else "left"


@dataclass(frozen=True, slots=True)
class Expression:
    """An SQL text over a row, and the same in Python."""

    sql: str
    meaning: Callable[[Row], Value] = field(repr=False, compare=False)

    def __call__(self, row: Row) -> Value:
        return self.meaning(row)


@dataclass(frozen=True, slots=True)
class Filter:
    """An SQL condition over a row, and the same in Python; null counts as false."""

    sql: str
    meaning: Callable[[Row], bool] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table under test; all but keys made by the database and references to them are text."""

    name: str
    type: str = "text"
    default: str | None = None  # of a NOT NULL column


@dataclass(frozen=True, slots=True)
class Table:
    """A table under test. `makes_keys`: the key comes from its default."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    makes_keys: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A row of sync.field_mapping."""

    no: int
    left: str | None
    right: str | None
    direction: str = "both"
    to_right: Expression | None = None
    to_left: Expression | None = None
    constant: str | None = None
    reference: str | None = None
    on_unresolved: str = "wait"
    when_null: str = "write"
    write_on: str = "always"
    conflict: str | None = None
    is_shared: bool = False

    @property
    def is_constant(self) -> bool:
        return self.constant is not None

    def column(self, side: Side) -> str:
        found = self.left if side == "left" else self.right
        assert found is not None
        return found

    def read(self, side: Side, row: Row) -> Value:
        """The value that leaves a row of `side`; of a reference, the key it refers to on that side."""
        expression = self.to_right if side == "left" else self.to_left
        if self.constant is not None:
            return self.constant
        value = expression(row) if expression is not None else row[self.column(side)]
        return (value or None) if self.reference else value


@dataclass(frozen=True, slots=True)
class Mapping:
    """A row of sync.table_mapping with its fields and the two tables."""

    name: str
    left: Table
    right: Table
    fields: tuple[Field, ...]
    direction: str = "both"
    coupled_only: bool = True
    update_conflict: str = "fail"
    conflict_scope: str = "field"
    on_left_delete: Policy = "fail"
    on_right_delete: Policy = "fail"
    left_filter: Filter | None = None
    right_filter: Filter | None = None
    left_new_key: Expression | None = None
    right_new_key: Expression | None = None
    batch_size: int = 5000

    def table(self, side: Side) -> Table:
        return self.left if side == "left" else self.right

    def columns(self, side: Side) -> tuple[str, ...]:
        return tuple(c.name for c in self.table(side).columns)

    def key_columns(self, side: Side) -> tuple[str, ...]:
        return self.table(side).key

    def makes_keys(self, side: Side) -> bool:
        return self.table(side).makes_keys

    def defaults(self, side: Side) -> Row:
        return {c.name: c.default for c in self.table(side).columns if c.default is not None}

    @property
    def carries_keys(self) -> bool:
        """Whether fields bring the keys of one side to the other; these fields come first."""
        return self.fields[0].no == 1

    def new_key(self, side: Side) -> Expression | None:
        return self.left_new_key if side == "left" else self.right_new_key

    def on_delete(self, side: Side) -> Policy:
        return self.on_left_delete if side == "left" else self.on_right_delete

    def filter(self, side: Side) -> Filter | None:
        return self.left_filter if side == "left" else self.right_filter

    def is_inside(self, side: Side, row: Row) -> bool:
        condition = self.filter(side)
        return condition is None or condition.meaning(row)

    def is_source(self, side: Side) -> bool:
        return self.direction in ("both", _DIRECTION[side])

    def sent(self, side: Side) -> list[Field]:
        """Fields that travel away from `side`."""
        return [f for f in self.fields if self.is_source(side) and f.direction in ("both", _DIRECTION[side])]

    def is_copied(self, f: Field) -> bool:
        """Whether nothing is made of the value on its way, in either direction."""
        is_filled_in = any(f.column(side) in self.defaults(side) for side in SIDES)
        return not (f.to_right or f.to_left or f.reference or is_filled_in)

    def record_key(self, side: Side, row: Row) -> str | None:
        """One column's text, or a JSON array of texts; None if a part is null."""
        parts = [row[c] for c in self.key_columns(side)]
        if any(p is None for p in parts):
            return None
        return parts[0] if len(parts) == 1 else json.dumps(parts)


_DIRECTION = {"left": "to_right", "right": "to_left"}
