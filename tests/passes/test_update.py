"""An edit travels: only what changed, only where it may, and only once."""

from __future__ import annotations

import time

import psycopg
import pytest
from psycopg import sql

from pysync import apply, compare, outbox, runner
from pysync.compiler import Compiler
from pysync.model import Side
from pysync.session import Session
from tests.passes.conftest import Pair


def test_an_edit_reaches_the_other_side(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.row(pair.target, 1) == ("new", 1, None)


def test_only_the_changed_field_is_written(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.target, 1, size=7)
    pair.db.execute("delete from sync.outbox")  # the target's own edit is none of ours here
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.target, 1) == ("new", 7, None)


def test_edits_of_different_fields_on_both_sides_merge(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    pair.edit(pair.target, 1, size=7)
    result = pair.run()
    assert pair.counts(result) == {"modified": 1}
    assert pair.counts(result, pair.target) == {"modified": 1}
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("new", 7, None)
    assert pair.conflicts() == []


def test_there_and_back_again_is_no_change(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="other")
    pair.edit(pair.source, 1, name="n")
    assert pair.counts(pair.run()) == {"unchanged": 1}


def test_the_same_edit_on_both_sides_is_no_conflict(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="same")
    pair.edit(pair.target, 1, name="same")
    result = pair.run()
    assert pair.counts(result) == {"unchanged": 1}
    assert pair.conflicts() == []


def test_many_edits_of_one_record_travel_as_one(pair: Pair) -> None:
    pair.in_step()
    for text in ("a", "b", "c"):
        pair.edit(pair.source, 1, name=text)
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.row(pair.target, 1) == ("c", 1, None)


def test_a_null_travels_like_any_value(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name=None)
    pair.run()
    assert pair.row(pair.target, 1) == (None, 1, None)


def test_when_null_keep_leaves_the_target_value(pair: Pair) -> None:
    pair.field(1, when_null="keep")
    pair.in_step()
    pair.edit(pair.source, 1, name=None, size=2)
    pair.run()
    assert pair.row(pair.target, 1) == ("n", 2, None)


def test_a_null_that_was_kept_back_is_replaced_by_what_the_other_side_sends_next(pair: Pair) -> None:
    pair.field(1, when_null="keep")
    pair.in_step()
    pair.edit(pair.source, 1, name=None)
    pair.run()
    assert (pair.row(pair.source, 1), pair.row(pair.target, 1)) == ((None, 1, None), ("n", 1, None))
    pair.edit(pair.target, 1, name="new")
    pair.run()
    assert pair.row(pair.source, 1) == pair.row(pair.target, 1) == ("new", 1, None)
    assert pair.conflicts() == []


def test_a_one_way_field_does_not_travel_back(pair: Pair) -> None:
    pair.field(1, direction="to_" + pair.target)
    pair.in_step()
    pair.edit(pair.target, 1, name="own")
    pair.run()
    assert pair.row(pair.source, 1) == ("n", 1, None)


def test_a_one_way_mapping_overwrites_the_target(pair: Pair) -> None:
    pair.configure(direction="to_" + pair.target)
    pair.in_step()
    pair.edit(pair.target, 1, name="own")
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.target, 1) == ("new", 1, None)
    assert pair.conflicts() == []


def test_write_on_insert_is_not_sent_by_an_edit(pair: Pair) -> None:
    pair.field(1, write_on="insert")
    pair.in_step()
    pair.edit(pair.source, 1, name="new", size=2)
    pair.run()
    assert pair.row(pair.target, 1) == ("n", 2, None)


def test_an_expression_is_computed_from_the_source_row(pair: Pair) -> None:
    way = f"to_{pair.target}"
    pair.field(3, direction=way, **{way: "upper(name) || ' ' || size"})
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.target, 1) == ("new", 1, "NEW 1")


def test_a_rolled_back_edit_leaves_nothing(pair: Pair) -> None:
    pair.in_step()
    with pair.db.transaction(force_rollback=True):
        pair.edit(pair.source, 1, name="never")
    assert pair.run().pass_id == 0


def test_a_pass_with_nothing_to_do_leaves_no_row(pair: Pair) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    pair.run()
    before = pair.db.execute("select count(*) from sync.pass").fetchone()
    assert pair.run().pass_id == 0
    assert pair.db.execute("select count(*) from sync.pass").fetchone() == before


def test_a_row_that_an_application_holds_is_put_back_and_not_waited_for(pair: Pair, dsn: str) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    with psycopg.connect(dsn) as application:
        application.execute(f"select from {'two' if pair.source == 'left' else 'one'}.item where id = 1 for update")
        result = pair.run()
        assert pair.counts(result)["held"] >= 1
        assert pair.row(pair.target, 1) == ("n", 1, None)
        application.rollback()
    assert pair.counts(pair.run()) == {"modified": 1}


def test_a_locked_table_does_not_hold_up_the_pass(pair: Pair, dsn: str) -> None:
    other = "two" if pair.source == "left" else "one"
    statement = "insert into {0}.item (id, name) select n, 'n' from generate_series(1, 3000) n"
    for schema in ("one", "two"):
        pair.db.execute(statement.format(schema).encode())
    pair.db.execute("insert into sync.coupling (mapping_name, left_key, right_key) select 'ITEM', id, id from one.item")
    pair.db.execute("delete from sync.outbox")
    own = "one" if pair.source == "left" else "two"
    pair.db.execute(f"update {own}.item set name = 'new'".encode())  # noqa: S608
    with psycopg.connect(dsn) as application:
        application.execute(f"lock table {other}.item in access exclusive mode")
        started = time.monotonic()
        pair.run()
        assert time.monotonic() - started < 15
        application.rollback()
    assert pair.counts(pair.run()) == {"modified": 3000}


def test_a_put_back_change_keeps_its_base(pair: Pair, dsn: str) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="first")
    with psycopg.connect(dsn) as application:
        application.execute(f"select from {'two' if pair.source == 'left' else 'one'}.item where id = 1 for update")
        pair.run()
        application.rollback()
    pair.edit(pair.source, 1, size=5)
    pair.run()
    assert pair.row(pair.target, 1) == ("first", 5, None)


@pytest.mark.parametrize("layout_first", [True, False])
def test_waiting_changes_survive_an_edit_of_the_mapping(pair: Pair, layout_first: bool) -> None:
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    pair.db.execute("delete from sync.field_mapping where field_no = 2")
    if layout_first:
        pair.db.execute("select sync.enable_capture('ITEM')")
        pair.edit(pair.source, 1, note="more")
    pair.run()
    row = pair.row(pair.target, 1)
    assert row is not None
    assert row[0] == "new"
    assert row[2] == ("more" if layout_first else None)


def test_locks_met_before_do_not_keep_a_bad_row_from_being_parked(pair: Pair) -> None:
    """A long-lived worker has met many locks: they say nothing of a value that the target refuses."""
    constraint = sql.SQL("alter table {} add constraint small check (size < 10)").format(pair.table(pair.target))
    pair.db.execute(constraint)
    pair.in_step()
    pair.edit(pair.source, 1, size=50)
    compiler = Compiler(pair.db)
    compiler.refresh()
    session = Session(pair.db, pass_id=outbox.start_pass(pair.db, "changes"), lock_waits=100)
    keys = outbox.KeyRange("1", "1", 1)
    assert apply.apply(session, compiler.plan("ITEM", pair.source), keys, with_deletes=True).failed == 1
    assert pair.parked() == [("source", "1", "error")]


def test_an_edit_of_case_travels_whatever_the_columns_collation_thinks_of_it(pair: Pair) -> None:
    try:
        pair.db.execute(
            "create collation one.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without ICU")
    for side in Side:
        alter = sql.SQL("alter table {} alter name type text collate one.blind").format(pair.table(side))
        pair.db.execute(alter)
    pair.in_step(name="ada")
    pair.edit(pair.source, 1, name="Ada")
    pair.run()
    assert pair.row(pair.target, 1) == ("Ada", 1, None)
    pair.edit(pair.source, 1, name="ADA")
    pair.edit(pair.target, 1, name="aDa")
    compiler = Compiler(pair.db)
    compiler.refresh()
    assert [drift.state for drift in compare.find(pair.db, compiler, "ITEM")] == ["both"]
    pair.run()
    assert pair.conflicts() == [(1, "ADA", "aDa", None, False)]


def test_a_batch_reads_no_more_couplings_than_it_has_records(pair: Pair) -> None:
    for side in Side:
        rows = "insert into {} (id, name) select n, 'n' from generate_series(1, 10000) as n"
        pair.db.execute(sql.SQL(rows).format(pair.table(side)))
    pair.db.execute(
        "insert into sync.coupling (mapping_name, left_key, right_key) select 'ITEM', n, n"
        " from generate_series(1, 10000) as n"
    )
    pair.db.execute("truncate sync.outbox")
    pair.db.execute("analyze")
    pair.db.execute(sql.SQL("update {} set name = 'new' where id <= 3000").format(pair.table(pair.source)))
    assert pair.counts(pair.run()) == {"modified": 3000}
    pair.db.execute("select pg_stat_force_next_flush()")
    row = pair.db.execute(
        "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables"
        " where relid = 'sync.coupling'::regclass"
    ).fetchone()
    assert row is not None
    assert 3000 <= row[0] < 2 * 3000


def test_the_numbers_of_a_session_that_runs_for_years_go_round(pair: Pair) -> None:
    own = runner.Runner(pair.db)
    for key in range(1, 8):
        pair.in_step(key)
    pair.edit(pair.source, 1, name="new")
    own.run()
    stage = own.compiler.plan("ITEM", pair.source).route.working("stage")
    pair.db.execute("select setval(pg_get_serial_sequence($1, 'row_no'), 2147483644)", (f"pg_temp.{stage}",))
    for key in range(1, 8):
        pair.edit(pair.source, key, size=key + 1)
    assert pair.counts(own.run()) == {"modified": 7}
    assert [pair.row(pair.target, key) for key in range(2, 8)] == [("n", key + 1, None) for key in range(2, 8)]
