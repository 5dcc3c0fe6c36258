"""The command itself: signals, lines, exit codes, and that what stands in rows stays out of the log."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.watch.conftest import Database, Process, add, eventually, names, process

# Slow enough that a signal finds a batch at work, in a trigger of the application's own.
SLOW = """
create function two.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(%s); return new; end $$;
create trigger slow before insert on two.item for each row execute function two.slow();
"""


def begun(items: Database) -> bool:
    """Whether the slow trigger is running."""
    query = "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
    return bool(items.execute(query).fetchall())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_cleanly(items: Database, dsn: str, number: int) -> None:
    with process(dsn, "--json") as running:
        running.event("watching")
        add(items, 1, "a")
        done = running.event("pass")
        assert (done["mapping"], done["direction"], done["inserted"]) == ("ITEM", "to_right", 1)
        running.tell(number)
        assert running.wait() == 0
        assert running.event("stopped")["level"] == "info"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_lets_the_running_batch_end_and_leaves_the_rest(items: Database, dsn: str, workers: str) -> None:
    items.execute((SLOW % 1).encode())
    items.execute("update sync.table_mapping set batch_size = 2")
    items.execute("insert into one.item select n, 'x' from generate_series(1, 6) n")
    with process(dsn, "--json", "--workers", workers) as running:
        eventually(lambda: begun(items), 60)
        running.tell()
        assert running.wait() == 0
    assert len(names(items)) == 2
    assert items.execute("select count(*) from sync.outbox").fetchall() == [(4,)]
    assert items.execute("select status, message is not null from sync.pass").fetchall() == [("done", True)]


def test_a_second_signal_takes_the_running_batch_back(items: Database, dsn: str) -> None:
    items.execute((SLOW % 3600).encode())
    add(items, 1, "x")
    with process(dsn, "--json") as running:
        eventually(lambda: begun(items), 60)
        running.tell()
        running.tell(signal.SIGINT)
        assert running.wait() == 1
        assert "taken back" in running.event("stopped")["reason"]
        assert "Traceback" not in running.stderr
    eventually(lambda: not begun(items))
    assert names(items) == []
    assert items.execute("select count(*) from sync.outbox").fetchall() == [(1,)]


def test_text_lines_hold_one_event_each(items: Database, dsn: str) -> None:
    with process(dsn) as running:
        add(items, 1, "a")
        eventually(lambda: any(" info pass " in text for text in running.lines), 60)
        running.tell()
        assert running.wait() == 0
    events = [text.split(" ")[2].strip() for text in running.lines]
    assert (events[0], events[-1]) == ("started", "stopped")
    line = next(text for text in running.lines if " info pass " in text)
    assert {"mapping=ITEM", "direction=to_right", "inserted=1"} <= set(line.split())


def test_an_unknown_mapping_and_a_taken_port_are_wrong_usage(items: Database, dsn: str) -> None:
    with process(dsn, "ITEMS") as running:
        assert running.wait() == 2
        assert "did you mean ITEM?" in running.stderr
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        process(dsn, "--metrics-port", str(taken.getsockname()[1])) as running,
    ):
        assert running.wait() == 2
        assert "--metrics-port" in running.stderr
    # An address of a network for examples: no machine has it.
    with process(dsn, "--metrics-port", "0", "--metrics-address", "192.0.2.1") as running:
        assert running.wait() == 2
        assert "192.0.2.1" in running.stderr


def secrets(items: Database) -> None:
    """Rows whose every value and key can be found again: some are applied, some refused."""
    items.execute("drop table one.item, two.item cascade")
    items.execute(
        """
        create table one.item (id text primary key, name text);
        create table two.item (id text primary key, name text,
            constraint item_check check (name not like 'secret-refused%'), unique (name));
        create function two.complain() returns trigger language plpgsql as $$ begin
            raise exception 'complaint about %', new.name; end $$;
        create trigger complain before insert on two.item for each row when (new.name like 'secret-complain%')
            execute function two.complain();
        """
    )
    items.execute("select sync.enable_capture()")
    items.execute(
        "insert into one.item values ('secret-key-1', 'secret-good'), ('secret-key-2', 'secret-refused'),"
        " ('secret-key-3', 'secret-complain'), ('secret-key-4', 'secret-conflict'), ('secret-key-5', 'secret-good')"
    )


def clash(items: Database) -> None:
    items.execute("update one.item set name = 'secret-left' where id = 'secret-key-1'")
    items.execute("update two.item set name = 'secret-right' where id = 'secret-key-1'")


@pytest.mark.parametrize("form", ["text", "json"])
def test_values_and_keys_do_not_leak_into_the_log_of_run(items: Database, dsn: str, form: str) -> None:
    secrets(items)
    command = [sys.executable, "-m", "pysync", "--dsn", dsn, "run", "--json", "--log-format", form]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    clash(items)
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (first.returncode, second.returncode) == (1, 1)
    assert "secret-refused" in first.stdout or "secret-key" in first.stdout, "the report itself names records"
    assert "parked" in first.stderr
    assert '"conflicted"' in second.stderr or "conflicted=" in second.stderr
    assert "secret" not in first.stderr + second.stderr
    if form == "json":
        assert {e["event"] for e in map(json.loads, first.stderr.splitlines())} >= {"pass", "record parked"}


def test_values_and_keys_do_not_leak_into_the_log_of_watch(items: Database, dsn: str) -> None:
    secrets(items)
    with process(dsn, "--json") as running:
        eventually(lambda: names(items) and items.execute("select from sync.parked where reason = 'error'").fetchall())
        running.event("record parked")
        items.execute("select sync.pause('ITEM')")
        clash(items)
        items.execute("select sync.resume('ITEM')")
        eventually(lambda: items.execute("select from sync.conflict").fetchall())
        eventually(lambda: any('"conflicted"' in text for text in running.lines))
        # A fault of the mapping as a whole.
        items.execute("alter table two.item rename column name to label")
        items.execute("update one.item set name = 'secret-more' where id = 'secret-key-1'")
        running.event("mapping failed")
        running.tell()
        assert running.wait() == 0
        assert "secret" not in running.stderr
    assert "secret" not in "".join(running.lines)


def test_a_service_manager_is_told_when_it_is_ready_and_when_it_stops(
    items: Database, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with process(dsn) as running:
            assert manager.recv(100) == b"READY=1"
            running.tell()
            assert manager.recv(100) == b"STOPPING=1"
            assert running.wait() == 0


def test_without_a_database_it_ends_with_3(dsn: str) -> None:
    running = Process("postgresql://127.0.0.1:1/none", [])
    assert running.wait() == 3
    assert "hint: " in running.stderr
    for stream in (running.process.stdout, running.process.stderr):
        assert stream is not None
        stream.close()
    with psycopg.connect(dsn) as connection:
        assert connection.closed == 0
