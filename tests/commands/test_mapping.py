"""`pysync mapping`: mapping rows as a file; what a dump says is what a database has after it ran."""
# ruff: noqa: E501, ISC004, S608

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import dump, edit, migrate
from pysync.database import connect
from pysync.errors import MappingError

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]

ODD = """
insert into sync.system (system_name, schema_name, description)
    values ('Ann''s "ERP"', 'erp', E'two\\nlines\\\\; and a tab\\t'), ('CRM', 'crm', '');
insert into sync.transformation_rule (rule_code, rule_type, find_text, replace_text, next_rule, rounding) values
    ('A', 'replace', '$$', '''', 'Z', null), ('Z', 'regex_replace', '(\\d+)\\s', '$1', null, null),
    ('B', 'round', null, null, 'A', 0.010);
insert into sync.option_mapping values ('K', '', 'none'), ('K', 'a;b', '--'), ('K', 'same', 'same'), ('k', '/*', 'x');
insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, right_key, left_filter, coupled_only,
        batch_size, parent_mapping, description)
    values ('ODD $$ ''x''', 'erp."Sales ""Line"" x"', 'crm."Ä ö"', '{"No.","a\\"b","x,y"}', '{id}', 'a <> ''--;''', false, 7,
        'CUSTOMER', 'über "$1" %s');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, rule_to_left, reference,
        option_set, match_priority, match_case_sensitive, is_enabled)
    values ('ODD $$ ''x''', 10, 'No.', E'new\\nline', 'case when "No." = '';'' then 1 end', 'B', null, 'K', 0, true, false),
        ('ODD $$ ''x''', 2, null, 'y', null, null, 'CUSTOMER', null, null, false, true);
insert into sync.field_mapping (mapping_name, field_no, right_column, constant) values ('ODD $$ ''x''', 3, 'c', '');
insert into sync.mapping_dependency values ('PERSON', 'ODD $$ ''x''');
insert into sync.insert_default (mapping_name, side, priority, column_name, value)
    values ('ODD $$ ''x''', 'left', 2, 'It''s', '''x''');
insert into sync.schedule (mapping_name, every, inactivity_timeout) values ('ODD $$ ''x''', '90 min', '1 day 2 h');
insert into sync.capture_source values ('ODD $$ ''x''', 'right', 'crm.b', '"a,b", c');
insert into sync.mapping_example (mapping_name, example_no, direction, source, expected)
    values ('ODD $$ ''x''', 11, 'to_right', '{"a": "it''s $$ \\\\ \\n"}', '{}'), ('ODD $$ ''x''', 2, 'to_left', '{}', null);
"""


def rows(db: Database) -> dict[str, list[Any]]:
    """All mapping rows but their state."""
    found = {}
    for table in dump.tables(db):
        names = ", ".join(f'"{name}"::text' for name in table.columns)
        found[table.name] = sorted(db.execute(f"select {names} from sync.{table.name}".encode()).fetchall(), key=repr)
    return found


@pytest.fixture
def odd(systems: Database) -> Database:
    systems.execute(ODD.encode())
    return systems


def test_a_dump_fills_an_empty_database_with_the_same_rows(odd: Database, pysync: Pysync, empty_dsn: str) -> None:
    answer = pysync("mapping", "dump")
    assert answer.code == 0
    migrate.upgrade(empty_dsn)
    with connect(empty_dsn) as other:
        other.execute(answer.out.encode())
        assert rows(other) == rows(odd)
        assert dump.dump(other) == answer.out


def test_a_dump_does_not_depend_on_when_a_row_was_written(odd: Database) -> None:
    before = dump.dump(odd)
    odd.execute("update sync.field_mapping set field_no = field_no")
    odd.execute("select sync.pause('CUSTOMER')")
    assert dump.dump(odd) == before
    lines = before.splitlines()
    assert "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right)" in lines
    assert "values ('CUSTOMER', 2, 'city', 'town', 'upper(city)');" in lines
    assert lines.index("-- CUSTOMER") < lines.index("-- PERSON")


def test_a_dump_can_go_to_a_file(systems: Database, pysync: Pysync, tmp_path: Path) -> None:
    file = tmp_path / "m.sql"
    answer = pysync("mapping", "dump", "--out", str(file))
    assert (answer.code, answer.out) == (0, "")
    assert file.read_text("utf-8") == dump.dump(systems)
    assert pysync("mapping", "dump", "--out", str(tmp_path / "no" / "m.sql")).code == 2


def test_every_table_and_column_of_the_mapping_rows_is_dumped(db: Database) -> None:
    tables = {t.name: t for t in dump.tables(db)}
    assert {"system", "transformation_rule", "option_mapping", "table_mapping", "field_mapping"} < tables.keys()
    db.execute("alter table sync.field_mapping add colour text default 'red'")
    db.execute(
        "create table sync.zz_part (mapping_name text primary key references sync.table_mapping on delete cascade)"
    )
    tables = {t.name: t for t in dump.tables(db)}
    assert "colour" in tables["field_mapping"].columns
    assert tables["zz_part"].is_part


def test_every_table_of_the_schema_is_a_mapping_table_or_written_by_passes(db: Database) -> None:
    written = db.execute(
        "select c.relname from pg_class c where c.relnamespace = 'sync'::regnamespace and c.relkind = 'r'"
        " and not has_table_privilege('sync_engine', c.oid, 'insert') order by 1"
    ).fetchall()
    assert sorted(t.name for t in dump.tables(db)) == [name for (name,) in written]


def test_named_mappings_bring_what_they_use(odd: Database) -> None:
    text = dump.dump(odd, ["ODD $$ 'x'"])
    assert "They refer to mappings that must be there already: CUSTOMER" in text
    for wanted in ("'B', 'round'", "'A', 'replace'", "'Z', 'regex_replace'", "'a;b'", "Ann''s \"ERP\""):
        assert wanted in text
    assert "'k', '/*'" not in text
    assert "values ('CUSTOMER'" not in text


def test_rules_that_go_round_in_a_circle_are_dumped_too(db: Database, empty_dsn: str) -> None:
    db.execute("insert into sync.transformation_rule (rule_code, rule_type, next_rule) values"
               " ('A', 'trim', 'B'), ('B', 'trim', 'C'), ('C', 'trim', 'A')")  # fmt: skip
    migrate.upgrade(empty_dsn)
    with connect(empty_dsn) as other:
        other.execute(dump.dump(db).encode())
        assert rows(other) == rows(db)


def test_no_difference_from_ones_own_dump(odd: Database, pysync: Pysync, tmp_path: Path) -> None:
    file = tmp_path / "all.sql"
    file.write_text(dump.dump(odd), "utf-8")
    answer = pysync("mapping", "diff", str(file))
    assert (answer.code, answer.out) == (0, "no difference\n")
    assert pysync("mapping", "diff", str(file), "--json").data == {"changes": []}
    before = odd.execute("select mapping_name, revision from sync.table_mapping order by 1").fetchall()
    assert pysync("mapping", "apply", str(file)).out == "no difference\n"
    assert odd.execute("select mapping_name, revision from sync.table_mapping order by 1").fetchall() == before


@pytest.fixture
def edited(odd: Database, tmp_path: Path) -> str:
    """A dump of the rows as they were before somebody edited them."""
    file = tmp_path / "wanted.sql"
    file.write_text(dump.dump(odd), "utf-8")
    odd.execute(
        b"update sync.field_mapping set to_right = null where mapping_name = 'CUSTOMER' and field_no = 2;"
        b"delete from sync.field_mapping where mapping_name = 'CUSTOMER' and field_no = 3;"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('CUSTOMER', 12, 'blocked', 'town'), ('CUSTOMER', 9, 'blocked', 'name');"
        b"delete from sync.option_mapping where option_set = 'K' and left_value <> 'same';"
        b"insert into sync.option_mapping values ('K', '', '--'), ('K', 'a;b', 'none');"
        b"update sync.table_mapping set update_conflict = 'left_wins', is_paused = true"
        b" where mapping_name = 'CUSTOMER';"
        b"update sync.transformation_rule set next_rule = null where rule_code = 'A'"
    )
    return str(file)


def test_diff_tells_rows_and_columns_and_changes_nothing(odd: Database, edited: str, pysync: Pysync) -> None:
    before = rows(odd)
    answer = pysync("mapping", "diff", edited)
    assert answer.code == 1
    assert [" ".join(text.split()) for text in answer.out.splitlines()] == [
        "~ transformation_rule A",
        "next_rule null → Z",
        "~ option_mapping K",
        "right_value -- → none",
        "~ option_mapping K a;b",
        "right_value none → --",
        "~ table_mapping CUSTOMER",
        "update_conflict left_wins → fail",
        "~ field_mapping CUSTOMER 2",
        "to_right null → upper(city)",
        "+ field_mapping CUSTOMER 3",
        "left_column credit",
        "right_column credit",
        "direction both",
        "on_unresolved wait",
        "when_null write",
        "write_on always",
        "match_case_sensitive false",
        "is_enabled true",
        "- field_mapping CUSTOMER 9",
        "left_column blocked",
        "right_column name",
        "direction both",
        "on_unresolved wait",
        "when_null write",
        "write_on always",
        "match_case_sensitive false",
        "is_enabled true",
        "- field_mapping CUSTOMER 12",
        *("left_column blocked", "right_column town", "direction both", "on_unresolved wait", "when_null write"),
        *("write_on always", "match_case_sensitive false", "is_enabled true"),
    ]
    data = pysync("mapping", "diff", edited, "--json")
    assert data.code == 1
    assert data.data["changes"][3] == {
        "table": "table_mapping",
        "action": "change",
        "key": ["CUSTOMER"],
        "columns": [["update_conflict", "left_wins", "fail"]],
    }
    assert rows(odd) == before


def test_apply_brings_just_what_the_file_says(odd: Database, edited: str, pysync: Pysync) -> None:
    wanted = Path(edited).read_text("utf-8")
    assert pysync("mapping", "apply", edited).code == 0
    assert dump.dump(odd) == wanted
    assert odd.execute("select is_paused from sync.table_mapping where mapping_name = 'CUSTOMER'").fetchone() == (True,)
    assert odd.execute("select count(*) from sync.coupling").fetchone() == (3,)
    assert pysync("mapping", "diff", edited).code == 0


def test_mappings_the_file_does_not_name_are_left_alone(odd: Database, pysync: Pysync, tmp_path: Path) -> None:
    file = tmp_path / "person.sql"
    file.write_text(dump.dump(odd, ["PERSON"]), "utf-8")
    before = rows(odd)
    odd.execute("delete from sync.field_mapping where mapping_name = 'PERSON'")
    assert pysync("mapping", "apply", str(file)).code == 0
    assert rows(odd) == before


@pytest.mark.parametrize("change", ["left_table = 'erp.person'", "right_key = '{name}'"])
def test_couplings_do_not_lose_their_table(odd: Database, change: str) -> None:
    wanted = dump.dump(odd)
    odd.execute(f"update sync.table_mapping set {change} where mapping_name = 'CUSTOMER'".encode())
    with pytest.raises(MappingError, match="has couplings, and the file gives it another table or key") as told:
        edit.apply(odd, wanted)
    assert "sync.uncouple('CUSTOMER')" in str(told.value.hint)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("update sync.table_mapping set coupled_only = true", "line 1: not an insert into a mapping table"),
        ("insert into sync.outbox (mapping_name) values ('x')", "line 1: not an insert into a mapping table"),
        ("\n\ncommit;", "line 3: not an insert into a mapping table"),
        ("insert into sync.system values ('a', 'b", "a quote or comment is not closed"),
        (
            "insert into sync.field_mapping (mapping_name, field_no) values ('CUSTOMER', 5)",
            "the file has rows of field_mapping for mapping CUSTOMER, but no row of table_mapping",
        ),
        ("insert into sync.table_mapping (mapping_name) values ('X')", 'null value in column "left_table"'),
        (
            "insert into sync.table_mapping (mapping_name, left_table, right_table, parent_mapping)"
            " values ('X', 'a.b', 'c.d', 'NONE')",
            "table_mapping_parent_mapping_fkey",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(
    systems: Database, pysync: Pysync, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "x.sql"
    file.write_text(text, "utf-8")
    before = rows(systems)
    for command in ("diff", "apply"):
        answer = pysync("mapping", command, str(file))
        assert answer.code in (1, 2)
        assert told in answer.err
    assert rows(systems) == before


def test_a_file_that_is_not_there_is_wrong_usage(pysync: Pysync, systems: Database) -> None:
    answer = pysync("mapping", "diff", "/nowhere/x.sql")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be read" in answer.err


def test_test_runs_the_examples_and_says_which_does_not_hold(
    pysync: Pysync, systems: psycopg.Connection[TupleRow]
) -> None:
    systems.execute(
        "insert into sync.mapping_example (mapping_name, example_no, direction, source, expected) values"
        """ ('CUSTOMER', 1, 'to_right', '{"no": "C1", "name": "Alder", "city": "Rome"}', '{"town": "ROME"}'),"""
        """ ('CUSTOMER', 2, 'to_right', '{"no": "C1", "name": "Alder", "city": "Rome"}', '{"town": "Rome"}')"""
    )
    answer = pysync("mapping", "test")
    assert answer.code == 2
    assert "CUSTOMER: example 2: town: expected 'Rome', got 'ROME'" in answer.out
    assert answer.out.endswith("2 examples, 1 faults\n")
    systems.execute("delete from sync.mapping_example where example_no = 2")
    answer = pysync("mapping", "test", "CUSTOMER", "--json")
    assert (answer.code, answer.data) == (0, {"examples": 1, "faults": []})
