"""Transformation rules in a pass: on the way there and back, of what is now and of what was before."""

from __future__ import annotations

import pytest

from pysync.model import Side
from tests.passes.conftest import Pair

RULES = """
insert into sync.transformation_rule (rule_code, rule_type, find_text, replace_text, culture, rounding, rounding_mode)
values ('UPPER', 'uppercase', null, null, null, null, null), ('LOWER', 'lowercase', null, null, null, null, null),
       ('TRIM', 'trim', null, null, null, null, null), ('DANISH', 'decimal', null, null, 'da-DK', null, null),
       ('WHOLE', 'round', null, null, null, 1, 'nearest'), ('UNIX', 'unix_timestamp', null, null, null, null, null);
update sync.transformation_rule set next_rule = 'UPPER' where rule_code = 'TRIM';
update sync.transformation_rule set next_rule = 'WHOLE' where rule_code = 'DANISH';
"""


@pytest.fixture
def ruled(pair: Pair) -> Pair:
    """Names are in capitals on the target and in small letters on the source."""
    pair.db.execute(RULES)
    there, back = f"rule_{pair.source.direction}", f"rule_{pair.target.direction}"
    pair.field(1, **{there: "TRIM", back: "LOWER"})
    return pair


def rest(pair: Pair) -> None:
    """A second pass does nothing."""
    result = pair.run()
    assert [pair.counts(result, side) for side in Side] == [{}, {}]


def test_a_rule_works_there_and_another_one_back(ruled: Pair) -> None:
    ruled.in_step(name="n")
    ruled.edit(ruled.source, 1, name="  new ")
    assert ruled.counts(ruled.run()) == {"modified": 1}
    assert ruled.row(ruled.target, 1) == ("NEW", 1, None)
    rest(ruled)
    ruled.edit(ruled.target, 1, name="NEWER")
    result = ruled.run()
    assert ruled.counts(result, ruled.target) == {"modified": 1}
    assert ruled.row(ruled.source, 1) == ("newer", 1, None)
    rest(ruled)


def test_a_rule_shapes_new_rows_too(ruled: Pair) -> None:
    ruled.configure(coupled_only=False)
    ruled.insert(ruled.source, 1, " new ")
    assert ruled.counts(ruled.run()) == {"inserted": 1, "coupled": 1}
    ((_, key),) = ruled.couples()
    assert ruled.row(ruled.target, int(key)) == ("NEW", None, None)
    rest(ruled)


def test_what_is_the_same_after_the_rule_is_no_change(ruled: Pair) -> None:
    ruled.in_step(name="n")
    ruled.edit(ruled.source, 1, name=" N  ")
    assert ruled.counts(ruled.run()) == {"unchanged": 1}
    assert ruled.row(ruled.target, 1) == ("n", 1, None)


def test_a_number_is_read_rounded_and_written(pair: Pair) -> None:
    pair.db.execute(RULES)
    source, target = pair.source.value, pair.target.value
    pair.field(3, **{f"{target}_column": "size", "direction": pair.source.direction})
    pair.field(3, **{f"rule_{pair.source.direction}": "DANISH"})
    pair.db.execute("delete from sync.field_mapping where field_no = 2")
    pair.in_step()
    pair.edit(Side(source), 1, note="1.234,60")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.row(Side(target), 1) == ("n", 1235, None)
    pair.edit(Side(source), 1, note="many")
    assert pair.counts(pair.run()) == {"failed": 1}
    (parked,) = pair.db.execute("select sqlstate, message from sync.parked").fetchall()
    assert parked == ("SY030", "'many' is not a number that can be rounded")
    pair.edit(Side(source), 1, note="7")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.row(Side(target), 1) == ("n", 7, None)


def test_a_bad_value_of_before_does_not_stop_a_good_one(pair: Pair) -> None:
    pair.db.execute(RULES)
    pair.field(3, **{f"{pair.target}_column": "size", "direction": pair.source.direction})
    pair.db.execute("delete from sync.field_mapping where field_no = 2")
    pair.in_step()
    pair.edit(pair.source, 1, note="many")
    pair.db.execute("delete from sync.outbox")
    pair.field(3, **{f"rule_{pair.source.direction}": "DANISH"})
    pair.edit(pair.source, 1, note="7,2")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.row(pair.target, 1) == ("n", 7, None)


def test_a_rule_that_finds_nothing_gives_null_where_text_does_not_fit(pair: Pair) -> None:
    pair.db.execute(RULES)
    pair.db.execute(
        "alter table one.item add seen timestamptz default now();"
        "alter table two.item add seen timestamptz default now()"
    )
    pair.field(3, **{f"{pair.target}_column": "seen", "direction": pair.source.direction})
    pair.field(3, **{f"rule_{pair.source.direction}": "UNIX"})
    pair.in_step()
    pair.edit(pair.source, 1, note="1434000000")
    assert pair.counts(pair.run()) == {"modified": 1}
    schema = "two" if pair.target is Side.RIGHT else "one"
    query = f"select seen::text from {schema}.item".encode()  # noqa: S608
    assert pair.db.execute(query).fetchall() == [("2015-06-11 05:20:00+00",)]
    pair.edit(pair.source, 1, note="never")
    assert pair.counts(pair.run()) == {"modified": 1}
    assert pair.db.execute(query).fetchall() == [(None,)]


def test_a_changed_rule_counts_from_the_next_edit(ruled: Pair) -> None:
    ruled.in_step(name="n")
    ruled.db.execute("update sync.transformation_rule set rule_type = 'title_case' where rule_code = 'UPPER'")
    ruled.edit(ruled.source, 1, name="two words")
    ruled.run()
    assert ruled.row(ruled.target, 1) == ("Two Words", 1, None)


def test_a_loop_of_rules_is_reported_and_nothing_is_written(ruled: Pair) -> None:
    ruled.in_step(name="n")
    ruled.db.execute("update sync.transformation_rule set next_rule = 'TRIM' where rule_code = 'UPPER'")
    ruled.edit(ruled.source, 1, name="x")
    result = ruled.run()
    assert "transformation rules loop: TRIM -> UPPER -> TRIM" in str(result)
    assert ruled.row(ruled.target, 1) == ("n", 1, None)
    assert ruled.db.execute("select count(*) from sync.outbox").fetchone() == (1,)
