"""`pysync explain --edit`: what an edit of mapping rows would do to real data, tried and rolled back."""
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import dump
from tests.commands.test_run import everything

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]
Explain = Callable[..., Any]
WHERE = " where mapping_name = 'CUSTOMER'"


@pytest.fixture
def explain(pysync: Pysync, systems: Database, tmp_path: Path) -> Explain:
    """Explain an edit; nothing may have changed afterwards."""

    def call(text: str, *arguments: str) -> Any:
        file = tmp_path / "edit.sql"
        file.write_text(text, "utf-8")
        before = (everything(systems), dump.dump(systems), revisions(systems))
        answer = pysync("explain", "--edit", str(file), *arguments)
        assert (everything(systems), dump.dump(systems), revisions(systems)) == before
        return answer

    return call


def revisions(db: Database) -> list[Any]:
    return [
        db.execute("select mapping_name, revision from sync.table_mapping order by 1").fetchall(),
        db.execute("select * from sync_private.capture_state order by 1").fetchall(),
    ]


def effect(answer: Any, direction: str = "to_right") -> Any:
    (found,) = (e for e in answer.data["effects"] if e["direction"] == direction)
    return found


def test_a_filter_tells_what_enters_and_what_leaves(explain: Explain, systems: Database) -> None:
    systems.execute("insert into erp.customer (no, name, blocked) values ('C8', 'Holm', true), ('C9', 'Ilex', true)")
    found = effect(explain(f"update sync.table_mapping set left_filter = 'blocked'{WHERE}", "--json"))
    assert (found["entering"], found["entering_keys"]) == (2, ["C8", "C9"])
    assert (found["leaving"], found["leaving_keys"]) == (2, ["C1", "C2"])
    assert (found["created"], found["created_keys"]) == (2, ["C8", "C9"])
    found = effect(explain(f"update sync.table_mapping set left_filter = null{WHERE}", "--json", "--samples", "1"))
    assert (found["entering"], found["entering_keys"], found["leaving"]) == (2, ["C8"], 0)
    assert (
        effect(explain(f"update sync.table_mapping set left_filter = null{WHERE}", "--json"), "to_left")["fields"] == []
    )


def test_an_expression_tells_the_fields_it_would_write(explain: Explain, systems: Database) -> None:
    systems.execute("update crm.account set credit = 99 where id = 12")
    answer = explain(f"update sync.field_mapping set to_right = 'lower(city)'{WHERE} and field_no = 2", "--json")
    assert answer.code == 0
    drifted, written = sorted(effect(answer)["fields"], key=lambda f: -f["field_no"])
    assert (written["field_no"], written["column"]) == (2, "town")
    assert (written["before"], written["after"], written["added"]) == (0, 2, 2)
    assert written["samples"][0] == {"left_key": "C1", "right_key": "11", "old": "ROME", "new": "rome"}
    # What differed before the edit is no work of the edit.
    assert (drifted["field_no"], drifted["before"], drifted["after"], drifted["added"]) == (3, 1, 1, 0)
    assert drifted["samples"] == []


def test_the_words_name_counts_and_samples(explain: Explain) -> None:
    answer = explain(f"update sync.field_mapping set to_right = 'lower(city)'{WHERE} and field_no = 2")
    lines = [" ".join(text.split()) for text in answer.out.splitlines()]
    assert lines[:2] == ["~ field_mapping CUSTOMER 2", "to_right upper(city) → lower(city)"]
    assert "2 town 0 2 2" in lines
    assert "town C1 11 ROME rome" in lines
    assert lines[-1] == "tried and rolled back: nothing was changed"


def test_a_filter_of_a_field_keeps_its_values_out(explain: Explain) -> None:
    edit = (
        f"update sync.field_mapping set to_right = 'lower(city)', left_filter = 'no > ''C1'''{WHERE} and field_no = 2"
    )
    (written,) = effect(explain(edit, "--json"))["fields"]
    assert (written["added"], [s["left_key"] for s in written["samples"]]) == (1, ["C2"])


def test_references_and_options_are_seen_through(explain: Explain, systems: Database) -> None:
    systems.execute(
        "insert into sync.option_mapping values ('O', 'ROME', 'ROME'), ('O', 'OSLO', 'OSLO');"
        " update sync.field_mapping set option_set = 'O', to_right = null"
        " where mapping_name = 'CUSTOMER' and field_no = 2"
    )
    answer = explain("update sync.option_mapping set right_value = 'Roma' where left_value = 'ROME'", "--json")
    (written,) = effect(answer)["fields"]
    assert (written["column"], written["added"]) == ("town", 1)
    assert written["samples"] == [{"left_key": "C1", "right_key": "11", "old": "ROME", "new": "Roma"}]
    answer = explain(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, to_right, reference)"
        " values ('CUSTOMER', 9, 'person', 'status', null, 'PERSON')",
        "--json",
    )
    assert "there is no column status" in effect(answer)["fault"] or "status" in effect(answer)["fault"]
    assert answer.code == 2


def test_faults_of_the_edit_are_told_and_older_ones_are_not(explain: Explain, systems: Database) -> None:
    systems.execute("update sync.field_mapping set right_column = 'nmae'" + WHERE + " and field_no = 1")
    answer = explain(
        f"update sync.field_mapping set left_column = 'ctiy', to_right = null{WHERE} and field_no = 2", "--json"
    )
    assert answer.code == 2
    assert [(f["field_no"], f["hint"]) for f in answer.data["faults"]] == [(2, "did you mean city?")]
    answer = explain(f"update sync.field_mapping set right_column = 'name'{WHERE} and field_no = 1", "--json")
    assert answer.code == 0
    assert answer.data["faults"] == []
    assert any("nmae" in f["message"] for f in answer.data["mended"])


def test_only_mappings_that_the_edit_touches_are_looked_at(explain: Explain) -> None:
    answer = explain("update sync.table_mapping set description = 'x' where mapping_name = 'PERSON'", "--json")
    assert {e["mapping"] for e in answer.data["effects"]} == {"PERSON"}
    both = "update sync.table_mapping set coupled_only = not coupled_only"
    assert {e["mapping"] for e in explain(both, "CUSTOMER", "--json").data["effects"]} == {"CUSTOMER"}
    assert "no record would be touched" in explain("update sync.table_mapping set description = 'x'").out
    assert "the file changes no mapping row" in explain("update sync.table_mapping set description = description").out


def test_new_deleted_and_disabled_mappings(explain: Explain, systems: Database) -> None:
    new = (
        "insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only, left_new_key)"
        " values ('NEW', 'erp.person', 'crm.person', 'to_right', false, 'code');"
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        " values ('NEW', 1, 'name', 'fullname')"
    )
    found = effect(explain(new, "--json"))
    assert (found["mapping"], found["entering"], found["created"]) == ("NEW", 2, 2)
    found = effect(explain(f"update sync.table_mapping set is_enabled = false{WHERE}", "--json"))
    assert (found["leaving"], found["created"], found["fields"]) == (2, 0, [])
    systems.execute("delete from sync.coupling where mapping_name = 'PERSON'")
    gone = explain(
        "update sync.field_mapping set reference = null where reference = 'PERSON';"
        "delete from sync.table_mapping where mapping_name = 'PERSON'",
        "PERSON",
        "--json",
    )
    assert effect(gone, "to_left")["leaving"] == 2


def test_a_dump_that_was_edited_is_an_edit(explain: Explain, systems: Database) -> None:
    text = dump.dump(systems).replace("'upper(city)'", "'lower(city)'")
    answer = explain(text, "--json")
    assert [c["key"] for c in answer.data["changes"]] == [["CUSTOMER", "2"]]
    assert [f["added"] for f in effect(answer)["fields"]] == [2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("update sync.table_mapping set is_paused = true; commit", "line 1: commit is no edit of mapping rows"),
        ("\nrollback", "line 2: rollback is no edit"),
        ("update sync.table_mapping set direction = 'up'", "table_mapping_direction_check"),
        ("delete from sync.table_mapping", "still has couplings"),
        ("select 1; do $$ begin commit; end $$", "do is no edit"),
    ],
)
def test_what_is_no_edit_is_refused(explain: Explain, text: str, told: str) -> None:
    answer = explain(text)
    assert answer.code in (1, 2)
    assert told in answer.err


def test_explain_needs_a_mapping_or_an_edit(pysync: Pysync, systems: Database) -> None:
    answer = pysync("explain")
    assert answer.code == 2
    assert "pysync explain --edit FILE" in answer.err


def test_an_edit_waits_for_nobody_and_holds_no_application(explain: Explain, systems: Database) -> None:
    """No trigger is made and no table of an application is locked against writing."""
    systems.execute(
        "create function erp.spy() returns event_trigger language plpgsql as"
        " $$ begin raise 'ddl on a table of an application'; end $$"
    )
    systems.execute("create event trigger spy on ddl_command_end when tag in ('CREATE TRIGGER', 'CREATE FUNCTION')"
                    " execute function erp.spy()")  # fmt: skip
    try:
        answer = explain(f"update sync.field_mapping set left_column = 'no'{WHERE} and field_no = 1", "--json")
        assert effect(answer)["fields"][0]["added"] == 2
    finally:
        systems.execute("drop event trigger spy")
