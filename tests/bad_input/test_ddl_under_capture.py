"""DDL on a mapped table: the application goes on writing, and what it writes is not lost."""
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pysync import database
from pysync.runner import PassResult, Runner

from .conftest import Database, Pysync

MADE = """
create schema {l};
create schema {r};
create table {l}.t (id text primary key, a text, b text);
create table {r}.t (id text primary key, a text, b text);
insert into {l}.t select n::text, 'old', 'x' from generate_series(1, 4) n;
insert into {r}.t table {l}.t;
insert into sync.table_mapping (mapping_name, {near}_table, {far}_table, on_{near}_delete)
values ('{m}', '{l}.t', '{r}.t', 'delete');
insert into sync.field_mapping (mapping_name, field_no, {near}_column, {far}_column) values
    ('{m}', 1, 'a', 'a'), ('{m}', 2, 'b', 'b');
insert into sync.coupling (mapping_name, left_key, right_key)
    select '{m}', n::text, n::text from generate_series(1, 4) n;
select sync.enable_capture('{m}');
"""
PARTED = """
drop table {l}.t;
create table {l}.t (id text primary key, a text, b text) partition by list (id);
create table {l}.low partition of {l}.t for values in ('1', '2', '3', '4');
create table {l}.high partition of {l}.t for values in ('9');
insert into {l}.t table {r}.t;
select sync.enable_capture('{m}');
"""
OLD = ("old", "x")


@dataclass(frozen=True, slots=True)
class Kind:
    """DDL, what the application writes after it, how the DBA corrects the mapping, and what must come of it."""

    ddl: str
    write: str
    mend: str | None
    rows: dict[str, tuple[str | None, str | None]]
    says: str | None
    keys: tuple[tuple[str, str], ...] = ()
    parked: tuple[str, ...] = ()
    made: str = ""


RENAME = "update sync.field_mapping set {near}_column = 'aa' where mapping_name = '{m}' and field_no = 1"
KINDS = {
    "column_renamed": Kind(
        "alter table {l}.t rename a to aa",
        "update {l}.t set aa = 'late' where id = '2'",
        RENAME,
        {"1": ("early", "theirs"), "2": ("late", "x")},
        "column a is gone",
    ),
    "column_renamed_and_back": Kind(
        "alter table {l}.t rename a to aa",
        "update {l}.t set aa = null where id = '2'; alter table {l}.t rename aa to a",
        None,
        {"1": ("early", "theirs"), "2": (None, "x")},
        None,
    ),
    "column_dropped": Kind(
        "alter table {l}.t drop a",
        "update {l}.t set b = 'late' where id = '2'; delete from {l}.t where id = '3'",
        "delete from sync.field_mapping where mapping_name = '{m}' and field_no = 1",
        {"1": ("old", "theirs"), "2": ("old", "late")},
        "column a is gone",
        keys=(("1", "1"), ("2", "2"), ("4", "4")),
    ),
    "column_replaced": Kind(
        "alter table {l}.t drop a, add a integer",
        "update {l}.t set a = 7 where id = '2'",
        None,
        {"1": (None, "theirs"), "2": ("7", "x")},
        "the mapping watches other columns now",
    ),
    "column_retyped": Kind(
        "alter table {l}.t alter a type varchar(9)",
        "update {l}.t set a = 'late' where id = '2'",
        None,
        {"1": ("early", "theirs"), "2": ("late", "x")},
        None,
    ),
    "column_renamed_then_key_changed": Kind(
        "alter table {l}.t rename a to aa",
        "update {l}.t set id = '9' where id = '2'; update {l}.t set aa = 'late' where id = '9'",
        RENAME,
        {"1": ("early", "theirs"), "2": ("late", "x")},
        "column a is gone",
        keys=(("1", "1"), ("3", "3"), ("4", "4"), ("9", "2")),
    ),
    "key_renamed": Kind(
        "alter table {l}.t rename id to nr",
        "update {l}.t set a = 'late' where nr = '2'; delete from {l}.t where nr = '3'",
        None,
        {"1": ("early", "theirs"), "2": ("late", "x"), "3": OLD},
        "column id is gone",
        parked=("3",),
    ),
    "key_renamed_and_changed": Kind(
        "alter table {l}.t rename id to nr",
        "update {l}.t set a = 'late', nr = '9' where nr = '2'",
        None,
        {"2": OLD},
        "column id is gone",
        parked=("2",),
    ),
    "partitions_column_renamed": Kind(
        "alter table {l}.t rename a to aa",
        "update {l}.t set id = '9', aa = 'late' where id = '2'; update {l}.t set aa = 'late' where id = '3'",
        RENAME,
        {"1": ("early", "theirs"), "2": ("late", "x"), "3": ("late", "x")},
        "column a is gone",
        keys=(("1", "1"), ("3", "3"), ("4", "4"), ("9", "2")),
        made=PARTED,
    ),
    "partitions_key_renamed": Kind(
        "alter table {l}.t rename id to nr",
        "update {l}.t set a = 'late' where nr = '2'",
        None,
        {"1": ("early", "theirs"), "2": ("late", "x")},
        "column id is gone",
        made=PARTED,
    ),
    "table_renamed": Kind(
        "alter table {l}.t rename to u",
        "update {l}.u set a = 'late' where id = '2'",
        "update sync.table_mapping set {near}_table = '{l}.u' where mapping_name = '{m}'",
        {"1": ("early", "theirs"), "2": ("late", "x")},
        "the table does not exist",
    ),
    "schema_renamed": Kind(
        "alter schema {l} rename to {l}2",
        "update {l}2.t set a = 'late' where id = '2'",
        "update sync.table_mapping set {near}_table = '{l}2.t' where mapping_name = '{m}'",
        {"1": ("early", "theirs"), "2": ("late", "x")},
        "the table does not exist",
    ),
}
SIDES = {"left": "right", "right": "left"}
CASES = [(kind, side) for kind in KINDS for side in SIDES]


def _names(kind: str, side: str) -> dict[str, str]:
    name = f"{kind}_{side}"
    return {"m": name.upper(), "l": f"{name}_l", "r": f"{name}_r", "near": side, "far": SIDES[side]}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a runner with plans of its own made of it: before and after the mapping was corrected."""

    status: dict[str, tuple[str, str, str]]
    first: PassResult
    second: PassResult
    third: PassResult


@pytest.fixture(scope="module")
def seen(place: Database, place_dsn: str) -> Seen:
    def everywhere(statement: str) -> None:
        for kind, side in CASES:
            text = getattr(KINDS[kind], statement, statement) if statement.isalpha() else statement
            if text:
                place.execute(text.format(**_names(kind, side)).encode())

    everywhere(MADE)
    everywhere("made")
    # A session that has written before holds plans of the capture statements.
    everywhere("update {l}.t set b = b")
    with database.connect(place_dsn) as connection:
        runner = Runner(connection)
        assert runner.run().faults == {}
        everywhere("update {l}.t set a = 'early' where id = '1'")
        everywhere("update {r}.t set b = 'theirs' where id = '1'")
        everywhere("ddl")
        everywhere("write")
        status = {
            row[0]: row[1:]
            for row in place.execute(
                "select mapping_name, state, detail, next_command from sync.capture_status where state <> 'present'"
            )
        }
        first = runner.run()
        everywhere("mend")
        return Seen(status, first, runner.run(), runner.run())


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_what_is_written_after_ddl_arrives(kind: str, side: str, place: Database, seen: Seen) -> None:
    names = _names(kind, side)
    assert names["m"] not in seen.second.faults
    found = {
        row[0]: row[1:]
        for row in place.execute(f"select id, a, b from {names['r']}.t where id = any ($1)", [list(KINDS[kind].rows)])
    }
    assert found == KINDS[kind].rows
    assert place.execute("select count(*) from sync.outbox where mapping_name = $1", [names["m"]]).fetchone() == (0,)


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_couples_are_what_they_were(kind: str, side: str, place: Database, seen: Seen) -> None:
    names = _names(kind, side)
    found = place.execute(
        f"select {side}_key, {SIDES[side]}_key from sync.coupling where mapping_name = $1 order by 1", [names["m"]]
    ).fetchall()
    assert tuple(found) == (KINDS[kind].keys or tuple((k, k) for k in "1234"))


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_what_may_be_a_deletion_or_not_waits_for_a_person(kind: str, side: str, place: Database, seen: Seen) -> None:
    names = _names(kind, side)
    found = place.execute(
        "select record_key from sync.parked where mapping_name = $1 and side = $2 and reason = 'deleted'",
        [names["m"], side],
    ).fetchall()
    assert tuple(k for (k,) in found) == KINDS[kind].parked


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_capture_status_says_what_is_wrong(kind: str, side: str, seen: Seen) -> None:
    names = _names(kind, side)
    says = KINDS[kind].says
    if says is None:
        assert names["m"] not in seen.status
        return
    _, detail, command = seen.status[names["m"]]
    assert says in detail
    wanted = f"select sync.enable_capture('{names['m']}')" if "other columns" in says else f"pysync check {names['m']}"
    assert command == wanted


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_a_corrected_mapping_is_captured_as_before(kind: str, side: str, place: Database, seen: Seen) -> None:
    names = _names(kind, side)
    found = place.execute("select state, detail from sync.capture_status where mapping_name = $1", [names["m"]])
    assert set(found.fetchall()) == {("present", None)}
    assert seen.third.counts == {}


def test_a_pass_names_the_column_until_the_mapping_is_corrected(seen: Seen) -> None:
    for kind, side in CASES:
        names = _names(kind, side)
        assert (names["m"] in seen.first.faults) == (KINDS[kind].mend is not None)


def test_check_and_problems_give_the_next_command(place: Database, pysync: Pysync, seen: Seen) -> None:
    names = _names("later", "left")
    for statement in (MADE, "alter table {l}.t rename a to aa", "update {l}.t set b = 'late'"):
        place.execute(statement.format(**names).encode())
    problems, check = pysync("problems"), pysync("check", "LATER_LEFT")
    assert "column a is gone" in problems.text
    assert "pysync check LATER_LEFT" in problems.text
    assert "there is no column a in later_left_l.t" in check.text
    assert check.code == 2
