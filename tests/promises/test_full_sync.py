"""A full synchronisation that is killed goes on where it was, and makes nothing twice; applications write meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from tests.promises.scene import Database, install, row, rows, run

CUSTOMERS = 3000
KILLS = 3


def load(db: Database) -> None:
    """Customers of which nothing is on the other side yet, small batches, and two that are there already."""
    install(db, "update sync.table_mapping set batch_size = 100, full_sync = 'full', coupled_only = true", customers=2)
    db.execute(
        "insert into erp.customer (no, name, city, credit, owner)"
        " select 'n' || n, 'name ' || n, 'city ' || n, n % 100, 'o1' from generate_series(1, $1) n",
        [CUSTOMERS],
    )
    db.execute("insert into crm.account (id, name) values ('alone', 'Alone')")
    # As if they had been there before capture.
    db.execute("delete from sync.outbox")


def position(db: Database) -> int:
    found = row(db, "select to_right_done from sync.full_sync where mapping_name = 'CUSTOMER'")
    return found[0] if found else 0


def start(dsn: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pysync", "--dsn", dsn, "full", "--yes"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def kill_on_the_way(db: Database, dsn: str, app: Database) -> int:
    """Run until a batch more is done, kill -9, wait for the session to be gone; gives the position left."""
    before = position(db)
    process = start(dsn)
    while position(db) <= before:
        assert process.poll() is None, "it ended before it could be killed"
        app.execute("update erp.customer set phone = coalesce(phone, '') || '1' where no in ('n1500', 'c1')")
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert process.stderr is not None
    process.stderr.close()
    while row(db, "select 1 from pg_stat_activity where application_name = 'pysync full'"):
        time.sleep(0.005)
    return position(db)


def test_a_full_sync_killed_again_and_again_goes_on_and_makes_nothing_twice(
    db: Database, dsn: str, app: Database
) -> None:
    load(db)
    places = [kill_on_the_way(db, dsn, app) for _ in range(KILLS)]
    assert places == sorted(set(places)), "each run goes on where the one before was killed"
    assert places[0] > 0
    assert places[-1] < CUSTOMERS
    # What is there is whole: a target row, its couple, and the position that passed it.
    assert row(db, "select count(*) from crm.account where id like 'rn%'") == row(
        db, "select count(*) from sync.coupling where left_key like 'n%'"
    )
    process = start(dsn)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    run(db)
    assert row(db, "select status, to_right_done from sync.full_sync where mapping_name = 'CUSTOMER'") == (
        "finished",
        CUSTOMERS + 2,
    ), "no row was scanned twice"
    assert (
        rows(
            db,
            "select c.no, c.name, c.city, c.phone, c.credit, 'ro1' from erp.customer c where c.no <> 'lalone'"
            " except select k.left_key, a.name, a.town, a.phone, a.credit, a.owner from sync.coupling k"
            " join crm.account a on a.id = k.right_key where k.mapping_name = 'CUSTOMER'",
        )
        == []
    )
    assert row(db, "select count(*) from crm.account") == (CUSTOMERS + 3,)
    assert row(db, "select count(*) from erp.customer") == (CUSTOMERS + 3,)
    assert row(db, "select count(*) from sync.coupling where mapping_name = 'CUSTOMER'") == (CUSTOMERS + 3,)
    assert run(db).batches == 0
