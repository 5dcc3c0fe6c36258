"""Compile: a route becomes a plan, the named statements that `explain` prints and a pass runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlglot import exp

from pysync.model import Side, Statement
from pysync.route import Field, Route
from pysync.statements import (
    clash,
    couple,
    decide,
    describe,
    journal,
    read,
    rebase,
    remove,
    render,
    scan,
    working,
    write,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping compiled for one direction. Statements run in the order they are listed, as far as needed."""

    route: Route
    working_tables: tuple[Statement, ...]
    statements: dict[str, Statement]
    _updates: dict[tuple[int, ...], Statement] = field(default_factory=dict, compare=False)
    _journals: dict[tuple[int, ...], Statement] = field(default_factory=dict, compare=False)

    @property
    def mapping(self) -> str:
        """Name of the mapping."""
        return self.route.name

    @property
    def direction(self) -> str:
        """to_right or to_left."""
        return self.route.side.direction

    @property
    def key(self) -> str:
        """What tells this plan from those of other mappings and directions."""
        return f"{self.mapping}\0{self.direction}"

    @property
    def layouts(self) -> tuple[int, int]:
        """The newest layouts it knows, left and right."""
        found = {self.route.side: self.route.source_layout, self.route.side.other: self.route.target_layout}
        return found[Side.LEFT], found[Side.RIGHT]

    def update(self, flags: Sequence[bool]) -> Statement:
        """The update of just the fields flagged, in the order of route.written()."""
        chosen = self._chosen(flags)
        key = tuple(f.no for f in chosen)
        if key not in self._updates:
            self._updates[key] = _update(self.route, chosen)
        return self._updates[key]

    def journal(self, flags: Sequence[bool]) -> Statement:
        """What keeps the values that `update` of the same flags writes over."""
        chosen = self._chosen(flags)
        key = tuple(f.no for f in chosen)
        if key not in self._journals:
            self._journals[key] = _journal(self.route, chosen)
        return self._journals[key]

    def _chosen(self, flags: Sequence[bool]) -> tuple[Field, ...]:
        return tuple(f for f, wanted in zip(self.route.written(), flags, strict=True) if wanted)


def compile_plan(route: Route) -> Plan:
    """List every statement of the route; each is built when first needed."""
    working = [
        _statement("create stage", "working table: one row per claimed record", partial(read.create_stage, route)),
        _statement(
            "create decision", "working table: one row per held target row", partial(decide.create_decision, route)
        ),
        _statement("create clash", "working table: one row per record in conflict", partial(clash.create_clash, route)),
    ]
    if write.notes_inserts(route):
        working.append(
            _statement("index stage", "finds the stage row of a new target row", partial(read.index_stage, route))
        )
    listed = [*_before_write(route), *_write(route), *_after_write(route)]
    return Plan(route, tuple(working), {s.name: s for s in listed})


def _before_write(route: Route) -> list[Statement]:
    steps = [
        _statement("empty", "delete what the last batch left in the working tables", partial(working.empty, route)),
        _statement(
            "claim",
            "take the waiting entries of a key range, re-read their rows, filter, transform, resolve references",
            partial(read.claim, route),
            read.PARAMETERS,
        ),
        *_scan(route),
        _statement(
            "lock", "hold the target rows that nobody else holds; compare field by field", partial(decide.lock, route)
        ),
    ]
    if route.shares and clash.shared(route):
        steps += [
            _statement(
                "look",
                "whether the other side waits for any of these rows, while its queue is long with entries just drained",
                partial(clash.look, route),
                ("mapping", "other_side"),
            ),
            _statement(
                "detect",
                "look for fields the other side changed too, and for open conflicts",
                partial(clash.detect, route),
                ("mapping", "other_side", "has_parked", "has_conflicts"),
            ),
            _statement(
                "record", "keep both values of each conflict", partial(clash.record, route), ("mapping", "pass_id")
            ),
            _statement("settle", "apply the conflict policy to what is written", partial(clash.settle, route)),
            *(
                [
                    _statement(
                        "hand over",
                        "ask for the whole row of the side that wins",
                        partial(clash.hand_over, route),
                        ("mapping", "other_side"),
                    )
                ]
                if clash.is_by_row(route)
                else []
            ),
            _statement("close", "close conflicts that are over", partial(clash.close, route), ("mapping",)),
        ]
        if remove.policy(route) == "delete":
            steps.append(
                _statement(
                    "row conflict",
                    "a deletion that meets an edit of the other side",
                    partial(remove.row_conflict, route),
                    ("mapping", "other_side", "pass_id"),
                )
            )
    steps += [
        _statement(
            "sort out", "records whose target row is held by somebody, or gone", partial(decide.sort_out, route)
        ),
        _statement("policy", f"a deleted source row: {remove.policy(route)}", partial(remove.apply_policy, route)),
        _statement("summary", "count what is to be done", partial(decide.summary, route)),
        _statement("changes", "dry runs only: list the field changes", partial(describe.changes, route)),
        _statement("records", "`why` only: what was decided for each record", partial(describe.records, route)),
    ]
    return steps


def _scan(route: Route) -> list[Statement]:
    found = []
    for name, purpose, is_first in (
        ("first page", "full sync only: the first rows in the order of the key", True),
        ("next page", "full sync only: the next rows in the order of the key", False),
    ):
        found.append(
            _statement(name, purpose, partial(scan.page, route, is_first=is_first), scan.page_parameters(is_first))
        )
    return [
        *found,
        _statement(
            "scan",
            "full sync only: instead of the claim, read the rows of a key range as if each had been asked for",
            partial(scan.scan, route),
            scan.PARAMETERS,
        ),
        _statement(
            "ask for range",
            "full sync only: ask for the rows of a key range that the database refused, to be looked at one by one",
            partial(scan.ask_range, route),
            scan.RANGE_PARAMETERS,
        ),
    ]


def _write(route: Route) -> list[Statement]:
    steps = []
    if route.written():
        if route.mapping.is_journaled:
            steps.append(_journal(route, route.written()))
        steps.append(_update(route, route.written()))
    if route.shares and rebase.fields(route):
        for table in ("outbox", "parked"):
            steps.append(
                _statement(
                    f"rebase {table}",
                    "put what was just written into the base of the target's own waiting changes",
                    partial(rebase.rebase, route, table),
                    ("mapping", "other_side"),
                )
            )
    if not route.new_key_fault:
        if route.mapping.is_journaled and not journal.has_versions(route.target.table):
            purpose = "keep for undo what is created in a view"
            steps.append(_statement("journal insert", purpose, partial(journal.inserts, route), journal.PARAMETERS))
        steps.append(
            _statement("insert", "create the new target rows of one hop count", partial(write.insert, route), ("hop",))
        )
    if remove.policy(route) == "delete":
        if route.mapping.is_journaled:
            purpose = "keep for undo the rows that will be deleted"
            steps.append(_statement("journal delete", purpose, partial(journal.deletes, route), journal.PARAMETERS))
        steps.append(
            _statement("delete", "delete the target rows the mapping says to", partial(remove.delete, route), ("hop",))
        )
        if route.target.table.cascades_to_itself:
            steps.append(
                _statement(
                    "forget own",
                    "of the deletes just noted, those of the pass itself: what foreign keys deleted besides stays",
                    partial(remove.forget_own, route),
                    ("mapping", "other_side"),
                )
            )
    return steps


def _after_write(route: Route) -> list[Statement]:
    return [
        *(
            [
                _statement(
                    "hand on",
                    "what other mappings noted of these writes is as old as the change it came from",
                    partial(write.hand_on, route),
                    ("mapping",),
                )
            ]
            if route.hearers
            else []
        ),
        _statement("park", "set aside with a reason", partial(couple.park, route), ("mapping", "side")),
        _statement("park later", "references to fill in later", partial(couple.park_later, route), ("mapping", "side")),
        _statement("put back", "return what could not be held", partial(couple.put_back, route), ("mapping", "side")),
        _statement(
            "ask",
            "full sync only: ask for the rows that have changes of their own waiting, to be looked at with these",
            partial(scan.ask_staged, route),
            ("mapping", "side"),
        ),
        _statement("couple", "couple the new rows", partial(couple.couple, route), ("mapping", "pass_id")),
        _statement(
            "touch", "note on the couplings that their rows were written", partial(couple.touch, route), ("mapping",)
        ),
        _statement(
            "close conflicts", "close conflicts of ended couples", partial(remove.settle_conflicts, route), ("mapping",)
        ),
        _statement(
            "release", "retry what waited for a lost partner", partial(remove.release, route), ("mapping", "other_side")
        ),
        _statement(
            "revive", "ask for lost rows to be created anew", partial(remove.revive, route), ("mapping", "other_side")
        ),
        _statement("uncouple", "drop the couplings of ended couples", partial(remove.uncouple, route), ("mapping",)),
        _statement(
            "uncouple lines",
            "and those of their lines, if they are headers",
            partial(remove.uncouple_lines, route),
            ("mapping",),
        ),
        _statement(
            "log errors",
            "note the failed records",
            partial(couple.log_errors, route),
            ("mapping", "direction", "pass_id"),
        ),
    ]


def _update(route: Route, fields: tuple[Field, ...]) -> Statement:
    return _statement(
        "update",
        "write the changed fields of one hop count; SET names the fields that changed",
        partial(write.update, route, fields),
        ("hop",),
    )


def _journal(route: Route, fields: tuple[Field, ...]) -> Statement:
    purpose = "keep for undo the values that will be written over"
    return _statement("journal update", purpose, partial(journal.updates, route, fields), journal.PARAMETERS)


def _statement(name: str, purpose: str, tree: Callable[[], exp.Expr], parameters: tuple[str, ...] = ()) -> Statement:
    return Statement(name, purpose, lambda: render(tree()), parameters)
