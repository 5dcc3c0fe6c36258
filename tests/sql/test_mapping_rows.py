"""Mapping rows that cannot be are refused when they are written, by a constraint that names what is wrong."""

from __future__ import annotations

import psycopg
import pytest

from pysync.database import Connection

MAPPING = "insert into sync.table_mapping (mapping_name, left_table, right_table"
FIELD = "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column"
RULE = "insert into sync.transformation_rule (rule_code, rule_type"
REFUSED = {
    "blank name": (f"{MAPPING}) values ('', 'a.t', 'b.t')", "table_mapping_mapping_name_check"),
    "long name": (f"{MAPPING}) values (repeat('x', 101), 'a.t', 'b.t')", "table_mapping_mapping_name_check"),
    "name taken": (f"{MAPPING}) values ('M', 'a.t', 'b.t')", "table_mapping_pkey"),
    "no table": (f"{MAPPING}) values ('N', 'a.t', null)", "table_mapping_right_table_not_null"),
    "parent": (f"{MAPPING}, parent_mapping) values ('N', 'a.t', 'b.t', '?')", "table_mapping_parent_mapping_fkey"),
    "direction": (f"{MAPPING}, direction) values ('N', 'a.t', 'b.t', 'up')", "table_mapping_direction_check"),
    "no key column": (f"{MAPPING}, left_key) values ('N', 'a.t', 'b.t', '{{}}')", "table_mapping_left_key_check"),
    "reference": (f"{FIELD}, reference) values ('M', 1, 'a', 'b', '?')", "field_mapping_reference_fkey"),
    "rule": (f"{FIELD}, rule_to_left) values ('M', 1, 'a', 'b', '?')", "field_mapping_rule_to_left_fkey"),
    "priority": (f"{FIELD}, match_priority) values ('M', 1, 'a', 'b', -1)", "field_mapping_match_priority_check"),
    "no mapping": (f"{FIELD}) values ('?', 1, 'a', 'b')", "field_mapping_mapping_name_fkey"),
    "rule type": (f"{RULE}) values ('R', 'magic')", "transformation_rule_rule_type_check"),
    "start": (f"{RULE}, start_position) values ('R', 'substring', -1)", "transformation_rule_start_position_check"),
    "length": (f"{RULE}, length) values ('R', 'substring', -1)", "transformation_rule_length_check"),
    "option twice": (
        "insert into sync.option_mapping (option_set, left_value, right_value) values ('K', '1', 'a'), ('K', '2', 'a')",
        "option_mapping_option_set_right_value_key",
    ),
    "rule in use": ("delete from sync.transformation_rule where rule_code = 'B'", "field_mapping_rule_to_left_fkey"),
    "chained": ("delete from sync.transformation_rule where rule_code = 'A'", "transformation_rule_next_rule_fkey"),
    "coupled twice": (
        "insert into sync.coupling (mapping_name, left_key, right_key) values ('M', '1', '1'), ('M', '2', '1')",
        "coupling_mapping_name_right_key_key",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "constraint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_by_its_constraint(db: Connection, statement: str, constraint: str) -> None:
    db.execute(
        b"insert into sync.transformation_rule (rule_code, rule_type, next_rule)"
        b" values ('A', 'trim', null), ('B', 'trim', 'A');"
        b"insert into sync.table_mapping (mapping_name, left_table, right_table) values ('M', 'a.t', 'b.t');"
        b"insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, rule_to_left)"
        b" values ('M', 9, 'a', 'b', 'B')"
    )
    with pytest.raises(psycopg.IntegrityError) as refused:
        db.execute(statement.encode())
    named = refused.value.diag.constraint_name or refused.value.diag.column_name
    assert named in (constraint, "right_table")
