"""Every noun of the engine as frozen data: mappings, catalog objects, plans and faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """One of the two tables of a mapping."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @property
    def direction(self) -> str:
        """The direction in which this side is the source."""
        return "to_right" if self is Side.LEFT else "to_left"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog has it.

    `type_name` is `format_type()` with the type modifier, `base_type` the same type without one
    (text that PostgreSQL reads back as that type); `category` is `pg_type.typcategory`; not `is_exact`: its collation
    takes texts for equal that are not, in their case, say.
    """

    name: str
    type_name: str
    base_type: str
    category: str
    not_null: bool = False
    default: str | None = None
    identity: str = ""
    is_generated: bool = False
    has_equality: bool = True
    max_length: int | None = None
    collation: str | None = None
    collation_schema: str | None = None
    is_exact: bool = True

    @property
    def tells_apart(self) -> bool:
        """Whether the type's own `=` tells all values that differ."""
        return self.has_equality and self.is_exact


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view as the catalog has it; `kind` is `pg_class.relkind`.

    `cascades_to_itself`: foreign keys let a delete delete or change further rows of the same table. `has_children`: it
    has partitions, or tables that inherit from it.
    """

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    has_before_insert: bool = False
    has_before_update: bool = False
    is_lockable: bool = True
    cascades_to_itself: bool = False
    has_children: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that exact name."""
        return next((c for c in self.columns if c.name == name), None)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One row of sync.field_mapping."""

    field_no: int
    left_column: str | None = None
    right_column: str | None = None
    direction: str = "both"
    constant: str | None = None
    to_right: str | None = None
    to_left: str | None = None
    left_filter: str | None = None
    right_filter: str | None = None
    rule_to_right: str | None = None
    rule_to_left: str | None = None
    reference: str | None = None
    option_set: str | None = None
    on_unresolved: str = "wait"
    when_null: str = "write"
    write_on: str = "always"
    conflict: str | None = None
    match_priority: int | None = None
    match_case_sensitive: bool = False
    is_enabled: bool = True
    description: str | None = None

    def column(self, side: Side) -> str | None:
        """The field's column on a side."""
        return self.left_column if side is Side.LEFT else self.right_column

    def expression(self, source: Side) -> str | None:
        """The SQL expression that gives the other side's value."""
        return self.to_right if source is Side.LEFT else self.to_left

    def filter(self, source: Side) -> str | None:
        """Condition over the rows of `source` under which the field travels."""
        return self.left_filter if source is Side.LEFT else self.right_filter

    def rule(self, source: Side) -> str | None:
        """The transformation rule on the way from `source`."""
        return self.rule_to_right if source is Side.LEFT else self.rule_to_left

    def travels(self, source: Side) -> bool:
        """Whether the field travels away from `source`."""
        return self.is_enabled and self.direction in ("both", source.direction)


@dataclass(frozen=True, slots=True)
class InsertDefault:
    """One row of sync.insert_default."""

    side: Side
    priority: int
    column_name: str
    value: str
    source_filter: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureSource:
    """One row of sync.capture_source."""

    side: Side
    table_name: str
    key_expression: str


@dataclass(frozen=True, slots=True)
class TransformationRule:
    """One row of sync.transformation_rule."""

    rule_code: str
    rule_type: str
    find_text: str | None = None
    replace_text: str | None = None
    start_position: int | None = None
    length: int | None = None
    starting_text: str | None = None
    ending_text: str | None = None
    data_format: str | None = None
    culture: str | None = None
    rounding: str | None = None
    rounding_mode: str | None = None
    date_part: str | None = None
    lookup_table: str | None = None
    lookup_source: str | None = None
    lookup_target: str | None = None
    lookup_when_blank: str = "target"
    expression: str | None = None
    next_rule: str | None = None


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One row of sync.table_mapping with the rows that belong to it."""

    mapping_name: str
    left_table: str
    right_table: str
    left_key: tuple[str, ...] | None = None
    right_key: tuple[str, ...] | None = None
    left_new_key: str | None = None
    right_new_key: str | None = None
    direction: str = "both"
    left_filter: str | None = None
    right_filter: str | None = None
    coupled_only: bool = True
    update_conflict: str = "fail"
    conflict_scope: str = "field"
    on_left_delete: str = "fail"
    on_right_delete: str = "fail"
    left_modified_at: str | None = None
    right_modified_at: str | None = None
    parent_mapping: str | None = None
    full_sync: str = "auto"
    is_enabled: bool = True
    is_paused: bool = False
    batch_size: int = 5000
    max_deletes: int | None = None
    max_changed_share: Decimal | None = None
    is_journaled: bool = True
    description: str | None = None
    revision: int = 1
    fields: tuple[FieldMapping, ...] = ()
    insert_defaults: tuple[InsertDefault, ...] = ()
    capture_sources: tuple[CaptureSource, ...] = ()
    depends_on: tuple[str, ...] = ()

    def table(self, side: Side) -> str:
        """Table text of a side, as the DBA wrote it."""
        return self.left_table if side is Side.LEFT else self.right_table

    def key(self, side: Side) -> tuple[str, ...] | None:
        """Declared key columns of a side; None: the primary key."""
        return self.left_key if side is Side.LEFT else self.right_key

    def new_key(self, side: Side) -> str | None:
        """Expression for the key of a new row on `side`, over the other side's row."""
        return self.left_new_key if side is Side.LEFT else self.right_new_key

    @property
    def asks_time(self) -> bool:
        """Whether a conflict may be settled by which change is newer."""
        return "newest_wins" in (self.update_conflict, *(f.conflict for f in self.fields))

    def filter(self, side: Side) -> str | None:
        """Condition over the rows of a side."""
        return self.left_filter if side is Side.LEFT else self.right_filter

    def modified_at(self, side: Side) -> str | None:
        """Expression over the rows of a side giving their time of change."""
        return self.left_modified_at if side is Side.LEFT else self.right_modified_at

    def on_delete(self, side: Side) -> str:
        """Policy when a coupled row of `side` is deleted."""
        return self.on_left_delete if side is Side.LEFT else self.on_right_delete

    def sources(self) -> tuple[Side, ...]:
        """Sides whose changes travel."""
        return tuple(s for s in Side if self.direction in ("both", s.direction))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a mapping, found before anything runs.

    `severity` is `error` (the mapping can't run, or contradicts its own examples) or `warning`; `column` names the
    mapping column at fault.
    """

    mapping: str
    message: str
    hint: str
    severity: str = "error"
    field_no: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A side of a mapping bound to the catalog: its table and its key columns."""

    side: Side
    table: Table
    key: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement of a plan; `parameters` names what is bound to $1, $2, ... in order.

    Its text is built when first asked for: of a plan's forty statements most passes run ten.
    """

    name: str
    purpose: str
    build: Callable[[], str]
    parameters: tuple[str, ...] = ()
    _built: list[str] = field(default_factory=list, compare=False, repr=False)

    @property
    def sql(self) -> str:
        """The text."""
        if not self._built:
            self._built.append(self.build())
        return self._built[0]
