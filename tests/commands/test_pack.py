"""`pysync pack list`, `install` and `remove`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import database, migrate, pack

Database = psycopg.Connection[TupleRow]
Pysync = Callable[..., Any]
NAMES = sorted(path.parent.name for path in (migrate.folder("sql") / "packs").glob("*/pack.json"))
BC = "business_central_sales"


def test_list_names_every_pack(pysync: Pysync) -> None:
    listed = pysync("pack", "list", "--json").data
    assert [p["name"] for p in listed] == NAMES
    assert all(p["schemas"] and p["title"] for p in listed)
    assert all(name in pysync("pack", "list").out for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_pack_json_names_every_file_of_a_part(name: str) -> None:
    """Any other file, such as a generator, is loaded by hand."""
    found = pack.find(name)
    for part, paths in found.parts.items():
        assert sorted(paths) == sorted(found.folder.glob(f"{part}*.sql"))


@pytest.mark.parametrize("name", NAMES)
def test_install_and_remove_leave_nothing(pysync: Pysync, empty_dsn: str, name: str) -> None:
    answer = pysync("pack", "install", name, "--json", dsn=empty_dsn)
    assert answer.code == 0
    with database.connect(empty_dsn) as db:
        state = "select mapping_name from sync_private.capture_state where is_enabled order by 1"
        assert [row[0] for row in db.execute(state.encode())] == answer.data["mappings"]
        assert pysync("run", dsn=empty_dsn).out == "nothing to do\n"
        assert pysync("pack", "remove", name, "--yes", dsn=empty_dsn).code == 0
        for table in ("table_mapping", "coupling", "system", "option_mapping", "transformation_rule", "outbox"):
            query = psycopg.sql.SQL("select count(*) from {}").format(psycopg.sql.Identifier("sync", table))
            assert db.execute(query).fetchone() == (0,), table
    assert pysync("pack", "install", name, "--no-data", dsn=empty_dsn).code == 0


def test_install_says_what_to_do_next(pysync: Pysync) -> None:
    out = pysync("pack", "install", BC).out
    commands = [text.split()[1:] for text in out.splitlines() if text.startswith("  pysync ")]
    assert commands
    assert [pysync(*command).code for command in commands] == [0] * len(commands)


def test_no_data_leaves_the_systems_empty(pysync: Pysync, db: Database) -> None:
    assert pysync("pack", "install", BC, "--no-data").code == 0
    assert db.execute("select count(*) from bc.customer").fetchone() == (0,)
    assert db.execute("select count(*) > 0 from sync.table_mapping").fetchone() == (True,)


def test_schemas_that_exist_are_not_touched(pysync: Pysync, db: Database) -> None:
    db.execute("create schema crm")
    answer = pysync("pack", "install", BC)
    assert answer.code == 2
    assert answer.err.splitlines() == [
        "error: the database has a schema crm already",
        f"hint: to drop it with everything in it and the mappings of its tables: pysync pack remove {BC}",
    ]
    assert db.execute("select to_regnamespace('bc')::text").fetchone() == (None,)


def test_a_mapping_of_that_name_stops_it_all(pysync: Pysync, db: Database) -> None:
    db.execute(
        "insert into sync.table_mapping (mapping_name, left_table, right_table) values ('CUSTOMER', 'a.b', 'c.d')"
    )
    answer = pysync("pack", "install", BC)
    assert answer.code == 2
    assert "CUSTOMER" in answer.err
    assert db.execute("select to_regnamespace('bc')::text").fetchone() == (None,)


def test_remove_asks_first(pysync: Pysync, db: Database) -> None:
    pysync("pack", "install", BC, "--no-data")
    assert pysync("pack", "remove", BC).code == 2
    assert db.execute("select to_regnamespace('bc')::text").fetchone() == ("bc",)


def test_remove_leaves_what_others_made(pysync: Pysync, systems: Database) -> None:
    # The systems of these tests have a schema crm of their own: only the pack's left schema may clash.
    systems.execute("insert into sync.option_mapping (option_set, left_value, right_value) values ('MINE', 'a', 'b')")
    found = pack.find(BC)
    assert pack.present(systems, found) == ("crm",)
    assert pysync("pack", "remove", BC, "--yes").code == 0
    assert systems.execute("select option_set from sync.option_mapping").fetchall() == [("MINE",)]
    assert systems.execute("select count(*) from erp.customer").fetchone() == (2,)


def test_unknown_pack_is_wrong_usage(pysync: Pysync) -> None:
    answer = pysync("pack", "install", "business_central")
    assert (answer.code, answer.err.splitlines()[1]) == (2, f"hint: did you mean {BC}?")
