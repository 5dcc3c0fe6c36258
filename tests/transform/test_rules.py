"""Every rule type: the SQL it becomes, and what that SQL makes of values on a real server."""
# ruff: noqa: E501, ISC004, S608

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from pysync import database, transform
from pysync.database import Connection
from pysync.errors import ExpressionError, MappingError, PysyncError
from pysync.model import TransformationRule as Rule
from pysync.statements import column, fragment, render
from pysync.transform import dates, patterns
from tests.conftest import copied_database

pytestmark = pytest.mark.core

VALUE = 'CAST(s."x" AS text) COLLATE "pg_catalog"."default"'
POUND = "1 British Pound = 701.37865 Comoros Franc "
SCHEMA = """
create schema erp;
create table erp."Country" ("Code" varchar(10) primary key, "No." int unique, "Name" text, since date, odd text collate "C");
insert into erp."Country" values
    ('DK', 45, 'Denmark', '2020-01-31', 'dk'), ('DE', 49, '', null, null), ('NL', 31, null, '2021-05-01', 'nl');
"""


@pytest.fixture(scope="module")
def shared(migrated_template: Any, maintenance: Connection) -> Iterator[Connection]:
    """One database for this file: what a test changes is rolled back."""
    template = migrated_template.template_dbname
    with (
        copied_database(maintenance, template, f"{template}_rules") as address,
        database.connect(address) as connection,
    ):
        connection.execute(SCHEMA)
        yield connection


@pytest.fixture
def lookup(shared: Connection) -> Iterator[Connection]:
    with shared.transaction(force_rollback=True):
        yield shared


def rule(rule_type: str, **parameters: Any) -> Rule:
    return Rule("R", rule_type, **parameters)


def sql_of(*chain: Rule) -> str:
    tree = transform.apply(column("x", "s"), chain[0].rule_code, {r.rule_code: r for r in chain})
    return render(tree, pretty=False)


def run(
    conn: psycopg.Connection[TupleRow], subject: Rule, values: list[str | None], type_name: str = "text"
) -> list[Any]:
    tree = transform.apply(column("x", "s"), "R", {"R": subject})
    source = fragment("SELECT u.x FROM UNNEST(CAST($1 AS TEXT[])) WITH ORDINALITY AS u(x, n) ORDER BY u.n")
    text = render(tree, pretty=False)
    query = f"select {text} from (select x::{type_name} as x from ({render(source)}) u) as s"
    return [row[0] for row in conn.execute(query.encode(), [values])]


GOLDEN: dict[str, tuple[Rule, str]] = {
    "uppercase": (rule("uppercase"), f"upper({VALUE})"),
    "lowercase": (rule("lowercase"), f"lower({VALUE})"),
    "title_case": (rule("title_case"), f"sync_private.title_case({VALUE})"),
    "trim": (rule("trim"), f"btrim({VALUE}, ' ')"),
    "substring by place": (rule("substring", start_position=4, length=3), f"substr({VALUE}, 4, 3)"),
    "substring by texts": (
        rule("substring", starting_text="(", ending_text="' '"),
        f"sync_private.cut_text({VALUE}, NULL, '(', NULL, ' ')",
    ),
    "replace": (rule("replace", find_text="a'", replace_text="b"), f"replace({VALUE}, 'a''', 'b')"),
    "regex_replace": (
        rule("regex_replace", find_text=r"(\d+)", replace_text="$1!"),
        rf"regexp_replace({VALUE}, '(\d+)', '\1!', 'gi')",
    ),
    "regex_match": (rule("regex_match", find_text=r"abc(\d+)d"), rf"sync_private.match_text({VALUE}, 'abc(\d+)d')"),
    "remove_non_alphanumeric": (
        rule("remove_non_alphanumeric"),
        f"regexp_replace({VALUE}, '[^[:alnum:]]', '', 'g')",
    ),
    "date": (
        rule("date", data_format="yyyyMMdd"),
        f"sync_private.read_date({VALUE}, CAST(ARRAY['^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})$'] AS text[]),"
        " CAST(ARRAY['yMd'] AS text[]), CAST(ARRAY['january', 'february', 'march', 'april', 'may', 'june', 'july',"
        " 'august', 'september|sept', 'october', 'november', 'december'] AS text[]), FALSE)",
    ),
    "decimal": (rule("decimal", culture="da-DK"), f"sync_private.read_decimal({VALUE}, ',', '.')"),
    "round": (
        rule("round", rounding="0.01", rounding_mode="nearest"),
        f"sync_private.round_text({VALUE}, 0.01, 'nearest')",
    ),
    "extract_date": (rule("extract_date", date_part="day"), f"sync_private.extract_date({VALUE}, 'day')"),
    "field_lookup": (
        rule("field_lookup", lookup_table='erp."Country"', lookup_source="Code", lookup_target="Name"),
        'SELECT CASE WHEN NOT (v."value" IS NULL) THEN (SELECT CASE WHEN COUNT(*) > 0 THEN'
        ' COALESCE(MIN(CAST(l."Name" AS text) COLLATE "pg_catalog"."default"), \'\') ELSE \'\' END'
        ' FROM "erp"."Country" AS l WHERE l."Code" = sync_private.read_as(to_jsonb(v."value"),'
        f' (CAST(NULL AS "erp"."Country"))."Code")) END FROM (SELECT {VALUE} AS "value" OFFSET 0) AS v',
    ),
    "unix_timestamp": (rule("unix_timestamp"), f"sync_private.read_unix_time({VALUE})"),
    "custom": (
        rule("custom", expression="left(value, 2) || '-' || value"),
        f'SELECT CAST(left(v."value", 2) || \'-\' || v."value" AS text) FROM (SELECT {VALUE} AS "value" OFFSET 0) AS v',
    ),
}


@pytest.mark.parametrize(("subject", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_rule_becomes_this_sql(subject: Rule, expected: str) -> None:
    assert sql_of(subject).removeprefix("(").removesuffix(")" if expected.startswith("SELECT") else "") == expected


def test_every_type_of_the_table_is_built(lookup: Connection) -> None:
    text = lookup.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'transformation_rule_rule_type_check'"
    ).fetchone()
    assert text is not None
    named = set(re.findall(r"'(\w+)'", text[0]))
    assert named == {subject.rule_type for subject, _ in GOLDEN.values()} | {"date_time"}


US_DATE = rule("date", culture="en-US")
US_TIME = rule("date_time", culture="en-US")
DK_DATE = rule("date", culture="da-DK")
DK = rule("decimal", culture="da-DK")
CUT = rule("substring", starting_text="1 British Pound = ", ending_text="' '")
CURRENCY = rule("substring", starting_text="(", ending_text=")")
COUNTRY: dict[str, Any] = {"lookup_table": 'erp."Country"', "lookup_source": "Code", "lookup_target": "Name"}

EXAMPLES: list[tuple[Rule, list[tuple[str | None, str | None]]]] = [
    (rule("uppercase"), [('abc1!"#æé', 'ABC1!"#ÆÉ'), ("", ""), (None, None)]),
    (rule("lowercase"), [("ABCÆ", "abcæ")]),
    (rule("title_case"), [("john roberts", "John Roberts"), ("ACME ltd", "ACME Ltd"), ("McDONALD o'neil", "Mcdonald O'neil"),
                          (" é-a  2nd", " É-A  2Nd"), ("", ""), (None, None)]),
    (rule("trim"), [("  a b ", "a b"), ("\ta ", "\ta"), (None, None)]),
    (rule("substring", start_position=4, length=3), [("EURDKK", "DKK"), ("EUR", ""), ("EURDK", "DK"), (None, None)]),
    (rule("substring", start_position=19), [(POUND, "701.37865 Comoros Franc ")]),
    (rule("substring", length=0), [("abc", "")]),
    (rule("substring"), [("abc", "abc")]),
    (CURRENCY, [("British Pound(GBP)/Algerian Dinar(DZD)", "GBP"), ("(GBP)/(DZD)", "GBP"), ("Algerian Dinar(DZD)", "DZD"),
                ("Pound", ""), ("Pound(", ""), (None, None)]),
    (CUT, [(POUND, "701.37865"), ("", "")]),
    (rule("substring", starting_text="1 British Pound = ", length=6), [(POUND, "701.37")]),
    (rule("substring", starting_text="1 British Pound = ", length=0), [(POUND, "")]),
    (rule("substring", start_position=19, ending_text="' '"), [(POUND, "701.37865")]),
    (rule("substring", starting_text="1 British Pound = ", ending_text="Non Existing VALUE"), [(POUND, "")]),
    (rule("substring", ending_text="' = '"), [(POUND, "1 British Pound")]),
    (rule("substring", starting_text="dfadsfad", ending_text="' '"), [(POUND, "")]),
    (rule("substring", starting_text='"a "'), [("aba b", "b")]),
    (rule("replace", find_text="a", replace_text="b"), [("abaabbA", "bbbbbbA")]),
    (rule("replace", find_text="a.c"), [("abc a.c", "abc ")]),
    (rule("regex_replace", find_text="NOTPROVIDED"), [("NotProvided x", " x")]),
    (rule("regex_replace", find_text=r"\$?(\d+(?:\.\d+)?)\$?", replace_text="$1"),
     [("$17.43  $2 16.33   43   12$", "17.43  2 16.33   43   12")]),
    (rule("regex_replace", find_text=r"(?<a>\w)\b(.)", replace_text=r"[$2${a}$&$$\1$3]"), [("x-", r"[-xx-$\1$3]")]),
    (rule("regex_replace", find_text="a.b", replace_text="!"), [("a\nb a b", "a\nb !")]),
    (rule("regex_match", find_text=r"abc(\d+)d"), [("abc123def", "123"), ("ABC1D abc2d", "12"), ("x", ""), (None, None)]),
    (rule("regex_match", find_text=r"\D+(?<digit>\d+)\D+(?<digit>\d+)?"), [("abc123def456", "123456"), ("abcdef", "")]),
    (rule("regex_match", find_text=r"a|b"), [("ab", "")]),
    (rule("remove_non_alphanumeric"), [("abc - 123 - déf_!", "abc123déf"), (None, None)]),
    (rule("date", data_format="yyyyMMdd"),
     [("20151213", "2015-12-13"), ("20151313", "20151313"), ("2015121", "2015121"), (" 20151213", " 20151213"), (None, None)]),
    (rule("date", data_format="yyyyMMddHHmm"), [("202001202359", "2020-01-20"), ("202001200000", "2020-01-20")]),
    (rule("date", data_format="yyyyMMddHHmmss"), [("wrong date time", "wrong date time")]),
    (rule("date", data_format="DD.MM.YYYY"), [("31.12.2020", "2020-12-31"), ("31x12x2020", "31x12x2020")]),
    (rule("date", data_format="d. MMMM yyyy", culture="da-DK"), [("3. marts 2020", "2020-03-03"), ("3. mars 2020", "3. mars 2020")]),
    (rule("date_time", data_format="yyyyMMddHHmmss"),
     [("20151213030405", "2015-12-13T03:04:05Z"), ("20200120235959", "2020-01-20T23:59:59Z"), ("wrong", "wrong"),
      ("20151213030460", "20151213030460"), ("20151213240000", "20151213240000")]),
    (rule("date_time", data_format="YYYY-MM-DD HH12:MI:SS.MS PM"), [("2020-01-02 01:02:03.250 pm", "2020-01-02T13:02:03.250Z")]),
    (rule("date_time", data_format="yyyy-MM-dd'T'HH:mm:sszzz"), [("2020-01-01T01:00:00+02:00", "2019-12-31T23:00:00Z")]),
    (US_DATE, [("2020/05/13", "2020-05-13"), ("5/13/2020", "2020-05-13"), ("13/5/2020", "13/5/2020"), ("May 3, 2020", "2020-05-03"),
               ("5/13/49", "2049-05-13"), ("5/13/50", "1950-05-13"), ("2020-02-30", "2020-02-30"), ("2020-01-20T23:59:59-08:00", "2020-01-20")]),
    (US_TIME, [("05/13/2020 1:14:15 PM", "2020-05-13T13:14:15Z"), ("5/13/2020 12:00 am", "2020-05-13T00:00:00Z"), ("5/13/2020", "2020-05-13T00:00:00Z"),
               ("2020-05-13 10:00:00.5+0530", "2020-05-13T04:30:00.500Z"), ("5/13/2020 13:00 PM", "5/13/2020 13:00 PM")]),
    (DK_DATE, [("13-12-2015", "2015-12-13"), ("13.12.15", "2015-12-13"), ("3. marts 2020", "2020-03-03"), ("12/13/2015", "12/13/2015"), ("", "")]),
    (rule("date", culture="de-DE"), [("3. März 2020", "2020-03-03"), ("3. Mrz 2020", "2020-03-03")]),
    (rule("date", culture="nl-NL"), [("3 mrt. 2020", "2020-03-03"), ("3-12-2020", "2020-12-03")]),
    (rule("date", culture="fr-FR"), [("1 août 2020", "2020-08-01"), ("1 jui 2020", "1 jui 2020"), ("1 juil. 2020", "2020-07-01")]),
    (DK, [("1.234.567,50", "1234567.5"), ("12,5", "12.5"), ("-0,50", "-0.5"), ("5-", "-5"), ("7", "7"), (",5", "0.5"), ("1,5,5", "1,5,5"),
          ("12.34,5", "12.34,5"), ("abc", "abc"), ("", ""), ("-", "-"), (None, None)]),
    (rule("decimal", culture="en-US"), [("1,234.50", "1234.5"), ("1,5", "1,5")]),
    (rule("decimal", culture="fr-FR"), [("1\u202f234,5", "1234.5"), ("1 234,5", "1234.5")]),
    (rule("decimal", culture="nl-nl"), [("1.234", "1234")]),
    (rule("decimal"), [("1,234.5", "1234.5")]),
    (rule("round", rounding="0.00001", rounding_mode="nearest"), [("12.3456789", "12.34568"), ("1e3", "1000"), (None, None)]),
    (rule("round", rounding="0.001", rounding_mode="up"), [("1234.56789", "1234.568"), ("-1234.56789", "-1234.568"), ("1", "1")]),
    (rule("round", rounding="0.001", rounding_mode="down"), [("1234.56789", "1234.567"), ("-1234.56789", "-1234.567")]),
    (rule("round", rounding="0.05", rounding_mode="nearest"), [("1.024", "1"), ("1.025", "1.05"), ("-1.025", "-1.05"), (" 2 ", "2")]),
    (rule("round", rounding="100", rounding_mode="up"), [("101", "200"), ("0", "0"), ("0.1", "100")]),
    (rule("extract_date", date_part="day"), [("2020-01-31", "31"), ("2020-01-31T23:59:59Z", "31"), (None, None)]),
    (rule("extract_date", date_part="month"), [("2020-01-31", "1")]),
    (rule("extract_date", date_part="year"), [("2020-01-31 10:00:00+00", "2020")]),
    (rule("unix_timestamp"), [("0", "1970-01-01T00:00:00Z"), ("1434000000", "2015-06-11T05:20:00Z"), ("-1", "1969-12-31T23:59:59Z"), ("x", ""), ("", ""),
                              ("1.5", ""), ("999999999999", ""), (None, None)]),
    (rule("custom", expression="left(value, 2) || '-' || value"), [("abc", "ab-abc"), (None, None)]),
    (rule("custom", expression="coalesce(value, 'none')"), [(None, "none")]),
    (rule("field_lookup", **COUNTRY), [("DK", "Denmark"), ("DE", ""), ("NL", ""), ("XX", ""), (None, None)]),
    (rule("field_lookup", **COUNTRY, lookup_when_blank="original"), [("DK", "Denmark"), ("DE", "DE"), ("NL", "NL"), ("XX", "")]),
    (rule("field_lookup", lookup_table='erp."Country"', lookup_source="No.", lookup_target="Code"), [("45", "DK"), ("046", ""), ("x", "")]),
    (rule("field_lookup", lookup_table='ERP."Country"', lookup_source="since", lookup_target="No."), [("2020-01-31", "45"), ("x", "")]),
    (rule("field_lookup", lookup_table='erp."Country"', lookup_source="odd", lookup_target="Code"), [("dk", "DK")]),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "pairs"), EXAMPLES, ids=lambda v: v.rule_type if isinstance(v, Rule) else "")
def test_rule_makes_this_of_values(
    lookup: Connection, subject: Rule, pairs: list[tuple[str | None, str | None]]
) -> None:
    assert run(lookup, subject, [given for given, _ in pairs]) == [due for _, due in pairs]


@pytest.mark.parametrize(
    ("subject", "value", "sqlstate", "message"),
    [
        (rule("round", rounding="1", rounding_mode="up"), "abc", "SY030", "'abc' is not a number that can be rounded"),
        (rule("round", rounding="1", rounding_mode="up"), "", "SY030", "'' is not"),
        (rule("round", rounding="1", rounding_mode="up"), "NaN", "SY030", "'NaN' is not"),
        (rule("extract_date", date_part="day"), "2020-02-30", "SY031", "'2020-02-30' is not a date"),
        (rule("extract_date", date_part="day"), "soon", "SY031", "'soon' is not a date"),
    ],
)
def test_rule_that_must_raise_says_what_to_do(
    lookup: Connection, subject: Rule, value: str, sqlstate: str, message: str
) -> None:
    with pytest.raises(psycopg.Error, match=message) as caught, lookup.transaction():
        run(lookup, subject, [value])
    assert caught.value.sqlstate == sqlstate
    assert caught.value.diag.message_hint
    tree = transform.apply(column("x", "s"), "R", {"R": subject}, is_strict=False)
    query = f"select {render(tree)} from (select $1::text as x) as s"
    assert lookup.execute(query.encode(), [value]).fetchone() == (value,), "what a field was before does not raise"


def test_rules_apply_to_the_text_of_other_types(lookup: Connection) -> None:
    assert run(lookup, rule("date", culture="da-DK"), ["2020-01-31"], "date") == ["2020-01-31"]
    assert run(lookup, rule("date_time", culture="en-US"), ["2020-01-31 10:00+02"], "timestamptz") == [
        "2020-01-31T08:00:00Z"
    ]
    assert run(lookup, rule("round", rounding="0.1", rounding_mode="down"), ["1.29"], "numeric") == ["1.2"]
    assert run(lookup, rule("substring", length=4), ["true"], "boolean") == ["true"]


def test_rules_work_on_columns_whose_collation_cannot_search(lookup: Connection) -> None:
    lookup.execute("create schema app")
    try:
        lookup.execute("create collation app.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without ICU")
    lookup.execute("create table app.t (x text collate app.blind)")
    lookup.execute("insert into app.t values ('abc')")
    text = sql_of(rule("replace", find_text="b", replace_text="!"))
    assert lookup.execute(f"select {text} from app.t as s".encode()).fetchone() == ("a!c",)


def test_a_lookup_uses_the_index_whatever_the_type(lookup: Connection) -> None:
    lookup.execute("insert into erp.\"Country\" select 'C' || n, 1000 + n, 'x' from generate_series(1, 5000) n")
    lookup.execute('analyze erp."Country"')
    for source in ("Code", "No."):
        text = sql_of(rule("field_lookup", lookup_table='erp."Country"', lookup_source=source, lookup_target="Name"))
        query = f"explain (costs off) select {text} from (values ('1001'), ('C1')) as s (x)"
        plan = "\n".join(line for (line,) in lookup.execute(query.encode()))
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_an_ambiguous_lookup_gives_the_same_row_each_time(lookup: Connection) -> None:
    subject = rule("field_lookup", lookup_table='erp."Country"', lookup_source="Name", lookup_target="Code")
    lookup.execute("insert into erp.\"Country\" values ('AA', 1, 'Denmark')")
    assert run(lookup, subject, ["Denmark"]) == ["AA"]


def test_a_chain_runs_one_rule_after_the_other(lookup: Connection) -> None:
    first = Rule("A", "remove_non_alphanumeric", next_rule="B")
    second = Rule("B", "replace", find_text="abc", next_rule="C")
    third = Rule("C", "uppercase")
    text = sql_of(first, second, third)
    assert text.startswith("upper(replace(regexp_replace(")
    query = f"select {text} from (select 'abc - 123 - def'::text as x) as s"
    assert lookup.execute(query.encode()).fetchone() == ("123DEF",)


def test_a_chain_of_lookups_grows_by_addition() -> None:
    custom = [Rule(str(n), "custom", expression="value || value", next_rule=str(n + 1)) for n in range(9)]
    assert len(sql_of(*custom, Rule("9", "trim"))) < 2000


@pytest.mark.parametrize(
    ("rules", "chain"),
    [
        ((Rule("A", "trim", next_rule="A"),), "A -> A"),
        ((Rule("A", "trim", next_rule="B"), Rule("B", "trim", next_rule="A")), "A -> B -> A"),
        ((Rule("A", "trim", next_rule="B"), Rule("B", "trim", next_rule="B")), "A -> B -> B"),
    ],
)
def test_a_loop_is_refused_and_named(rules: tuple[Rule, ...], chain: str) -> None:
    with pytest.raises(MappingError, match=f"transformation rules loop: {chain}") as caught:
        sql_of(*rules)
    assert "next_rule" in (caught.value.hint or "")


REFUSED: list[tuple[Rule, str]] = [
    (Rule("R", "trim", next_rule="Z"), "there is no transformation rule Z"),
    (rule("replace"), "rule R: replace needs find_text"),
    (rule("regex_replace"), "needs find_text"),
    (rule("regex_match", find_text=""), "needs find_text"),
    (rule("regex_match", find_text="(a"), "brackets that do not match"),
    (rule("regex_match", find_text="a)"), "brackets that do not match"),
    (rule("regex_match", find_text="[a"), "brackets that do not match"),
    (rule("regex_match", find_text="a\\"), "ends in a backslash"),
    (rule("regex_match", find_text=r"\p{Sc}"), "does not know"),
    (rule("regex_match", find_text=r"[\p{Sc}]"), "another way"),
    (rule("regex_replace", find_text=r"(a)(?(1)b|c)"), "does not know"),
    (rule("regex_replace", find_text="(?i)a"), "has the option"),
    (rule("regex_replace", find_text="(a)" * 10, replace_text="$10"), "beyond the ninth"),
    (rule("substring", start_position=1, starting_text="a"), "substring has start_position and starting_text"),
    (rule("substring", length=1, ending_text="a"), "substring has length and ending_text"),
    (rule("substring", ending_text="''"), "looks for nothing"),
    (rule("date"), "date needs data_format"),
    (rule("date_time"), "date_time needs data_format"),
    (rule("date", data_format="yyyy-mm-dd"), "needs a year, a month and a day"),
    (rule("date", data_format="yyyyMMddQ"), "has Q"),
    (rule("date", data_format="yyyyMMddMM"), "names a part twice"),
    (rule("date", culture="xx-YY"), "culture xx-YY is not one we know"),
    (rule("decimal", culture="xx-YY"), "culture xx-YY is not one we know"),
    (rule("round", rounding="0.1"), "round needs rounding_mode"),
    (rule("round", rounding_mode="up"), "round needs rounding"),
    (rule("round", rounding="0", rounding_mode="up"), "rounding is 0"),
    (rule("extract_date"), "extract_date needs date_part"),
    (rule("custom"), "custom needs expression"),
    (rule("custom", expression="nope(value)"), "function nope is not one a mapping may call"),
    (rule("custom", expression="valu"), "there is no column valu"),
    (rule("custom", expression="(select 1)"), "not allowed"),
    (rule("field_lookup"), "needs lookup_table"),
    (rule("field_lookup", lookup_table="erp.t", lookup_source="a"), "needs lookup_target"),
    *(
        (rule("field_lookup", lookup_table=text, lookup_source="a", lookup_target="b"), "is not a table")
        for text in ("t", "a.b.c", "erp.t x", "erp.t; drop table y", "f(x)", "erp.", "(select 1)")
    ),
]


@pytest.mark.parametrize(("subject", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_a_rule_that_cannot_work_is_refused(subject: Rule, message: str) -> None:
    with pytest.raises((MappingError, ExpressionError)) as caught:
        sql_of(subject)
    assert isinstance(caught.value, PysyncError)
    assert message in caught.value.message
    assert caught.value.hint


def _quiet() -> Iterator[Rule]:
    """Rules that never raise, whatever the text."""
    raising = {"round", "extract_date", "custom"}
    yield from (subject for subject, _ in EXAMPLES if subject.rule_type not in raising)


_DIGITS = st.text("0123456789+-.,:/ eETZtapm\u00a0\u202f\u0661é", max_size=25)
_ANY = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)


def test_no_other_rule_raises_on_any_text(lookup: Connection) -> None:
    trees = (transform.apply(column("x", "s"), "R", {"R": subject}) for subject in _quiet())
    query = f"select {', '.join(render(t, pretty=False) for t in trees)} from unnest($1::text[]) as s (x)"

    @settings(max_examples=40, deadline=None, database=None)
    @given(st.lists(_DIGITS | _ANY, min_size=10, max_size=40))
    def check(values: list[str]) -> None:
        found = lookup.execute(query.encode(), [values]).fetchall()
        assert len(found) == len(values)
        assert all(None not in row for row in found)

    check()


def test_examples_in_the_docstrings_hold() -> None:
    assert [doctest.testmod(m).failed for m in (dates, patterns)] == [0, 0]
