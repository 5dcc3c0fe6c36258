"""What a check looks at: a mapping with the tables it names, and how a fault is worded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pysync import expression
from pysync.model import Column, Endpoint, Fault, FieldMapping, Side, Table, TableMapping


@dataclass(frozen=True, slots=True)
class Subject:
    """A mapping and those of its tables that exist; `readable` are the sides the current role may select from."""

    mapping: TableMapping
    tables: Mapping[Side, Table]
    readable: frozenset[Side] = frozenset(Side)

    @property
    def name(self) -> str:
        """Name of the mapping."""
        return self.mapping.mapping_name

    def key(self, side: Side) -> tuple[str, ...]:
        """Names of the key columns of a side: declared, else the primary key."""
        table = self.tables.get(side)
        return self.mapping.key(side) or (table.primary_key if table else ())

    def endpoint(self, side: Side) -> Endpoint:
        """The side with those of its key columns that exist."""
        table = self.tables[side]
        found = (table.column(name) for name in self.key(side))
        return Endpoint(side, table, tuple(c for c in found if c is not None))

    def creates(self, side: Side) -> bool:
        """Whether passes may create rows on a side."""
        return not self.mapping.coupled_only and side.other in self.mapping.sources()

    def fields(self, source: Side) -> Iterator[FieldMapping]:
        """Fields that a pass writes away from `source`."""
        if source in self.mapping.sources():
            yield from (f for f in self.mapping.fields if f.travels(source) and f.column(source.other) is not None)

    def is_key_fed(self, side: Side) -> bool:
        """Whether the mapping itself gives the keys of new rows on a side."""
        return self.mapping.new_key(side) is not None and len(self.key(side)) == 1

    def error(self, message: str, hint: str, column: str | None = None, field_no: int | None = None) -> Fault:
        """A fault that keeps the mapping from running."""
        return Fault(self.name, message, hint, "error", field_no, column)

    def warning(self, message: str, hint: str, column: str | None = None, field_no: int | None = None) -> Fault:
        """A fault that does not."""
        return Fault(self.name, message, hint, "warning", field_no, column)


def quoted(text: str) -> str:
    """A text as an SQL literal, for hints.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def near(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names what was likely meant.

    >>> near("nmae", ["name", "city"], "correct it")
    'did you mean name?'
    """
    likely = expression.near(name, known)
    return f"did you mean {' or '.join(likely)}?" if likely else otherwise


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names in a row, cut when there are many."""
    items = list(names)
    return ", ".join(items[:limit]) + (f" and {len(items) - limit} more" if len(items) > limit else "")


def found(table: Table, name: str | None) -> Column | None:
    """The column of that name, None if there is no name or no column."""
    return table.column(name) if name is not None else None


def many(count: int, noun: str) -> str:
    """A number of things.

    >>> many(1, "row"), many(2, "row")
    ('1 row', '2 rows')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
