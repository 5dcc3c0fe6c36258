"""Odd is not bad: names that need quotes, or fill all 63 bytes, work everywhere."""

from __future__ import annotations

import pytest
from psycopg import sql

from .conftest import Database, Pysync

LONG = "n" * 63
# Name of the schema, the table, the columns, and of the mapping (100 characters at most).
NAMES = {
    "spaces_and_capitals": ("My ERP", "Sales Line", "Line No.", "SALES LINE Card"),
    "percent": ("erp %s", "100% $1 %(x)s", "Disc. %", "100% OF %s"),
    "quotes": ('d\'un "erp"', "l'o\"ne", "co\"l'", 'IT\'S "QUOTED"'),
    "backslashes": ("a\\b", "c\\n", "e\\'f", "BACK\\SLASH"),
    "dots_and_semicolons": ("a.b;", "c.d; --", "e.f /* ? :x @y", "a.b; drop table x; -- ?"),
    "keywords": ("select", "table", "from", "ORDER"),
    "longest": ("s" * 63, LONG, LONG, "M" * 100),
    "longest_in_bytes": ("ä" * 31, "ö" * 31, "ü" * 31, "Ü☃" * 50),
    "names_of_our_own": ("s", "t", "b", "stage"),
}


def _make(place: Database, kind: str) -> None:
    schema, table, column, mapping = NAMES[kind]
    names = {
        "schemas": sql.Identifier(schema), "left": sql.Identifier(schema, table), "right": sql.Identifier(schema, "r"),
        "key": sql.Identifier(column), "value": sql.Identifier(column[:60] + "2"), "mapping": sql.Literal(mapping),
        "left_name": sql.Literal(sql.Identifier(schema, table).as_string()),
        "right_name": sql.Literal(sql.Identifier(schema, "r").as_string()),
        "key_name": sql.Literal(column), "value_name": sql.Literal(column[:60] + "2"),
    }  # fmt: skip
    place.execute(
        sql.SQL("""
        create schema {schemas};
        create table {left} ({key} text primary key, {value} text);
        create table {right} ({key} text primary key, {value} text);
        insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, direction)
        values ({mapping}, {left_name}, {right_name}, false, 'both');
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
        values ({mapping}, 1, {key_name}, {key_name}), ({mapping}, 2, {value_name}, {value_name});
        select sync.enable_capture({mapping});
        insert into {left} values ('a''b"c%s $1 \\', 'left'), ('K', 'left');
        insert into {right} values ('R', 'right');
        """).format(**names)
    )


@pytest.fixture(scope="module")
def made(place: Database, pysync: Pysync) -> None:
    for kind in NAMES:
        _make(place, kind)
    answer = pysync("run")
    assert answer.code == 0, answer.text


def _rows(place: Database, kind: str, table: str) -> list[tuple[str, ...]]:
    return place.execute(sql.SQL("table {} order by 1").format(sql.Identifier(NAMES[kind][0], table))).fetchall()


@pytest.mark.parametrize("kind", NAMES)
def test_odd_names_travel_both_ways(kind: str, place: Database, made: None) -> None:
    expected = [("K", "left"), ("R", "right"), ("a'b\"c%s $1 \\", "left")]
    assert sorted(_rows(place, kind, NAMES[kind][1])) == expected
    assert sorted(_rows(place, kind, "r")) == expected
    assert place.execute("select count(*) from sync.outbox where mapping_name = $1", [NAMES[kind][3]]).fetchone() == (
        0,
    )


def test_every_command_takes_an_odd_mapping_name(pysync: Pysync, made: None) -> None:
    name = NAMES["dots_and_semicolons"][3]
    for command in (["check"], ["explain"], ["why", "--side", "left"], ["record", "--side", "left"], ["run"]):
        answer = pysync(*command, "--", name, *(["K"] if "--side" in command else []))
        assert answer.code == 0, (command, answer.text)


def test_commands_that_are_shown_can_be_typed_as_they_are(place: Database, pysync: Pysync, made: None) -> None:
    """Quotes in keys and names are quoted in the SQL that problems tells."""
    schema, table, column, name = NAMES["quotes"]
    parts = {
        "left": sql.Identifier(schema, table),
        "right": sql.Identifier(schema, "r"),
        "key": sql.Identifier(column),
        "value": sql.Identifier(column + "2"),
    }
    place.execute(sql.SQL("alter table {right} add check ({value} <> 'bad')").format(**parts))
    place.execute(sql.SQL("update {left} set {value} = 'bad' where {key} like 'a%'").format(**parts))
    assert pysync("run").code == 1
    (problem,) = pysync("problems", "--json").data["problems"]
    assert problem["mapping_name"] == name
    assert place.execute(problem["next_command"].encode()).fetchone() == (1,)
    place.execute(sql.SQL("update {left} set {value} = 'left' where {key} like 'a%'").format(**parts))
    assert pysync("run").code == 0


def test_a_fault_gives_its_next_command_as_a_shell_reads_it(place: Database, pysync: Pysync, made: None) -> None:
    schema, table, _, mapping = NAMES["spaces_and_capitals"]
    place.execute(sql.SQL("alter table {} rename to away").format(sql.Identifier(schema, table)))
    place.execute("select sync_private.ask($1, 'left', 'K', 'request')", [mapping])
    answer = pysync("run", mapping)
    place.execute(sql.SQL("alter table {} rename to {}").format(sql.Identifier(schema, "away"), sql.Identifier(table)))
    assert "pysync check 'SALES LINE Card'" in answer.text
    assert pysync("run", mapping).code == 0
