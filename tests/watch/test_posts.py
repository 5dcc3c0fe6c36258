"""Several watchers share the mappings: one works on each, and another takes over when it dies."""

from __future__ import annotations

import time

from tests.watch.conftest import Database, add, eventually, names, process, watcher


def test_watchers_share_the_mappings(items: Database, dsn: str) -> None:
    with watcher(dsn, "ITEM", interval=3600) as first, watcher(dsn, "UNIT", interval=3600) as second:
        assert (first.owned, second.owned) == ({"ITEM"}, {"UNIT"})
        time.sleep(1)
        add(items, 1, "a")
        add(items, 1, "b", "two", "unit")
        eventually(lambda: (names(items), names(items, "one", "unit")) == (["a"], ["b"]))
        eventually(lambda: first.passes and second.passes)
        assert {name for r in first.passes for name, _ in r.counts} == {"ITEM"}
        assert {name for r in second.passes for name, _ in r.counts} == {"UNIT"}


def test_one_that_wants_everything_takes_what_is_free_and_stands_by_for_the_rest(items: Database, dsn: str) -> None:
    with watcher(dsn, interval=3600) as rest:
        assert rest.owned == {"ITEM", "UNIT"}
    with watcher(dsn, "ITEM", interval=3600) as first, watcher(dsn, interval=3600) as rest:
        assert (first.owned, rest.owned, rest.missing) == ({"ITEM"}, {"UNIT"}, {"ITEM"})
        add(items, 1, "a", table="unit")
        eventually(lambda: names(items, table="unit") == ["a"])
        assert not first.passes


def test_a_stand_by_takes_over_when_the_other_ends(items: Database, dsn: str) -> None:
    with watcher(dsn, "ITEM", interval=3600) as first:
        with watcher(dsn, "ITEM", interval=3600) as second:
            assert (first.owned, second.owned, second.missing) == ({"ITEM"}, set(), {"ITEM"})
        with watcher(dsn, "ITEM", interval=3600) as second:
            items.execute(
                "select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l using (pid)"
                " where l.locktype = 'advisory' and l.classid = 1887007092 and a.datname = current_database()"
            )
            eventually(lambda: first.owned | second.owned == {"ITEM"} and first.troubles)
            add(items, 1, "a")
            eventually(lambda: names(items) == ["a"])
    with watcher(dsn, "ITEM", interval=3600) as third:
        assert third.owned == {"ITEM"}


def test_a_stand_by_takes_over_from_a_killed_process(items: Database, dsn: str) -> None:
    with process(dsn, "--json", "ITEM") as first, process(dsn, "--json", "ITEM") as second:
        eventually(lambda: '"watching"' in "".join(first.lines + second.lines), 60)
        eventually(lambda: '"standing by"' in "".join(first.lines + second.lines), 60)
        if '"watching"' not in "".join(first.lines):
            first, second = second, first
        told = second.event("standing by")
        assert told["mappings"] == ["ITEM"]
        row = items.execute(
            "select pid from pg_locks where classid = 1887007092 and locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())"
        ).fetchone()
        assert row is not None
        assert told["for_pids"] == [row[0]]
        add(items, 1, "a")
        eventually(lambda: names(items) == ["a"])
        first.process.kill()
        second.event("watching")
        add(items, 2, "b")
        eventually(lambda: names(items) == ["a", "b"])


def test_what_another_watcher_couples_wakes_what_waits_for_it(items: Database, dsn: str) -> None:
    items.execute("alter table one.item add unit int; alter table two.item add unit int")
    items.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, reference)"
        " values ('ITEM', 3, 'unit', 'unit', 'UNIT'); select sync.enable_capture()"
    )
    with watcher(dsn, "ITEM", interval=3600), watcher(dsn, "UNIT", interval=3600):
        items.execute("insert into one.item values (1, 'a', 7)")
        eventually(lambda: items.execute("select from sync.parked where reason = 'reference'").fetchall())
        time.sleep(1)
        add(items, 7, "piece", table="unit")
        eventually(lambda: items.execute("select unit from two.item").fetchall() == [(7,)])
