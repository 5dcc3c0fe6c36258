"""The catalog as the engine sees it: odd names, domains, keys, and which types can be compared."""

from __future__ import annotations

import doctest

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import catalog
from pysync.errors import CatalogError
from pysync.model import Column, Table

pytestmark = pytest.mark.core

Connection = psycopg.Connection[TupleRow]


@pytest.fixture
def odd(db: Connection) -> Table:
    db.execute('create schema "Odd ""S"')
    db.execute('create domain "Odd ""S"."Short Text" as varchar(7) not null')
    db.execute('create domain "Odd ""S".shorter as "Odd ""S"."Short Text"')
    db.execute("""create type "Odd ""S"."Kind" as enum ('a', 'b')""")
    db.execute(
        'create table "Odd ""S"."T $1 %s" ('
        '  "No." text, line int generated always as identity, gone int, amount numeric(10, 2) not null default 1.5,'
        '  code char(3), flags bit(4), note varchar(20), domained "Odd ""S".shorter, kind "Odd ""S"."Kind",'
        "  body json, place point, made timestamptz(3) default now(), twice int generated always as (line * 2) stored,"
        '  tags text[], places point[], days daterange, shape circle, one "char",'
        '  primary key (line, "No."), unique (amount) include (note))'
    )
    db.execute('alter table "Odd ""S"."T $1 %s" drop column gone')
    db.execute('create unique index on "Odd ""S"."T $1 %s" (code) where amount > 1')
    db.execute('create unique index on "Odd ""S"."T $1 %s" (lower(note))')
    return catalog.read_table(db, '"Odd ""S"."T $1 %s"')


def column(table: Table, name: str) -> Column:
    found = table.column(name)
    assert found is not None
    return found


def test_names_and_order(odd: Table) -> None:
    assert (odd.schema, odd.name, odd.kind) == ('Odd "S', "T $1 %s", "r")
    assert [c.name for c in odd.columns][:4] == ["No.", "line", "amount", "code"]


def test_keys_are_in_key_order_without_included_columns(odd: Table) -> None:
    assert odd.primary_key == ("line", "No.")
    assert odd.unique_keys == (("line", "No."), ("amount",))


@pytest.mark.parametrize(
    ("name", "type_name", "base_type"),
    [
        ("amount", "numeric(10,2)", "numeric"),
        ("code", "character(3)", "bpchar"),
        ("flags", "bit(4)", '"bit"'),
        ("note", "character varying(20)", "character varying"),
        ("domained", '"Odd ""S".shorter', "character varying"),
        ("kind", '"Odd ""S"."Kind"', '"Odd ""S"."Kind"'),
        ("made", "timestamp(3) with time zone", "timestamp with time zone"),
        ("tags", "text[]", "text[]"),
    ],
)
def test_type_text_reads_back(db: Connection, odd: Table, name: str, type_name: str, base_type: str) -> None:
    found = column(odd, name)
    assert (found.type_name, found.base_type) == (type_name, base_type)
    db.execute(f"select null::{type_name}, null::{base_type}".encode() if name != "domained" else b"select 1")


def test_lengths_see_through_domains(odd: Table) -> None:
    lengths = {c.name: c.max_length for c in odd.columns if c.max_length is not None}
    assert lengths == {"code": 3, "note": 20, "domained": 7}


def test_not_null_comes_from_column_key_and_domain(odd: Table) -> None:
    assert {c.name for c in odd.columns if c.not_null} == {"No.", "line", "amount", "domained"}


def test_defaults_identity_and_generated(odd: Table) -> None:
    assert column(odd, "amount").default == "1.5"
    assert column(odd, "made").default == "now()"
    assert column(odd, "line").identity == "a"
    assert (column(odd, "twice").is_generated, column(odd, "twice").default) == (True, None)


def test_equality_is_known_where_is_distinct_from_works(db: Connection, odd: Table) -> None:
    assert {c.name for c in odd.columns if not c.has_equality} == {"body", "place", "places", "shape"}
    for name in ("No.", "amount", "code", "flags", "note", "domained", "kind", "tags", "days", "one"):
        query = psycopg.sql.SQL("select x.{c} is distinct from x.{c} from {t} x").format(
            c=psycopg.sql.Identifier(name), t=psycopg.sql.Identifier(odd.schema, odd.name)
        )
        db.execute(query)


def test_default_of_another_schema_is_qualified(db: Connection) -> None:
    db.execute("create schema erp")
    db.execute("create sequence erp.numbers")
    db.execute("create table erp.t (id bigint primary key default nextval('erp.numbers'))")
    assert column(catalog.read_table(db, "erp.t"), "id").default == "nextval('erp.numbers'::regclass)"


def test_triggers_that_may_change_a_row_are_seen_unless_disabled(db: Connection) -> None:
    db.execute("create schema erp")
    db.execute("create table erp.t (id int primary key)")
    db.execute("create function erp.f() returns trigger language plpgsql as 'begin return new; end'")
    db.execute("create trigger after_all after insert or update on erp.t for each row execute function erp.f()")
    db.execute("create trigger before_statement before insert on erp.t for each statement execute function erp.f()")
    table = catalog.read_table(db, "erp.t")
    assert (table.has_before_insert, table.has_before_update) == (False, False)
    db.execute("create trigger before_row before update on erp.t for each row execute function erp.f()")
    table = catalog.read_table(db, "erp.t")
    assert (table.has_before_insert, table.has_before_update) == (False, True)
    db.execute("alter table erp.t disable trigger before_row")
    assert catalog.read_table(db, "erp.t").has_before_update is False


def test_views_are_tables_without_keys(db: Connection) -> None:
    db.execute("create schema erp")
    db.execute("create view erp.v as select 1 as a, 'x'::varchar(5) as b")
    table = catalog.read_table(db, "ERP.v")
    assert (table.kind, table.primary_key, [c.type_name for c in table.columns]) == (
        "v",
        (),
        ["integer", "character varying(5)"],
    )


@pytest.mark.parametrize(
    "text", ["nowhere.x", "pg_class", "erp.", "a.b.c", "", "erp.t; drop", 'erp."t', "sync.nothing"]
)
def test_text_that_names_no_table_is_an_error(db: Connection, text: str) -> None:
    with pytest.raises(CatalogError, match="there is no table"):
        catalog.read_table(db, text)


def test_many_are_read_at_once_and_missing_ones_left_out(db: Connection) -> None:
    found = catalog.read_tables(db, ["sync.system", "sync.nothing", "sync.option_mapping", "SYNC . system"])
    assert {text: table.name for text, table in found.items()} == {
        "sync.system": "system",
        "sync.option_mapping": "option_mapping",
        "SYNC . system": "system",
    }


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(catalog).failed == 0
