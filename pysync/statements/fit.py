"""How a column takes a value: the type it is cast to, and what stands in for a null or for nothing."""

from __future__ import annotations

from sqlglot import exp

from pysync.model import Column, Table
from pysync.statements import cast, coalesce, fragment, literal

# Types whose modifier may be cast to: it rounds. Casting to varchar(n) would cut text in silence.
_ROUNDING = ("numeric", "timestamp", "time", "interval")


def column_default(found: Column, table: Table) -> exp.Expr | None:
    """The column's own default as a tree: identity, or the expression in the catalog."""
    if found.identity:
        qualified = f"{exp.to_identifier(table.schema, quoted=True).sql('postgres')}." + exp.to_identifier(
            table.name, quoted=True
        ).sql("postgres")
        sequence = exp.Anonymous(this="pg_get_serial_sequence", expressions=[literal(qualified), literal(found.name)])
        following = exp.Anonymous(this="nextval", expressions=[cast(sequence, "regclass")])
        return cast(following, found.base_type)
    if found.default is None or found.is_generated:
        return None
    return cast(fragment(found.default), found.base_type)


def coerced(found: Column) -> str:
    """Type a value is cast to before it is compared and written.

    With the modifier where the cast rounds as an assignment would, without it where it would cut
    text that an assignment refuses.
    """
    return found.type_name if found.base_type.startswith(_ROUNDING) else found.base_type


def fitted(found: Column, tree: exp.Expr) -> exp.Expr:
    """`tree` as the column takes it: cast, and a null in a NOT NULL column as its constant default."""
    typed = cast(tree, coerced(found))
    if not found.not_null:
        return typed
    blank = constant_default(found)
    return typed if blank is None else coalesce(typed, cast(blank, found.base_type))


def constant_default(found: Column) -> exp.Expr | None:
    """What stands for null in a NOT NULL column: its default, if that is a constant."""
    if found.default is None or found.is_generated or found.identity:
        return None
    default = fragment(found.default)
    # A cast is a function to sqlglot: ''::text is a constant all the same.
    is_computed = any(not isinstance(f, exp.Cast) for f in default.find_all(exp.Func))
    return None if is_computed else default
