"""What a DBA may type into a mapping comes out meaning the same; everything else is refused with a reason."""

from __future__ import annotations

import doctest

import pytest

from pysync import expression
from pysync.errors import ExpressionError
from pysync.statements import render

COLUMNS = ("a", "b", "c", "d", "j", "i", "arr", "name", "Name", "No.", "Search Name", 'O"x', "user", "date", "É", "x%y")

# What is typed, and what runs.
KEPT = [
    ("name", 's."name"'),
    ("NAME", 's."name"'),
    ('"Name"', 's."Name"'),
    ('"No."', 's."No."'),
    ('"O""x"', 's."O""x"'),
    ('"x%y"', 's."x%y"'),
    ("É", 's."É"'),
    ("user", 's."user"'),
    ("date", 's."date"'),
    ("null", "NULL"),
    ("true", "TRUE"),
    ("''", "''"),
    ("'it''s'", "'it''s'"),
    ("'100%'", "'100%'"),
    ("1.50", "1.50"),
    ("1e10", "1e10"),
    ("99999999999999999999999999", "99999999999999999999999999"),
    ("-a", '-s."a"'),
    ("- -1", "- -1"),
    ("(a)", '(s."a")'),
    ("a + b * c", 's."a" + s."b" * s."c"'),
    ("(a + b) * c", '(s."a" + s."b") * s."c"'),
    ("a / 3", 's."a" / 3'),
    ("a % 3", 's."a" % 3'),
    ("2 ^ 3", "POWER(2, 3)"),
    ("a || ' ' || b", 's."a" || \' \' || s."b"'),
    ("a = 1 and b = 2 or c = 3", 's."a" = 1 AND s."b" = 2 OR s."c" = 3'),
    ("not (a = 1 or b = 2)", 'NOT (s."a" = 1 OR s."b" = 2)'),
    ("a != 1", 's."a" <> 1'),
    ("a is null", 's."a" IS NULL'),
    ("a is not null", 's."a" IS NOT NULL'),
    ("a is not true", 'NOT s."a" IS TRUE'),
    ("a is distinct from b", 's."a" IS DISTINCT FROM s."b"'),
    ("a is not distinct from b", 's."a" IS NOT DISTINCT FROM s."b"'),
    ("a in (1, 2)", 's."a" IN (1, 2)'),
    ("a not in ('x', 'y')", "NOT s.\"a\" IN ('x', 'y')"),
    ("(a, b) in ((1, 2))", '(s."a", s."b") IN ((1, 2))'),
    ("a between 1 and 2", 's."a" BETWEEN 1 AND 2'),
    ("a between symmetric 2 and 1", 's."a" BETWEEN SYMMETRIC 2 AND 1'),
    ("name like 'A%'", "s.\"name\" LIKE 'A%'"),
    ("name not like 'A!%' escape '!'", "s.\"name\" NOT LIKE 'A!%' ESCAPE '!'"),
    ("name ilike '%x%'", "s.\"name\" ILIKE '%x%'"),
    ("name ~ '^[A-Z]'", "s.\"name\" ~ '^[A-Z]'"),
    ("name !~* 'x'", "NOT s.\"name\" ~* 'x'"),
    ("name similar to 'x'", "s.\"name\" SIMILAR TO 'x'"),
    ("a = any (arr)", 's."a" = ANY(s."arr")'),
    ("a <> all (array[1, 2])", 's."a" <> all(ARRAY[1, 2])'),
    ("arr && array['x']", "s.\"arr\" && ARRAY['x']"),
    ("arr @> array['x']", "s.\"arr\" @> ARRAY['x']"),
    ("arr[1]", 's."arr"[1]'),
    ("arr[i]", 's."arr"[s."i"]'),
    ("arr[1:2]", 's."arr"[1:2]'),
    ("j -> 'a.b' ->> '$.x'", "s.\"j\" -> 'a.b' ->> '$.x'"),
    ("j -> -1", 's."j" -> -1'),
    ("j #>> '{a,b}'", "s.\"j\" #>> '{a,b}'"),
    ("j ? 'a'", "s.\"j\" ? 'a'"),
    ("coalesce(j ->> 'a', 'x')", "coalesce(s.\"j\" ->> 'a', 'x')"),
    ("lower(name)", 'lower(s."name")'),
    ("Upper(name)", 'Upper(s."name")'),
    ("coalesce(a, b, '')", 'coalesce(s."a", s."b", \'\')'),
    ("nullif(a, '')", "nullif(s.\"a\", '')"),
    ("greatest(a, b)", 'greatest(s."a", s."b")'),
    ("substring(a from 2 for 3)", 'SUBSTRING(s."a" FROM 2 FOR 3)'),
    ("substring(a from '[0-9]+')", "SUBSTRING(s.\"a\" FROM '[0-9]+')"),
    ("substr(a, 2)", 'substr(s."a", 2)'),
    ("trim(both 'x' from a)", "TRIM(BOTH 'x' FROM s.\"a\")"),
    ("ltrim(a, '0')", "ltrim(s.\"a\", '0')"),
    ("position('a' in b)", "POSITION('a' IN s.\"b\")"),
    ("left(a, 3)", 'left(s."a", 3)'),
    ("replace(a, 'x', 'y')", "replace(s.\"a\", 'x', 'y')"),
    ("regexp_replace(a, '[^0-9]', '', 'g')", "regexp_replace(s.\"a\", '[^0-9]', '', 'g')"),
    ("split_part(a, ' ', 1)", "split_part(s.\"a\", ' ', 1)"),
    ("concat(a, b)", 'concat(s."a", s."b")'),
    ("concat_ws(', ', a, b)", 'concat_ws(\', \', s."a", s."b")'),
    ("round(a, 2)", 'round(s."a", 2)'),
    ("to_char(d, 'FMMonth DD')", "to_char(s.\"d\", 'FMMonth DD')"),
    ("to_date(a, 'dd.mm.yyyy')", "to_date(s.\"a\", 'dd.mm.yyyy')"),
    ("date_part('year', d)", "date_part('year', s.\"d\")"),
    ("date_trunc('month', d)", "date_trunc('month', s.\"d\")"),
    ("extract(year from d)", 'EXTRACT(YEAR FROM s."d")'),
    ("current_date", "CURRENT_DATE"),
    ("now()", "now()"),
    ("gen_random_uuid()", "gen_random_uuid()"),
    ("md5(a)", 'md5(s."a")'),
    ("case when a = 1 then 'x' else b end", 'CASE WHEN s."a" = 1 THEN \'x\' ELSE s."b" END'),
    ("case a when 1 then 'x' end", "CASE s.\"a\" WHEN 1 THEN 'x' END"),
    ("a::int", 'CAST(s."a" AS INT)'),
    ("a::varchar(20)", 'CAST(s."a" AS VARCHAR(20))'),
    ("a::numeric(10,2)", 'CAST(s."a" AS DECIMAL(10, 2))'),
    ("a::timestamp(3) with time zone", 'CAST(s."a" AS TIMESTAMPTZ(3))'),
    ("a::text[]", 'CAST(s."a" AS TEXT[])'),
    ('a::erp."Order Status"', 'CAST(s."a" AS erp."Order Status")'),
    ("interval '-1 day 2:03:04'", "CAST('-1 day 2:03:04' AS INTERVAL)"),
    ("d + interval '2 weeks ago'", "s.\"d\" + CAST('2 weeks ago' AS INTERVAL)"),
    ("date '2020-01-01'", "CAST('2020-01-01' AS DATE)"),
    ("d at time zone 'UTC'", "s.\"d\" AT TIME ZONE 'UTC'"),
    ('a collate "C"', 's."a" COLLATE "C"'),
]

REFUSED = [
    # more than one expression, or none
    "", "  ", "1; drop table x", "a = 1;", "a, b", "a b", "a as b", "lower(a) x", "select 1", "drop table x",
    "values (1)",
    "a limit 1", "a order by b", "a union select 1", "with x as (select 1) select * from x", "listen chan",
    "table x",
    "1=1) stored; drop table src; --",
    # what hides something
    "a -- x", "a /* x */", "'abc", '"abc', "((a)", "a)", "case when a then", "a and",
    "a\0b",
    # other rows
    "(select 1)", "a in (select 1)", "exists (select 1)", "a = any (select 1)", "a = all (select 1)", "count(*)",
    "sum(a)",
    "array_agg(a)", "string_agg(a, ',')", "row_number() over ()", "lower(a) over ()",
    "sum(a) filter (where b)",
    "lower(distinct a)", "lower(a order by b)", "unnest(arr)", "generate_series(1, 2)", "*", "t.*",
    "count(t.*)",
    # functions with effects, or whose name could mean another
    "pg_sleep(1)", "pg_read_file('/etc/passwd')", "lo_import('x')", "set_config('a', 'b', false)",
    "nextval('s')",
    "current_setting('x')", "dblink('x')", "query_to_xml('x')", "pg_catalog.lower(a)", "public.lower(a)",
    '"lower"(a)',
    "a operator(pg_catalog.=) b", "current_user", "session_user", "current_schema", "f(a)", "lower(a => 1)",
    "if(a, b, c)",
    "concat(variadic arr)", "substring(a for 3)",
    # parameters
    "a = $1", "a = :x", "a = %s", "a = %(x)s", "a = ?", "a = @x", ":'x'",
    r"\x",
    # literals that would change, or that read like something else
    "E'x'", "e'x'", "B'101'", "X'1F'", r"U&'d\0061t'", "$$x$$", "$tag$x$tag$", "0x1F", "0b11", "0o17", "1_000",
    ".5",
    "a = 'x' 'y'", "current_timestamp(3)", "interval '1' day", "interval(3) '1.5'", "@ a", "{'a': 1}",
    "`a`",
    # types
    "a::regclass", "a::regtype", "a::oid", "a::pg_catalog.regclass", 'a::"pg_catalog".regclass', 'a::"regclass"',
    "a::name",
    'a::"char"', "a::serial", "a::citext", "a::a.b.c", "regclass 'x'", "a::int[3]", "a::setof int", "a::int array",
    "a::interval day",
    # names of other things
    "t.a", "s.t.a", "(a).b", "a.b.c.d", "a in b", "a in ()", "a is b", "a is of (int)", "a is json",
    "xmlelement(name foo)",
]  # fmt: skip

UNKNOWN = ["nam", "nope", '"NAME"', '"no."', "default", "xmin", "ctid", "tableoid", "current_role", "lower(nope)"]


def bound(text: str) -> str:
    tree, _ = expression.bind(expression.parse(text), COLUMNS, "s")
    return render(tree, pretty=False)


@pytest.mark.parametrize(("text", "expected"), KEPT, ids=[text for text, _ in KEPT])
def test_ordinary_expression_keeps_its_meaning(text: str, expected: str) -> None:
    assert bound(text) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        expression.parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_name_that_is_no_column_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="there is no column"):
        bound(text)


def test_message_quotes_the_piece_at_fault() -> None:
    with pytest.raises(ExpressionError) as caught:
        expression.parse("lower(a) || pg_sleep(1)")
    assert caught.value.message == "function pg_sleep is not one a mapping may call: pg_sleep(1)"


def test_hint_names_the_function_that_was_meant() -> None:
    with pytest.raises(ExpressionError) as caught:
        expression.parse("ifnull(a, b)")
    assert "nullif" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "likely"), [("nme", "name"), ('"SearchName"', '"Search Name"'), ('"No"', '"No."'), ("arry", "arr")]
)
def test_hint_names_the_column_that_was_meant(text: str, likely: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        bound(text)
    assert f"did you mean {likely}" in (caught.value.hint or "")


def test_hint_lists_the_columns_when_none_is_near() -> None:
    with pytest.raises(ExpressionError) as caught:
        expression.bind(expression.parse("zzz"), ["No.", "name"], "s")
    assert caught.value.hint == 'the columns are "No.", name'


def test_bind_reports_the_columns_used_and_leaves_its_input_alone() -> None:
    tree = expression.parse('a + A + "No."')
    _, used = expression.bind(tree, COLUMNS, "s")
    assert used == {"a", "No."}
    assert render(tree, pretty=False) == 'a + A + "No."'


def test_a_lone_column_can_be_bound_for_several_rows() -> None:
    tree = expression.parse("name")
    assert [render(expression.bind(tree, COLUMNS, alias)[0], pretty=False) for alias in ("s", "b")] == [
        's."name"',
        'b."name"',
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1900 + "a" + ")" * 1900,
        "a" + "::text" * 600,
        "not " * 900 + "a",
        "+".join(["a"] * 400),
        "case " * 300,
        "'" + "x" * 4000 + "'",
    ],
    ids=["parentheses", "casts", "nots", "sums", "cases", "characters"],
)
def test_monstrous_expression_is_refused_cleanly(text: str) -> None:
    with pytest.raises(ExpressionError):
        expression.parse(text)


@pytest.mark.parametrize(("text", "_expected"), KEPT, ids=[text for text, _ in KEPT])
def test_what_runs_parses_to_itself(text: str, _expected: str) -> None:
    once = render(expression.parse(text), pretty=False)
    assert render(expression.parse(once), pretty=False) == once


@pytest.mark.parametrize(
    "text",
    [
        "now()",
        "lower(a || current_date::text)",
        "age(d)",
        "'today'::date",
        "timestamp 'NOW'",
        "gen_random_uuid()",
        "localtime",
    ],
)
def test_what_changes_by_itself_is_seen(text: str) -> None:
    assert expression.volatile(expression.parse(text))


@pytest.mark.parametrize(
    "text", ["concat(a, b)", "to_char(d, 'YYYY')", "age(d, a)", "'now'::text", "d::text", "a::date", "'today' || a"]
)
def test_what_stays_the_same_is_not_called_volatile(text: str) -> None:
    assert expression.volatile(expression.parse(text)) is None


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(expression).failed == 0
