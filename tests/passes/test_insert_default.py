"""Defaults of new rows: the lowest priority whose filter holds, over what the fields bring."""

from __future__ import annotations

from psycopg import sql

from pysync.model import Side
from tests.passes.conftest import Pair


def default(pair: Pair, priority: int, value: str, source_filter: str | None = None) -> None:
    pair.configure(coupled_only=False)
    pair.db.execute(
        "insert into sync.insert_default (mapping_name, side, priority, column_name, value, source_filter)"
        " values ('ITEM', $1, $2, 'name', $3, $4)",
        [pair.target.value, priority, value, source_filter],
    )


def names(pair: Pair) -> list[str]:
    query = sql.SQL("select name from {} order by name").format(pair.table(pair.target))
    return [row[0] for row in pair.db.execute(query)]


def test_the_lowest_priority_whose_filter_holds_gives_the_default(pair: Pair) -> None:
    default(pair, 3, "'rest'")
    default(pair, 1, "'big'", "size > 100")
    default(pair, 2, "'middle ' || size", "size > 10")
    for key, size in ((1, 500), (2, 50), (3, 5)):
        pair.insert(pair.source, key, "n", size)
    pair.run()
    assert names(pair) == ["big", "middle 50", "rest"]


def test_a_default_overrides_what_the_field_brings(pair: Pair) -> None:
    default(pair, 1, "'given'", "size > 100")
    pair.insert(pair.source, 1, "own", 500)
    pair.insert(pair.source, 2, "own", 5)
    pair.run()
    assert names(pair) == ["given", "own"]


def test_a_default_is_for_new_rows_only(pair: Pair) -> None:
    default(pair, 1, "'given'")
    pair.in_step(1, "n", 1)
    pair.edit(pair.source, 1, size=7)
    pair.run()
    assert names(pair) == ["n"]


def test_a_whole_mapping_is_uncoupled_twice(pair: Pair) -> None:
    """Once for its couples, and once more for nothing: both rows stay."""
    for key in (1, 2):
        pair.in_step(key)
    before = [pair.keys(side) for side in Side]
    assert [pair.db.execute("select sync.uncouple('ITEM')").fetchone() for _ in range(2)] == [(2,), (0,)]
    assert pair.couples() == []
    assert [pair.keys(side) for side in Side] == before
