"""A row that a pass created: what it has of its own goes back where only its side sends it, and fills blanks only."""

from __future__ import annotations

from psycopg import sql

from pysync import compare, runner
from tests.passes.conftest import Pair


def only_back(pair: Pair, no: int, column: str, default: str, **field: object) -> None:
    """Field `no` travels from the target only, and a new row there has a default for it."""
    pair.configure(coupled_only=False)
    pair.field(no, direction=pair.target.direction, **field)
    pair.db.execute(
        sql.SQL("alter table {} alter column {} set default {}").format(
            pair.table(pair.target), sql.Identifier(column), sql.Literal(default)
        )
    )


def drift(pair: Pair) -> list[str]:
    compiler = runner.Runner(pair.db).compiler
    compiler.refresh()
    return [d.state for d in compare.find(pair.db, compiler, "ITEM")]


def rest(pair: Pair) -> None:
    """A pass after which nothing waits, and another one that finds nothing to do."""
    pair.run()
    assert pair.db.execute("select 1 from sync.outbox").fetchall() == []
    assert pair.run().counts == {}


def test_a_default_of_the_new_row_fills_what_is_null_over_there(pair: Pair) -> None:
    only_back(pair, 3, "note", "its own")
    pair.insert(pair.source, 1, "new", 1)
    rest(pair)
    assert pair.row(pair.source, 1) == ("new", 1, "its own")
    assert drift(pair) == []


def test_a_default_that_its_own_expression_makes_of_nothing_too_is_filled_in(pair: Pair) -> None:
    """greatest(null, 0) is 0: compared with a base that is null, nothing would have changed."""
    only_back(pair, 2, "size", "0", to_source="greatest(size, 0)")
    pair.insert(pair.source, 1, "new")
    rest(pair)
    assert pair.row(pair.source, 1) == ("new", 0, None)


def test_a_default_overwrites_nothing_and_makes_no_entry(pair: Pair) -> None:
    only_back(pair, 3, "note", "its own")
    pair.insert(pair.source, 1, "new", 1)
    pair.edit(pair.source, 1, note="typed")
    result = pair.run()
    assert pair.row(pair.source, 1) == ("new", 1, "typed")
    assert pair.counts(result, pair.target) == {}


def test_a_blank_default_is_nothing_to_tell(pair: Pair) -> None:
    only_back(pair, 3, "note", "")
    pair.insert(pair.source, 1, "new", 1)
    result = pair.run()
    assert pair.row(pair.source, 1) == ("new", 1, None)
    assert pair.counts(result, pair.target) == {}


def test_a_default_stays_where_the_filter_of_the_field_does_not_hold(pair: Pair) -> None:
    only_back(pair, 3, "note", "its own", target_filter="size > 5")
    pair.insert(pair.source, 1, "small", 1)
    pair.insert(pair.source, 2, "large", 6)
    rest(pair)
    assert [pair.row(pair.source, key) for key in (1, 2)] == [("small", 1, None), ("large", 6, "its own")]


def test_what_the_pass_wrote_does_not_come_back_with_the_default(pair: Pair) -> None:
    only_back(pair, 3, "note", "its own")
    pair.field(1, to_target="left(name, 3)")
    pair.insert(pair.source, 1, "too long", 1)
    rest(pair)
    assert pair.row(pair.source, 1) == ("too long", 1, "its own")


def test_an_edit_of_the_new_row_before_the_default_went_back_is_sent_whatever_is_there(pair: Pair) -> None:
    """The source row is held, so that the default has to wait: it meets an edit of either side then."""
    only_back(pair, 3, "note", "its own")
    pair.insert(pair.source, 1, "new", 1)
    pair.db.execute("create table one.held (is_held boolean)")
    pair.db.execute(
        "create function one.hold() returns trigger language plpgsql as $$"
        " begin if exists (select from one.held) then raise lock_not_available; end if; return new; end $$"
    )
    pair.db.execute(
        sql.SQL("create trigger hold before update of note on {} for each row execute function one.hold()").format(
            pair.table(pair.source)
        )
    )
    pair.db.execute("insert into one.held values (true)")
    pair.run()
    assert pair.row(pair.source, 1) == ("new", 1, None)
    ((_, target),) = pair.couples()
    pair.edit(pair.target, int(target), note="edited")
    pair.db.execute("delete from one.held")
    pair.edit(pair.source, 1, note="typed")
    rest(pair)
    assert pair.row(pair.source, 1) == ("new", 1, "edited")


def test_a_default_of_a_new_row_that_a_full_sync_made_goes_back_too(pair: Pair) -> None:
    only_back(pair, 3, "note", "its own")
    pair.insert(pair.source, 1, "new", 1)
    pair.db.execute("delete from sync.outbox")
    pair.db.execute("select sync.request_full_sync('ITEM')")
    rest(pair)
    assert pair.row(pair.source, 1) == ("new", 1, "its own")
