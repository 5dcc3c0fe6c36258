"""Bind a mapping to the catalog: its rows and the tables' columns become a Route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from pysync import errors, expression, transform
from pysync.errors import ExpressionError, MappingError
from pysync.model import Column, Endpoint, FieldMapping, InsertDefault, Side, Table, TableMapping, TransformationRule
from pysync.route import Answer, Default, Field, Route
from pysync.statements import as_text, case, cast, column, literal
from pysync.statements.fit import coerced, column_default, constant_default


def endpoint(mapping: TableMapping, side: Side, table: Table) -> Endpoint:
    """Bind a side's key columns; raises MappingError when there is no usable key."""
    names = mapping.key(side) or table.primary_key
    if not names:
        raise MappingError(
            f"mapping {mapping.mapping_name}: {side} table {table} has no primary key",
            hint=f"set {side}_key in sync.table_mapping to the columns that identify a row",
        )
    columns = [table.column(n) for n in names]
    missing = [n for n, c in zip(names, columns, strict=True) if c is None]
    if missing:
        raise MappingError(
            f"mapping {mapping.mapping_name}: key column {', '.join(missing)} is not in {side} table {table}",
            hint=f"correct {side}_key in sync.table_mapping",
        )
    return Endpoint(side, table, tuple(c for c in columns if c is not None))


def build(
    mapping: TableMapping,
    source: Endpoint,
    target: Endpoint,
    rules: Mapping[str, TransformationRule],
    source_layouts: Mapping[int, tuple[str, ...]],
    target_layouts: Mapping[int, tuple[str, ...]],
    cyclic: frozenset[str] = frozenset(),
    hearers: tuple[tuple[str, Side], ...] = (),
) -> Route:
    """Bind one direction; `cyclic` names mappings whose references must be written in two phases.

    Raises MappingError or ExpressionError naming mapping and field.
    """
    side = source.side
    binder = _Binder(mapping, source.table)
    fields = _in_turn(
        _field(mapping, f, source, target, binder, rules, cyclic)
        for f in mapping.fields
        if side in mapping.sources() and f.travels(side) and f.column(side.other) is not None
    )
    condition = mapping.filter(side)
    modified_at = mapping.modified_at(side)
    other = _Binder(mapping, target.table)
    target_modified = mapping.modified_at(side.other)
    defaults = _defaults(mapping, target, binder)
    answers = tuple(_answers(mapping, source, target, binder))
    new_key, fault = _new_key(mapping, target, fields, binder)
    return Route(
        mapping=mapping,
        source=source,
        target=target,
        fields=fields,
        defaults=defaults,
        answers=answers,
        new_key=new_key,
        new_key_fault=fault,
        filter=binder.bind(condition, "s", f"{side}_filter") if condition else None,
        filter_base=binder.bind(condition, "b", f"{side}_filter") if condition else None,
        modified_at=binder.bind(modified_at, "s", f"{side}_modified_at") if modified_at else None,
        target_modified_at=other.bind(target_modified, "t", "modified_at") if target_modified else None,
        source_columns=tuple(c for c in source.table.columns if c.name in binder.used | {k.name for k in source.key}),
        source_layouts=source_layouts,
        target_layouts=target_layouts,
        hearers=hearers,
    )


def _in_turn(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Let the first of the rows that write one column, each while its own condition holds, stand for all."""
    found = tuple(fields)
    groups: dict[tuple[str, str], list[Field]] = {}
    for f in found:
        if f.condition is not None:
            groups.setdefault((f.target.name, f.mapping.write_on), []).append(f)
    others = {first.no: tuple(rest) for first, *rest in groups.values()}
    led = {f.no for rest in others.values() for f in rest}
    return tuple(replace(f, others=others.get(f.no, ()), is_other=f.no in led) for f in found)


class _Binder:
    """Binds expressions to one table and remembers which of its columns they use."""

    def __init__(self, mapping: TableMapping, table: Table) -> None:
        self.mapping = mapping
        self.table = table
        self.names = tuple(c.name for c in table.columns)
        self.used: set[str] = set()

    def bind(self, text: str, alias: str, what: str) -> exp.Expr:
        try:
            tree, used = expression.bind(expression.parse(text), self.names, alias)
        except ExpressionError as exc:
            raise ExpressionError(
                f"mapping {self.mapping.mapping_name}, {what}: {exc.message}", hint=exc.hint, detail=exc.detail
            ) from exc
        self.used |= used
        return tree

    def column(self, text: str, alias: str, what: str) -> exp.Expr:
        if self.table.column(text) is None:
            raise MappingError(
                f"mapping {self.mapping.mapping_name}, {what}: column {text} is not in {self.table}",
                hint=f"run `{errors.command('check', self.mapping.mapping_name)}`",
            )
        self.used.add(text)
        return column(text, alias)


def _field(
    mapping: TableMapping,
    row: FieldMapping,
    source: Endpoint,
    target: Endpoint,
    binder: _Binder,
    rules: Mapping[str, TransformationRule],
    cyclic: frozenset[str],
) -> Field:
    side, what = source.side, f"field {row.field_no}"
    target_name = row.column(side.other)
    column_found = target.table.column(target_name or "")
    if column_found is None:
        raise MappingError(
            f"mapping {mapping.mapping_name}, {what}: column {target_name} is not in {target.table}",
            hint=f"run `{errors.command('check', mapping.mapping_name)}`",
        )
    text, own = row.expression(side), row.column(side)
    is_constant = _is_from_nowhere(row, side)
    if is_constant and row.constant is None:
        raise MappingError(
            f"mapping {mapping.mapping_name}, {what}: {target_name} has no column, expression or constant to come from",
            hint="set the other column, an expression or constant in sync.field_mapping",
        )
    value, base = (_value(row, alias, side, binder, rules, what, column_found) for alias in ("s", "b"))
    source_column = source.table.column(own) if own else None
    condition = row.filter(side)
    return Field(
        no=row.field_no,
        mapping=row,
        target=column_found,
        value=value,
        base=base,
        condition=binder.bind(condition, "s", f"{what}, {side}_filter") if condition else None,
        compare_as_text=text is not None or source_column is None or not source_column.tells_apart,
        is_shared=_is_shared(mapping, row, side),
        is_copied=_is_copied(row, source_column, column_found),
        is_alone=_is_alone(mapping, row, side),
        is_constant=is_constant,
        waits_later=row.reference in cyclic
        and (not column_found.not_null or constant_default(column_found) is not None),
    )


def _is_from_nowhere(row: FieldMapping, side: Side) -> bool:
    return row.expression(side) is None and row.column(side) is None


def _is_shared(mapping: TableMapping, row: FieldMapping, side: Side) -> bool:
    return mapping.direction == "both" and row.direction == "both" and row.column(side) is not None


def _is_copied(row: FieldMapping, own: Column | None, target: Column) -> bool:
    """Whether nothing is made of the value on its way, in either direction: what is equal here is equal there."""
    made = (row.to_right, row.to_left, row.rule_to_right, row.rule_to_left, row.reference, row.option_set)
    if own is None or any(made) or any(c.not_null and c.default is not None for c in (own, target)):
        return False
    return own.type_name == target.type_name or (own.category == "S" and own.base_type == target.base_type)


def _is_alone(mapping: TableMapping, row: FieldMapping, side: Side) -> bool:
    sent = mapping.direction == "both" and row.travels(side) and row.write_on != "insert"
    return sent and not _is_shared(mapping, row, side)


def _answers(mapping: TableMapping, source: Endpoint, target: Endpoint, binder: _Binder) -> Iterator[Answer]:
    side = target.side
    for row in mapping.fields:
        asked = source.table.column(row.column(source.side) or "")
        if asked is None or not _is_alone(mapping, row, side) or _is_from_nowhere(row, side):
            continue
        reader = _Binder(mapping, target.table)
        if text := row.expression(side):
            reader.bind(text, "t", f"field {row.field_no}, {side.direction}")
        elif own := row.column(side):
            reader.column(own, "t", f"field {row.field_no}")
        binder.used.add(asked.name)
        yield Answer(row.field_no, asked, tuple(c for c in target.table.columns if c.name in reader.used))


def _value(
    row: FieldMapping,
    alias: str,
    side: Side,
    binder: _Binder,
    rules: Mapping[str, TransformationRule],
    what: str,
    target: Column,
) -> exp.Expr:
    text, own, code = row.expression(side), row.column(side), row.rule(side)
    if text is not None:
        tree = binder.bind(text, alias, f"{what}, {side.direction}")
    elif own is not None:
        tree = binder.column(own, alias, what)
    else:
        tree = cast(literal(row.constant or ""), coerced(target))
    if code is not None:
        tree = transform.apply(tree, code, rules, is_strict=alias == "s")
    # A rule that finds nothing gives '', which is no number and no date.
    if row.reference or row.option_set or (code is not None and target.category != "S"):
        tree = exp.Nullif(this=as_text(tree), expression=literal(""))
    return tree


def _defaults(mapping: TableMapping, target: Endpoint, binder: _Binder) -> tuple[Default, ...]:
    """One value per column: the lowest priority whose filter holds; a filter that never holds gives nothing."""
    rows = sorted((d for d in mapping.insert_defaults if d.side is target.side), key=lambda d: d.priority)
    by_column: dict[str, list[InsertDefault]] = {}
    for row in rows:
        by_column.setdefault(row.column_name, []).append(row)
    result = []
    for column_name, candidates in by_column.items():
        found = target.table.column(column_name)
        if found is None:
            raise MappingError(
                f"mapping {mapping.mapping_name}: insert_default column {column_name} is not in {target.table}",
                hint=f"run `{errors.command('check', mapping.mapping_name)}`",
            )
        what = f"insert_default {column_name}"
        branches = [
            (
                binder.bind(c.source_filter, "s", what) if c.source_filter else exp.true(),
                cast(binder.bind(c.value, "s", what), coerced(found)),
            )
            for c in candidates
        ]
        result.append(Default(found, case(*branches)))
    return tuple(result)


def _new_key(
    mapping: TableMapping, target: Endpoint, fields: Sequence[Field], binder: _Binder
) -> tuple[tuple[exp.Expr | None, ...], str | None]:
    """How each key column of a new row gets its value; None: from the field that writes it."""
    text = mapping.new_key(target.side)
    if text is not None and len(target.key) == 1:
        tree = binder.bind(text, "s", f"{target.side}_new_key")
        return (cast(tree, target.key[0].base_type),), None
    written = {f.target.name for f in fields}
    parts: list[exp.Expr | None] = []
    for key in target.key:
        default = None if key.name in written else column_default(key, target.table)
        if key.name not in written and default is None:
            return (), (
                f"new rows in {target.table} have no value for key column {key.name}: "
                f"set {target.side}_new_key, map a field to it, or give the column a default"
            )
        parts.append(default)
    return tuple(parts), None
