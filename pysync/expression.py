"""Parses the SQL expressions a DBA typed into a mapping: an allow-list, bound to the columns of one row."""

from __future__ import annotations

import difflib
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token, TokenType

from pysync.errors import ExpressionError
from pysync.statements import render

MAX_CHARACTERS = 4000
MAX_NODES = 500

_HINT = "write one scalar SQL expression over the columns of the row, such as upper(name) or amount * 100"

# Built-in functions without side effects, under the names they are typed by.
FUNCTIONS = frozenset(
    """
    all coalesce nullif greatest least row
    lower upper initcap btrim ltrim rtrim left right substr strpos replace translate split_part lpad rpad
    length char_length character_length octet_length bit_length concat concat_ws repeat reverse md5 ascii chr to_hex
    starts_with format quote_literal quote_ident quote_nullable encode decode convert_from convert_to
    sha224 sha256 sha384 sha512 hashtext hashtextextended string_to_array regexp_replace regexp_match regexp_count
    regexp_instr regexp_like regexp_substr regexp_split_to_array
    abs round ceil ceiling floor trunc mod div sign power pow sqrt cbrt exp ln log log10 gcd lcm factorial scale
    min_scale trim_scale width_bucket pi degrees radians num_nulls num_nonnulls
    date to_char to_date to_number to_timestamp date_trunc date_part date_bin age isfinite make_date make_time
    make_timestamp make_timestamptz make_interval justify_days justify_hours justify_interval timezone
    now transaction_timestamp statement_timestamp clock_timestamp gen_random_uuid uuidv4 uuidv7
    array_append array_prepend array_cat array_length array_upper array_lower array_ndims array_position
    array_positions array_remove array_replace array_to_string cardinality trim_array
    to_json to_jsonb json_build_object jsonb_build_object json_build_array jsonb_build_array json_array_length
    jsonb_array_length json_typeof jsonb_typeof json_extract_path json_extract_path_text jsonb_extract_path
    jsonb_extract_path_text jsonb_set jsonb_insert jsonb_pretty json_strip_nulls jsonb_strip_nulls
    lower_inc upper_inc lower_inf upper_inf isempty int4range int8range numrange daterange tsrange tstzrange
    family host masklen netmask network broadcast abbrev
    """.split()  # noqa: SIM905
)

# Nodes by exact class: a subclass that some release of the parser adds is refused until it is listed.
_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Add, exp.All, exp.And, exp.Any, exp.Array, exp.ArrayContainedBy, exp.ArrayContainsAll, exp.ArrayOverlaps,
        exp.AtTimeZone, exp.Between, exp.BitwiseAnd, exp.BitwiseLeftShift, exp.BitwiseNot, exp.BitwiseOr,
        exp.BitwiseRightShift, exp.BitwiseXor, exp.Boolean, exp.Bracket, exp.Case, exp.Cast, exp.Collate, exp.Column,
        exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.DPipe, exp.DataType, exp.DataTypeParam, exp.Div,
        exp.EQ, exp.Escape, exp.Extract, exp.GT, exp.GTE, exp.ILike, exp.Identifier, exp.If, exp.In, exp.Is,
        exp.JSONBContainsAllTopKeys, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsTopKey, exp.JSONBDeleteAtPath,
        exp.JSONBExtract, exp.JSONBExtractScalar, exp.JSONExtract, exp.JSONExtractScalar, exp.LT, exp.LTE, exp.Like,
        exp.Literal, exp.Localtime, exp.Localtimestamp, exp.Mod, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.Null,
        exp.NullSafeEQ, exp.NullSafeNEQ, exp.Or, exp.Overlaps, exp.Overlay, exp.Paren, exp.ParseJSON, exp.Pow,
        exp.RegexpILike, exp.RegexpLike, exp.SimilarTo, exp.Slice, exp.StartsWith, exp.StrPosition, exp.Sub,
        exp.Substring, exp.Trim, exp.Tuple, exp.Var,
    }
)  # fmt: skip

_T = exp.DataType.Type
_TYPES = frozenset(
    {
        _T.ARRAY, _T.BIGINT, _T.BIT, _T.BOOLEAN, _T.BPCHAR, _T.CHAR, _T.DATE, _T.DATEMULTIRANGE, _T.DATERANGE,
        _T.DECIMAL, _T.DOUBLE, _T.FLOAT, _T.INET, _T.INT, _T.INT4MULTIRANGE, _T.INT4RANGE, _T.INT8MULTIRANGE,
        _T.INT8RANGE, _T.INTERVAL, _T.JSON, _T.JSONB, _T.MONEY, _T.NUMMULTIRANGE, _T.NUMRANGE, _T.SMALLINT, _T.TEXT,
        _T.TIME, _T.TIMESTAMP, _T.TIMESTAMPTZ, _T.TIMETZ, _T.TSMULTIRANGE, _T.TSRANGE, _T.TSTZMULTIRANGE, _T.TSTZRANGE,
        _T.UUID, _T.VARBINARY, _T.VARCHAR, _T.XML,
    }
)  # fmt: skip
_CLOCKS = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp)
_VOLATILE = frozenset(
    ("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "gen_random_uuid", "uuidv4", "uuidv7")
)
_TIMES = frozenset({_T.DATE, _T.TIME, _T.TIMETZ, _T.TIMESTAMP, _T.TIMESTAMPTZ})
_MOMENTS = frozenset({"now", "today", "tomorrow", "yesterday"})
_PLAIN_USER_TYPES = frozenset({"bytea", "cidr", "macaddr", "macaddr8", "tsvector", "tsquery", "varbit"})


class _Parser(PostgresParser):
    """Keeps function calls as they were typed: sqlglot's own nodes reword some of them into something else."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: PostgresParser.FUNCTION_PARSERS[name]
        for name in ("CAST", "EXTRACT", "OVERLAY", "POSITION", "SUBSTRING", "TRIM")
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: PostgresParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")
    }
    LAMBDAS: ClassVar[dict[Any, Any]] = {}
    # The stock parser turns the key after an arrow into a JSON path: 'a.b' would become two steps.
    JSON_OPERATORS: ClassVar[dict[TokenType, Any]] = {
        **PostgresParser.JSON_OPERATORS,
        TokenType.ARROW: lambda self, this, key: exp.JSONExtract(this=this, expression=key),
        TokenType.DARROW: lambda self, this, key: exp.JSONExtractScalar(this=this, expression=key),
    }

    def _parse_interval(self, *args: Any, **kwargs: Any) -> Any:
        """`interval '..'` as a cast of the text: the stock parser drops parts of some intervals."""
        kinds = [token.token_type for token in (self._curr, self._next) if token]
        if kinds != [TokenType.INTERVAL, TokenType.STRING]:
            return None
        text = exp.Literal.string(self._next.text)
        self._advance(2)
        return exp.Cast(this=text, to=exp.DataType(this=_T.INTERVAL))


def parse(text: str) -> exp.Expression:
    """Parse one scalar expression; raises ExpressionError for everything that is not on the list.

    >>> render(parse("Lower(name) || ' x'"), pretty=False)
    "Lower(name) || ' x'"
    >>> parse("1; drop table x")
    Traceback (most recent call last):
    pysync.errors.ExpressionError: a semicolon is not allowed in an expression: 1; drop table x
    """
    if not text.strip():
        raise _fault("the expression is empty", hint="set it to null, or write an expression")
    if len(text) > MAX_CHARACTERS or "\0" in text:
        raise _fault(f"the expression is longer than {MAX_CHARACTERS} characters or holds a zero byte", text)
    try:
        tree = _tree(text)
        for count, node in enumerate(tree.walk(), start=1):
            if count > MAX_NODES:
                raise _fault(f"the expression has more than {MAX_NODES} parts", text)
            _admit(node)
        if _literals(render(tree, pretty=False)) != _literals(text):
            raise _fault(
                "a literal would not survive as it was typed",
                text,
                hint="write plain 'text' and numbers (0.5, not .5), and give every argument of a function",
            )
    except RecursionError:
        raise _fault("the expression is nested too deeply", text) from None
    return tree


def bind(tree: exp.Expression, columns: Collection[str], table_alias: str) -> tuple[exp.Expression, frozenset[str]]:
    """A copy of `tree` with every column as `alias."Column"`, and the names of the columns it uses.

    Names fold to lower case unless quoted, as in PostgreSQL.

    >>> tree, used = bind(parse('NAME || "No."'), ["name", "No."], "s")
    >>> render(tree, pretty=False), sorted(used)
    ('s."name" || s."No."', ['No.', 'name'])
    """
    bound, used = tree.copy(), set()
    holder = exp.Paren(this=bound)
    for node in list(holder.find_all(exp.Column)):
        name = folded(node.this)
        if name not in columns:
            raise _unknown(name, columns)
        used.add(name)
        node.replace(
            exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(table_alias)),
        )
    return holder.this, frozenset(used)


def volatile(tree: exp.Expression) -> str | None:
    """The piece of a parsed expression that gives another value each time it runs; None if there is none.

    PostgreSQL's own notion of immutable is too strict here: it bars concat() and to_char(), which
    depend on nothing but session settings that are always the same.

    >>> volatile(parse("coalesce(a, now()::text)"))
    'now()'
    >>> volatile(parse("concat(a, to_char(d, 'YYYY'))"))
    """
    for node in tree.walk():
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        moment = isinstance(node, exp.Cast) and node.to.this in _TIMES and node.this.name.lower() in _MOMENTS
        is_age = name == "age" and len(node.expressions) == 1
        if isinstance(node, _CLOCKS) or name in _VOLATILE or is_age or (moment and isinstance(node.this, exp.Literal)):
            return _shown(node)
    return None


def folded(identifier: exp.Identifier) -> str:
    """The name PostgreSQL reads: as it is when quoted, else with A-Z in lower case."""
    text: str = identifier.this
    return text if identifier.quoted else "".join(c.lower() if c.isascii() else c for c in text)


def near(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that look most like `name`, whatever their case and quotes.

    >>> near("nme", ["Name", "name 2", "city"])
    ['Name']
    """
    wanted = _plain(name)
    scores = {n: difflib.SequenceMatcher(None, wanted, _plain(n)).ratio() for n in known}
    best = max(scores.values(), default=0)
    close = [n for n, score in scores.items() if score >= max(0.6, best - 0.1)]
    return sorted(close, key=lambda n: (-scores[n], -difflib.SequenceMatcher(None, name, n).ratio(), n))[:3]


def _plain(name: str) -> str:
    return name.lower().replace('"', "")


def _tree(text: str) -> exp.Expression:
    dialect = Postgres()
    try:
        tokens = dialect.tokenize(text)
        _refuse_tokens(tokens, text)
        parser = _Parser(error_level=ErrorLevel.RAISE, dialect=dialect)
        trees = parser.parse_into(exp.Condition, tokens, text)
    except (SqlglotError, AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
        # The parser trips over its own feet on some broken input.
        errors = getattr(exc, "errors", None) or [{}]
        place = errors[0].get("highlight") or text
        raise _fault(f"not an expression near {_quoted(place)}", text) from exc
    if len(trees) != 1 or not isinstance(trees[0], exp.Expression):
        raise _fault("not exactly one expression", text)
    return trees[0]


def _refuse_tokens(tokens: list[Token], text: str) -> None:
    for token, follows in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type is TokenType.ARRAY and not (follows and follows.token_type is TokenType.L_BRACKET):
            # The parser drops the word in a::int array.
            raise _fault("array stands without its elements", text, hint="write array[1, 2], or a type as int[]")
        if token.token_type is TokenType.SEMICOLON:
            raise _fault("a semicolon is not allowed in an expression", text)
        if token.comments:
            raise _fault("a comment is not allowed in an expression", text, hint="use the row's description instead")


def _admit(node: exp.Expr) -> None:
    kind = type(node)
    if kind is exp.Anonymous:
        _admit_function(node)
    elif kind not in _NODES:
        hint = _HINT
        if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
            hint = "an expression sees one row only; build a view for what needs other tables, and map the view"
        elif isinstance(node, exp.Dot):
            hint = "call built-in functions by their plain name; put your own functions into a view, and map the view"
        raise _fault(f"{node.key} is not allowed in an expression", _shown(node), hint=hint)
    elif kind is exp.Column:
        _admit_column(node)
    elif kind is exp.DataType:
        _admit_type(node)
    elif not _is_well_formed(node):
        raise _fault("not an expression PostgreSQL would read the same way", _shown(node))


def _is_well_formed(node: exp.Expr) -> bool:
    """Refuses what other dialects allow, and what would come out as something else."""
    if isinstance(node, exp.Var):
        return isinstance(node.parent, exp.Extract | exp.Collate)
    if isinstance(node, exp.In):
        return bool(node.expressions)
    if isinstance(node, exp.Is):
        return isinstance(node.expression, exp.Null | exp.Boolean)
    # a::int[3] is an array type, which the parser takes for a subscript.
    return not (isinstance(node, exp.Bracket) and isinstance(node.this, exp.Cast))


def _admit_function(node: exp.Expr) -> None:
    name = node.this
    if not isinstance(name, str):
        raise _fault("a quoted function name is not allowed", _shown(node), hint="write it without quotes")
    if name.lower() not in FUNCTIONS:
        likely = near(name, FUNCTIONS)
        hint = "put functions of your own, lookups and aggregates into a view, and map the view"
        raise _fault(
            f"function {name} is not one a mapping may call",
            _shown(node),
            hint=f"did you mean {' or '.join(likely)}? Else {hint}" if likely else hint,
        )


def _admit_column(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise _fault("* is not allowed in an expression", _shown(node))
    if any(value for key, value in node.args.items() if key != "this"):
        raise _fault("a column is named without its table", _shown(node), hint=f"write {node.this.sql('postgres')}")


def _admit_type(node: exp.Expr) -> None:
    kind = node.args.get("kind")
    if node.this in _TYPES and not kind and not (node.this is _T.INTERVAL and node.expressions):
        return
    if node.this is _T.USERDEFINED and kind is not None:
        text = kind if isinstance(kind, str) else _shown(kind)
        names = [t.text for t in Postgres().tokenize(text) if t.token_type is not TokenType.DOT]
        if text.lower() in _PLAIN_USER_TYPES or (len(names) == 2 and names[0].lower() != "pg_catalog"):
            node.set("kind", text)
            return
    raise _fault(
        f"type {_quoted(_shown(node))} is not allowed in an expression",
        hint="cast to an ordinary built-in type, or name your own type as schema.type",
    )


def _literals(text: str) -> Counter[tuple[TokenType, str]]:
    wanted = (TokenType.STRING, TokenType.NUMBER)
    return Counter((t.token_type, t.text) for t in Postgres().tokenize(text) if t.token_type in wanted)


def _unknown(name: str, columns: Collection[str]) -> ExpressionError:
    likely = near(name, columns)
    if likely:
        hint = f"did you mean {' or '.join(_as_typed(n) for n in likely)}?"
    else:
        hint = f"the columns are {', '.join(_as_typed(n) for n in sorted(columns)[:20])}"
    return ExpressionError(f"there is no column {name}", hint=hint)


def _as_typed(name: str) -> str:
    """The name as one types it in SQL: quoted only where it must be."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) else exp.to_identifier(name, quoted=True).sql("postgres")


def _shown(node: exp.Expr) -> str:
    assert isinstance(node, exp.Expression)
    return render(node, pretty=False)


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."


def _fault(message: str, piece: str | None = None, *, hint: str = _HINT) -> ExpressionError:
    return ExpressionError(f"{message}: {_quoted(piece)}" if piece else message, hint=hint)


# The parser and generator log what they are unsure of; whatever that is, the checks above refuse it.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
