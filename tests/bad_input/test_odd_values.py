"""Odd is not bad: values that few rows have travel unharmed, and are no change in a second look."""
# ruff: noqa: E501, S608

from __future__ import annotations

import pytest
from psycopg import sql

from .conftest import Database, Pysync

# Type and texts that are rare, but right.
VALUES = {
    "money": ("money", ["-$1,234.56", "$92,233,720,368,547,758.07"]),
    "real": ("real", ["NaN", "Infinity", "-Infinity", "-0", "1e-37", "3.4028235e+38"]),
    "double": ("double precision", ["NaN", "Infinity", "-Infinity", "0.1", "5e-324", "1.7976931348623157e+308"]),
    "numeric": ("numeric", ["NaN", "Infinity", "1e131071", "0.000", "1.10", "-99999999999999999999.99999999999999999999"]),
    "bytea": ("bytea", ["\\x", "\\x00ff5c27", "\\xdeadbeef"]),
    "texts": ("text[]", ["{}", "{NULL,\"NULL\",\"\",\"a,b\",\"q\\\"\\\\\"}", "{{a,b},{c,d}}", "[2:3]={x,y}"]),
    "json": ("json", ['{"b":1, "a":  [null, 1e2], "a": "twice"}', "null", '"\\u00e4"']),
    "jsonb": ("jsonb", ['{"a": [1, 2.50, null], "b": {"c": "\\"x\\""}}', "[]", "1.000"]),
    "timestamp": ("timestamptz", ["infinity", "-infinity", "4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00"]),
    "date": ("date", ["infinity", "0044-03-15 BC", "5874897-12-31"]),
    "interval": ("interval", ["-1 mon +2 days -00:00:00.000001", "178000000 years"]),
    "time": ("timetz", ["24:00:00+00", "00:00:00+15:59:59"]),
    "range": ("int4range", ["empty", "(,)", "[1,2)"]),
    "multirange": ("nummultirange", ["{}", "{[1.5,2),(3,)}"]),
    "text": ("text", ["", " ", "\t\n\r", "null", "☃ \U0001f600 a\u0301", "\x01\x7f", "%s $1 \\ ' \" --"]),
    "char": ("char(4)", ["", "ab", "a"]),
    "bits": ("bit varying", ["", "1010"]),
    "uuid": ("uuid", ["00000000-0000-0000-0000-000000000000"]),
    "inet": ("inet", ["::1/128", "10.0.0.1/8"]),
    "point": ("point", ["(1,-0.5)", "(NaN,Infinity)"]),
    "search": ("tsvector", ["'a' 'b':1A,2"]),
    "oid": ("oid", ["0", "4294967295"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def sent(place: Database, pysync: Pysync) -> None:
    columns = ", ".join(f"{kind} {type_name}" for kind, (type_name, _) in VALUES.items())
    place.execute("create schema v")
    for side in "lr":
        place.execute(f"create table v.{side} (id text primary key, {columns})".encode())
    place.execute(
        b"insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, direction)"
        b" values ('V', 'v.l', 'v.r', false, 'both');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" select 'V', attnum, attname, attname from pg_attribute where attrelid = 'v.l'::regclass and attnum > 0;"
        b"select sync.enable_capture('V')"
    )
    for row in range(max(len(values) for _, values in VALUES.values())):
        given = {kind: values[row] for kind, (_, values) in VALUES.items() if row < len(values)}
        place.execute(
            sql.SQL("insert into v.l (id, {}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, given)),
                sql.SQL(", ").join(map(sql.Literal, [str(row), *given.values()])),
            )
        )
    answer = pysync("run")
    assert answer.code == 0, answer.text


@pytest.mark.parametrize("kind", VALUES)
def test_odd_values_arrive_as_they_are(kind: str, place: Database, sent: None) -> None:
    query = f"select id, {kind}::text from v.{{}} order by id"
    left, right = (place.execute(query.format(side).encode()).fetchall() for side in "lr")
    assert left == right
    assert [value is not None for _, value in left].count(True) == len(VALUES[kind][1])


def test_odd_values_are_no_changes_in_a_second_look(place: Database, pysync: Pysync, sent: None) -> None:
    place.execute("update v.l set id = id")
    place.execute("select sync.request_full_sync('V')")
    data = pysync("run", "V", "--json").data
    assert [(m["modified"], m["failed"], m["conflicted"]) for m in data["mappings"]] == [(0, 0, 0)]


def test_odd_values_are_taken_as_changes_too(place: Database, pysync: Pysync, sent: None) -> None:
    """Back to null on the right, one row: all of it travels to the left."""
    nulls = ", ".join(f"{kind} = null" for kind in VALUES)
    place.execute(f"update v.r set {nulls} where id = '0'".encode())
    assert pysync("run").code == 0
    rows = place.execute("select e.key, e.value from v.l, jsonb_each(to_jsonb(l)) e where l.id = '0'").fetchall()
    assert [row for row in rows if row[1] is not None] == [("id", "0")]
