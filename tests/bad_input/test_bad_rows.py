"""Rows the target will not have: each is parked with the reason, whole; the rows beside it arrive."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .conftest import Answer, Database, Pysync

MADE = """
create schema l;
create schema r;
create table l.item (
    no text primary key, mark text default 'old', short text, number text, must text default 'x', small integer,
    single text, town text, told text, swallowed text, divided integer default 1, day text, wide bigint, body text,
    colour text, span int4range, amount numeric, root numeric default 1, period text, bytes text, flag text, mood text);
create type r.mood as enum ('good', 'bad');
create domain r.colour as text constraint colour_check check (value in ('red', 'blue'));
create table r.town (name text primary key);
create table r.item (
    id text primary key, mark text, short varchar(5), number integer, must text constraint item_must_not_null not null,
    small integer constraint item_small_check check (small < 10), single text constraint item_single_key unique,
    town text constraint item_town_fkey references r.town, told text, swallowed text, divided numeric, day date,
    wide smallint, body jsonb, colour r.colour, span int4range,
    amount numeric(5, 2), root numeric, period interval, bytes bytea, flag boolean, mood r.mood,
    constraint item_span_excl exclude using gist (span with &&));
create function r.tell() returns trigger language plpgsql as $$
begin
    if new.told = 'bad' then
        raise exception 'no credit for %', new.id using errcode = 'XY001', detail = 'Ask the owner.';
    end if;
    if new.swallowed = 'bad' then
        return null;
    end if;
    return new;
end $$;
create trigger tell before insert or update on r.item for each row execute function r.tell();
insert into sync.table_mapping (mapping_name, left_table, right_table) values ('ITEM', 'l.item', 'r.item');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction, to_right)
select 'ITEM', a.attnum, a.attname, a.attname, 'to_right',
       case a.attname when 'divided' then '100 / divided' when 'root' then 'sqrt(root)' end
  from pg_attribute a where a.attrelid = 'l.item'::regclass and a.attnum > 1;
insert into l.item (no, span) select n::text, int4range(n, n + 1) from generate_series(1, {rows}) n;
insert into r.item (id, mark, must, divided, root, span) select no, mark, must, 100, 1, span from l.item;
insert into sync.coupling (mapping_name, left_key, right_key) select 'ITEM', no, no from l.item;
select sync.enable_capture('ITEM');
update l.item set mark = 'new';
"""
# The change that is refused, its SQLSTATE, and what the message must name.
KINDS = {
    "too_long": ("short = '123456'", "22001", "character varying(5)"),
    "no_number": ("number = 'many'", "22P02", 'integer: "many"'),
    "null_in_not_null": ("must = null", "23502", 'column "must" of relation "item"'),
    "check": ("small = 10", "23514", 'relation "item" violates check constraint "item_small_check"'),
    "unique": ("single = 'taken'", "23505", "item_single_key"),
    "foreign_key": ("town = 'Atlantis'", "23503", "item_town_fkey"),
    "exclusion": ("span = int4range(1, 2)", "23P01", "item_span_excl"),
    "trigger_raises": ("told = 'bad'", "XY001", "no credit for {key} (Ask the owner.)"),
    "trigger_swallows": ("swallowed = 'bad'", "SY020", "r.item took 0 of 1 rows"),
    "division_by_zero": ("divided = 0", "22012", "division by zero"),
    "root_of_less_than_nothing": ("root = -1", "2201F", "square root"),
    "no_date": ("day = 'soon'", "22007", 'date: "soon"'),
    "date_there_is_not": ("day = '2023-02-30'", "22008", '"2023-02-30"'),
    "number_out_of_range": ("wide = 70000", "22003", "smallint out of range"),
    "numeric_overflow": ("amount = 123456", "22003", "numeric field overflow"),
    "no_json": ("body = '{open'", "22P02", "type json"),
    "domain": ("colour = 'green'", "23514", "colour_check"),
    "no_interval": ("period = 'a while'", "22007", 'interval: "a while"'),
    "no_bytes": ("bytes = '\\xZZ'", "22023", "hexadecimal"),
    "no_boolean": ("flag = 'perhaps'", "22P02", 'boolean: "perhaps"'),
    "no_such_enum_value": ("mood = 'odd'", "22P02", 'enum r.mood: "odd"'),
}
KEYS = {kind: str(n) for n, kind in enumerate(KINDS, start=101)}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the commands said."""

    run: Answer
    problems: Answer


@pytest.fixture(scope="module")
def seen(place: Database, pysync: Pysync) -> Seen:
    place.execute(MADE.replace("{rows}", "140").encode())
    place.execute("update l.item set single = 'taken' where no = '1'")
    for kind, (change, _, _) in KINDS.items():
        place.execute(f"update l.item set {change} where no = '{KEYS[kind]}'".encode())  # noqa: S608
    return Seen(pysync("run", "--json"), pysync("problems", "--json"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_the_target_refuses_is_parked_whole(kind: str, place: Database, seen: Seen) -> None:
    _, sqlstate, piece = KINDS[kind]
    key = KEYS[kind]
    found = place.execute(
        "select target_key, reason, sqlstate, message from sync.parked where record_key = $1", [key]
    ).fetchone()
    assert found is not None
    assert found[:3] == (key, "error", sqlstate)
    assert piece.format(key=key) in found[3]
    assert place.execute("select mark from r.item where id = $1", [key]).fetchall() == [("old",)]
    assert [e["sqlstate"] for e in seen.run.data["errors"] if e["record_key"] == key] == [sqlstate]
    assert [p["next_command"] for p in seen.problems.data["problems"] if p["record_key"] == key] == [
        f"select sync.retry('ITEM', '{key}')"
    ]


def test_the_rows_beside_them_arrive(place: Database, seen: Seen) -> None:
    assert (seen.run.code, seen.problems.code) == (1, 1)
    (counts,) = seen.run.data["mappings"]
    assert (counts["failed"], counts["modified"]) == (len(KINDS), 140 - len(KINDS))
    rows = place.execute("select count(*) from r.item where mark = 'new'").fetchall()
    assert rows == [(140 - len(KINDS),)]
    assert place.execute("select count(*) from sync.outbox").fetchone() == (0,)


def test_the_reason_is_told_by_why(pysync: Pysync, seen: Seen) -> None:
    answer = pysync("why", "ITEM", KEYS["check"], "--side", "left")
    assert answer.code == 1
    assert "item_small_check" in answer.text
    assert f"next: select sync.retry('ITEM', '{KEYS['check']}')" in answer.text


def test_a_mended_row_arrives_when_it_is_retried(place: Database, pysync: Pysync, seen: Seen) -> None:
    key = KEYS["check"]
    place.execute("alter table r.item drop constraint item_small_check")
    place.execute("select sync.retry('ITEM', $1)", [key])
    assert pysync("run").code == 0
    assert place.execute("select mark, small from r.item where id = $1", [key]).fetchone() == ("new", 10)
