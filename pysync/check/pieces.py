"""Every SQL piece of a mapping, built as the engine builds it and judged by the server one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from pysync import binding, expression, transform
from pysync.check.subject import Subject, found, quoted
from pysync.errors import ExpressionError, MappingError, PysyncError
from pysync.model import Fault, FieldMapping, InsertDefault, Side, TableMapping, TransformationRule
from pysync.route import Route
from pysync.statements import probe
from pysync.statements.fit import coerced
from pysync.transform import patterns

Rules = Mapping[str, TransformationRule]
Tree = Any

_ASSIGNABLE = """
select exists (
    select from pg_cast
     where castsource = to_regtype($1)::oid and casttarget = to_regtype($2)::oid and castcontext in ('i', 'a'))
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A value over the rows of one side, and the tree that shows whether the server takes it where it goes.

    `text` is what the DBA typed, `steady` says that it must not change by itself.
    """

    side: Side
    value: Tree
    tree: Tree
    column: str
    text: str | None = None
    field: FieldMapping | None = None
    steady: bool = True

    @property
    def field_no(self) -> int | None:
        """Number of the field the piece belongs to."""
        return self.field.field_no if self.field else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A mapping cut down to one piece, and where to find it in the route it gives."""

    source: Side
    mapping: TableMapping
    pick: Callable[[Route], Tree]
    column: str
    text: str | None = None
    field: FieldMapping | None = None
    steady: bool = True
    is_condition: bool = False
    type_name: str | None = None


def build(subject: Subject, rules: Rules, broken: frozenset[int]) -> tuple[list[Piece], list[Fault]]:
    """The pieces that can be built, and a fault for each that cannot; fields in `broken` are left out."""
    pieces: list[Piece] = []
    faults: list[Fault] = []
    if len(subject.tables) < len(Side):
        return pieces, faults
    for wanted in _wanted(subject, broken):
        ends = {side: subject.endpoint(side) for side in Side}
        try:
            built = binding.build(wanted.mapping, ends[wanted.source], ends[wanted.source.other], rules, {}, {})
            value = tree = wanted.pick(built)
        except PysyncError as exc:
            faults.append(_refused(subject, wanted, exc))
            continue
        if wanted.is_condition:
            tree = probe.condition(tree)
        elif wanted.type_name:
            tree = probe.typed(tree, wanted.type_name)
        pieces.append(Piece(wanted.source, value, tree, wanted.column, wanted.text, wanted.field, wanted.steady))
    return pieces, faults


def judge(conn: psycopg.Connection[Any], subject: Subject, pieces: list[Piece]) -> Iterator[Fault]:
    """What the server says of the pieces: all at once, and one by one when it refuses."""
    for side in Side:
        mine = [piece for piece in pieces if piece.side is side]
        if mine and side in subject.readable and _refusal(conn, subject, mine):
            for piece in mine:
                if exc := _refusal(conn, subject, [piece]):
                    yield subject.error(*_worded(piece, exc), piece.column, piece.field_no)
    for piece in pieces:
        if piece.steady and piece.text is not None:
            yield from _unsteady(subject, piece)


def regexes(conn: psycopg.Connection[Any], subject: Subject, rules: Rules) -> Iterator[Fault]:
    """Regular expressions of transformation rules that the server cannot read: it would say so row by row."""
    for source in Side:
        for row in subject.fields(source):
            code = row.rule(source)
            with suppress(MappingError):
                for rule in transform.chain(code, rules) if code else ():
                    exc = _unreadable(conn, rule)
                    if exc is not None:
                        message = f"transformation rule {rule.rule_code}: {exc.diag.message_primary}"
                        hint = f"correct find_text of rule {rule.rule_code}: {rule.find_text}"
                        yield subject.error(message, hint, f"rule_{source.direction}", row.field_no)


def _unreadable(conn: psycopg.Connection[Any], rule: TransformationRule) -> psycopg.Error | None:
    if not rule.rule_type.startswith("regex_") or not rule.find_text:
        return None
    try:
        with conn.transaction():
            conn.execute("select regexp_match('', $1)", [patterns.pattern(rule.find_text).text])
    except psycopg.Error as exc:
        return exc
    return None


def copies(conn: psycopg.Connection[Any], subject: Subject) -> Iterator[Fault]:
    """Columns copied as they are into a column of a type that takes them only now and then."""
    for source in Side:
        for row in subject.fields(source):
            if len(subject.tables) < len(Side) or row.expression(source) or row.rule(source):
                continue
            given = found(subject.tables[source], row.column(source))
            target = found(subject.tables[source.other], row.column(source.other))
            if given is None or target is None or row.reference or row.option_set:
                continue
            if given.category == target.category or target.category == "S":
                continue
            (fits,) = conn.execute(_ASSIGNABLE, [given.base_type, target.base_type]).fetchone() or (True,)
            if not fits:
                yield subject.warning(
                    f"{given.name} is {given.type_name} and is copied to {target.name}, which is {target.type_name}: "
                    "a value that does not fit is parked",
                    f"set {source.direction} to an expression that gives {target.type_name}",
                    f"{source.other}_column",
                    row.field_no,
                )


def _wanted(subject: Subject, broken: frozenset[int]) -> Iterator[_Wanted]:
    mapping = subject.mapping
    bare = replace(
        mapping,
        fields=(),
        insert_defaults=(),
        left_filter=None,
        right_filter=None,
        left_modified_at=None,
        right_modified_at=None,
        left_new_key=None,
        right_new_key=None,
    )
    for source in Side:
        for row in subject.fields(source):
            if row.field_no not in broken:
                yield _field(subject, bare, row, source)
                if text := row.filter(source):
                    yield _condition(bare, row, source, text)
        if text := mapping.filter(source):
            name = f"{source}_filter"
            only = _with(bare, name, text)
            yield _Wanted(source, only, lambda r: r.filter, name, text, is_condition=True)
        if text := mapping.modified_at(source):
            name = f"{source}_modified_at"
            only = _with(bare, name, text)
            yield _Wanted(
                source, only, lambda r: r.modified_at, name, text, steady=False, type_name="timestamp with time zone"
            )
        if subject.is_key_fed(source.other) and subject.endpoint(source.other).key:
            name = f"{source.other}_new_key"
            only = _with(bare, name, mapping.new_key(source.other))
            yield _Wanted(source, only, lambda r: r.new_key[0], name, mapping.new_key(source.other), steady=False)
        for given in mapping.insert_defaults:
            if given.side is source.other and found(subject.tables[given.side], given.column_name):
                yield _default(bare, given, source)


def _with(bare: TableMapping, name: str, value: Any) -> TableMapping:
    changes: dict[str, Any] = {name: value}
    return replace(bare, **changes)


def _field(subject: Subject, bare: TableMapping, row: FieldMapping, source: Side) -> _Wanted:
    target = found(subject.tables[source.other], row.column(source.other))
    text, code = row.expression(source), row.rule(source)
    column = source.direction if text else f"rule_{source.direction}" if code else f"{source}_column"
    if row.constant is not None and text is None and row.column(source) is None:
        column = "constant"
    is_translated = row.reference or row.option_set
    return _Wanted(
        source,
        replace(bare, fields=(replace(row, left_filter=None, right_filter=None),)),
        lambda r: r.fields[0].value,
        column,
        text,
        row,
        steady=row.write_on != "insert",
        type_name=coerced(target) if target and not is_translated else None,
    )


def _condition(bare: TableMapping, row: FieldMapping, source: Side, text: str) -> _Wanted:
    only = replace(bare, fields=(row,))
    return _Wanted(source, only, lambda r: r.fields[0].condition, f"{source}_filter", text, row, is_condition=True)


def _default(bare: TableMapping, given: InsertDefault, source: Side) -> _Wanted:
    only = replace(bare, insert_defaults=(given,))
    return _Wanted(source, only, lambda r: r.defaults[0].value, "insert_default", given.value, steady=False)


def _refused(subject: Subject, wanted: _Wanted, exc: PysyncError) -> Fault:
    """The engine's own refusal, less the mapping and field it names: the fault names those itself."""
    cause = exc.__cause__ if isinstance(exc.__cause__, PysyncError) else exc
    message = cause.message.removeprefix(f"mapping {subject.name}").lstrip(",: ")
    hint = cause.hint or f"correct {wanted.column}"
    return subject.error(message, hint, wanted.column, wanted.field.field_no if wanted.field else None)


def _refusal(conn: psycopg.Connection[Any], subject: Subject, pieces: list[Piece]) -> psycopg.Error | None:
    query = probe.accepts(subject.tables[pieces[0].side], [piece.tree for piece in pieces])
    try:
        with conn.transaction():
            conn.execute(query.encode())
    except psycopg.Error as exc:
        return exc
    return None


def _worded(piece: Piece, exc: psycopg.Error) -> tuple[str, str]:
    """The server's words for people, and what to type."""
    message = exc.diag.message_primary or str(exc)
    typed = f" in {piece.text}" if piece.text else ""
    if exc.sqlstate == "42804" and piece.column.endswith("_filter"):
        return f"{piece.text} is not a condition", "write something that is true or false, such as status = 'open'"
    if exc.sqlstate == "42846" and piece.field is not None:
        return f"{message}{typed}", f"set {piece.side.direction} to an expression that gives the right type"
    if exc.sqlstate == "42883":
        return f"{message}{typed}", "cast one of the two, e.g. number::text = '10'"
    return f"{message}{typed}", exc.diag.message_hint or f"correct {piece.column}"


def _unsteady(subject: Subject, piece: Piece) -> Iterator[Fault]:
    text = None
    with suppress(ExpressionError):
        text = expression.volatile(expression.parse(piece.text or ""))
    if text is not None:
        yield subject.warning(
            f"{text} gives another value each time: every pass may find the field changed",
            "use a column of the row, or set write_on to insert"
            if piece.field
            else f"compare with a fixed value such as {quoted('2030-01-01')}",
            piece.column,
            piece.field_no,
        )
