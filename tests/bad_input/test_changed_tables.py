"""Tables that change under a compiled mapping: the pass names what is gone, others go on, nothing is lost."""
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pysync import database
from pysync.runner import PassResult, Runner

from .conftest import Answer, Database, Pysync

MADE = """
create schema {l};
create schema {r};
create table {l}.t (id text primary key, a text, b text);
create table {r}.t (id text primary key, a text, b text);
insert into {l}.t values ('1', 'old', 'x'), ('2', 'old', 'x');
insert into {r}.t table {l}.t;
insert into sync.table_mapping (mapping_name, left_table, right_table) values ('{m}', '{l}.t', '{r}.t');
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values
    ('{m}', 1, 'a', 'a'), ('{m}', 2, 'b', 'b');
insert into sync.coupling (mapping_name, left_key, right_key) values ('{m}', '1', '1'), ('{m}', '2', '2');
select sync.enable_capture('{m}');
update {l}.t set b = 'compiled';
"""
# What happens, what the pass says of it, and where the target's rows are now (None: gone, or of another shape).
KINDS = {
    "source_column_dropped": ("alter table {l}.t drop column a", "field 1: column a is not in {l}.t", "{r}.t"),
    "source_column_renamed": ("alter table {l}.t rename a to aa", "field 1: column a is not in {l}.t", "{r}.t"),
    "target_column_dropped": ("alter table {r}.t drop column a", "field 1: column a is not in {r}.t", None),
    "source_table_dropped": ("drop table {l}.t", "there is no table {l}.t", "{r}.t"),
    "source_table_renamed": ("alter table {l}.t rename to u", "there is no table {l}.t", "{r}.t"),
    "target_table_dropped": ("drop table {r}.t", "there is no table {r}.t", None),
    "target_table_renamed": ("alter table {r}.t rename to u", "there is no table {r}.t", "{r}.u"),
    "source_schema_dropped": ("drop schema {l} cascade", "there is no table {l}.t", "{r}.t"),
    "target_schema_renamed": ("alter schema {r} rename to {r}2", "there is no table {r}.t", "{r}2.t"),
    "source_key_dropped": ("alter table {l}.t drop id cascade", "has no key for {l}.t", "{r}.t"),
    "target_key_dropped": ("alter table {r}.t drop id cascade", "has no key for {r}.t", "{r}.t"),
}
# A change of type needs no word: the mapping is compiled anew and goes on.
RETYPED = {
    "source_column_retyped": "alter table {l}.t alter a type varchar(9)",
    "target_column_retyped": "alter table {r}.t alter a type integer using 0",
}
ALL = (*KINDS, *RETYPED, "sound")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a runner that had its plans already, and then the commands, made of it."""

    runner: PassResult
    run: Answer
    check: Answer
    problems: Answer


def _names(kind: str) -> dict[str, str]:
    return {"m": kind.upper(), "l": f"{kind}_l", "r": f"{kind}_r"}


@pytest.fixture(scope="module")
def seen(place: Database, place_dsn: str, pysync: Pysync) -> Seen:
    for kind in ALL:
        place.execute(MADE.format(**_names(kind)).encode())
    with database.connect(place_dsn) as connection:
        runner = Runner(connection)
        assert runner.run().faults == {}
        for kind in ALL:
            place.execute("update {l}.t set a = '7' where id = '1'".format(**_names(kind)).encode())
        for kind, (change, _, _) in KINDS.items():
            place.execute(change.format(**_names(kind)).encode())
        for kind, change in RETYPED.items():
            place.execute(change.format(**_names(kind)).encode())
        result = runner.run()
    return Seen(result, pysync("run"), pysync("check", "--json"), pysync("problems"))


def _waiting(place: Database, kind: str) -> int:
    row = place.execute("select count(*) from sync.outbox where mapping_name = $1", [kind.upper()]).fetchone()
    return row[0] if row else 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_table_stops_its_mapping_only(kind: str, place: Database, seen: Seen) -> None:
    names = _names(kind)
    _, message, rows_in = KINDS[kind]
    message = message.format(**names)
    fault = seen.runner.faults[names["m"]]
    assert message in fault.message
    assert fault.hint
    assert f"{names['m']} could not run: mapping {names['m']}" in seen.run.text.replace('"', "")
    assert message in seen.run.text
    assert f"next: pysync check {names['m']}" in seen.problems.text
    assert _waiting(place, kind) > 0
    if rows_in:
        where = rows_in.format(**names)
        assert place.execute(f"select a, b from {where} order by b, a".encode()).fetchall() == [
            ("old", "compiled"),
            ("old", "compiled"),
        ]


@pytest.mark.parametrize("kind", RETYPED)
def test_a_retyped_column_is_compiled_for_anew(kind: str, place: Database, seen: Seen) -> None:
    assert kind.upper() not in seen.runner.faults
    assert _waiting(place, kind) == 0
    rows = place.execute(f"select a::text from {kind}_r.t where id = '1'".encode()).fetchall()
    assert rows == [("7",)]


def test_the_sound_mapping_goes_on(place: Database, seen: Seen) -> None:
    assert seen.runner.counts["SOUND", "to_right"].modified == 1
    assert place.execute("select a from sound_r.t order by id").fetchall() == [("7",), ("old",)]


def test_exit_codes_tell_problems_from_mapping_faults(seen: Seen) -> None:
    assert (seen.run.code, seen.check.code, seen.problems.code) == (1, 2, 1)
    assert seen.run.err == ""


@pytest.mark.parametrize("kind", KINDS)
def test_check_names_what_is_gone_and_what_to_do(kind: str, seen: Seen) -> None:
    errors = [f for f in seen.check.data["faults"] if f["severity"] == "error" and f["mapping"] == kind.upper()]
    assert errors
    assert all(f["message"] and f["hint"] for f in errors)


@pytest.mark.parametrize("command", ["why", "record", "explain"])
@pytest.mark.parametrize("kind", ["source_column_dropped", "target_table_dropped", "source_key_dropped"])
def test_commands_that_look_at_one_mapping_say_it_too(command: str, kind: str, pysync: Pysync, seen: Seen) -> None:
    key = [] if command == "explain" else ["1", "--side", "left"]
    answer = pysync(command, kind.upper(), *key)
    assert answer.code in (1, 2)
    assert kind in answer.text or kind.upper() in answer.text
    assert "hint: " in answer.text or "next: " in answer.text


def test_a_mended_table_takes_what_waited(place: Database, pysync: Pysync, seen: Seen) -> None:
    place.execute("alter table target_table_renamed_r.u rename to t")
    answer = pysync("run", "TARGET_TABLE_RENAMED")
    assert answer.code == 0
    rows = place.execute("select a from target_table_renamed_r.t order by id").fetchall()
    assert rows == [("7",), ("old",)]
