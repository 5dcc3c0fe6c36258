"""`pysync run`: what it prints, and its exit codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from pysync import database

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]
KEPT = (
    "sync.outbox",
    "sync.parked",
    "sync.conflict",
    "sync.coupling",
    "sync.pass",
    "sync.pass_mapping",
    "sync.pass_error",
    "erp.customer",
    "crm.account",
)


def everything(db: Database) -> list[Any]:
    """What a dry run must leave as it was."""
    query = sql.SQL("select * from {} order by 1, 2, 3")
    return [db.execute(query.format(sql.Identifier(*name.split(".")))).fetchall() for name in KEPT]


def test_nothing_to_do(pysync: Pysync, systems: Database) -> None:
    answer = pysync("run")
    assert (answer.code, answer.out, answer.err) == (0, "nothing to do\n", "")
    assert pysync("run", "--json").data["pass_id"] is None


def test_a_change_travels_and_is_counted(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set city = 'Lyon' where no = 'C1'")
    systems.execute("insert into crm.account (id, name) values (13, 'Cedar')")
    answer = pysync("run")
    assert answer.code == 0
    lines = [text.split() for text in answer.out.splitlines()]
    assert lines[0] == ["mapping", "direction", "inserted", "modified", "time"]
    assert lines[2][:3] == ["CUSTOMER", "to_right", "1"]
    assert lines[3][:3] == ["CUSTOMER", "to_left", "1"]
    assert systems.execute("select town from crm.account where id = 11").fetchone() == ("LYON",)
    assert systems.execute("select name from erp.customer where no = 'K13'").fetchone() == ("Cedar",)
    assert pysync("run").out == "nothing to do\n"


def test_a_change_that_needs_no_write_says_so(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set blocked = true where no = 'C1'")
    answer = pysync("run")
    assert (answer.code, answer.out) == (0, "looked at what changed; nothing had to be written\n")


def test_json_of_a_pass(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set name = 'Alder & Co' where no = 'C1'")
    data = pysync("run", "--json").data
    assert (data["dry_run"], data["has_problems"], data["faults"], data["busy"]) == (False, False, [], [])
    (counted,) = data["mappings"]
    assert (counted["mapping"], counted["direction"], counted["modified"]) == ("CUSTOMER", "to_right", 1)
    assert systems.execute("select max(pass_id) from sync.pass").fetchone() == (data["pass_id"],)


def test_a_refused_record_is_a_problem(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 5000")
    answer = pysync("run")
    assert answer.code == 1
    assert "account_credit_check" in answer.out
    assert "pysync problems" in answer.out
    assert pysync("run").out == "nothing to do\n"


def test_a_conflict_is_a_problem(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 1 where no = 'C1'")
    systems.execute("update crm.account set credit = 2 where id = 11")
    answer = pysync("run", "--json")
    assert answer.code == 1
    assert answer.data["has_problems"] is True


def test_a_mapping_that_cannot_run_is_named_and_others_go_on(pysync: Pysync, systems: Database) -> None:
    systems.execute("update crm.person set fullname = 'Ann B.' where id = 1")
    systems.execute("update erp.customer set name = 'X' where no = 'C1'")
    systems.execute("alter table crm.account rename town to place")
    answer = pysync("run")
    assert answer.code == 1
    assert "CUSTOMER could not run: " in answer.out
    assert "hint: " in answer.out
    assert systems.execute("select name from erp.person where code = 'AB'").fetchone() == ("Ann B.",)
    assert [f["mapping"] for f in pysync("run", "--json").data["faults"]] == ["CUSTOMER"]


def test_only_the_named_mappings_run(pysync: Pysync, systems: Database) -> None:
    systems.execute("update crm.person set fullname = 'Ann B.' where id = 1")
    systems.execute("update erp.customer set name = 'X' where no = 'C1'")
    assert [m["mapping"] for m in pysync("run", "PERSON", "--json").data["mappings"]] == ["PERSON"]
    assert systems.execute("select count(*) from sync.outbox").fetchone() == (1,)


def test_unknown_mapping_is_wrong_usage(pysync: Pysync, systems: Database) -> None:
    answer = pysync("run", "CUSTOMMER")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: there is no mapping CUSTOMMER\nhint: did you mean CUSTOMER?\n"


def test_what_an_application_holds_is_put_back(pysync: Pysync, systems: Database, dsn: str) -> None:
    systems.execute("update erp.customer set name = 'X' where no = 'C1'")
    with database.connect(dsn) as other, other.transaction():
        other.execute("update crm.account set owner = 2 where id = 11")
        answer = pysync("run")
    assert answer.code == 0
    assert "an application holds were put back" in answer.out


def test_uncaptured_mappings_are_told(pysync: Pysync, systems: Database) -> None:
    systems.execute("delete from sync_private.capture_state where mapping_name = 'PERSON'")
    answer = pysync("run")
    assert answer.out.splitlines() == [
        "nothing to do",
        "changes of PERSON are not captured yet: select sync.enable_capture('PERSON')",
    ]
    assert pysync("run", "--json").data["not_captured"] == ["PERSON"]


def test_dry_run_shows_every_change_and_leaves_none(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set city = 'Lyon', credit = null where no = 'C1'")
    systems.execute("insert into crm.account (id, name) values (13, 'Cedar')")
    systems.execute("update sync.table_mapping set on_right_delete = 'delete' where mapping_name = 'CUSTOMER'")
    systems.execute("delete from crm.account where id = 12")
    before = everything(systems)
    answer = pysync("run", "--dry-run")
    assert answer.code == 0
    assert everything(systems) == before
    assert [text.split() for text in answer.out.splitlines()][:7] == [
        ["update", "CUSTOMER", "to_right", "C1", "→", "11"],
        ["city", "→", "town", "ROME", "→", "LYON"],
        ["credit", "10", "→", "null"],
        ["insert", "CUSTOMER", "to_left", "13", "→", "K13"],
        ["name", "Cedar"],
        ["delete", "CUSTOMER", "to_left", "12", "→", "C2"],
        ["mapping", "direction", "inserted", "modified", "deleted", "uncoupled", "time"],
    ]
    assert answer.out.endswith("dry run: everything was rolled back\n")


def test_dry_run_json_holds_what_the_pass_then_does(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set city = 'Lyon' where no = 'C1'")
    dry = pysync("run", "--dry-run", "--json").data
    assert (dry["dry_run"], dry["pass_id"]) == (True, None)
    (change,) = dry["changes"]
    assert change == {
        "mapping": "CUSTOMER",
        "direction": "to_right",
        "record_key": "C1",
        "target_key": "11",
        "action": "update",
        "field_no": 2,
        "source_column": "city",
        "target_column": "town",
        "old_value": "ROME",
        "new_value": "LYON",
    }
    counted = pysync("run", "--json").data["mappings"]
    without_time = [{**m, "duration_ms": 0} for m in counted]
    assert without_time == [{**m, "duration_ms": 0} for m in dry["mappings"]]


def test_dry_run_does_not_show_what_the_database_refuses(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = case no when 'C1' then 5000 else 30 end")
    answer = pysync("run", "--dry-run", "--json")
    assert answer.code == 1
    assert [(c["record_key"], c["new_value"]) for c in answer.data["changes"]] == [("C2", "30")]


def test_dry_run_sees_what_only_a_commit_would_refuse(pysync: Pysync, systems: Database) -> None:
    systems.execute(
        "alter table crm.account add constraint account_owner_fkey foreign key (owner) references crm.person (id)"
        " deferrable initially deferred"
    )
    systems.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('PERSON', 'XX', '99')")
    systems.execute("update erp.customer set person = 'XX' where no = 'C1'")
    dry = pysync("run", "--dry-run", "--json")
    assert (dry.code, dry.data["changes"]) == (1, [])
    assert pysync("run").code == 1


def test_dry_run_shows_conflicts_with_both_values(pysync: Pysync, systems: Database) -> None:
    systems.execute(
        "update sync.field_mapping set conflict = 'right_wins' where field_no = 1 and mapping_name = 'CUSTOMER'"
    )
    systems.execute("update erp.customer set credit = 1, name = 'L', city = 'Bari' where no = 'C1'")
    systems.execute("update crm.account set credit = 2, name = 'R' where id = 11")
    before = everything(systems)
    answer = pysync("run", "--dry-run", "--json")
    assert answer.code == 1
    assert everything(systems) == before
    names = ("left_key", "field_no", "left_value", "right_value", "base_value", "policy", "resolution")
    found = [tuple(c[name] for name in names) for c in answer.data["conflicts"]]
    assert sorted(found, key=lambda row: row[1]) == [
        ("C1", 1, "L", "R", "Alder", "right_wins", "right"),
        ("C1", 3, "1", "2", "10", "fail", None),
    ]
    assert {(c["direction"], c["target_column"], c["new_value"]) for c in answer.data["changes"]} == {
        ("to_right", "town", "BARI"),
        ("to_left", "name", "R"),
    }
    lines = [" ".join(text.split()) for text in pysync("run", "--dry-run").out.splitlines()]
    assert "conflict CUSTOMER C1 ↔ 11: for a person" in lines
    assert {"left credit 1", "right credit 2", "before 10"} <= set(lines)


def test_dry_run_says_what_is_refused_and_what_would_wait(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 5000 where no = 'C1'")
    systems.execute("update erp.customer set person = 'CD' where no = 'C2'")
    answer = pysync("run", "--dry-run", "--json")
    assert [(e["record_key"], e["sqlstate"]) for e in answer.data["errors"]] == [("C1", "23514")]
    assert [(p["record_key"], p["reason"]) for p in answer.data["parked"]] == [("C1", "error"), ("C2", "reference")]
    out = " ".join(pysync("run", "--dry-run").out.split())
    assert "set aside CUSTOMER left C2: reference: person CD must be coupled in PERSON" in out
    assert "account_credit_check" in out
    pysync("run")
    assert pysync("run", "--dry-run", "--json").data["parked"] == []


def test_dry_run_sees_references_to_rows_the_same_pass_creates(pysync: Pysync, systems: Database) -> None:
    systems.execute(
        "update sync.table_mapping set coupled_only = false, left_new_key = 'id + 900' where mapping_name = 'PERSON'"
    )
    systems.execute("insert into crm.person values (77, 'New')")
    systems.execute("insert into crm.account (id, name, owner) values (13, 'Cedar', 77)")
    before = everything(systems)
    answer = pysync("run", "--dry-run", "--json")
    assert answer.code == 0
    assert everything(systems) == before
    assert [(c["mapping"], c["target_key"], c["target_column"], c["new_value"]) for c in answer.data["changes"]] == [
        ("PERSON", "977", "name", "New"),
        ("CUSTOMER", "K13", "name", "Cedar"),
        ("CUSTOMER", "K13", "person", "977"),
    ]


def test_workers_give_the_same_result(pysync: Pysync, systems: Database) -> None:
    systems.execute(
        "insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only) values"
        " ('PERSON 2', 'erp.person', 'crm.person', true)"
    )
    systems.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values"
        " ('PERSON 2', 1, 'name', 'fullname')"
    )
    systems.execute("insert into sync.coupling (mapping_name, left_key, right_key) values ('PERSON 2', 'CD', '2')")
    systems.execute("select sync.enable_capture('PERSON 2')")
    systems.execute("update crm.person set fullname = upper(fullname)")
    systems.execute("update erp.customer set person = 'AB', name = lower(name)")
    answer = pysync("run", "--workers", "3", "--json")
    assert answer.code == 0
    counted = {(m["mapping"], m["direction"]): m["modified"] for m in answer.data["mappings"] if m["modified"]}
    assert counted == {("PERSON", "to_left"): 1, ("PERSON 2", "to_left"): 1, ("CUSTOMER", "to_right"): 2}
    assert systems.execute("select name from erp.person order by code").fetchall() == [("ANN BELL",), ("CLEO DUNN",)]
    assert systems.execute("select count(*) from sync.outbox").fetchone() == (0,)


def test_a_dry_run_has_one_connection(pysync: Pysync, systems: Database) -> None:
    assert pysync("run", "--dry-run", "--workers", "2").code == 2


def test_database_without_the_schema_is_refused(pysync: Pysync, empty_dsn: str) -> None:
    answer = pysync("run", dsn=empty_dsn)
    assert (answer.code, answer.out) == (2, "")
    assert "hint: run `pysync migrate`" in answer.err


def test_schema_of_another_version_is_refused(pysync: Pysync, systems: Database) -> None:
    systems.execute("update sync_private.schema_version set version_num = '9999'")
    answer = pysync("run")
    assert answer.code == 2
    assert "upgrade pysync" in answer.err


def test_no_database_is_exit_code_3(pysync: Pysync) -> None:
    assert pysync("run", dsn="host=127.0.0.1 port=1 dbname=x").code == 3
