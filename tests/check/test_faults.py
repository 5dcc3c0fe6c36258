"""Each kind of fault is found, names what is wrong, and says what to type; a sound mapping has none."""
# ruff: noqa: E501, ISC004, S608

from __future__ import annotations

import doctest
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import check, database
from pysync.check import subject
from pysync.errors import MappingError
from pysync.model import Fault
from pysync.statements import probe
from tests.conftest import copied_database

pytestmark = pytest.mark.core

Connection = psycopg.Connection[TupleRow]

SOUND = b"""
create schema erp;
create schema crm;
create table erp."Country" ("Code" varchar(10) primary key, "Name" text);
create table crm.country (id uuid primary key default gen_random_uuid(), code text unique, name text);
create table erp."Customer $1" (
    "No." varchar(20) primary key, "Name" varchar(50) not null, "City %" text, "Country" varchar(10),
    "Credit Limit" numeric(12, 2), "Blocked" text not null default '', "Since" date, "Body" json,
    "Row" bigint generated always as identity, "Twice" numeric generated always as ("Credit Limit" * 2) stored);
create table crm.account (
    id uuid primary key default gen_random_uuid(), number varchar(20), name varchar(50) not null, city text,
    country uuid, credit numeric, state integer, since date, body jsonb, note text);
insert into sync.option_mapping values ('BLOCKED', 'All', '2'), ('BLOCKED', 'Ship', '1');
insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only, left_new_key) values
    ('COUNTRY', 'erp."Country"', 'crm.country', false, 'code'),
    ('CUSTOMER', 'erp."Customer $1"', 'crm.account', false, 'number');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values
    ('COUNTRY', 1, 'Name', 'name'), ('CUSTOMER', 1, 'Name', 'name'), ('CUSTOMER', 2, 'City %', 'city'),
    ('CUSTOMER', 5, 'Credit Limit', 'credit'), ('CUSTOMER', 7, 'Since', 'since');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference)
values ('CUSTOMER', 3, 'Country', 'country', 'COUNTRY');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, option_set)
values ('CUSTOMER', 4, 'Blocked', 'state', 'BLOCKED');
insert into sync.field_mapping (mapping_name, field_no, right_column, to_right) values ('CUSTOMER', 6, 'number', '"No."');
select sync.enable_capture();
"""


@pytest.fixture(scope="module")
def shared(migrated_template: Any, maintenance: Connection) -> Iterator[Connection]:
    """One database for this file: a test of what is wrong changes nothing that a rollback does not take back."""
    template = migrated_template.template_dbname
    with (
        copied_database(maintenance, template, f"{template}_faults") as address,
        database.connect(address) as connection,
    ):
        connection.execute(SOUND)
        yield connection


@pytest.fixture
def sound(shared: Connection) -> Iterator[Connection]:
    with shared.transaction(force_rollback=True):
        yield shared


def shown(faults: tuple[Fault, ...]) -> str:
    """Faults as lines of text: severity, place, message, hint."""
    return "\n".join(
        f"{f.severity} {f.mapping}/{f.field_no or '-'}/{f.column or '-'}: {f.message} -> {f.hint}" for f in faults
    )


def test_a_sound_mapping_has_no_fault(sound: Connection) -> None:
    assert shown(check.check(sound)) == ""


FIELD = "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column"
CASES = {
    "table missing": (
        "update sync.table_mapping set right_table = 'crm.acount' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/right_table: there is no table crm.acount -> did you mean crm.account",
    ),
    "table without schema": (
        "update sync.table_mapping set right_table = 'account' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/right_table: there is no table account -> ",
    ),
    "no primary key": (
        "alter table crm.account drop constraint account_pkey",
        "error CUSTOMER/-/right_key: right table crm.account has no primary key and the mapping names no key",
    ),
    "view without key": (
        "create view crm.v as select * from crm.account;"
        "update sync.table_mapping set right_table = 'crm.v' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/right_key: right view crm.v has no primary key and the mapping names no key -> set right_key",
    ),
    "view whose changes nobody tells": (
        "create view crm.v as select * from crm.account;"
        "update sync.table_mapping set right_table = 'crm.v', right_key = '{id}' where mapping_name = 'CUSTOMER'",
        "warning CUSTOMER/-/right_table: right table crm.v is a view and no row of sync.capture_source names",
    ),
    "key column missing": (
        "update sync.table_mapping set left_key = array['No'] where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/left_key: there is no column No in erp.Customer $1 -> did you mean No.?",
    ),
    "key not unique": (
        "update sync.table_mapping set left_key = array['Name'] where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/left_key: key Name of erp.Customer $1 has no unique index",
    ),
    "key nullable": (
        "update sync.table_mapping set right_key = array['code'] where mapping_name = 'COUNTRY'",
        "error COUNTRY/-/right_key: key column code of crm.country may be null",
    ),
    "new key of a composite key": (
        "update sync.table_mapping set left_key = array['No.', 'Name'] where mapping_name = 'CUSTOMER'",
        "warning CUSTOMER/-/left_new_key: left_new_key is not used: the key of erp.Customer $1 has 2 columns",
    ),
    "column missing": (
        FIELD + ") values ('CUSTOMER', 9, 'Nme', 'note')",
        "error CUSTOMER/9/left_column: there is no column Nme in erp.Customer $1 -> did you mean Name?",
    ),
    "no column at all": (
        FIELD + ") values ('CUSTOMER', 9, null, null)",
        "error CUSTOMER/9/-: the field has no column on either side",
    ),
    "constant with two columns": (
        FIELD + ", constant) values ('CUSTOMER', 9, 'Body', 'note', 'x')",
        "error CUSTOMER/9/constant: the field has a constant and two columns",
    ),
    "constant that does not fit": (
        "alter table crm.account add kind integer;" + FIELD + ", constant) values ('CUSTOMER', 9, null, 'kind', 'x')",
        'error CUSTOMER/9/constant: invalid input syntax for type integer: "x"',
    ),
    "nothing to come from": (
        FIELD + ") values ('CUSTOMER', 9, null, 'note')",
        "error CUSTOMER/9/left_column: note has nothing to come from",
    ),
    "direction that leaves nothing": (
        "update sync.table_mapping set direction = 'to_right' where mapping_name = 'CUSTOMER';"
        "update sync.field_mapping set direction = 'to_left' where mapping_name = 'CUSTOMER' and field_no = 2",
        "warning CUSTOMER/2/direction: the field never travels: its direction is to_left, the mapping's to_right",
    ),
    "expression for the other direction": (
        "update sync.field_mapping set direction = 'to_right', to_left = 'upper(city)'"
        " where mapping_name = 'CUSTOMER' and field_no = 2",
        "warning CUSTOMER/2/to_left: to_left is not used: nothing travels that way",
    ),
    "generated target": (
        FIELD + ") values ('CUSTOMER', 9, 'Twice', 'note')",
        "error CUSTOMER/9/left_column: left column Twice is generated and cannot be written -> set direction to to_right",
    ),
    "identity target": (
        FIELD + ") values ('CUSTOMER', 9, 'Row', 'note')",
        "error CUSTOMER/9/left_column: left column Row is generated always as identity and cannot be updated",
    ),
    "written twice": (
        FIELD + ", direction) values ('CUSTOMER', 9, 'No.', 'city', 'to_right')",
        "error CUSTOMER/9/right_column: right column city is written by field 2 and field 9",
    ),
    "too long text": (
        "alter table crm.account alter name type varchar(30)",
        "warning CUSTOMER/1/right_column: Name holds up to 50 characters, name takes 30: a longer text is parked"
        " -> widen name, or cut it: to_right = 'left(\"Name\", 30)'",
    ),
    "values too long": (
        """alter table crm.account alter city type varchar(3);
           insert into erp."Customer $1" ("No.", "Name", "City %") values ('1', 'a', 'Bern'), ('2', 'b', 'Ulm')""",
        "warning CUSTOMER/2/left_column: 1 value of more than the 3 characters city takes: parked when they travel",
    ),
    "not null column that nothing gives": (
        "alter table crm.account add owner text not null",
        "error CUSTOMER/-/right_table: new rows in crm.account have no value for owner, which is not null",
    ),
    "not null column that a trigger may give": (
        "create function crm.f() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger t before insert on crm.account for each row execute function crm.f();"
        "alter table crm.account add owner text not null",
        "warning CUSTOMER/-/right_table: new rows in crm.account have no value for owner, which is not null; a trigger",
    ),
    "key of a new row that nothing gives": (
        "update sync.table_mapping set left_new_key = null where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/left_new_key: new rows in erp.Customer $1 have no value for No., which is not null"
        " -> set left_new_key",
    ),
    "filter not a condition": (
        """update sync.table_mapping set left_filter = '"City %"' where mapping_name = 'CUSTOMER'""",
        'error CUSTOMER/-/left_filter: "City %" is not a condition',
    ),
    "filter with an unknown column": (
        "update sync.table_mapping set right_filter = 'sitty = ''x''' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/right_filter: there is no column sitty -> did you mean city",
    ),
    "filter with a subquery": (
        "update sync.table_mapping set right_filter = 'exists (select 1)' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/right_filter: exists is not allowed in an expression: EXISTS(SELECT 1) -> an expression sees one",
    ),
    "filter that changes by itself": (
        "update sync.table_mapping set left_filter = '\"Since\" < now()' where mapping_name = 'CUSTOMER'",
        "warning CUSTOMER/-/left_filter: now() gives another value each time",
    ),
    "expression with an unknown function": (
        "update sync.field_mapping set to_right = 'pg_sleep(1)' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/to_right: function pg_sleep is not one a mapping may call: pg_sleep(1)",
    ),
    "expression the server refuses": (
        "update sync.field_mapping set to_right = '\"City %\" + 1' where mapping_name = 'CUSTOMER' and field_no = 2",
        'error CUSTOMER/2/to_right: operator does not exist: text + integer in "City %" + 1 -> cast one of the two',
    ),
    "expression that changes by itself": (
        "update sync.field_mapping set to_right = 'now()::date' where mapping_name = 'CUSTOMER' and field_no = 7",
        "warning CUSTOMER/7/to_right: now() gives another value each time: every pass may find the field changed",
    ),
    "type that cannot be cast": (
        FIELD + ", direction) values ('CUSTOMER', 9, 'Since', 'body', 'to_right')",
        "error CUSTOMER/9/left_column: cannot cast type date to jsonb -> set to_right to an expression",
    ),
    "type that fits now and then": (
        "alter table crm.account add kind integer;" + FIELD + ") values ('CUSTOMER', 9, 'No.', 'kind');"
        "update sync.field_mapping set direction = 'to_right' where field_no = 9",
        "warning CUSTOMER/9/right_column: No. is character varying(20) and is copied to kind, which is integer",
    ),
    "reference of another type": (
        "update sync.field_mapping set left_column = 'Since', right_column = 'country'"
        " where mapping_name = 'CUSTOMER' and field_no = 3; update sync.field_mapping set is_enabled = false where field_no = 7;"
        'alter table erp."Country" drop constraint "Country_pkey"; alter table erp."Country" add id uuid primary key',
        "error CUSTOMER/3/reference: left column Since is date, but the key id of mapping COUNTRY is uuid",
    ),
    "reference to a composite key": (
        """update sync.table_mapping set left_key = array['Code', 'Name'] where mapping_name = 'COUNTRY'""",
        "error CUSTOMER/3/reference: the left key of mapping COUNTRY has 2 columns, one column cannot refer to it",
    ),
    "reference to a disabled mapping": (
        "update sync.table_mapping set is_enabled = false where mapping_name = 'COUNTRY'",
        "warning CUSTOMER/3/reference: the field refers to mapping COUNTRY, which is disabled: only old couplings count",
    ),
    "option set without rows": (
        "update sync.field_mapping set option_set = 'BLOCKT' where mapping_name = 'CUSTOMER' and field_no = 4",
        "error CUSTOMER/4/option_set: option set BLOCKT has no rows -> did you mean BLOCKED?",
    ),
    "value without an option": (
        """insert into erp."Customer $1" ("No.", "Name", "Blocked")
           values ('1', 'a', 'Invoice'), ('2', 'b', 'Invoice'), ('3', 'c', 'it''s'), ('4', 'd', 'All'), ('5', 'e', '')""",
        "warning CUSTOMER/4/option_set: option set BLOCKED has no row for 2 values in use:"
        " 'Invoice' (2 rows), 'it''s' (1 row)",
    ),
    "default for a missing column": (
        "insert into sync.insert_default (mapping_name, side, column_name, value) values ('CUSTOMER', 'right', 'nte', '1')",
        "error CUSTOMER/-/insert_default: there is no column nte in crm.account -> did you mean note?",
    ),
    "default that is not used": (
        "update sync.table_mapping set direction = 'to_left' where mapping_name = 'CUSTOMER';"
        "insert into sync.insert_default (mapping_name, side, column_name, value) values ('CUSTOMER', 'right', 'note', '''x''')",
        "warning CUSTOMER/-/insert_default: insert_default of right column note is not used: nothing travels to the right",
    ),
    "default that is no expression": (
        "insert into sync.insert_default (mapping_name, side, column_name, value) values ('CUSTOMER', 'right', 'note', 'Net 30')",
        "error CUSTOMER/-/insert_default: not an expression near 30: Net 30",
    ),
    "capture source missing": (
        "insert into sync.capture_source values ('CUSTOMER', 'left', 'erp.countri', 'Code')",
        'error CUSTOMER/-/capture_source: there is no table erp.countri -> did you mean erp."Country"?',
    ),
    "capture source column missing": (
        "insert into sync.capture_source values ('CUSTOMER', 'left', 'erp.\"Country\"', 'Cod')",
        "error CUSTOMER/-/capture_source: there is no column Cod in erp.Country -> did you mean Code?",
    ),
    "capture source key too long": (
        "insert into sync.capture_source values ('CUSTOMER', 'left', 'erp.\"Country\"', 'Code, Name')",
        "error CUSTOMER/-/capture_source: Code, Name gives 2 columns, but the left key has 1",
    ),
    "capture off": (
        "select sync.disable_capture('CUSTOMER')",
        "warning CUSTOMER/-/-: capture is off: changes are not seen -> type: select sync.enable_capture('CUSTOMER')",
    ),
    "capture stale": (
        'alter table erp."Customer $1" disable trigger user',
        "type: select sync.enable_capture('CUSTOMER')",
    ),
    "the same table twice": (
        "update sync.table_mapping set right_table = left_table where mapping_name = 'COUNTRY'",
        'error COUNTRY/-/right_table: both sides are the same table erp."Country"',
    ),
    "cycle of declarations": (
        "insert into sync.mapping_dependency values ('COUNTRY', 'CUSTOMER'), ('CUSTOMER', 'COUNTRY')",
        "error COUNTRY/-/-: the mapping needs itself: COUNTRY needs CUSTOMER needs COUNTRY",
    ),
    "cycle that no null breaks": (
        "alter table crm.account alter country set not null; alter table crm.country add main uuid not null;"
        'alter table erp."Country" add "Main" varchar(20);'
        + FIELD
        + ", reference) values ('COUNTRY', 2, 'Main', 'main', 'CUSTOMER')",
        "error COUNTRY/-/reference: new rows on the right refer to each other by columns that are not null:"
        " COUNTRY needs CUSTOMER needs COUNTRY -> make one",
    ),
    "another mapping writes the column": (
        "insert into sync.table_mapping (mapping_name, left_table, right_table, direction)"
        " values ('VIP', 'erp.\"Customer $1\"', 'crm.vip', 'to_left');"
        "create table crm.vip (id int primary key, name varchar(50));" + FIELD + ") values ('VIP', 1, 'Name', 'name')",
        "warning VIP/-/-: Name of erp.Customer $1 is written by mapping CUSTOMER too",
    ),
    "constant that is to be matched by": (
        "insert into sync.field_mapping (mapping_name, field_no, right_column, constant, match_priority)"
        " values ('CUSTOMER', 8, 'note', 'x', 1)",
        "warning CUSTOMER/8/match_priority: the field cannot be matched by: it is a constant, or travels nowhere"
        " -> set match_priority to null",
    ),
    "matching wanted and no field to match by": (
        "update sync.table_mapping set full_sync = 'couple' where mapping_name = 'CUSTOMER'",
        "error CUSTOMER/-/full_sync: full_sync is couple, but no field has a match_priority"
        " -> set match_priority of the fields that must agree, or full_sync to auto",
    ),
    "rule that loops": (
        "insert into sync.transformation_rule (rule_code, rule_type) values ('A', 'trim'), ('B', 'trim');"
        "update sync.transformation_rule set next_rule = case rule_code when 'A' then 'B' else 'A' end;"
        "update sync.field_mapping set rule_to_right = 'A' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/rule_to_right: transformation rules loop: A -> B -> A"
        " -> set next_rule of B in sync.transformation_rule to null or to another rule",
    ),
    "rule without its parameter": (
        "insert into sync.transformation_rule (rule_code, rule_type) values ('A', 'replace');"
        "update sync.field_mapping set rule_to_left = 'A' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/rule_to_left: transformation rule A: replace needs find_text -> set find_text of rule A",
    ),
    "rule with a regular expression the server cannot read": (
        "insert into sync.transformation_rule (rule_code, rule_type, find_text) values ('A', 'regex_match', '(a{2,1})');"
        "update sync.field_mapping set rule_to_right = 'A' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/rule_to_right: transformation rule A: invalid regular expression: invalid repetition count(s)"
        " -> correct find_text of rule A: (a{2,1})",
    ),
    "rule that looks into a column that is not there": (
        "insert into sync.transformation_rule (rule_code, rule_type, lookup_table, lookup_source, lookup_target)"
        " values ('A', 'field_lookup', 'erp.\"Country\"', 'code', 'Name');"
        "update sync.field_mapping set rule_to_right = 'A' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/rule_to_right: column l.code does not exist",
    ),
    "rule whose expression names another column": (
        "insert into sync.transformation_rule (rule_code, rule_type, expression) values ('A', 'custom', 'upper(val)');"
        "update sync.field_mapping set rule_to_right = 'A' where mapping_name = 'CUSTOMER' and field_no = 2",
        "error CUSTOMER/2/rule_to_right: transformation rule A: there is no column val -> did you mean value?",
    ),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_fault_is_found_and_says_what_to_type(sound: Connection, change: str, expected: str) -> None:
    sound.execute(change.encode())
    faults = check.check(sound)
    assert expected in shown(faults)
    assert all(f.hint for f in faults)


def test_all_faults_come_at_once_errors_first(sound: Connection) -> None:
    for change, _ in (CASES["column missing"], CASES["filter not a condition"], CASES["too long text"]):
        sound.execute(change.encode())
    sound.execute("alter table crm.country drop constraint country_pkey")
    found = [(f.severity, f.mapping, f.field_no, f.column) for f in check.check(sound)]
    assert ("error", "COUNTRY", None, "right_key") in found
    assert ("error", "CUSTOMER", None, "left_filter") in found
    assert ("error", "CUSTOMER", 9, "left_column") in found
    assert ("warning", "CUSTOMER", 1, "right_column") in found
    assert [severity for severity, *_ in found] == sorted(severity for severity, *_ in found)


def test_a_column_that_two_mappings_carry_both_ways_is_no_fault(sound: Connection) -> None:
    change, _ = CASES["another mapping writes the column"]
    sound.execute(change.replace("'to_left'", "'both'").encode())
    assert "is written by mapping" not in shown(check.check(sound))


def test_one_broken_expression_does_not_hide_another(sound: Connection) -> None:
    sound.execute("update sync.field_mapping set to_right = 'nope(1)' where mapping_name = 'CUSTOMER' and field_no = 2")
    sound.execute(
        "update sync.field_mapping set to_right = 'true + 1' where mapping_name = 'CUSTOMER' and field_no = 5"
    )
    sound.execute("update sync.field_mapping set to_left = 'name + 1' where mapping_name = 'CUSTOMER' and field_no = 1")
    errors = [(f.field_no, f.column) for f in check.check(sound) if f.severity == "error"]
    assert errors == [(1, "to_left"), (2, "to_right"), (5, "to_right")]


def test_a_role_without_rights_is_told_what_to_grant(sound: Connection) -> None:
    sound.execute("create role clerk")
    sound.execute("grant sync_reader to clerk")
    sound.execute("grant usage on schema crm to clerk")
    sound.execute("grant select on all tables in schema crm to clerk")
    sound.execute("grant execute on all functions in schema sync, sync_private to clerk")
    sound.execute("set local role clerk")
    text = shown(check.check(sound))
    assert (
        "role clerk lacks insert, select, update, usage on erp.Country -> type: grant usage on schema erp to clerk"
        in text
    )
    assert (
        "role clerk lacks insert, update on crm.account -> type: grant insert, update on crm.account to clerk" in text
    )


def test_deleting_needs_the_right_to_delete(sound: Connection) -> None:
    sound.execute("update sync.table_mapping set on_left_delete = 'delete' where mapping_name = 'CUSTOMER'")
    sound.execute("create role clerk")
    sound.execute("grant sync_reader to clerk")
    sound.execute("grant usage on schema crm, erp to clerk")
    sound.execute("grant select, insert, update on all tables in schema crm, erp to clerk")
    sound.execute("set local role clerk")
    text = shown(check.check(sound, ["CUSTOMER"]))
    assert "role clerk lacks delete on crm.account -> type: grant delete on crm.account to clerk" in text
    assert "erp." not in text


def test_a_disabled_mapping_is_checked_when_named(sound: Connection) -> None:
    sound.execute(CASES["column missing"][0].encode())
    sound.execute("update sync.table_mapping set is_enabled = false where mapping_name = 'CUSTOMER'")
    assert "CUSTOMER" not in shown(check.check(sound))
    assert "there is no column Nme" in shown(check.check(sound, ["CUSTOMER"]))


def test_only_the_named_mappings_are_checked(sound: Connection) -> None:
    sound.execute(CASES["column missing"][0].encode())
    assert check.check(sound, ["COUNTRY"]) == ()


def test_an_unknown_mapping_is_an_error(sound: Connection) -> None:
    with pytest.raises(MappingError, match="there is no mapping CUSTOMR"):
        check.check(sound, ["CUSTOMR"])


def test_a_check_leaves_nothing_behind(shared: Connection) -> None:
    with shared.transaction():
        check.check(shared)
        assert shared.execute("select pg_current_xact_id_if_assigned()::text").fetchone() == (None,), (
            "nothing was written"
        )
    assert shared.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert shared.execute("show statement_timeout").fetchone() == ("0",)
    assert shared.execute("show transaction_read_only").fetchone() == ("off",)


def test_examples_in_the_docstrings_hold() -> None:
    assert [doctest.testmod(m).failed for m in (subject, probe)] == [0, 0]
