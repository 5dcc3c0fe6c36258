"""A limit holds under a watcher as well: the mapping stops, the others go on, and an approval is found."""

from __future__ import annotations

from tests.watch.conftest import Database, eventually, watcher


def test_a_watcher_stops_at_a_limit_and_goes_on_when_approved(items: Database, dsn: str) -> None:
    items.execute("update sync.table_mapping set on_left_delete = 'delete'")
    items.execute(
        "insert into one.item select n, 'x' from generate_series(1, 3) n; insert into one.unit values (1, 'u')"
    )
    with watcher(dsn, interval=0.2):
        eventually(lambda: items.execute("select count(*) from sync.coupling").fetchone() == (4,))
        # An edit of the mapping holds from the next round of a pass on.
        eventually(lambda: items.execute("select count(*) from sync.pass where finished_at is null").fetchone() == (0,))
        items.execute("update sync.table_mapping set max_deletes = 1 where mapping_name = 'ITEM'")
        items.execute("delete from one.item; update one.unit set name = 'v'")
        eventually(lambda: items.execute("select deletes from sync.gate").fetchall() == [(3,)])
        eventually(lambda: items.execute("select name from two.unit").fetchall() == [("v",)])
        assert items.execute("select count(*) from two.item").fetchone() == (3,)
        items.execute("select sync.approve('ITEM')")
        eventually(lambda: items.execute("select count(*) from two.item").fetchone() == (0,))
        eventually(lambda: items.execute("select count(*) from sync.gate").fetchone() == (0,))
