"""`pysync demo`: the story holds, twice, and what it suggests works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database, pack, story
from pysync.errors import UsageError

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]
PASSES = r"^\$ pysync run\n(.*?)(?=^$)"


def test_story_told_twice(pysync: Pysync, empty_dsn: str) -> None:
    first = pysync("demo", dsn=empty_dsn)
    assert (first.code, first.err) == (0, "")
    check_story(first.out)
    second = pysync("demo", dsn=empty_dsn)
    assert second.code == 0
    assert second.out.startswith("starting over: ")
    check_story(second.out)
    check_suggestions(pysync, second.out, empty_dsn)


def check_story(out: str) -> None:
    passes = re.findall(PASSES, out, re.MULTILINE | re.DOTALL)
    assert passes[0] == passes[-1] == "nothing to do\n"
    edits, waits, woken, conflict, decided, parked, restored = passes[1:-1]
    assert "insert  CUSTOMER to_right  C00130" in edits
    assert "telephone1 → phone_no  +44 117 555 0110 → +44 117 555 0199" in edits
    assert "C00140" not in waits
    assert "insert  CUSTOMER to_right  C00140" in woken
    assert "conflicted" in conflict
    assert "emailaddress1 → email  studio@aldgatedesign.example → desk@aldgatedesign.example" in decided
    assert "failed" in parked
    assert "insert  CUSTOMER to_right  C00130" in restored
    assert "\nno problems\n" in out


def check_suggestions(pysync: Pysync, out: str, dsn: str) -> None:
    suggested = [
        text.partition("#")[0] for text in out.partition("What to try next")[2].splitlines() if "pysync" in text
    ]
    commands = [shlex.split(text)[1:] for text in suggested if not text.strip().startswith(("psql", "With"))]
    assert len(commands) >= 5
    with database.connect(dsn) as db:
        db.execute("update crm.account set address1_city = 'Bristol-on-Sea' where name like 'Harbour%'")
    for command in commands:
        # These exit with 1 for the edit just made and for the pack's warnings.
        assert pysync(*command, dsn=dsn).code in ((0, 1) if command[0] in ("why", "check", "compare") else (0,)), (
            command
        )
    assert pysync("status", "--json", dsn=dsn).data["mappings"][2]["waiting_entries"] == 0


@pytest.mark.parametrize("name", [found.name for found in pack.available()])
def test_every_pack_has_a_story(pysync: Pysync, name: str) -> None:
    assert story.read(pack.find(name).folder / story.FILE)


def test_the_story_of_intercompany(pysync: Pysync) -> None:
    answer = pysync("demo", "--pack", "intercompany")
    assert answer.code == 0
    passes = re.findall(PASSES, answer.out, re.MULTILINE | re.DOTALL)
    assert [("insert  PURCHASE-SALES to_right" in p, "PO-7731 → PO-7732" in p, "conflicted" in p) for p in passes] == [
        (True, False, False),
        (False, True, False),
        (False, False, False),
        (False, False, True),
    ]
    assert "no problems" in answer.out


def test_the_story_of_contacts(pysync: Pysync) -> None:
    answer = pysync("demo", "--pack", "contacts")
    assert answer.code == 0
    assert re.search(r"vendor +V01001 +\+44 113 555 0399 +Hill Road 3", answer.out)
    assert re.search(r"CONTACT-CUSTOMER +hello@\S+ +desk@\S+ +newest_wins +left", answer.out)


def test_an_unknown_block_of_a_story_is_refused() -> None:
    with pytest.raises(UsageError, match="no blocks of kind 'python'"):
        list(story.steps("```python\nprint()\n```\n"))


def test_schemas_of_others_are_not_touched(pysync: Pysync, db: Database) -> None:
    db.execute(b"create schema ic; create table ic.mine (id int)")
    answer = pysync("demo", "--pack", "intercompany")
    assert answer.code == 2
    assert "pysync demo --yes" in answer.err
    assert db.execute("select to_regclass('ic.mine') is not null").fetchone() == (True,)
    assert pysync("demo", "--pack", "intercompany", "--yes").code == 0


def test_other_mappings_are_left_alone(pysync: Pysync, db: Database) -> None:
    db.execute(
        b"create schema mine; create table mine.a (id int primary key, v text);"
        b" create table mine.b (id int primary key, v text);"
        b" insert into sync.table_mapping (mapping_name, left_table, right_table, coupled_only)"
        b" values ('MINE', 'mine.a', 'mine.b', false);"
        b" insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)"
        b" values ('MINE', 1, 'id', 'id'), ('MINE', 2, 'v', 'v');"
        b" select sync.enable_capture('MINE'); insert into mine.a values (1, 'x')"
    )
    assert pysync("demo", "--pack", "intercompany").code == 0
    assert db.execute("select count(*) from mine.b").fetchone() == (0,)
    assert db.execute("select count(*) from sync.outbox where mapping_name = 'MINE'").fetchone() == (1,)
