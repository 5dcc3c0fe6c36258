"""Mapping rows that say what cannot be: refused at once, or found by check and by the pass."""
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pytest

from .conftest import Answer, Database, Pysync

MADE = """
create schema {k}_l;
create schema {k}_r;
create table {k}_l.t (id text primary key, a text, b text, n integer, parent text, body json);
create table {k}_r.t (id text primary key, a text, b text, n integer, parent text, body json);
insert into {k}_l.t (id, a, b, n) values ('1', 'old', 'new', 1);
insert into {k}_r.t (id, a, b, n) values ('1', 'old', 'old', 1);
insert into sync.table_mapping (mapping_name, left_table, right_table, left_new_key, right_new_key)
values ('{m}', '{k}_l.t', '{k}_r.t', 'id', 'id');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values
    ('{m}', 1, 'a', 'a'), ('{m}', 2, 'b', 'b');
insert into sync.coupling (mapping_name, left_key, right_key) values ('{m}', '1', '1');
select sync.request_sync('{m}', 'left', '1');
{change};
"""
TO_RIGHT = "update sync.field_mapping set to_right = {} where mapping_name = '{{m}}' and field_no = 1"
FILTER = "update sync.table_mapping set left_filter = {} where mapping_name = '{{m}}'"
MAPPING = "update sync.table_mapping set {} where mapping_name = '{{m}}'"
FIELD = "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column{}) values ('{{m}}', 9, {})"


def _to_right(text: str) -> str:
    return TO_RIGHT.format(f"$x${text}$x$")


# The row, and what check says of it.
KINDS = {
    "subquery": (_to_right("(select max(a) from subquery_r.t)"), "an expression sees one row only"),
    "second_statement": (_to_right("a; drop table second_statement_r.t"), "a semicolon is not allowed"),
    "line_comment": (_to_right("a -- || b"), "a comment is not allowed"),
    "block_comment": (_to_right("a /* || b */"), "a comment is not allowed"),
    "function_not_allowed": (
        _to_right("pg_read_file('/etc/passwd')"),
        "function pg_read_file is not one a mapping may",
    ),
    "function_of_a_schema": (_to_right("pg_catalog.upper(a)"), "not allowed in an expression"),
    "set_config": (_to_right("set_config('role', 'postgres', false)"), "function set_config is not one a mapping may"),
    "dollar_quoting": (
        "update sync.field_mapping set to_right = '$q$x$q$ || a' where mapping_name = '{m}' and field_no = 1",
        "not allowed in an expression: 'x'",
    ),
    "aggregate": (_to_right("string_agg(a, ',')"), "function string_agg is not one a mapping may call"),
    "window_function": (_to_right("row_number() over ()"), "not allowed in an expression"),
    "parameter": (_to_right("$1"), "not"),
    "unclosed_text": (_to_right("'open || a"), "not an expression near"),
    "unclosed_bracket": (_to_right("upper(a"), "not an expression near"),
    "empty_expression": (_to_right(" "), "the expression is empty"),
    "unknown_column": (_to_right("upper(aa)"), "there is no column aa"),
    "column_of_another_table": (_to_right("t.a"), "a column is named without its table"),
    "wrong_type": (
        "update sync.field_mapping set left_column = 'n', right_column = 'n', to_right = '''x'' || a'"
        " where mapping_name = '{m}' and field_no = 1; " + _to_right("body"),
        "cannot cast type json to integer",
    ),
    "operator_there_is_not": (_to_right("a + n"), "operator does not exist: text + integer"),
    "filter_not_boolean": (FILTER.format("'a'"), "a is not a condition"),
    "filter_with_unknown_column": (FILTER.format("'z = 1'"), "there is no column z"),
    "filter_with_a_second_statement": (FILTER.format("'true; delete from sync.outbox'"), "a semicolon is not allowed"),
    "no_such_left_table": (MAPPING.format("left_table = 'nowhere.t'"), "there is no table nowhere.t"),
    "table_without_schema": (MAPPING.format("left_table = 't'"), "there is no table t"),
    "table_name_with_a_statement": (
        MAPPING.format("right_table = 'x.t; drop table x.t'"),
        "there is no table x.t; drop",
    ),
    "no_such_key_column": (MAPPING.format("left_key = '{{no}}'"), "there is no column no in no_such_key_column_l.t"),
    "no_such_field_column": (FIELD.format("", "'zz', 'parent'"), "there is no column zz in no_such_field_column_l.t"),
    "constant_of_another_type": (FIELD.format(", constant", "null, 'n', 'x'"), 'type integer: "x"'),
    "option_set_without_rows": (
        FIELD.format(", option_set", "'parent', 'parent', 'NONE'"),
        "option set NONE has no rows",
    ),
    "written_twice": (FIELD.format("", "'parent', 'a'"), "a is written by field 1 and field 9"),
    "both_sides_one_table": (MAPPING.format("right_table = left_table"), "both sides are the same table"),
}
# What the tables of mapping rows themselves refuse: the constraint says what.
REFUSED = {
    "no_such_direction": (MAPPING.format("direction = 'sideways'"), "table_mapping_direction_check"),
    "no_such_conflict_policy": (MAPPING.format("update_conflict = 'mine'"), "table_mapping_update_conflict_check"),
    "no_such_delete_policy": (MAPPING.format("on_left_delete = 'maybe'"), "table_mapping_on_left_delete_check"),
    "batch_of_none": (MAPPING.format("batch_size = 0"), "table_mapping_batch_size_check"),
    "no_key_at_all": (MAPPING.format("left_key = '{{}}'"), "table_mapping_left_key_check"),
    "no_such_parent": (MAPPING.format("parent_mapping = 'NOBODY'"), "table_mapping_parent_mapping_fkey"),
    "no_such_reference": (FIELD.format(", reference", "'parent', 'parent', 'NOBODY'"), "field_mapping_reference_fkey"),
    "no_such_rule": (
        FIELD.format(", rule_to_right", "'parent', 'parent', 'NOBODY'"),
        "field_mapping_rule_to_right_fkey",
    ),
    "field_of_no_mapping": (
        "insert into sync.field_mapping (mapping_name, field_no) values ('NOBODY', 1)",
        "field_mapping_mapping_name_fkey",
    ),
    "two_fields_of_one_number": (
        "insert into sync.field_mapping (mapping_name, field_no) values ('{m}', 1)",
        "field_mapping_pkey",
    ),
    "needs_itself": (
        "insert into sync.mapping_dependency values ('{m}', '{m}')",
        "mapping_dependency_depends_on_check",
    ),
    "mapping_without_name": (MAPPING.format("mapping_name = ''"), "table_mapping_mapping_name_check"),
    "mapping_with_an_endless_name": (
        MAPPING.format("mapping_name = repeat('x', 101)"),
        "table_mapping_mapping_name_check",
    ),
    "reference_and_option_set": (
        FIELD.format(", reference, option_set", "'parent', 'parent', '{{m}}', 'X'"),
        "field_mapping_reference_or_option_set_check",
    ),
}
# A pass looks at no data before it needs it: the first parks the record, the others are for check alone.
PARKED = ("constant_of_another_type",)
HARMLESS = ("option_set_without_rows", "written_twice", "both_sides_one_table")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the commands said."""

    check: Answer
    run: Answer
    problems: Answer


@pytest.fixture(scope="module")
def seen(place: Database, pysync: Pysync) -> Seen:
    for kind, (change, _) in {**KINDS, "sound": ("select", "")}.items():
        names = {"k": kind, "m": kind.upper()}
        place.execute(MADE.format(**names, change=change.format(**names)).encode())
    return Seen(pysync("check", "--json"), pysync("run", "--json"), pysync("problems", "--json"))


@pytest.mark.parametrize("kind", KINDS)
def test_check_names_the_row_and_what_to_do(kind: str, seen: Seen) -> None:
    errors = [f for f in seen.check.data["faults"] if f["mapping"] == kind.upper() and f["severity"] == "error"]
    assert any(KINDS[kind][1] in f"{f['message']} -> {f['hint']}" for f in errors), errors
    assert all(f["hint"] and (f["column"] or f["field_no"]) for f in errors)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in HARMLESS])
def test_the_pass_writes_nothing_for_it_and_keeps_the_entry(kind: str, place: Database, seen: Seen) -> None:
    name = kind.upper()
    if kind in PARKED:
        assert [e["record_key"] for e in seen.run.data["errors"] if e["mapping_name"] == name] == ["1"]
    else:
        (fault,) = [f for f in seen.run.data["faults"] if f["mapping"] == name]
        assert fault["message"]
        assert fault["hint"]
        commands = [p["next_command"] for p in seen.problems.data["problems"] if p["mapping_name"] == name]
        assert commands == [f"pysync check {name}"]
    kept = place.execute(
        "select (select count(*) from sync.outbox where mapping_name = $1)"
        " + (select count(*) from sync.parked where mapping_name = $1)",
        [name],
    ).fetchone()
    assert kept == (1,)
    assert place.execute(f"select a, b from {kind}_r.t".encode()).fetchall() == [("old", "old")]


def test_the_sound_mapping_goes_on(place: Database, seen: Seen) -> None:
    assert (seen.check.code, seen.run.code, seen.problems.code) == (2, 1, 1)
    assert place.execute("select b from sound_r.t").fetchall() == [("new",)]
    assert [f for f in seen.check.data["faults"] if f["mapping"] == "SOUND" and f["severity"] == "error"] == []


@pytest.mark.parametrize("kind", REFUSED)
def test_a_row_that_cannot_be_is_refused_by_its_constraint(kind: str, place: Database, seen: Seen) -> None:
    change, constraint = REFUSED[kind]
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        place.execute(change.format(m="SOUND").encode())
    assert refused.value.diag.constraint_name == constraint


def test_a_cycle_of_hard_dependencies_is_told_by_check(place: Database, pysync: Pysync, seen: Seen) -> None:
    place.execute("insert into sync.mapping_dependency values ('SOUND', 'SUBQUERY'), ('SUBQUERY', 'SOUND')")
    try:
        faults = pysync("check", "SOUND", "--json").data["faults"]
        (fault,) = [f for f in faults if "SUBQUERY" in f["message"]]
        assert (fault["severity"], fault["mapping"]) == ("error", "SOUND")
        assert fault["message"] == "the mapping needs itself: SOUND needs SUBQUERY needs SOUND"
        assert "delete a row of sync.mapping_dependency" in fault["hint"]
    finally:
        place.execute("delete from sync.mapping_dependency where 'SUBQUERY' in (mapping_name, depends_on)")
