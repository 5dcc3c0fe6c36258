"""Finds everything wrong with mappings before anything runs, each fault with what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from pysync import catalog, dependency, mapping
from pysync.check import examples, pieces, schedules, shape, state
from pysync.check.subject import Subject
from pysync.model import Fault, Side, TableMapping

__all__ = ["check"]

_LIMITS = """
select set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
       set_config('transaction_read_only', 'on', true)
"""


def check(conn: psycopg.Connection[Any], names: Sequence[str] = (), *, timeout: str = "15s") -> tuple[Fault, ...]:
    """Every fault of the named mappings, or of all enabled ones; errors first, by mapping and field.

    Looks at the data too, each query for at most `timeout`. Changes nothing: it runs in a read-only
    transaction that is rolled back.
    """
    with conn.transaction(force_rollback=True):
        conn.execute(_LIMITS, [timeout, "2s"])
        everything = mapping.load(conn)
        # The loader knows what to say about unknown names.
        wanted = {m.mapping_name for m in (mapping.load(conn, names) if names else everything) if names or m.is_enabled}
        rules = mapping.load_rules(conn)
        subjects = _subjects(conn, everything)
        found = [fault for s in subjects if s.name in wanted for fault in _one(conn, s, subjects, rules)]
        found += _together(conn, subjects, wanted)
    return tuple(sorted(dict.fromkeys(found), key=_place))


def _subjects(conn: psycopg.Connection[Any], mappings: Sequence[TableMapping]) -> list[Subject]:
    tables = catalog.read_tables(conn, {m.table(side) for m in mappings for side in Side})
    given = state.rights(conn, tables.values())
    subjects = []
    for row in mappings:
        mine = {side: tables[row.table(side)] for side in Side if row.table(side) in tables}
        readable = frozenset(s for s, t in mine.items() if {"usage", "select"} <= given[t.schema, t.name])
        subjects.append(Subject(row, mine, readable))
    return subjects


def _one(
    conn: psycopg.Connection[Any], subject: Subject, everything: Sequence[Subject], rules: pieces.Rules
) -> list[Fault]:
    """Faults of one mapping."""
    given = state.rights(conn, subject.tables.values())
    faults = [
        *state.missing_tables(conn, subject),
        *state.missing_rights(conn, subject, given),
        *shape.faults(subject),
        *shape.references(subject, {s.name: s for s in everything}),
        *state.views(subject),
        *state.capture_sources(conn, subject),
        *state.option_sets(conn, subject),
        *pieces.copies(conn, subject),
        *pieces.regexes(conn, subject, rules),
    ]
    broken = frozenset(f.field_no for f in faults if f.severity == "error" and f.field_no is not None)
    built, refused = pieces.build(subject, rules, broken)
    faults += refused
    faults += pieces.judge(conn, subject, built)
    emptied = {f.field_no for f in faults if f.severity == "error" and f.column == "option_set"}
    faults += state.values(conn, subject, [p for p in built if p.field_no is None or p.field_no not in emptied])
    if not any(f.severity == "error" for f in faults):
        faults += examples.run(conn, subject, rules)
    return faults


def _together(conn: psycopg.Connection[Any], subjects: Sequence[Subject], wanted: set[str]) -> list[Fault]:
    """Faults that lie between mappings."""
    faults = [
        *dependency.order([s.mapping for s in subjects]).faults,
        *shape.knots(subjects),
        *shape.overlaps(subjects),
    ]
    return [
        *(f for f in faults if f.mapping in wanted),
        *state.capture(conn, [s for s in subjects if s.name in wanted]),
        *schedules.faults(conn, [s for s in subjects if s.name in wanted]),
    ]


def _place(fault: Fault) -> tuple[object, ...]:
    return (fault.severity != "error", fault.mapping, fault.field_no or 0, fault.column or "", fault.message)
