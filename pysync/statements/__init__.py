"""Small builders for SQL trees, and render(): the only place where a tree becomes text."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlglot import exp, parse_one
from sqlglot.generators.postgres import PostgresGenerator

from pysync.model import Column, Endpoint, Table


class OverridingSystemValue(exp.Expression):
    """`OVERRIDING SYSTEM VALUE <query>`: lets an insert give a value to an identity column."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True}


def _overriding_sql(generator: PostgresGenerator, node: OverridingSystemValue) -> str:
    return f"OVERRIDING SYSTEM VALUE {generator.sql(node, 'this')}"


class _Generator(PostgresGenerator):
    TRANSFORMS: ClassVar[Any] = {**PostgresGenerator.TRANSFORMS, OverridingSystemValue: _overriding_sql}


def render(tree: exp.Expr, *, pretty: bool = True) -> str:
    """The SQL text of a tree.

    >>> render(equal(column("No.", "s"), parameter(1)), pretty=False)
    's."No." = $1'
    """
    generator = _Generator(dialect="postgres", pretty=pretty, normalize_functions=False, comments=False)
    return str(generator.generate(tree))


def fragment(sql: str, **nodes: exp.Expr) -> exp.Expr:
    """A tree from our own constant SQL, with each `:name` replaced by the tree given for it.

    >>> render(fragment("c.side = :side AND c.mapping_name = $1", side=literal("left")), pretty=False)
    "c.side = 'left' AND c.mapping_name = $1"
    """
    tree = _parsed(sql)
    return exp.replace_placeholders(tree, **nodes) if nodes else tree.copy()


@functools.lru_cache(maxsize=1000)
def _parsed(sql: str) -> exp.Expr:
    """A tree to be copied, which costs a third of parsing the text anew."""
    return parse_one(sql, dialect="postgres")


def query(sql: str, **nodes: exp.Expr) -> exp.Select:
    """Like fragment(), for a select."""
    tree = fragment(sql, **nodes)
    assert isinstance(tree, exp.Select)
    return tree


def exists(select: exp.Select) -> exp.Expr:
    """`EXISTS(select)`."""
    return exp.Exists(this=select)


def negated(tree: exp.Expr) -> exp.Expr:
    """`NOT (tree)`."""
    return exp.Not(this=exp.paren(tree, copy=False))


def name(text: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.to_identifier(text, quoted=True)


def column(text: str, table: str) -> exp.Column:
    """A quoted column of a plain alias."""
    return exp.column(name(text), table=exp.to_identifier(table))


def plain(text: str, table: str) -> exp.Column:
    """A column whose name is ours, so that it needs no quotes."""
    return exp.column(exp.to_identifier(text), table=exp.to_identifier(table))


def parameter(position: int) -> exp.Parameter:
    """The bound parameter $position."""
    return exp.Parameter(this=exp.Literal.number(position))


def literal(text: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(text)


def number(value: int) -> exp.Expr:
    """A number literal."""
    return exp.Literal.number(value)


def cast(tree: exp.Expr, type_text: str) -> exp.Cast:
    """`CAST(tree AS type)`; the type is catalog text, printed as it is."""
    return exp.Cast(this=tree, to=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=type_text))


def as_text(tree: exp.Expr) -> exp.Expr:
    """`CAST(tree AS TEXT)`."""
    return cast(tree, "text")


def equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """`left = right`."""
    return exp.EQ(this=left, expression=right)


def distinct(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """`left IS DISTINCT FROM right`."""
    return exp.NullSafeNEQ(this=left, expression=right)


def differing(found: Column, one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Whether two values of a column are not the same: by its own `=` where that can tell."""
    return distinct(one, other) if found.tells_apart else distinct_texts(one, other)


def distinct_texts(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Whether the texts of two values differ, byte by byte: a column's collation may be deaf to case."""
    return distinct(*(exp.Collate(this=as_text(tree), expression=name("C")) for tree in (one, other)))


def is_null(tree: exp.Expr) -> exp.Expr:
    """`tree IS NULL`."""
    return exp.Is(this=tree, expression=exp.null())


def not_null(tree: exp.Expr) -> exp.Expr:
    """`tree IS NOT NULL`, as a condition that nests safely."""
    return exp.Not(this=exp.paren(is_null(tree), copy=False))


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """The conditions joined by AND; TRUE if there are none."""
    items = [exp.paren(c, copy=False) if isinstance(c, exp.Or) else c for c in conditions]
    return exp.and_(*items, copy=False, wrap=False) if items else exp.true()


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """The conditions joined by OR, in parentheses; FALSE if there are none."""
    items = list(conditions)
    if not items:
        return exp.false()
    return exp.paren(exp.or_(*items, copy=False, wrap=False), copy=False) if len(items) > 1 else items[0]


def case(*branches: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Expr:
    """`CASE WHEN .. THEN .. [ELSE ..] END`; just the default if there are no branches."""
    if not branches:
        return default if default is not None else exp.null()
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=default)


def coalesce(*items: exp.Expr) -> exp.Expr:
    """`COALESCE(a, b, ..)`."""
    return exp.Coalesce(this=items[0], expressions=list(items[1:]))


def is_blank(tree: exp.Expr) -> exp.Expr:
    """Whether a value is null or its text is empty."""
    return exp.Is(this=exp.Nullif(this=as_text(tree), expression=literal("")), expression=exp.null())


def array(items: Sequence[exp.Expr], type_text: str = "text[]") -> exp.Expr:
    """`CAST(ARRAY[..] AS type)`, which is right for no items too."""
    return cast(exp.Array(expressions=list(items), bracket_notation=True), type_text)


def element(tree: exp.Expr, position: int) -> exp.Expr:
    """`tree[position]`, counted from 1 (sqlglot's own offset is 0)."""
    return exp.Bracket(this=tree, expressions=[exp.Literal.number(position - 1)])


def aliased(tree: exp.Expr, alias: str) -> exp.Expr:
    """`tree AS alias`, for an alias of ours."""
    return exp.alias_(tree, alias, copy=False)


def table_of(table: Table, alias: str) -> exp.Table:
    """`"schema"."table" AS alias`."""
    return exp.Table(this=name(table.name), db=name(table.schema), alias=exp.TableAlias(this=exp.to_identifier(alias)))


def temp_table(text: str, alias: str | None = None) -> exp.Table:
    """A working table of the session: `pg_temp.text AS alias`."""
    return exp.Table(
        this=exp.to_identifier(text),
        db=exp.to_identifier("pg_temp"),
        alias=exp.TableAlias(this=exp.to_identifier(alias)) if alias else None,
    )


def lateral(select: exp.Select, alias: str, *, outer: bool = False) -> exp.Join:
    """`CROSS JOIN LATERAL (select) AS alias`, or a left join.

    The subquery looks its rows up by index for each row of the left side: the one plan that stays
    right whatever the statistics of the working tables say.
    """
    tree = exp.Lateral(this=exp.Subquery(this=select), alias=exp.TableAlias(this=exp.to_identifier(alias)))
    if outer:
        return exp.Join(this=tree, side="LEFT", on=exp.true())
    return exp.Join(this=tree, kind="CROSS")


def fenced(select: exp.Select) -> exp.Select:
    """The select with `OFFSET 0`: computed once per row and never merged into its surroundings."""
    select.set("offset", exp.Offset(expression=exp.Literal.number(0)))
    return select


def record_key(key: Sequence[exp.Expr]) -> exp.Expr:
    """Record key text of key values: one column's text, or a JSON array of texts."""
    if len(key) == 1:
        return as_text(key[0])
    return as_text(exp.Anonymous(this="jsonb_build_array", expressions=[as_text(k) for k in key]))


def key_values(key: Sequence[Column], record: exp.Expr) -> list[exp.Expr]:
    """The typed key values inside a record key text; the reverse of record_key()."""
    if len(key) == 1:
        return [cast(record, key[0].base_type)]
    parts = [exp.Dot(this=exp.paren(cast(record.copy(), "jsonb")), expression=number(i)) for i in range(len(key))]
    texts = [exp.JSONExtractScalar(this=p.this, expression=p.expression, only_json_types=True) for p in parts]
    return [cast(exp.paren(t), c.base_type) for t, c in zip(texts, key, strict=True)]


def key_match(endpoint: Endpoint, alias: str, record: exp.Expr) -> exp.Expr:
    """Condition that the row `alias` of the endpoint's table has that record key.

    Record keys are of collation "C": compared by it, no index of a text column would serve.
    """
    pairs = zip(endpoint.key, key_values(endpoint.key, record), strict=True)
    return all_of(equal(column(k.name, alias), collated(k, v)) for k, v in pairs)


def collated(found: Column, tree: exp.Expr) -> exp.Expr:
    """The tree in the column's own collation."""
    if found.collation is None:
        return tree
    collation = exp.column(name(found.collation), table=name(found.collation_schema or "pg_catalog"))
    return exp.Collate(this=tree, expression=collation)


def working_name(kind: str, mapping: str, direction: str) -> str:
    """Name of a working table: readable, unique, and never over 63 bytes.

    >>> working_name("stage", "CUSTOMER", "to_right")
    'stage_customer_to_right_5b9bfc'
    """
    slug = re.sub(r"[^a-z0-9]+", "_", mapping.lower()).strip("_")[:30]
    digest = hashlib.sha256(f"{mapping}\0{direction}".encode()).hexdigest()[:6]
    return "_".join(part for part in (kind, slug, direction, digest) if part)


def create_working_table(table: str, columns: Sequence[tuple[str, str]]) -> exp.Create:
    """`CREATE TABLE pg_temp..` with columns of (name, type text).

    Give it a primary key: a plan made while it held one row must not become quadratic when it holds thousands.
    Not `ON COMMIT DELETE ROWS`: every commit would empty all such tables of the session, one by one.
    """
    definitions = [
        exp.ColumnDef(
            this=exp.to_identifier(text), kind=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=type_text)
        )
        for text, type_text in columns
    ]
    return exp.Create(this=exp.Schema(this=temp_table(table), expressions=definitions), kind="TABLE")
