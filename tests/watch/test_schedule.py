"""sync.schedule: a mapping with a row is drained when it is due, and rests after a run with nothing to do."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pysync import errors, schedule
from tests.watch.conftest import Database, add, eventually, names, watcher


def row(items: Database) -> dict[str, Any]:
    cursor = items.execute("select status, last_run_at, next_run_at from sync.schedule where mapping_name = 'ITEM'")
    found = cursor.fetchone()
    assert found is not None
    return dict(zip(("status", "last", "next"), found, strict=True))


def put(items: Database, **columns: Any) -> None:
    """A schedule for ITEM."""
    query = psycopg.sql.SQL("insert into sync.schedule (mapping_name, {}) values ('ITEM', {})").format(
        psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
        psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(columns)),
    )
    with psycopg.ClientCursor(items) as cursor:
        cursor.execute(query, list(columns.values()))


def test_a_scheduled_mapping_waits_until_it_is_due_and_others_do_not(items: Database, dsn: str) -> None:
    put(items, every="1 hour")
    with watcher(dsn):
        eventually(lambda: row(items)["last"])
        add(items, 1, "later")
        add(items, 1, "at once", table="unit")
        eventually(lambda: names(items, table="unit") == ["at once"])
        time.sleep(1)
        assert names(items) == []
        assert timedelta(minutes=50) < row(items)["next"] - datetime.now(UTC) <= timedelta(hours=1)
        items.execute("update sync.schedule set next_run_at = now()")
        eventually(lambda: names(items) == ["later"])
        eventually(lambda: row(items)["next"] > datetime.now(UTC))
    assert row(items)["status"] == "ready"
    assert row(items)["next"] - row(items)["last"] == timedelta(hours=1)


def test_a_short_interval_runs_again_and_again(items: Database, dsn: str) -> None:
    put(items, every="1 second")
    with watcher(dsn, interval=3600):
        add(items, 1, "a")
        eventually(lambda: names(items) == ["a"])
        eventually(lambda: row(items)["last"])
        first = row(items)["last"]
        eventually(lambda: row(items)["last"] > first)
        add(items, 2, "b")
        eventually(lambda: names(items) == ["a", "b"])


def test_a_mapping_rests_after_a_run_with_nothing_to_do_until_a_change_wakes_it(items: Database, dsn: str) -> None:
    put(items, every="1 hour", inactivity_timeout="12 hours")
    with watcher(dsn, interval=3600):
        eventually(lambda: row(items)["status"] == "resting")
        assert row(items)["next"] - row(items)["last"] == timedelta(hours=12)
        time.sleep(1)
        add(items, 1, "a")
        eventually(lambda: names(items) == ["a"])
        # It was active: back to its hour, and the next change waits.
        eventually(lambda: row(items)["status"] == "ready")
        assert row(items)["next"] - row(items)["last"] == timedelta(hours=1)
        add(items, 2, "b")
        time.sleep(1)
        assert names(items) == ["a"]


def test_a_run_that_only_failed_is_active(items: Database, dsn: str) -> None:
    items.execute("alter table two.item add constraint item_check check (name <> 'bad')")
    put(items, every="1 hour", inactivity_timeout="12 hours")
    add(items, 1, "bad")
    with watcher(dsn):
        eventually(lambda: row(items)["last"])
    assert row(items)["status"] == "ready"


def test_a_change_of_another_mapping_does_not_wake_it(items: Database, dsn: str) -> None:
    put(items, every="1 hour", inactivity_timeout="12 hours")
    with watcher(dsn):
        eventually(lambda: row(items)["status"] == "resting")
        before = row(items)
        add(items, 1, "x", table="unit")
        eventually(lambda: names(items, table="unit") == ["x"])
        assert row(items) == before


def test_an_edit_of_a_schedule_that_is_not_committed_holds_up_nobody_else(items: Database, dsn: str) -> None:
    put(items, every="1 second")
    with watcher(dsn), psycopg.connect(dsn) as dba:
        dba.execute("update sync.schedule set every = '2 seconds'")
        last = row(items)["last"]
        time.sleep(1.5)
        add(items, 1, "a", table="unit")
        eventually(lambda: names(items, table="unit") == ["a"])
        assert row(items)["last"] == last
        dba.commit()
        eventually(lambda: row(items)["last"] != last)


def test_a_cron_text_is_planned_and_not_run_before(items: Database, dsn: str) -> None:
    put(items, cron="0 3 1 1 *", time_zone="Europe/Berlin")
    add(items, 1, "a")
    with watcher(dsn):
        eventually(lambda: row(items)["next"])
        time.sleep(0.5)
        assert names(items) == []
        at = row(items)["next"]
        assert (at.month, at.day, at.hour, at.minute) == (1, 1, 2, 0)
        items.execute("update sync.schedule set next_run_at = now() - interval '1 minute'")
        eventually(lambda: names(items) == ["a"])
        eventually(lambda: row(items)["next"] == at)


def test_an_edited_schedule_is_planned_anew(items: Database, dsn: str) -> None:
    put(items, every="1 hour")
    with watcher(dsn, interval=3600):
        eventually(lambda: row(items)["last"])
        add(items, 1, "a")
        items.execute("update sync.schedule set every = null, cron = '0 3 * * *'")
        eventually(lambda: row(items)["next"] and row(items)["next"].hour == 3)
        items.execute("update sync.schedule set is_enabled = false")
        eventually(lambda: names(items) == ["a"])
        items.execute("update sync.schedule set is_enabled = true")
        eventually(lambda: row(items)["next"])
        add(items, 2, "b")
        items.execute("delete from sync.schedule")
        eventually(lambda: names(items) == ["a", "b"])


def test_a_paused_mapping_is_not_run_by_its_schedule_and_is_due_when_resumed(items: Database, dsn: str) -> None:
    items.execute("select sync.pause('ITEM')")
    put(items, every="1 hour")
    add(items, 1, "a")
    with watcher(dsn, interval=3600):
        time.sleep(1)
        assert row(items)["last"] is None
        items.execute("select sync.resume('ITEM')")
        eventually(lambda: names(items) == ["a"])


def test_rows_that_were_held_are_fetched_before_the_next_time(items: Database, dsn: str) -> None:
    add(items, 1, "a")
    with watcher(dsn):
        eventually(lambda: names(items) == ["a"])
    put(items, every="1 hour")
    items.execute("update one.item set name = 'b'")
    with psycopg.connect(dsn) as application:
        application.execute("select from two.item for update")
        with watcher(dsn, interval=3600) as seen:
            eventually(lambda: any(c.held for r in seen.passes for c in r.counts.values()))
            assert row(items)["last"] is None
            application.rollback()
            eventually(lambda: names(items) == ["b"])
            eventually(lambda: row(items)["last"])


@pytest.mark.parametrize("cron", ["* * * *", "every day", "* * * * * *", "", "0 0 * * ; drop table x"])
def test_what_is_no_cron_text_is_refused(items: Database, cron: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="is not a cron text") as caught:
        put(items, cron=cron)
    assert (caught.value.sqlstate, bool(caught.value.diag.message_hint)) == ("SY013", True)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"every": "1 hour", "cron": "* * * * *"}, "schedule_one_of_check"),
        ({"description": "neither"}, "schedule_one_of_check"),
        ({"every": "0"}, "schedule_every_check"),
        ({"every": "1 hour", "inactivity_timeout": "-1 hour"}, "schedule_inactivity_timeout_check"),
    ],
)
def test_the_impossible_is_refused(items: Database, columns: dict[str, str], constraint: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        put(items, **columns)
    assert caught.value.diag.constraint_name == constraint


def test_a_time_zone_that_does_not_exist_is_refused(items: Database) -> None:
    with pytest.raises(psycopg.DatabaseError, match="there is no time zone") as caught:
        put(items, cron="* * * * *", time_zone="Europe/Berlni")
    assert caught.value.sqlstate == "SY013"


def test_a_faulty_schedule_is_told_and_stops_only_its_mapping(items: Database, dsn: str) -> None:
    put(items, cron="0 0 31 2 *")
    with watcher(dsn):
        eventually(lambda: row(items)["status"] == "faulty")
        add(items, 1, "a")
        add(items, 1, "a", table="unit")
        eventually(lambda: names(items, table="unit") == ["a"])
        assert names(items) == []
        assert items.execute("select kind, mapping_name, next_command from sync.problem").fetchall() == [
            ("schedule", "ITEM", "pysync check ITEM")
        ]
        items.execute("update sync.schedule set cron = null, every = '1 hour'")
        eventually(lambda: names(items) == ["a"])
    assert items.execute("select from sync.problem").fetchall() == []


def test_a_deleted_mapping_takes_its_schedule_along_and_a_renamed_one_keeps_it(items: Database) -> None:
    put(items, every="1 hour")
    items.execute("select sync.disable_capture('ITEM')")
    items.execute("update sync.table_mapping set mapping_name = 'GOODS' where mapping_name = 'ITEM'")
    assert items.execute("select mapping_name from sync.schedule").fetchall() == [("GOODS",)]
    items.execute("delete from sync.table_mapping where mapping_name = 'GOODS'")
    assert items.execute("select from sync.schedule").fetchall() == []


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        # Clocks go forward at 2 and back at 3: what falls into the gap runs after it, nothing runs twice.
        ("30 2 * * *", "2026-03-29T00:00+01:00", "2026-03-29T03:00+02:00"),
        ("30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
        ("30 6 * * MON-FRI", "2026-03-27T12:00+01:00", "2026-03-30T06:30+02:00"),
        ("0 0 L * *", "2028-02-01T00:00+01:00", "2028-02-29T00:00+01:00"),
    ],
)
def test_cron_texts_are_read_in_their_time_zone(cron: str, after: str, expected: str) -> None:
    found = schedule.next_time(cron, "Europe/Berlin", datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("0 0 31 2 *", "UTC"),
        ("61 * * * *", "UTC"),
        ("* * * * * *", "UTC"),
        ("* * * * *", "Nowhere"),
        ("* * * * *", "../x"),
    ],
)
def test_what_cannot_be_read_is_told(cron: str, zone: str) -> None:
    with pytest.raises(errors.MappingError) as caught:
        schedule.next_time(cron, zone, datetime.now(UTC))
    assert caught.value.hint


def test_the_role_of_passes_may_watch_and_note_its_runs_but_not_edit_a_schedule(items: Database, dsn: str) -> None:
    put(items, every="1 hour")
    role = psycopg.sql.Identifier(f"watch_runner_{os.getpid()}")
    items.execute(psycopg.sql.SQL("create role {}").format(role))
    try:
        for grant in (
            "grant sync_engine to {}",
            "grant usage on schema one, two to {}",
            "grant select, insert, update, delete on all tables in schema one, two to {}",
        ):
            items.execute(psycopg.sql.SQL(grant).format(role))
        add(items, 1, "a")
        with watcher(make_conninfo(dsn, options=f"-c role=watch_runner_{os.getpid()}"), interval=3600):
            eventually(lambda: names(items) == ["a"])
            eventually(lambda: row(items)["last"])
        items.execute(psycopg.sql.SQL("set role {}").format(role))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            items.execute("update sync.schedule set every = '1 s'")
    finally:
        items.execute("reset role")
        items.execute(psycopg.sql.SQL("drop owned by {0}").format(role))
        items.execute(psycopg.sql.SQL("drop role {0}").format(role))
