"""Promises 1 and 4 with two writers and two runners at once: equal fields in the end, and no edit lost."""

from __future__ import annotations

import os
import time

import pytest

from pysync import database
from pysync.runner import Runner
from tests.promises.scene import Database, rows
from tests.promises.writers import WORLD, Ledger, Passes, Writer

# Which record a key has ever named.
HISTORY = """
create table app.history (key text, uid text, primary key (key, uid));
create function app.note() returns trigger language plpgsql as $$
begin
    insert into app.history
    select case tg_table_name when 'l' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'num' end, new.uid
    on conflict do nothing;
    return null;
end $$;
create trigger note after insert or update on app.l for each row execute function app.note();
create trigger note after insert or update on app.r for each row execute function app.note();
insert into app.history select id, uid from app.l union all select num, uid from app.r;
"""
SECONDS = float(os.environ.get("PYSYNC_TEST_SECONDS", "20"))


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ("changed", SECONDS),
        pytest.param("fixed", 60.0, marks=pytest.mark.soak),
        pytest.param("changed", 60.0, marks=pytest.mark.soak),
        pytest.param("reused", 60.0, marks=pytest.mark.soak),
    ],
)
def test_promise_1_nothing_is_lost_to_random_writers_and_two_runners(dsn: str, keys: str, seconds: float) -> None:
    with database.connect(dsn) as db:
        for statement in (WORLD, HISTORY):
            db.execute(statement.encode())
        until = time.monotonic() + seconds
        writers = [Writer(dsn, side, seed, until, keys) for seed, side in enumerate("lr")]
        runners = [Passes(dsn, until) for _ in range(2)]
        threads: list[Writer | Passes] = [*writers, *runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
            assert thread.error is None, (thread.name, thread.error)
        settle(db)
        left, right = (writer.ledger for writer in writers)
        assert min(left.transactions, right.transactions) > 5 * seconds
        check_open_conflicts(db)
        check_nothing_lost(db, left, right)
        resolve(db)
        check_equal(db)


def settle(db: Database) -> None:
    """Passes until there is nothing to do."""
    runner = Runner(db)
    for _ in range(10):
        result = runner.run()
        assert result.faults == {}
        if not result.pass_id:
            break
    assert rows(db, "select * from sync.outbox") == []
    assert rows(db, "select side, record_key, reason, message from sync.parked where mapping_name = 'BOTH'") == []


def check_open_conflicts(db: Database) -> None:
    """An open conflict holds what stands on both sides now."""
    found = rows(
        db,
        "select c.left_key, c.left_value, c.right_value, l.c, r.c from sync.conflict c"
        " left join app.l on l.id = c.left_key left join app.r on r.num = c.right_key where c.resolved_at is null",
    )
    assert [f for f in found if (f[1], f[2]) != (f[3], f[4])] == []


def check_nothing_lost(db: Database, left: Ledger, right: Ledger) -> None:
    """Each value stands on both sides, or was overwritten by somebody who saw it, or is kept in a conflict."""
    columns = ("a", "b", "c", "d", "e")
    now = {
        (f[0], c, v)
        for f in rows(db, "select uid, a, b, c, d, e from app.l")
        for c, v in zip(columns, f[1:], strict=True)
    }
    there = {
        (f[0], c, v)
        for f in rows(db, "select uid, a, b, c, d, e from app.r")
        for c, v in zip(columns, f[1:], strict=True)
    }
    kept = {v for f in rows(db, "select left_value, right_value from sync.conflict") for v in f}
    seen = left.seen | right.seen | kept
    deleted = deleted_under_an_edit(db)
    lost = []
    for ledger in (left, right):
        for (uid, column), values in ledger.written.items():
            for value in values - seen:
                if (uid, column, value) not in now & there and uid not in deleted:
                    lost.append((uid, column, value))
    alive = {uid for uid, _, _ in now | there}
    # What only one side may write is no conflict when the other deletes the row: the policy says delete.
    assert [x for x in lost if x[1] in "abc" or x[0] in alive] == []


def deleted_under_an_edit(db: Database) -> set[str]:
    """Records for which a row conflict keeps that one side deleted what the other changed."""
    found = rows(db, "select left_key, right_key from sync.conflict where field_no = 0")
    keys = {key for f in found for key in f}
    return {uid for key, uid in rows(db, "select key, uid from app.history") if key in keys}


def resolve(db: Database) -> None:
    """A person decides the open conflicts: the left value."""
    db.execute("select sync.resolve_conflict(conflict_id, 'left') from sync.conflict where resolved_at is null")
    settle(db)
    assert rows(db, "select * from sync.conflict where resolved_at is null") == []


def check_equal(db: Database) -> None:
    """Equal mapped fields, every row coupled to its own."""
    left = {f[0]: f[1:] for f in rows(db, "select uid, a, b, c, d, e from app.l")}
    right = {f[0]: f[1:] for f in rows(db, "select uid, a, b, c, d, e from app.r")}
    # A row created anew because the edit won over the deletion lacks what never travels to that side.
    for uid in deleted_under_an_edit(db) & left.keys() & right.keys():
        left[uid], right[uid] = left[uid][:3], right[uid][:3]
    assert left == right
    assert rows(db, "select uid, a from app.r order by 1") == rows(db, "select uid, a from app.z order by 1")
    assert (
        rows(
            db,
            "select l.uid from sync.coupling c left join app.l on l.id = c.left_key"
            " left join app.r on r.num = c.right_key where c.mapping_name = 'BOTH' and l.uid is distinct from r.uid",
        )
        == []
    )
    assert rows(db, "select count(*) from app.l") == rows(
        db, "select count(*) from sync.coupling where mapping_name = 'BOTH'"
    )
