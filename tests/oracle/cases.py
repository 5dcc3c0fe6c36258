"""Random small mappings: a number gives the same ones each time, so that a database can keep them."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.oracle.mapping import Column, Expression, Field, Filter, Mapping, Policy, Row, Table, Value

POLICIES = ("fail", "left_wins", "right_wins", "newest_wins")
DELETES: tuple[Policy, ...] = ("fail", "uncouple", "delete", "restore")
KEYS = ("field", "same", "prefixed", "uuid", "identity", "composite", "composite_identity")
DEFAULT = "none"


def _copy(column: str) -> Expression:
    return Expression(column, lambda row: row[column])


def _joined(before: str, column: str, after: str = "") -> Expression:
    def meaning(row: Row) -> Value:
        value = row[column]
        return None if value is None else before + value + after

    return Expression(f"'{before}' || {column}::text || '{after}'", meaning)


def _upper(column: str) -> Expression:
    return Expression(f"upper({column})", lambda row: (row[column] or "").upper() if row[column] is not None else None)


def _trim(column: str) -> Expression:
    return Expression(f"btrim({column})", lambda row: None if row[column] is None else (row[column] or "").strip(" "))


def make(number: int) -> tuple[Mapping, ...]:
    """The mappings of a case, those that are referred to first."""
    chosen = random.Random(number)  # noqa: S311
    refers = chosen.random() < 0.5
    parent = _parent(chosen, f"P{number}") if refers else None
    main = _main(chosen, f"M{number}", parent)
    return (parent, main) if parent else (main,)


def _parent(chosen: random.Random, name: str) -> Mapping:
    kind = chosen.choice(("same", "prefixed", "uuid", "identity"))
    left, right, fields, left_new_key, right_new_key = _keys(kind)
    return Mapping(
        name=name,
        left=replace(left, columns=(*left.columns, Column("name"))),
        right=replace(right, columns=(*right.columns, Column("name"))),
        fields=(*fields, Field(10, "name", "name", is_shared=True)),
        coupled_only=chosen.random() < 0.3,
        on_left_delete=chosen.choice(DELETES),
        on_right_delete=chosen.choice(DELETES),
        left_new_key=left_new_key,
        right_new_key=right_new_key,
    )


def _keys(kind: str) -> tuple[Table, Table, tuple[Field, ...], Expression | None, Expression | None]:
    """Two tables with nothing but keys, the fields that carry these, and expressions for the keys of new rows."""
    left, right = Table((Column("id"),), ("id",)), Table((Column("code"),), ("code",))
    if kind == "field":
        return left, right, (Field(1, "id", "code", is_shared=True),), None, None
    if kind == "same":
        return left, right, (), _copy("code"), _copy("id")
    if kind == "prefixed":
        return left, right, (), _joined("L", "code"), _joined("R", "id")
    left_pair = Table((Column("id"), Column("line")), ("id", "line"))
    if kind == "composite":
        fields = Field(1, "id", "code", is_shared=True), Field(2, "line", "no", is_shared=True)
        return left_pair, Table((Column("code"), Column("no")), ("code", "no")), fields, None, None
    type_name = "uuid" if kind == "uuid" else "bigint"
    right = Table((Column("num", type_name),), ("num",), makes_keys=True)
    if kind == "composite_identity":
        fields = Field(1, "id", "code", is_shared=True), Field(2, "line", "no", is_shared=True)
        return left_pair, replace(right, columns=(*right.columns, Column("code"), Column("no"))), fields, None, None
    return left, right, (), _joined("L", "num"), None


def _main(chosen: random.Random, name: str, parent: Mapping | None) -> Mapping:
    direction = chosen.choice(("both", "both", "both", "to_right", "to_left"))
    left, right, fields, left_new_key, right_new_key = _keys(chosen.choice(KEYS))
    more_left, more_right = [Column("name")], [Column("name")]
    for side in (more_left, more_right):
        side.append(Column("note", default=DEFAULT if chosen.random() < 0.3 else None))
    more_left += [Column("kind")]
    more_right += [Column("state"), Column("flag")]
    own = [_name(chosen), _note(chosen), *_kind(chosen)]
    if parent is not None:
        more_left.append(Column("ref", parent.left.columns[0].type))
        more_right.append(Column("ref", parent.right.columns[0].type))
        own.append(_reference(chosen, parent))
    which = chosen.choice(("none", "none", "left", "right"))
    return Mapping(
        name=name,
        left=replace(left, columns=(*left.columns, *more_left)),
        right=replace(right, columns=(*right.columns, *more_right)),
        fields=(*fields, *own),
        direction=direction,
        coupled_only=chosen.random() < 0.4,
        update_conflict=chosen.choice(POLICIES),
        conflict_scope=chosen.choice(("field", "field", "row")),
        on_left_delete=_delete(chosen, direction != "to_right"),
        on_right_delete=_delete(chosen, direction != "to_left"),
        left_filter=_filter("kind") if which == "left" else None,
        right_filter=_filter("state") if which == "right" else None,
        batch_size=chosen.choice((1, 2, 5000)),
        left_new_key=left_new_key,
        right_new_key=right_new_key,
    )


def _delete(chosen: random.Random, can_be_made: bool) -> Policy:
    policy = chosen.choice(DELETES)
    return policy if can_be_made or policy != "restore" else "fail"


def _filter(column: str) -> Filter:
    return Filter(f"{column} <> 'b'", lambda row: row[column] is not None and row[column] != "b")


def _name(chosen: random.Random) -> Field:
    plain = Field(10, "name", "name", is_shared=True)
    return chosen.choice(
        (
            plain,
            replace(plain, conflict=chosen.choice(POLICIES)),
            replace(plain, to_right=_upper("name")),
            replace(plain, to_right=_trim("name"), to_left=_upper("name")),
            replace(plain, when_null="keep"),
            replace(plain, direction="to_right", is_shared=False),
        )
    )


def _note(chosen: random.Random) -> Field:
    plain = Field(20, "note", "note", is_shared=True)
    return chosen.choice(
        (
            plain,
            plain,
            replace(plain, write_on="insert"),
            replace(plain, write_on="update"),
            replace(plain, when_null="keep"),
        )
    )


def _kind(chosen: random.Random) -> list[Field]:
    constant = Field(40, None, "flag", direction="to_right", constant="pysync")
    kind = chosen.choice(
        (
            Field(30, "kind", "state", is_shared=True),
            Field(30, "kind", "state", direction="to_right", to_right=_joined("", "kind", "!")),
            Field(30, "kind", "state", direction="to_left"),
        )
    )
    return [kind, constant] if chosen.random() < 0.5 else [kind]


def _reference(chosen: random.Random, parent: Mapping) -> Field:
    field = Field(50, "ref", "ref", reference=parent.name, is_shared=True)
    if chosen.random() < 0.4:
        field = replace(field, direction="to_right", is_shared=False)
    return replace(field, on_unresolved=chosen.choice(("wait", "wait", "null", "keep", "fail")))
