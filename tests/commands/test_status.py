"""`pysync status` and `pysync problems`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import TupleRow

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]


def test_status_of_a_database_without_mappings(pysync: Pysync) -> None:
    answer = pysync("status")
    assert answer.code == 0
    assert answer.out.startswith("there are no mappings yet")
    assert pysync("status", "--json").data == {"mappings": [], "problems": 0}


def test_status_counts_what_waits(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set name = 'X'")
    lines = [text.split() for text in pysync("status").out.splitlines()]
    assert lines[2][:5] == ["CUSTOMER", "both", "on", "2", "2"]
    assert lines[3][:5] == ["PERSON", "to_left", "on", "1", "0"]
    assert [m["waiting_entries"] for m in pysync("status", "--json").data["mappings"]] == [2, 0]


def test_status_names_the_state(pysync: Pysync, systems: Database) -> None:
    systems.execute("select sync.pause('CUSTOMER')")
    systems.execute("select sync.disable_capture('PERSON')")
    out = pysync("status").out
    assert "paused" in out
    assert "no capture" in out


def test_no_problems(pysync: Pysync, systems: Database) -> None:
    answer = pysync("problems")
    assert (answer.code, answer.out) == (0, "no problems\n")
    assert pysync("problems", "--json").data == {"problems": []}


def test_problems_come_with_a_command_that_works(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 1 where no = 'C1'")
    systems.execute("update crm.account set credit = 2 where id = 11")
    systems.execute("update erp.customer set credit = 7000 where no = 'C2'")
    pysync("run")
    answer = pysync("problems")
    assert answer.code == 1
    commands = [text.strip().removeprefix("next: ") for text in answer.out.splitlines() if "next: " in text]
    assert [c.split("(")[0] for c in commands] == ["select sync.resolve_conflict", "select sync.retry"]
    systems.execute(commands[0].encode())
    pysync("run")
    assert [p["kind"] for p in pysync("problems", "--json").data["problems"]] == ["parked"]
    assert "1 thing needs a person: pysync problems" in pysync("status").out


def test_values_cannot_harm_the_terminal(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set name = E'\\x1b[2J' where no = 'C1'")
    systems.execute("update crm.account set name = 'y' where id = 11")
    pysync("run")
    out = pysync("problems").out
    assert "\x1b" not in out
    assert "\\x1b[2J" in out


def test_names_and_keys_cannot_harm_it_either(pysync: Pysync, systems: Database) -> None:
    """Not in a command to type, not in an error, not by turning the reading direction."""
    systems.execute("insert into erp.customer (no, name, credit) values (E'\\x1b[2J\u202e', 'x', 7000)")
    pysync("run")
    answer, fault = pysync("problems"), pysync("run", "\x1b[2J\u202e")
    assert "  next: select sync.retry('CUSTOMER', '\\x1b[2J\\u202e')" in answer.out
    assert "\\x1b[2J\\u202e" in fault.err
    assert not {"\x1b", "\u202e"} & {*answer.out, *fault.err}


def test_long_lists_are_cut(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 7000")
    pysync("run")
    answer = pysync("problems", "--limit", "1")
    assert answer.out.count("parked CUSTOMER") == 1
    assert "… and 1 more" in answer.out


def test_status_shows_when_a_scheduled_mapping_runs_next(pysync: Pysync, systems: Database) -> None:
    assert "next run" not in pysync("status").out
    systems.execute(
        "insert into sync.schedule (mapping_name, every, inactivity_timeout, next_run_at, status)"
        " values ('CUSTOMER', '1 h', '12 h', now() + interval '11.5 h', 'resting')"
    )
    lines = pysync("status").out.splitlines()
    assert lines[0].rstrip().endswith("next run")
    assert lines[2].rstrip().endswith("rests 11 h")
    assert lines[3].rstrip().endswith("at once")
    customer = pysync("status", "--json").data["mappings"][0]
    assert (customer["schedule"], customer["schedule_status"]) == ("every 01:00:00", "resting")
    assert customer["next_run_at"]
    systems.execute("update sync.schedule set every = null, cron = '30 6 * * *'")
    assert pysync("status").out.splitlines()[2].rstrip().endswith("not planned")
    systems.execute("update sync.schedule set status = 'faulty'")
    assert pysync("status").out.splitlines()[2].rstrip().endswith("faulty")


def test_check_reports_a_cron_text_that_the_trigger_could_not_judge(pysync: Pysync, systems: Database) -> None:
    systems.execute("insert into sync.schedule (mapping_name, cron) values ('CUSTOMER', '0 25 * * *')")
    answer = pysync("check")
    assert answer.code == 2
    assert "the cron text 0 25 * * * cannot be read: bad hour" in " ".join(answer.out.split())
    systems.execute("update sync.schedule set cron = '0 23 * * *', time_zone = 'Europe/Berlin'")
    assert "cron" not in pysync("check").out
    # PostgreSQL reads this one, Python does not.
    systems.execute("update sync.schedule set time_zone = 'XYZ5'")
    assert "there is no time zone XYZ5" in pysync("check").out
    systems.execute("update sync.schedule set is_enabled = false")
    assert "time zone" not in pysync("check").out


def test_problems_name_every_command_that_helps(pysync: Pysync, systems: Database) -> None:
    systems.execute("delete from erp.customer where no = 'C1'")
    pysync("run")
    wanted = [
        "select sync.uncouple('CUSTOMER', 'C1', '11')",
        "select sync.restore('CUSTOMER', 'C1', '11')",
        "select sync.delete_survivor('CUSTOMER', 'C1', '11')",
        "select sync.retry('CUSTOMER', 'C1')",
    ]
    [problem] = pysync("problems", "--json").data["problems"]
    assert problem["choices"] == wanted
    told = pysync("problems").out.splitlines()
    assert [line.split(":", 1)[1].strip() for line in told[-4:]] == wanted


def test_why_tells_what_set_aside_a_record_and_what_stops_a_mapping(pysync: Pysync, systems: Database) -> None:
    systems.execute("insert into sync.setting (setting_name, value) values ('skip_after', 1)")
    systems.execute("update erp.customer set credit = 5000 where no = 'C1'")
    assert pysync("run", "--json").data["mappings"][0]["skipped"] == 1
    first = pysync("why", "CUSTOMER", "C1", "--json").data["reasons"][0]
    assert (first["code"], first["next_command"]) == ("skipped", "select sync.retry('CUSTOMER', 'C1')")
    assert "account_credit_check" in first["text"]
    systems.execute(
        "update sync.table_mapping set max_deletes = 0, on_left_delete = 'delete' where mapping_name = 'CUSTOMER'"
    )
    systems.execute("delete from erp.customer where no = 'C2'")
    pysync("run")
    first = pysync("why", "CUSTOMER", "C2", "--json").data["reasons"][0]
    assert (first["code"], first["next_command"]) == ("gate", "select sync.approve('CUSTOMER')")


def test_why_tells_the_last_write_of_each_field(pysync: Pysync, systems: Database) -> None:
    systems.execute("update erp.customer set credit = 7 where no = 'C1'")
    pysync("run")
    for key in ("C1", "11"):
        last = pysync("why", "CUSTOMER", key, "--json").data["reasons"][-1]
        assert last["code"] == "written"
        assert last["text"].startswith("credit on the right: '10' → '7', ")
        assert last["text"].endswith("a change by pysync")
