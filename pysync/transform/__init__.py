"""Transformation rules compiled to SQL: a chain of rules becomes one expression over the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from sqlglot import exp

from pysync import expression
from pysync.errors import ExpressionError, MappingError
from pysync.model import TransformationRule
from pysync.statements import (
    array,
    as_text,
    case,
    cast,
    coalesce,
    column,
    equal,
    fenced,
    literal,
    name,
    not_null,
    number,
)
from pysync.transform import dates, patterns

Rule = TransformationRule

_PART = r'("(?:[^"]|"")+"|[^\W\d][\w$]*)'
_TABLE = re.compile(rf"\s*{_PART}\s*\.\s*{_PART}\s*")


def apply(tree: exp.Expr, code: str, rules: Mapping[str, Rule], *, is_strict: bool = True) -> exp.Expr:
    """The text of `tree` after rule `code` and the rules that follow it; raises MappingError on a loop.

    Null stays null. Rules that raise on a value leave it as it is when not `is_strict`: what a field
    was before must not stand in the way of what it is now.
    """
    # One deterministic collation: a column's own may not be able to search text, or may hide a change of case.
    value: exp.Expr = exp.Collate(this=as_text(tree), expression=exp.column(name("default"), table=name("pg_catalog")))
    for rule in chain(code, rules):
        try:
            value = _BUILDERS[rule.rule_type](value, rule, is_strict)
        except (MappingError, ExpressionError) as exc:
            # Not from exc itself: a check reports the cause, which would not name the rule.
            message = f"transformation rule {rule.rule_code}: {exc.message}"
            raise type(exc)(message, hint=exc.hint, detail=exc.detail) from exc.__cause__
    return value


def chain(code: str, rules: Mapping[str, Rule]) -> Iterator[Rule]:
    """Rule `code` and those that follow it by next_rule."""
    seen: list[str] = []
    following: str | None = code
    while following is not None:
        if following in seen:
            raise MappingError(
                f"transformation rules loop: {' -> '.join([*seen, following])}",
                hint=f"set next_rule of {seen[-1]} in sync.transformation_rule to null or to another rule",
            )
        rule = rules.get(following)
        if rule is None:
            raise MappingError(
                f"there is no transformation rule {following}", hint="insert it into sync.transformation_rule"
            )
        seen.append(following)
        following = rule.next_rule
        yield rule


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _own(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Dot(this=exp.to_identifier("sync_private"), expression=_call(function, *arguments))


def _texts(items: tuple[str, ...]) -> exp.Expr:
    return array([literal(item) for item in items])


def _required(rule: Rule, parameter: str) -> str:
    value = getattr(rule, parameter)
    if value in (None, ""):
        raise MappingError(f"{rule.rule_type} needs {parameter}", hint=f"set {parameter} of rule {rule.rule_code}")
    return str(value)


def _plainly(function: str, *arguments: exp.Expr) -> Callable[[exp.Expr, Rule, bool], exp.Expr]:
    return lambda value, rule, is_strict: _call(function, value, *(a.copy() for a in arguments))


def _title_case(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    return _own("title_case", value)


def _substring(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    for one, other in (("start_position", "starting_text"), ("length", "ending_text")):
        if getattr(rule, one) is not None and getattr(rule, other):
            raise MappingError(f"substring has {one} and {other}", hint=f"set {one} or {other} to null")
    start, length = rule.start_position or 1, rule.length
    if not rule.starting_text and not rule.ending_text:
        return _call("substr", value, number(start), *([number(length)] if length is not None else []))
    return _own(
        "cut_text",
        value,
        exp.null() if rule.starting_text else number(start),
        _unquoted(rule.starting_text),
        exp.null() if length is None else number(length),
        _unquoted(rule.ending_text),
    )


def _unquoted(text: str | None) -> exp.Expr:
    """A text to look for; quotes around it keep its spaces."""
    if not text:
        return exp.null()
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    if not bare:
        raise MappingError("substring looks for nothing between two quotes", hint="set the text, or null")
    return literal(bare)


def _replace(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    return _call("replace", value, literal(_required(rule, "find_text")), literal(rule.replace_text or ""))


def _regex_replace(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    found = patterns.pattern(_required(rule, "find_text"))
    put = patterns.replacement(rule.replace_text or "", found.groups)
    return _call("regexp_replace", value, literal(found.text), literal(put), literal("gi"))


def _regex_match(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    found = patterns.pattern(_required(rule, "find_text"))
    # Without a group PostgreSQL would give the match itself: an empty group gives the empty text that is due.
    return _own("match_text", value, literal(found.text if found.groups else f"(?:{found.text})()"))


def _date(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    if not rule.culture:
        _required(rule, "data_format")
    culture = dates.culture(rule.culture)
    shapes = (dates.shape(rule.data_format),) if rule.data_format else dates.shapes(culture)
    return _own(
        "read_date",
        value,
        _texts(tuple(s.pattern for s in shapes)),
        _texts(tuple(s.parts for s in shapes)),
        _texts(culture.months),
        exp.true() if rule.rule_type == "date_time" else exp.false(),
    )


def _decimal(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    culture = dates.culture(rule.culture)
    return _own("read_decimal", value, literal(culture.decimal), literal(culture.group))


def _round(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    precision, mode = _required(rule, "rounding"), _required(rule, "rounding_mode")
    if not Decimal(precision) > 0:
        raise MappingError(f"rounding is {precision}", hint="set rounding to a number above zero, such as 0.01")
    lenient = [] if is_strict else [exp.false()]
    return _own("round_text", value, exp.Literal.number(precision), literal(mode), *lenient)


def _extract_date(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    lenient = [] if is_strict else [exp.false()]
    return _own("extract_date", value, literal(_required(rule, "date_part")), *lenient)


def _unix_timestamp(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    return _own("read_unix_time", value)


def _custom(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    tree, _ = expression.bind(expression.parse(_required(rule, "expression")), ("value",), "v")
    return _over(value, as_text(tree))


def _field_lookup(value: exp.Expr, rule: Rule, is_strict: bool) -> exp.Expr:
    table = _table(_required(rule, "lookup_table"))
    row = exp.paren(cast(exp.null(), table.sql("postgres")))
    source, target = _required(rule, "lookup_source"), _required(rule, "lookup_target")
    # The type of a column without looking it up: the field of a row that is null.
    kind = exp.Dot(this=row, expression=name(source))
    typed = _own("read_as", _call("to_jsonb", column("value", "v")), kind)
    # Of several rows the smallest text: the same one each time.
    found: exp.Expr = coalesce(exp.Min(this=_plain_text(column(target, "l"))), literal(""))
    if rule.lookup_when_blank == "original":
        found = coalesce(exp.Nullif(this=found, expression=literal("")), column("value", "v"))
    counted = exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))
    looked_up = (
        exp.select(case((counted, found), default=literal("")))
        .from_(exp.Table(this=table.this, db=table.args["db"], alias=exp.TableAlias(this=exp.to_identifier("l"))))
        .where(equal(column(source, "l"), typed), copy=False)
    )
    return _over(value, case((not_null(column("value", "v")), exp.Subquery(this=looked_up))))


def _table(text: str) -> exp.Table:
    """`schema.table` with both names as PostgreSQL reads them, quoted."""
    found = _TABLE.fullmatch(text)
    if found is None:
        raise MappingError(f"lookup_table {text} is not a table", hint='write it as schema.table, e.g. erp."Country"')
    db, this = (name(_folded(part)) for part in found.groups())
    return exp.Table(this=this, db=db)


def _folded(part: str) -> str:
    if part.startswith('"'):
        return part[1:-1].replace('""', '"')
    return expression.folded(exp.to_identifier(part))


def _plain_text(tree: exp.Expr) -> exp.Expr:
    return exp.Collate(this=as_text(tree), expression=exp.column(name("default"), table=name("pg_catalog")))


def _over(value: exp.Expr, tree: exp.Expr) -> exp.Expr:
    """`tree` over `v.value`, computed once however often the tree names it."""
    inner = fenced(exp.select(exp.alias_(value, name("value"), copy=False)))
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("v")))
    return exp.Subquery(this=exp.select(tree).from_(source))


_BUILDERS: Mapping[str, Callable[[exp.Expr, Rule, bool], exp.Expr]] = {
    "uppercase": _plainly("upper"),
    "lowercase": _plainly("lower"),
    "title_case": _title_case,
    "trim": _plainly("btrim", literal(" ")),
    "substring": _substring,
    "replace": _replace,
    "regex_replace": _regex_replace,
    "regex_match": _regex_match,
    "remove_non_alphanumeric": _plainly("regexp_replace", literal("[^[:alnum:]]"), literal(""), literal("g")),
    "date": _date,
    "date_time": _date,
    "decimal": _decimal,
    "round": _round,
    "extract_date": _extract_date,
    "field_lookup": _field_lookup,
    "unix_timestamp": _unix_timestamp,
    "custom": _custom,
}
