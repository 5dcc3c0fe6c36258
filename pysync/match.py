"""Match-based coupling: couple rows that exist on both sides by the values of chosen fields, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from pysync import errors, outbox
from pysync.compiler import Compiler
from pysync.errors import MappingError
from pysync.model import Side, TableMapping
from pysync.outbox import Connection, Counts, MappingBusy
from pysync.statements import match, render
from pysync.statements.match import Criterion, Shape
from pysync.statements.scan import leading

# Each round couples what the last one made unique; more would mean a chain of look-alikes.
MAX_ROUNDS = 10
_SETTINGS = "select set_config('work_mem', '64MB', true), set_config('lock_timeout', '5s', true)"


@dataclass(frozen=True, slots=True)
class Couple:
    """Two records that belong together, and the match priority that told."""

    left_key: str
    right_key: str
    priority: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A left record that agrees with several: some of its candidates, and the values they agree in.

    `partners` counts them; one partner means that other left records agree with it as well.
    """

    left_key: str
    priority: int
    values: tuple[str, ...]
    partners: int
    candidates: tuple[str, ...]


@dataclass(slots=True)
class Matched:
    """What a match found: counts, and the first rows of each kind."""

    mapping: str
    criteria: list[dict[str, Any]]
    coupled: int = 0
    ambiguous: int = 0
    left_unmatched: int = 0
    right_unmatched: int = 0
    asked: int = 0
    pass_id: int = 0
    couples: list[Couple] = field(default_factory=list)
    candidates: list[Ambiguous] = field(default_factory=list)
    unmatched: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Wanted:
    """What to do beyond coupling; `limit` is how many rows of each kind are listed."""

    create: bool = False
    sync: bool = False
    dry_run: bool = False
    limit: int = 20


def run(
    conn: Connection,
    compiler: Compiler,
    name: str,
    wanted: Wanted,
    save: Callable[[Matched], object] | None = None,
) -> Matched:
    """Couple what matches, and ask passes for what is wanted beyond; all of it or, in a dry run, nothing.

    `save` may add to the end of the transaction; pg_temp.match_open names the rows that match several.

    Raises MappingError when the mapping cannot be matched, MappingBusy when a pass works on it.
    """
    row = compiler.mappings[name]
    routes = {side: compiler.bind(name, side) for side in Side}
    found = match.criteria(routes)
    result = Matched(name, [_criterion(c) for c in found])
    try:
        with conn.transaction(force_rollback=wanted.dry_run):
            if not outbox.lock_mapping(conn, name):
                raise MappingBusy(name)
            conn.execute(_SETTINGS)
            matcher = _Matcher(conn, found)
            matcher.stage(routes)
            matcher.rounds()
            matcher.tell(result, wanted.limit)
            _act(conn, row, result, wanted)
            if save is not None:
                save(result)
    except psycopg.errors.DataError as exc:
        fault = errors.from_database(exc)
        raise MappingError(
            f"mapping {name}: a value to match by cannot be transformed: {fault.message}",
            hint="leave such rows out by the filter, or mend them",
            detail=fault.detail,
            sqlstate=fault.sqlstate,
        ) from exc
    return result


def ask_loser(conn: Connection, compiler: Compiler, name: str) -> bool:
    """After the winner's values have arrived: ask the other side for what only it sends. Whether there is any."""
    row = compiler.mappings[name]
    loser = leading(row).other
    if is_by_time(row) or not compiler.bind(name, loser).sends_alone:
        return False
    asked = conn.execute(render(match.ask_matched(loser, "answer")).encode(), (name, loser.value)).rowcount
    return asked > 0


def is_by_time(row: TableMapping) -> bool:
    """Whether each field's newer value is to win, and both sides can tell their time of change."""
    return row.update_conflict == "newest_wins" and bool(row.left_modified_at and row.right_modified_at)


def _criterion(c: Criterion) -> dict[str, Any]:
    row = c.field.mapping
    return {
        "priority": c.priority,
        "field_no": c.no,
        "left_column": row.left_column,
        "right_column": row.right_column,
        "case_sensitive": row.match_case_sensitive,
    }


def _act(conn: Connection, row: TableMapping, result: Matched, wanted: Wanted) -> None:
    """Write what was found: couplings, then entries for what passes shall do about it."""
    name = row.mapping_name
    if wanted.dry_run:
        return
    result.coupled = conn.execute(render(match.couple()).encode(), (name,)).rowcount
    asks = []
    if wanted.sync and is_by_time(row):
        asks += [(side, match.ask_matched(side, "couple")) for side in row.sources()]
    elif wanted.sync:
        asks.append((leading(row), match.ask_matched(leading(row), "request")))
    if wanted.create:
        asks += [(side, match.ask_unmatched(side)) for side in row.sources()]
    for side, tree in asks:
        result.asked += conn.execute(render(tree).encode(), (name, side.value)).rowcount
    if result.coupled:
        result.pass_id = outbox.start_pass(conn, "match")
        outbox.log_batch(conn, result.pass_id, name, row.sources()[0].direction, Counts(coupled=result.coupled))
        outbox.finish_pass(conn, result.pass_id, "done")


class _Matcher:
    """The working tables of one match, and the shapes that its left rows have at each priority."""

    def __init__(self, conn: Connection, found: Sequence[Criterion]) -> None:
        self.conn = conn
        self.found = found
        self.shapes: dict[int, list[Shape]] = {}

    def _run(self, tree: Any, *values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.conn.execute(render(tree).encode(), values)

    def stage(self, routes: dict[Side, Any]) -> None:
        """Read both sides."""
        for table in match.TABLES:
            self.conn.execute(psycopg.sql.SQL("drop table if exists pg_temp.{}").format(psycopg.sql.Identifier(table)))
        for side in Side:
            self._run(match.stage(routes[side], self.found))
        for tree in match.create_results():
            self._run(tree)
        self.conn.execute("analyze pg_temp.match_left, pg_temp.match_right")
        for priority in match.priorities(self.found):
            rows = self._run(match.shapes(self.found, priority)).fetchall()
            # The fullest first: what agrees in more fields is told first.
            given = sorted((tuple(row[0]) for row in rows if any(row[0])), reverse=True)
            self.shapes[priority] = [match.shape_of(self.found, priority, filled) for filled in given]

    def rounds(self) -> None:
        """Priority by priority, until a round finds nothing new."""
        for _ in range(MAX_ROUNDS):
            if not sum(self._priority(priority) for priority in self.shapes):
                break
        for shapes in self.shapes.values():
            for shape in shapes:
                for side in Side:
                    self._run(match.open_rows(side, shape))

    def _priority(self, priority: int) -> int:
        for shape in self.shapes[priority]:
            self._run(match.hits(shape))
        paired = self._run(match.pairs(priority)).rowcount
        self.conn.execute("truncate pg_temp.match_hit")
        self.conn.execute("analyze pg_temp.match_pair")
        return paired

    def tell(self, result: Matched, limit: int) -> None:
        """Count what was found and list the first rows."""
        listed = self.conn.execute(
            "select left_key, right_key, priority from pg_temp.match_pair order by left_key limit $1", (limit,)
        )
        result.couples = [Couple(*row) for row in listed]
        for shapes in self.shapes.values():
            for shape in shapes:
                left = limit - len(result.candidates)
                for key, partners, values, keys in self._run(match.candidates(shape), left) if left else ():
                    result.candidates.append(Ambiguous(key, shape[0][0].priority, tuple(values), partners, tuple(keys)))
        row = self.conn.execute(
            "select (select count(*) from pg_temp.match_pair),"
            " (select count(*) from pg_temp.match_open where side = 'left')"
        ).fetchone()
        result.coupled, result.ambiguous = row or (0, 0)
        for side in Side:
            self._unmatched(result, side, limit)

    def _unmatched(self, result: Matched, side: Side, limit: int) -> None:
        rows = match.unmatched(side)
        found = self._run(match.counted(rows)).fetchone()
        if side is Side.LEFT:
            result.left_unmatched = found[0] if found else 0
        else:
            result.right_unmatched = found[0] if found else 0
        result.unmatched[side.value] = [key for (key,) in self._run(match.first(rows), limit)]
