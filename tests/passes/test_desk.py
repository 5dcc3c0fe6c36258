"""The problems desk: repeated failures are set aside, and every action does what it says, from either side."""

from __future__ import annotations

import psycopg
import pytest

from pysync import compare
from pysync.compiler import Compiler
from pysync.model import Side
from tests.passes.conftest import Pair


def keys(pair: Pair, source: int | str, target: int | str) -> tuple[str, str]:
    """Left and right key."""
    return (str(source), str(target)) if pair.source is Side.LEFT else (str(target), str(source))


def refuse(pair: Pair, condition: str = "size < 10") -> None:
    """From now on the target takes only such rows."""
    schema = "two" if pair.target is Side.RIGHT else "one"
    script = "alter table SCHEMA.item add constraint item_rule_check check (CONDITION) not valid"
    pair.db.execute(script.replace("SCHEMA", schema).replace("CONDITION", condition).encode())


def allow(pair: Pair) -> None:
    schema = "two" if pair.target is Side.RIGHT else "one"
    pair.db.execute("alter table SCHEMA.item drop constraint item_rule_check".replace("SCHEMA", schema).encode())


def again(pair: Pair) -> dict[str, int]:
    """A pass when what is parked is due."""
    pair.db.execute("update sync.parked set next_attempt_at = now() where next_attempt_at is not null")
    return pair.counts(pair.run())


def coupling(pair: Pair) -> tuple[bool, str | None]:
    row = pair.db.execute("select is_skipped, left(skip_reason, 5) from sync.coupling").fetchone()
    assert row is not None
    return row


def choices(pair: Pair) -> list[str]:
    row = pair.db.execute("select next_command, choices from sync.problem where kind = 'parked'").fetchone()
    assert row is not None
    assert row[1][0] == row[0]
    return list(row[1])


def fail_until_skipped(pair: Pair, times: int = 3) -> list[dict[str, int]]:
    pair.db.execute("insert into sync.setting (setting_name, value) values ('skip_after', $1)", (times,))
    refuse(pair)
    pair.edit(pair.source, 1, size=99)
    return [pair.counts(pair.run()), *(again(pair) for _ in range(times - 1))]


def test_the_same_permanent_failure_repeated_sets_the_couple_aside(pair: Pair) -> None:
    pair.in_step()
    assert fail_until_skipped(pair) == [{"failed": 1}, {"failed": 1}, {"skipped": 1}]
    assert coupling(pair) == (True, "23514")
    assert pair.parked() == [("source", "1", "skipped")]
    assert pair.db.execute("select count(*), max(repeats) from sync.parked").fetchone() == (1, 3)
    assert pair.db.execute("select count(*) from sync.pass_error where sqlstate = '23514'").fetchone() == (3,)
    assert again(pair) == {}
    pair.edit(pair.source, 1, size=5)
    assert pair.counts(pair.run()) == {"skipped": 1}, "a couple set aside stays so when its record changes"


@pytest.mark.parametrize("whose", ["source", "target"])
def test_retry_brings_it_back(pair: Pair, whose: str) -> None:
    pair.in_step()
    fail_until_skipped(pair)
    assert choices(pair)[0] == "select sync.retry('ITEM', '1')"
    allow(pair)
    pair.db.execute("select sync.retry('ITEM', '1')" if whose == "source" else "select sync.retry()")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert coupling(pair) == (False, None)
    assert pair.row(pair.target, 1) == ("n", 99, None)


def test_unskip_brings_it_back(pair: Pair) -> None:
    pair.in_step()
    fail_until_skipped(pair)
    allow(pair)
    pair.db.execute("select sync.unskip('ITEM', '1')")
    assert pair.counts(pair.run())["modified"] == 1
    assert coupling(pair) == (False, None)


def test_what_a_person_set_aside_is_not_brought_back_by_retry(pair: Pair) -> None:
    pair.in_step()
    pair.db.execute("select sync.skip('ITEM', '1')")
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert choices(pair) == ["select sync.unskip('ITEM', '1')", "select sync.uncouple('ITEM', '1', '1')"]
    pair.db.execute("select sync.retry()")
    assert pair.counts(pair.run()) == {"skipped": 1}
    assert coupling(pair) == (True, None)


def test_another_failure_starts_the_count_anew(pair: Pair) -> None:
    pair.in_step()
    pair.db.execute("insert into sync.setting values ('skip_after', 2)")
    refuse(pair, "size < 10 or size = 50")
    pair.edit(pair.source, 1, size=99)
    pair.run()
    allow(pair)
    refuse(pair, "size < 20")
    schema = "two" if pair.target is Side.RIGHT else "one"
    renamed = "alter table SCHEMA.item rename constraint item_rule_check to item_other_check".replace("SCHEMA", schema)
    pair.db.execute(renamed.encode())
    assert again(pair) == {"failed": 1}
    assert again(pair) == {"skipped": 1}


def test_the_rest_of_the_failing_row_may_differ(pair: Pair) -> None:
    pair.in_step()
    pair.db.execute("insert into sync.setting values ('skip_after', 2)")
    refuse(pair)
    pair.edit(pair.source, 1, size=99)
    pair.run()
    pair.edit(pair.source, 1, note="meanwhile")
    assert pair.counts(pair.run()) == {"skipped": 1}


@pytest.mark.parametrize(
    ("sqlstate", "is_permanent"),
    [("22003", True), ("23505", True), ("23503", True), ("42804", True)]
    + [(s, False) for s in ("08006", "40001", "40P01", "53100", "55P03", "57014", "42501", "P0001", "SY020", None)],
)
def test_only_what_cannot_heal_by_itself_is_permanent(pair: Pair, sqlstate: str | None, *, is_permanent: bool) -> None:
    assert pair.db.execute("select sync_private.is_permanent($1)", (sqlstate,)).fetchone() == (is_permanent,)


def test_a_passing_failure_never_sets_aside(pair: Pair) -> None:
    pair.in_step()
    pair.db.execute("insert into sync.setting values ('skip_after', 1)")
    schema = "two" if pair.target is Side.RIGHT else "one"
    pair.db.execute(
        """
        create function SCHEMA.shut() returns trigger language plpgsql as
        $$ begin raise exception 'closed today'; end $$;
        create trigger shut before update on SCHEMA.item for each row execute function SCHEMA.shut()
        """.replace("SCHEMA", schema).encode()
    )
    pair.edit(pair.source, 1, name="new")
    assert pair.counts(pair.run()) == {"failed": 1}
    assert again(pair) == {"failed": 1}
    assert coupling(pair) == (False, None)


def test_an_uncoupled_record_is_set_aside_until_it_changes(pair: Pair) -> None:
    pair.configure(coupled_only=False)
    pair.db.execute("insert into sync.setting values ('skip_after', 2)")
    refuse(pair)
    pair.insert(pair.source, 1, "n", 99)
    assert pair.counts(pair.run()) == {"failed": 1}
    assert again(pair) == {"skipped": 1}
    assert again(pair) == {}
    pair.edit(pair.source, 1, size=5)
    assert pair.counts(pair.run()) == {"inserted": 1, "coupled": 1}


def missing(pair: Pair, gone: Side) -> None:
    """A couple of rows 1 and 2 of which one was deleted, with policy fail."""
    pair.insert(pair.source, 1, "n", 1)
    pair.insert(pair.target, 2, "n", 1)
    pair.couple(1, 2)
    pair.db.execute("delete from sync.outbox")
    pair.delete(gone, 1 if gone is pair.source else 2)
    pair.run()


def test_restore_makes_the_missing_row_anew(pair: Pair) -> None:
    missing(pair, pair.source)
    restore = "select sync.restore('ITEM', '{}', '{}')".format(*keys(pair, 1, 2))
    assert restore in choices(pair)
    pair.db.execute(restore.encode())
    pair.run()
    [new] = pair.keys(pair.source)
    assert pair.row(pair.source, new) == ("n", 1, None)
    assert pair.couples() == [(str(new), "2")]
    assert pair.db.execute("select count(*) from sync.problem").fetchone() == (0,)


def test_restore_needs_a_missing_row_and_a_source(pair: Pair) -> None:
    pair.in_step()
    with pytest.raises(psycopg.Error, match="both are there") as caught:
        pair.db.execute("select sync.restore('ITEM', '1')")
    assert caught.value.sqlstate == "SY041"
    pair.delete(pair.source, 1)
    pair.configure(direction=pair.source.direction)
    with pytest.raises(psycopg.Error, match="nothing travels from") as caught:
        pair.db.execute("select sync.restore('ITEM', '1')")
    assert caught.value.sqlstate == "SY007"
    pair.delete(pair.target, 1)
    with pytest.raises(psycopg.Error, match="both are gone"):
        pair.db.execute("select sync.restore('ITEM', null, '1')")
    with pytest.raises(psycopg.Error) as caught:
        pair.db.execute("select sync.restore('ITEM', '77')")
    assert caught.value.sqlstate == "SY004"


@pytest.mark.parametrize("gone", ["source", "target"])
def test_delete_survivor_takes_the_other_row_and_the_couple(pair: Pair, gone: str) -> None:
    side = pair.source if gone == "source" else pair.target
    missing(pair, side)
    command = "select sync.delete_survivor('ITEM', '{}', '{}')".format(*keys(pair, 1, 2))
    if gone == "source":
        assert command in choices(pair)
    pair.db.execute(command.encode())
    assert (pair.keys(pair.source), pair.keys(pair.target), pair.couples()) == ([], [], [])
    assert pair.run().pass_id == 0, "its own deletion is no news to the mapping"
    assert pair.db.execute("select count(*) from sync.problem").fetchone() == (0,)


def test_delete_survivor_leaves_two_rows_alone_and_ends_an_empty_couple(pair: Pair) -> None:
    pair.in_step()
    with pytest.raises(psycopg.Error, match="both there") as caught:
        pair.db.execute("select sync.delete_survivor('ITEM', '1')")
    assert caught.value.sqlstate == "SY041"
    assert pair.keys(pair.source) == [1]
    pair.delete(pair.source, 1)
    pair.delete(pair.target, 1)
    pair.db.execute("select sync.delete_survivor('ITEM', '1')")
    assert pair.couples() == []


def test_without_the_right_to_delete_the_problem_stays(pair: Pair) -> None:
    missing(pair, pair.source)
    pair.db.execute(
        "create role desk_clerk; grant sync_admin to desk_clerk; grant usage on schema one, two to desk_clerk"
    )
    pair.db.execute("grant select on one.item, two.item to desk_clerk; set role desk_clerk")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            pair.db.execute("select sync.delete_survivor('ITEM', $1, $2)", keys(pair, 1, 2))
    finally:
        pair.db.execute("reset role; drop owned by desk_clerk; drop role desk_clerk")
    assert len(choices(pair)) >= 3
    assert pair.keys(pair.target) == [2]


def test_a_couple_whose_row_is_gone_makes_room(pair: Pair) -> None:
    missing(pair, pair.target)
    pair.insert(pair.target, 3, "n", 1)
    pair.db.execute("select sync.couple('ITEM', $1, $2)", keys(pair, 1, 3))
    assert pair.couples() == [("1", "3")]


def test_a_coupled_record_is_refused_and_its_partner_named(pair: Pair) -> None:
    pair.in_step(1)
    pair.insert(pair.target, 2, "n", 1)
    with pytest.raises(psycopg.Error) as caught:
        pair.db.execute("select sync.couple('ITEM', $1, $2)", keys(pair, 1, 2))
    assert caught.value.sqlstate == "SY003"
    assert caught.value.diag.message_detail == 'There is a couple of left "1" and right "1".'
    hint = caught.value.diag.message_hint
    assert hint == "To leave it: select sync.recouple('ITEM', '{}', '{}', '{}')".format(*keys(pair, 1, 2), pair.source)
    pair.db.execute((hint or "").removeprefix("To leave it: ").encode())
    assert pair.couples() == [("1", "2")]
    assert pair.row(pair.target, 1) == ("n", 1, None), "the former partner stays, untouched"


def test_recouple_never_takes_a_partner_from_a_living_couple(pair: Pair) -> None:
    pair.in_step(1)
    pair.in_step(2)
    for side in Side:
        with pytest.raises(psycopg.Error) as caught:
            pair.db.execute("select sync.recouple('ITEM', $1, $2, $3)", (*keys(pair, 1, 2), side))
        assert caught.value.sqlstate == "SY003"
    assert pair.couples() == [("1", "1"), ("2", "2")]
    pair.delete(pair.source, 2)
    pair.db.execute("select sync.recouple('ITEM', $1, $2, $3)", (*keys(pair, 1, 2), pair.source))
    assert pair.couples() == [("1", "2")]


@pytest.mark.parametrize("gone", ["source", "target"])
def test_compare_finds_couples_of_one_way_mappings_whose_row_is_gone(pair: Pair, gone: str) -> None:
    pair.configure(direction=pair.source.direction)
    pair.db.execute("select sync.enable_capture()")
    pair.in_step()
    pair.delete(pair.source if gone == "source" else pair.target, 1)
    pair.db.execute("delete from sync.outbox")
    compiler = Compiler(pair.db)
    compiler.refresh()
    side = pair.source if gone == "source" else pair.target
    assert [(d.left_key, d.state) for d in compare.find(pair.db, compiler, "ITEM")] == [("1", f"{side} missing")]
    pair.db.execute("select sync.delete_survivor('ITEM', '1')")
    assert (pair.keys(pair.source), pair.keys(pair.target), pair.couples()) == ([], [], [])


def test_a_waiting_conflict_offers_both_sides(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="mine")
    pair.edit(pair.target, 1, name="theirs")
    pair.run()
    row = pair.db.execute("select next_command, choices from sync.problem where kind = 'conflict'").fetchone()
    assert row is not None
    assert [c.rpartition("'")[0][-5:].strip(" '") for c in row[1]] == ["left", "right"]
    pair.db.execute((row[1][1] if pair.target is Side.RIGHT else row[1][0]).encode())
    pair.run()
    assert pair.row(pair.source, 1) == ("theirs", 1, None)


def test_history_tells_each_write_newest_first(pair: Pair) -> None:
    pair.in_step(name="a")
    for name in ("b", "c"):
        pair.edit(pair.source, 1, name=name)
        pair.run()
    for side in Side:
        rows = pair.db.execute(
            "select direction, column_name, old_value, new_value, captured_by from sync.history('ITEM', $1, '1')",
            (side,),
        ).fetchall()
        assert rows == [
            (pair.source.direction, "name", "b", "c", "pysync"),
            (pair.source.direction, "name", "a", "b", "pysync"),
        ]
    assert pair.db.execute("select count(*) from sync.history('ITEM', 'left', '2')").fetchone() == (0,)


def test_what_a_person_set_aside_says_so(pair: Pair) -> None:
    pair.in_step()
    pair.db.execute("select sync.skip('ITEM', '1')")
    pair.edit(pair.source, 1, name="new")
    pair.run()
    found = pair.db.execute("select message from sync.problem").fetchall()
    assert found == [("skipped: the couple is marked as skipped",)]
