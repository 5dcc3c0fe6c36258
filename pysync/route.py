"""One direction of a mapping bound to the catalog: what each field's value is, as SQL trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from pysync.model import Column, Endpoint, FieldMapping, Side, TableMapping
from pysync.statements import working_name


@dataclass(frozen=True, slots=True)
class Field:
    """A field on its way: `value` over the source row `s`, `base` the same over the base row `b`.

    For a reference or an option the two give the source's own key or choice as text, '' as null. `condition`, over `s`,
    says whether the field travels at all. `others`: further rows for the same column, each with a condition of its own;
    the first row stands for all of them, and `is_other` says that the field is one of those it stands for. `is_shared`:
    both sides send it; `is_copied`: nothing is made of the value, either way; `is_alone`: edits travel both ways, but
    only this side sends it, and not into new rows only.
    """

    no: int
    mapping: FieldMapping
    target: Column
    value: exp.Expr
    base: exp.Expr
    condition: exp.Expr | None
    compare_as_text: bool
    is_shared: bool
    is_copied: bool
    is_alone: bool
    is_constant: bool
    waits_later: bool
    others: tuple[Field, ...] = ()
    is_other: bool = False

    @property
    def rows(self) -> tuple[Field, ...]:
        """The field and the others for its column."""
        return self, *self.others

    @property
    def is_answer(self) -> bool:
        """Whether what a new row here has of the field must be told to the other side."""
        return self.is_alone and not self.is_constant

    @property
    def is_translated(self) -> bool:
        """Whether the value is looked up in couplings or options."""
        return bool(self.mapping.reference or self.mapping.option_set)


@dataclass(frozen=True, slots=True)
class Default:
    """Value of a column of a new row, over the stage row's source `s`."""

    target: Column
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class Answer:
    """A field that only the target sends: what it reads of a new target row, and where that goes in the source row."""

    no: int
    asked: Column
    given: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A mapping in one direction, bound: the input of every statement builder.

    `hearers` are streams of other mappings that note what is written to the target, and ask which change is newer.
    """

    mapping: TableMapping
    source: Endpoint
    target: Endpoint
    fields: tuple[Field, ...]
    defaults: tuple[Default, ...]
    answers: tuple[Answer, ...]
    new_key: tuple[exp.Expr | None, ...]
    new_key_fault: str | None
    filter: exp.Expr | None
    filter_base: exp.Expr | None
    modified_at: exp.Expr | None
    target_modified_at: exp.Expr | None
    source_columns: tuple[Column, ...]
    source_layouts: Mapping[int, tuple[str, ...]]
    target_layouts: Mapping[int, tuple[str, ...]]
    hearers: tuple[tuple[str, Side], ...] = ()

    @property
    def name(self) -> str:
        """Name of the mapping."""
        return self.mapping.mapping_name

    @property
    def side(self) -> Side:
        """The source side."""
        return self.source.side

    @property
    def source_layout(self) -> int:
        """Layout that new entries of the source stream have; 0 if capture was never on."""
        return max(self.source_layouts, default=0)

    @property
    def target_layout(self) -> int:
        """Layout that new entries of the target stream have; 0 if capture was never on."""
        return max(self.target_layouts, default=0)

    @property
    def shares(self) -> bool:
        """Whether edits of the target can travel back."""
        return self.mapping.direction == "both"

    @property
    def sends_alone(self) -> bool:
        """Whether there is anything that an entry `answer` asks for."""
        return any(f.is_alone for f in self.fields)

    def working(self, kind: str) -> str:
        """Name of a working table."""
        return working_name(kind, self.name, self.side.direction)

    def staged(self) -> tuple[Field, ...]:
        """Fields with a value of their own on the stage: one for all rows that write a column in turn."""
        return tuple(f for f in self.fields if not f.is_other)

    def written(self) -> tuple[Field, ...]:
        """Fields that an update may write: not the ones kept for inserts."""
        return tuple(f for f in self.staged() if f.mapping.write_on != "insert")

    def inserted(self) -> tuple[Field, ...]:
        """Fields that an insert writes."""
        return tuple(f for f in self.staged() if f.mapping.write_on != "update")

    def answering(self) -> tuple[Field, ...]:
        """Fields that only this side sends: of a row that a pass created here they fill what is blank over there."""
        return tuple(f for f in self.fields if f.is_answer)
