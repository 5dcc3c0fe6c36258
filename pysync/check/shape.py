"""Faults that mapping rows and catalog show by themselves: tables, keys, columns, directions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pysync import dependency
from pysync.check.subject import Subject, found, listed, near, quoted
from pysync.model import Column, Fault, FieldMapping, Side, Table
from pysync.statements.fit import constant_default

_VIEWS = ("v", "m", "f")
_INTEGERS = ("smallint", "integer", "bigint")


def faults(subject: Subject) -> Iterator[Fault]:
    """Everything wrong with the mapping's own rows, given its tables."""
    mapping = subject.mapping
    if mapping.left_table == mapping.right_table and not (mapping.left_filter and mapping.right_filter):
        yield subject.error(
            f"both sides are the same table {mapping.left_table}",
            "map two tables, or set left_filter and right_filter so that no row is on both sides",
            "right_table",
        )
    for side in subject.tables:
        yield from _key(subject, side)
    for row in mapping.fields:
        if row.is_enabled:
            yield from _field(subject, row)
            yield from _match(subject, row)
    matched = any(row.match_priority is not None and row.is_enabled for row in mapping.fields)
    if mapping.full_sync == "couple" and not matched:
        yield subject.error(
            "full_sync is couple, but no field has a match_priority",
            "set match_priority of the fields that must agree, or full_sync to auto",
            "full_sync",
        )
    for side in subject.tables:
        yield from _written_twice(subject, side)
        yield from _left_out(subject, side)
        yield from _defaults(subject, side)


def _match(subject: Subject, row: FieldMapping) -> Iterator[Fault]:
    travels = any(f is row for side in Side for f in subject.fields(side))
    is_constant = row.left_column is None or row.right_column is None
    is_constant = is_constant and row.constant is not None and row.to_right is None and row.to_left is None
    if row.match_priority is not None and (is_constant or not travels):
        yield subject.warning(
            "the field cannot be matched by: it is a constant, or travels nowhere",
            "set match_priority to null",
            "match_priority",
            row.field_no,
        )


def _key(subject: Subject, side: Side) -> Iterator[Fault]:
    table, names, column = subject.tables[side], subject.key(side), f"{side}_key"
    if not names:
        kind = "view" if table.kind in _VIEWS else "table"
        yield subject.error(
            f"{side} {kind} {table} has no primary key and the mapping names no key",
            f"set {column} in sync.table_mapping to the columns that identify a row",
            column,
        )
        return
    for name in names:
        key = table.column(name)
        if key is None:
            yield _no_column(subject, table, name, column)
        elif table.kind not in _VIEWS and not key.not_null:
            yield subject.error(
                f"key column {name} of {table} may be null",
                f"make it not null, or name other columns in {column}: rows without a key are never seen",
                column,
            )
        elif not key.has_equality:
            yield subject.error(
                f"key column {name} of {table} is {key.type_name}, which has no equality",
                f"name other columns in {column}",
                column,
            )
    keys = (table.primary_key, *table.unique_keys)
    if table.kind not in _VIEWS and not any(unique and set(unique) <= set(names) for unique in keys):
        yield subject.error(
            f"key {', '.join(names)} of {table} has no unique index",
            "add one: create unique index on the key columns, or name the columns of an existing one",
            column,
        )
    if subject.mapping.new_key(side) is not None and len(names) != 1:
        yield subject.warning(
            f"{side}_new_key is not used: the key of {table} has {len(names)} columns",
            f"set {side}_new_key to null and map a field to each key column",
            f"{side}_new_key",
        )


def _no_column(subject: Subject, table: Table, name: str, column: str, field_no: int | None = None) -> Fault:
    known = [c.name for c in table.columns]
    hint = near(name, known, f"the columns are {listed(known)}")
    return subject.error(f"there is no column {name} in {table}", hint, column, field_no)


def _field(subject: Subject, row: FieldMapping) -> Iterator[Fault]:
    no = row.field_no
    if row.left_column is None and row.right_column is None:
        yield subject.error("the field has no column on either side", "set left_column or right_column", None, no)
        return
    if row.constant is not None and row.left_column is not None and row.right_column is not None:
        yield subject.error(
            "the field has a constant and two columns",
            "set constant to null, or the column of the side the value does not come from",
            "constant",
            no,
        )
    known = True
    for side, table in subject.tables.items():
        name = row.column(side)
        if name is not None and table.column(name) is None:
            known = False
            yield _no_column(subject, table, name, f"{side}_column", no)
    yield from _travel(subject, row)
    if known:
        for source in Side:
            if row in subject.fields(source) and source.other in subject.tables:
                yield from _target(subject, row, source)


def _travel(subject: Subject, row: FieldMapping) -> Iterator[Fault]:
    no, mapping = row.field_no, subject.mapping
    if not any(row in subject.fields(source) for source in Side):
        yield subject.warning(
            f"the field never travels: its direction is {row.direction}, the mapping's {mapping.direction}",
            "correct direction or the columns, or set is_enabled to false",
            "direction",
            no,
        )
    for source in Side:
        if row.filter(source) is not None and row not in subject.fields(source):
            yield subject.warning(
                f"{source}_filter is not used: the field does not travel from the {source}",
                f"set {source}_filter to null, or correct direction and columns",
                f"{source}_filter",
                no,
            )
        text, target = row.expression(source), row.column(source.other)
        if text is not None and row not in subject.fields(source):
            yield subject.warning(
                f"{source.direction} is not used: nothing travels that way",
                f"set {source.direction} to null, or correct direction and columns",
                source.direction,
                no,
            )
        elif row in subject.fields(source) and text is None and row.column(source) is None and row.constant is None:
            yield subject.error(
                f"{target} has nothing to come from",
                f"set {source}_column, {source.direction} or constant, or correct direction",
                f"{source}_column",
                no,
            )


def _target(subject: Subject, row: FieldMapping, source: Side) -> Iterator[Fault]:
    side = source.other
    table, name, no = subject.tables[side], row.column(side), row.field_no
    target = found(table, name)
    if target is None:
        return
    if target.is_generated:
        yield subject.error(
            f"{side} column {name} is generated and cannot be written",
            f"set direction to {side.direction}, or map the columns it is made from",
            f"{side}_column",
            no,
        )
    elif target.identity == "a" and row.write_on != "insert":
        yield subject.error(
            f"{side} column {name} is generated always as identity and cannot be updated",
            "set write_on to insert, or leave the column to its identity",
            f"{side}_column",
            no,
        )
    given = found(subject.tables[source], row.column(source)) if source in subject.tables else None
    if given is not None and row.expression(source) is None and not row.rule(source) and not row.option_set:
        yield from _length(subject, row, source, given, target)


def _length(subject: Subject, row: FieldMapping, source: Side, given: Column, target: Column) -> Iterator[Fault]:
    if row.reference or given.max_length is None or target.max_length is None or given.max_length <= target.max_length:
        return
    yield subject.warning(
        f"{given.name} holds up to {given.max_length} characters, {target.name} takes {target.max_length}: "
        "a longer text is parked",
        f"widen {target.name}, or cut it: {source.direction} = {quoted(_cut(given.name, target.max_length))}",
        f"{source.other}_column",
        row.field_no,
    )


def _cut(name: str, length: int) -> str:
    escaped = name.replace('"', '""')
    return f'left("{escaped}", {length})'


def _written_twice(subject: Subject, side: Side) -> Iterator[Fault]:
    rows: defaultdict[str, list[FieldMapping]] = defaultdict(list)
    for row in subject.fields(side.other):
        rows[row.column(side) or ""].append(row)
    for name, writers in rows.items():
        first, *rest = writers
        for row in rest:
            if {first.write_on, row.write_on} != {"insert", "update"} and not _in_turn(first, row, side.other):
                yield subject.error(
                    f"{side} column {name} is written by field {first.field_no} and field {row.field_no}",
                    "give the two different directions, or one way and filters that exclude each other, or disable one",
                    f"{side}_column",
                    row.field_no,
                )


def _in_turn(first: FieldMapping, second: FieldMapping, source: Side) -> bool:
    """Whether each field has its own condition, and the column travels no other way."""
    alike = first.write_on == second.write_on and first.direction == second.direction == source.direction
    return alike and first.filter(source) is not None and second.filter(source) is not None


def _left_out(subject: Subject, side: Side) -> Iterator[Fault]:
    """Columns a new row must have and nothing gives."""
    if not subject.creates(side):
        return
    table = subject.tables[side]
    given = {f.column(side) for f in subject.fields(side.other) if f.write_on != "update"}
    given |= {d.column_name for d in subject.mapping.insert_defaults if d.side is side}
    given |= set(subject.key(side)) if subject.is_key_fed(side) else set()
    for column in table.columns:
        if not column.not_null or column.name in given or column.default is not None:
            continue
        if column.identity or column.is_generated:
            continue
        is_key = column.name in subject.key(side)
        hint = f"map a field to it, add a row to sync.insert_default (side {side}), or give the column a default"
        if is_key:
            hint = f"set {side}_new_key, map a field to it, or give the column a default"
        message = f"new rows in {table} have no value for {column.name}, which is not null"
        where = f"{side}_new_key" if is_key else f"{side}_table"
        if table.has_before_insert:
            yield subject.warning(f"{message}; a trigger may give one", hint, where)
        else:
            yield subject.error(message, hint, where)


def _defaults(subject: Subject, side: Side) -> Iterator[Fault]:
    table = subject.tables[side]
    for row in subject.mapping.insert_defaults:
        if row.side is not side:
            continue
        target = table.column(row.column_name)
        if target is None:
            yield _no_column(subject, table, row.column_name, "insert_default")
        elif target.is_generated:
            yield subject.error(
                f"insert_default gives {row.column_name}, which is generated", "delete the row", "insert_default"
            )
        elif side.other not in subject.mapping.sources():
            # With coupled_only, a row may still be created because a person asks for it.
            yield subject.warning(
                f"insert_default of {side} column {row.column_name} is not used: nothing travels to the {side}",
                "correct side or direction, or delete the row",
                "insert_default",
            )


def references(subject: Subject, others: dict[str, Subject]) -> Iterator[Fault]:
    """References whose keys cannot be what the columns hold, or whose mapping is off."""
    for row in subject.mapping.fields:
        other = others.get(row.reference or "")
        if other is None or not row.is_enabled:
            continue
        if not other.mapping.is_enabled:
            yield subject.warning(
                f"the field refers to mapping {other.name}, which is disabled: only old couplings count",
                f"enable {other.name}, or take the reference out",
                "reference",
                row.field_no,
            )
        for side, table in subject.tables.items():
            source_side = any(f is row for f in subject.fields(side)) and row.expression(side) is not None
            column = found(table, row.column(side))
            if column is not None and side in other.tables and not source_side:
                yield from _reference(subject, row, other, side, column)


def _reference(subject: Subject, row: FieldMapping, other: Subject, side: Side, column: Column) -> Iterator[Fault]:
    key = other.endpoint(side).key
    if len(key) > 1:
        yield subject.error(
            f"the {side} key of mapping {other.name} has {len(key)} columns, one column cannot refer to it",
            "refer to a mapping whose key is one column, or build the record key with an expression",
            "reference",
            row.field_no,
        )
    elif key and not _same_text(column, key[0]):
        yield subject.error(
            f"{side} column {column.name} is {column.type_name}, "
            f"but the key {key[0].name} of mapping {other.name} is {key[0].type_name}",
            f"refer to the mapping whose {side} key {column.name} holds",
            "reference",
            row.field_no,
        )


def _same_text(column: Column, key: Column) -> bool:
    """Whether equal values of the two have equal text."""
    if column.base_type == key.base_type:
        return True
    if column.category == key.category == "N":
        return column.base_type in _INTEGERS and key.base_type in _INTEGERS
    return column.category == key.category == "S" or "S" in (column.category, key.category)


def overlaps(subjects: Sequence[Subject]) -> Iterator[Fault]:
    """Pairs of mappings that write the same column of the same table; told once, on the later name."""
    written: defaultdict[tuple[str, str], list[tuple[Subject, str | None, set[str], set[str]]]] = defaultdict(list)
    for subject in subjects:
        for side, table in subject.tables.items():
            names = {f.column(side) or "" for f in subject.fields(side.other) if f.write_on != "insert"}
            carried = names & {f.column(side) or "" for f in subject.fields(side) if f.write_on != "insert"}
            if names and subject.mapping.is_enabled:
                written[table.schema, table.name].append((subject, subject.mapping.filter(side), names, carried))
    for (schema, table_name), writers in written.items():
        for position, (subject, rows, names, carried) in enumerate(writers):
            for earlier, earlier_rows, earlier_names, earlier_carried in writers[:position]:
                # What one writes the other carries on, and the other way round: nobody's value is lost.
                both = sorted((names & earlier_names) - (carried & earlier_carried))
                # Two different filters on one table usually split its rows.
                if both and earlier is not subject and (rows is None or earlier_rows is None or rows == earlier_rows):
                    yield subject.warning(
                        f"{listed(both)} of {schema}.{table_name} is written by mapping {earlier.name} too",
                        "let one mapping write a column, or see to it that their rows differ",
                    )


def knots(subjects: Sequence[Subject]) -> Iterator[Fault]:
    """Mappings whose new rows refer to each other by columns that are not null: neither can come first."""
    by_name = {s.name: s for s in subjects}
    for source in Side:
        graph = {s.name: frozenset(_firmly(s, source) & by_name.keys() - {s.name}) for s in subjects}
        path = dependency.cycle(graph)
        if path:
            yield by_name[path[0]].error(
                f"new rows on the {source.other} refer to each other by columns that are not null: "
                f"{' needs '.join(path)}",
                "make one of the columns nullable: it is then written in a second step",
                "reference",
            )


def _firmly(subject: Subject, source: Side) -> set[str]:
    target = subject.tables.get(source.other)
    if target is None or not subject.creates(source.other):
        return set()
    firm = set()
    for row in subject.fields(source):
        column = found(target, row.column(source.other))
        # A column with a constant default is written blank first, like a nullable one.
        if row.reference and column is not None and column.not_null and constant_default(column) is None:
            firm.add(row.reference)
    return firm
