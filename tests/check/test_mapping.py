"""Mapping rows come out of the database as one model, in order, whole."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import mapping
from pysync.errors import MappingError
from pysync.model import CaptureSource, FieldMapping, InsertDefault, Side

pytestmark = pytest.mark.core

Connection = psycopg.Connection[TupleRow]


@pytest.fixture
def filled(db: Connection) -> Connection:
    db.execute(
        b"""
        insert into sync.transformation_rule (rule_code, rule_type, rounding, rounding_mode)
        values ('CENTS', 'round', 0.01, 'up');
        insert into sync.table_mapping (mapping_name, left_table, right_table, left_key, direction)
        values ('ORDER', 'erp."Sales Header"', 'crm.order', array['Type', 'No.'], 'to_right'),
               ('CUSTOMER', 'erp.customer', 'crm.account', null, 'both');
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference, rule_to_right)
        values ('ORDER', 20, 'Amount', 'amount', null, 'CENTS'), ('ORDER', 3, 'Customer', 'account', 'CUSTOMER', null);
        insert into sync.mapping_dependency values ('ORDER', 'CUSTOMER');
        insert into sync.insert_default (mapping_name, side, priority, column_name, value)
        values ('ORDER', 'right', 2, 'kind', '3'), ('ORDER', 'right', 1, 'kind', '4');
        insert into sync.capture_source values ('ORDER', 'left', 'erp.line', 'Document No.');
        """
    )
    return db


def test_a_mapping_comes_with_all_its_rows(filled: Connection) -> None:
    (order,) = mapping.load(filled, ["ORDER"])
    assert (order.left_table, order.left_key, order.right_key) == ('erp."Sales Header"', ("Type", "No."), None)
    assert order.fields == (
        FieldMapping(field_no=3, left_column="Customer", right_column="account", reference="CUSTOMER"),
        FieldMapping(field_no=20, left_column="Amount", right_column="amount", rule_to_right="CENTS"),
    )
    assert order.depends_on == ("CUSTOMER",)
    assert order.insert_defaults == (
        InsertDefault(side=Side.RIGHT, priority=1, column_name="kind", value="4"),
        InsertDefault(side=Side.RIGHT, priority=2, column_name="kind", value="3"),
    )
    assert order.capture_sources == (CaptureSource(Side.LEFT, "erp.line", "Document No."),)


def test_all_mappings_come_by_name_or_in_the_order_asked_for(filled: Connection) -> None:
    assert [m.mapping_name for m in mapping.load(filled)] == ["CUSTOMER", "ORDER"]
    asked = mapping.load(filled, ["ORDER", "CUSTOMER", "ORDER"])
    assert [m.mapping_name for m in asked] == ["ORDER", "CUSTOMER"]


def test_unknown_names_are_an_error_that_names_near_ones(filled: Connection) -> None:
    with pytest.raises(MappingError, match=r"there is no mapping CUSTOMR, nothing") as caught:
        mapping.load(filled, ["ORDER", "CUSTOMR", "nothing"])
    assert caught.value.hint == "did you mean CUSTOMER?"
    with pytest.raises(MappingError) as caught:
        mapping.load(filled, ["zzz"])
    assert caught.value.hint == "the mappings are CUSTOMER, ORDER"


def test_an_empty_database_has_no_mappings(db: Connection) -> None:
    assert mapping.load(db) == ()
    assert mapping.revisions(db) == {}


def test_rules_come_with_numbers_as_text(filled: Connection) -> None:
    rule = mapping.load_rules(filled)["CENTS"]
    assert (rule.rule_type, rule.rounding, rule.rounding_mode) == ("round", "0.01", "up")


def test_revisions_tell_every_mapping(filled: Connection) -> None:
    assert set(mapping.revisions(filled)) == {"CUSTOMER", "ORDER"}
