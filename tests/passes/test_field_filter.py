"""A field's own filter: it travels only while a condition over its row holds."""

from __future__ import annotations

from pysync import check, runner
from pysync.model import Side
from tests.passes.conftest import Pair


def test_a_field_whose_filter_does_not_hold_stays(pair: Pair) -> None:
    pair.field(1, source_filter="size > 5")
    pair.in_step()
    pair.edit(pair.source, 1, name="new", note="noted")
    pair.run()
    assert pair.row(pair.target, 1) == ("n", 1, "noted")


def test_a_field_whose_filter_holds_travels(pair: Pair) -> None:
    pair.field(1, source_filter="size > 5")
    pair.in_step(size=6)
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.target, 1) == ("new", 6, None)


def test_a_filter_that_begins_to_hold_brings_no_earlier_edit_along(pair: Pair) -> None:
    pair.field(1, source_filter="size > 5")
    pair.in_step()
    pair.edit(pair.source, 1, name="missed")
    pair.run()
    pair.edit(pair.source, 1, size=6)
    pair.run()
    assert pair.row(pair.target, 1) == ("n", 6, None)
    pair.edit(pair.source, 1, name="seen")
    pair.run()
    assert pair.row(pair.target, 1) == ("seen", 6, None)


def test_a_filter_of_one_side_does_not_hold_the_other_back(pair: Pair) -> None:
    pair.field(1, source_filter="size > 5")
    pair.in_step()
    pair.edit(pair.target, 1, name="back")
    pair.run()
    assert pair.row(pair.source, 1) == ("back", 1, None)


def test_a_new_row_gets_the_column_default_where_the_filter_does_not_hold(pair: Pair) -> None:
    pair.db.execute("alter table one.item alter name set default 'unnamed'")
    pair.db.execute("alter table two.item alter name set default 'unnamed'")
    pair.configure(coupled_only=False)
    pair.field(1, source_filter="size > 5")
    pair.insert(pair.source, 1, "small", 1)
    pair.insert(pair.source, 2, "large", 6)
    pair.run()
    names = {pair.row(pair.target, int(target)) for _, target in pair.couples()}
    assert names == {("unnamed", 1, None), ("large", 6, None)}


def test_a_null_condition_does_not_hold(pair: Pair) -> None:
    pair.field(1, source_filter="note like 'x%'")
    pair.in_step()
    pair.edit(pair.source, 1, name="new")
    pair.run()
    assert pair.row(pair.target, 1) == ("n", 1, None)


def test_compare_leaves_out_what_the_filter_holds_back(pair: Pair) -> None:
    from pysync import compare

    pair.configure(direction=pair.source.direction)
    pair.field(1, source_filter="size > 5")
    pair.in_step(1)
    pair.in_step(2, size=6)
    for key in (1, 2):
        pair.edit(pair.source, key, name="new")
    pair.db.execute("delete from sync.outbox")
    compiler = runner.Runner(pair.db).compiler
    compiler.refresh()
    assert {f"{d.left_key} {d.right_key}" for d in compare.find(pair.db, compiler, "ITEM")} == {"2 2"}


def test_check_judges_the_filter_of_a_field(pair: Pair) -> None:
    pair.field(1, source_filter="size")
    pair.field(2, source_filter="nosuch > 1")
    pair.field(3, direction=pair.source.direction, target_filter="size > 1")
    faults = [
        (f.field_no, f.column, f.severity) for f in check.check(pair.db, ["ITEM"]) if f.column and "filter" in f.column
    ]
    other = {Side.LEFT: "right", Side.RIGHT: "left"}[pair.source]
    assert sorted(faults) == [
        (1, f"{pair.source}_filter", "error"),
        (2, f"{pair.source}_filter", "error"),
        (3, f"{other}_filter", "warning"),
    ]


def write_note_in_turn(pair: Pair) -> None:
    """The note over there is the note of large rows and the name of small ones."""
    pair.configure(direction=pair.source.direction, coupled_only=False)
    pair.field(3, direction=pair.source.direction, source_filter="size > 5")
    pair.db.execute(
        "insert into sync.field_mapping (mapping_name, field_no, left_column, right_column, direction)"
        " values ('ITEM', 4, $1, $2, $3)",
        (*(("name", "note") if pair.source is Side.LEFT else ("note", "name")), pair.source.direction),
    )
    pair.field(4, source_filter="size <= 5")


def test_two_fields_whose_filters_exclude_each_other_write_one_column_in_turn(pair: Pair) -> None:
    write_note_in_turn(pair)
    for key, size in ((1, 1), (2, 6)):
        pair.insert(pair.source, key, f"name {key}", size)
        pair.edit(pair.source, key, note=f"note {key}")
    pair.insert(pair.source, 3, "neither")
    pair.run()
    target = {source: int(there) for source, there in pair.couples()}
    assert [pair.row(pair.target, target[k]) for k in "123"] == [
        ("name 1", 1, "name 1"), ("name 2", 6, "note 2"), ("neither", None, None),
    ]  # fmt: skip
    pair.edit(pair.source, 1, name="new", note="not sent")
    pair.edit(pair.source, 2, name="new", note="sent")
    pair.run()
    assert [pair.row(pair.target, target[k]) for k in "12"] == [("new", 1, "new"), ("new", 6, "sent")]
    # A size that changes brings another field to hold; its value counts from the next edit on, as with any filter.
    pair.edit(pair.source, 1, size=9, note="new note")
    pair.run()
    assert pair.row(pair.target, target["1"]) == ("new", 9, "new note")
    assert pair.run().counts == {}


def test_compare_looks_at_the_field_whose_turn_it_is(pair: Pair) -> None:
    from pysync import compare

    write_note_in_turn(pair)
    for key, size in ((1, 1), (2, 6), (3, 1)):
        pair.insert(pair.source, key, "n", size)
        pair.edit(pair.source, key, note="n")
    pair.run()
    target = {source: int(there) for source, there in pair.couples()}
    pair.edit(pair.source, 1, note="not its turn")
    pair.edit(pair.source, 2, note="its turn")
    pair.edit(pair.target, target["3"], note="drifted")
    pair.db.execute("delete from sync.outbox")
    compiler = runner.Runner(pair.db).compiler
    compiler.refresh()
    found = compare.find(pair.db, compiler, "ITEM")
    assert {d.left_key if pair.source is Side.LEFT else d.right_key for d in found} == {"2", "3"}


def test_check_wants_a_filter_for_each_of_two_fields_that_write_one_column(pair: Pair) -> None:
    write_note_in_turn(pair)
    assert [f for f in check.check(pair.db, ["ITEM"]) if f.severity == "error"] == []
    pair.field(3, source_filter=None)
    assert [(f.field_no, f.severity) for f in check.check(pair.db, ["ITEM"]) if "is written by" in f.message] == [
        (4, "error")
    ]
