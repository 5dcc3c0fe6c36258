"""Runs a mapping's own examples: each source row must give the target fields that were written down for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from pysync import binding
from pysync.check.pieces import Rules
from pysync.check.subject import Subject, listed, near
from pysync.model import Fault, Side
from pysync.statements import example

Connection = psycopg.Connection[Any]

_DIRECTIONS = """
select direction, array_agg(example_no order by example_no) from sync.mapping_example where mapping_name = $1 group by 1
"""
_UNKNOWN = """
select e.example_no, 'source', k.name
  from sync.mapping_example e cross join lateral jsonb_object_keys(e.source) as k (name)
 where e.mapping_name = $1 and e.direction = $2 and k.name <> all ($3::text[])
union all
select e.example_no, 'expected', k.name
  from sync.mapping_example e cross join lateral jsonb_object_keys(e.expected) as k (name)
 where e.mapping_name = $1 and e.direction = $2 and k.name <> all ($4::text[])
order by 1, 2, 3
"""


def run(conn: Connection, subject: Subject, rules: Rules) -> Iterator[Fault]:
    """What the examples of a mapping without other errors have to say."""
    numbers = dict(conn.execute(_DIRECTIONS, [subject.name]).fetchall())
    for source in Side:
        mine = numbers.get(source.direction, [])
        if mine and source not in subject.mapping.sources():
            shown = f"example {listed(map(str, mine))}: the mapping does not go {source.direction}"
            yield subject.error(shown, "correct direction in sync.mapping_example", "mapping_example")
        elif mine:
            yield from _direction(conn, subject, rules, source, mine)


def _direction(conn: Connection, subject: Subject, rules: Rules, source: Side, numbers: list[int]) -> Iterator[Fault]:
    ends = {side: subject.endpoint(side) for side in Side}
    built = binding.build(subject.mapping, ends[source], ends[source.other], rules, {}, {})
    columns = [c.name for c in built.source.table.columns]
    written = [g.target.name for g in example.given(built)]
    for number, where, name in conn.execute(_UNKNOWN, [subject.name, source.direction, columns, written]):
        if where == "source":
            message, hint = f"{built.source.table} has no column {name}", near(name, columns, "correct source")
        else:
            message, hint = f"nothing writes {name}", near(name, written, "map a field to it, or correct expected")
        yield _fault(subject, number, None, message, hint)
    query = example.results(built)
    try:
        yield from _judged(conn, subject, source, query, None)
    except psycopg.Error:
        # One row that cannot be computed hides the others.
        for number in numbers:
            try:
                yield from _judged(conn, subject, source, query, number)
            except psycopg.Error as exc:
                message = exc.diag.message_primary or str(exc)
                yield _fault(subject, number, None, f"the mapping refuses it: {message}", "correct it or the mapping")


def _judged(conn: Connection, subject: Subject, source: Side, query: str, number: int | None) -> Iterator[Fault]:
    with conn.transaction():
        rows = conn.execute(query.encode(), [subject.name, source.direction, number]).fetchall()
    for no, description, field_no, name, expected, given, agrees, lacking in rows:
        if agrees:
            continue
        label = f"{no} ({description})" if description else no
        if name is None:
            wanted, got = ("inside", "outside") if given == "false" else ("outside", "inside")
            message = f"expected {wanted} the {source} filter, got {got}"
            yield _fault(subject, label, None, message, f"correct {source}_filter or the example")
        elif lacking is not None:
            message = f"{name}: expected {_shown(expected)}, got nothing: {lacking} is not translated"
            hint = "add the key to couplings in sync.mapping_example, or the choice to sync.option_mapping"
            yield _fault(subject, label, field_no, message, hint)
        else:
            message = f"{name}: expected {_shown(expected)}, got {_shown(given)}"
            yield _fault(subject, label, field_no, message, "correct the field, or expected in sync.mapping_example")


def _fault(subject: Subject, label: object, field_no: int | None, message: str, hint: str) -> Fault:
    return subject.error(f"example {label}: {message}", hint, "mapping_example", field_no or None)


def _shown(value: str | None) -> str:
    return "null" if value is None else repr(value)
