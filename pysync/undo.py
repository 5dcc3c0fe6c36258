"""Undo a pass: put back what it wrote wherever the row still is as the pass left it, and tell what was left alone."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import psycopg

from pysync import errors, outbox, undo_batch
from pysync.batch import RowsRefused
from pysync.compiler import Compiler
from pysync.errors import MappingError, PysyncError, UsageError
from pysync.model import Side
from pysync.outbox import Connection, Counts
from pysync.undo_batch import Batch
from pysync.undo_writes import Part, Stream, Writes

log = logging.getLogger(__name__)

BATCH = 2000
# Rows are made again parents first, written back, and what was created goes children first.
STEPS = ("delete", "update", "insert")

_FIND = "select status, kind from sync.pass where pass_id = $1"
_STREAMS = """
select m.mapping_name, m.direction, m.inserted, m.modified + m.deleted,
    (select coalesce(sum(cardinality(j.record_keys)), 0) from sync_private.journal j
     where j.pass_id = $1 and j.mapping_name = m.mapping_name and j.direction = m.direction and j.action <> 'insert'),
    (select count(*) from sync.coupling c where c.pass_id = $1 and c.mapping_name = m.mapping_name
     and c.created_side = case m.direction when 'to_right' then 'right' else 'left' end)
from sync.pass_mapping m where m.pass_id = $1 and m.inserted + m.modified + m.deleted > 0
order by 1, 2
"""


@dataclass(slots=True)
class UndoResult:
    """What an undo did: counters per (mapping, direction), how much it left alone (`left`), and what could not run."""

    pass_id: int = 0
    counts: dict[tuple[str, str], Counts] = field(default_factory=dict)
    left: int = 0
    faults: dict[str, PysyncError] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def has_problems(self) -> bool:
        """Whether something of the pass still stands."""
        return bool(self.left or self.faults or self.busy or self.notes)


def undo(conn: Connection, compiler: Compiler, undone: int, names: Collection[str] = ()) -> UndoResult:
    """Undo a pass, or what it did for the named mappings. Raises UsageError when there is no such pass."""
    row = conn.execute(_FIND, (undone,)).fetchone()
    if row is None:
        raise UsageError(f"there is no pass {undone}", hint="select pass_id, kind, started_at, status from sync.pass")
    result = UndoResult()
    streams = list(_streams(conn, compiler, undone, names, result))
    if not streams:
        return result
    undo_batch.begin(conn)
    result.pass_id = outbox.start_pass(conn, "undo")
    try:
        for step in STEPS:
            for stream in streams if step != "insert" else reversed(streams):
                _step(Batch(Writes(conn, stream, undone, step), result.pass_id), result)
    except BaseException as exc:
        outbox.fail_pass(conn, result.pass_id, exc)
        raise
    status = "problems" if result.has_problems else "done"
    outbox.finish_pass(conn, result.pass_id, status, f"undid pass {undone}")
    return result


def _streams(
    conn: Connection, compiler: Compiler, undone: int, names: Collection[str], result: UndoResult
) -> Iterable[Stream]:
    """The directions the pass wrote in, parents first; a note for each write that nothing was kept of."""
    compiler.refresh()
    place = {name: i for i, name in enumerate(name for wave in compiler.waves for name in wave)}
    rows = [r for r in conn.execute(_STREAMS, (undone,)).fetchall() if not names or r[0] in names]
    for name, direction, inserted, written, journaled, coupled in sorted(rows, key=lambda r: place.get(r[0], 0)):
        if name not in place:
            result.faults[name] = MappingError(f"mapping {name} is no more", hint="put back what it wrote by hand")
            continue
        if journaled < written:
            result.notes.append(f"{name} {direction}: of {written} records written over, {journaled} were journaled")
        if coupled < inserted:
            gone = f"{inserted - coupled} of the {inserted} created records are not coupled any more"
            result.notes.append(f"{name} {direction}: {gone}, and were left alone")
        try:
            route = compiler.plan(name, Side.LEFT if direction == "to_right" else Side.RIGHT).route
        except PysyncError as exc:
            result.faults[name] = exc
            continue
        yield Stream(name, direction, route)


def _step(batch: Batch, result: UndoResult) -> None:
    stream = batch.stream
    if stream.mapping in result.faults or stream.mapping in result.busy:
        return
    counts = result.counts.setdefault((stream.mapping, stream.direction), Counts())
    try:
        batch.open()
        for part in batch.writes.parts(BATCH):
            _attempt(batch, part, counts, result)
    except undo_batch.Busy:
        result.busy.add(stream.mapping)
    except psycopg.Error as exc:
        fault = errors.from_database(exc)
        if isinstance(fault, errors.DatabaseUnavailable):
            raise fault from exc
        result.faults[stream.mapping] = fault
        log.error("undo failed", extra={"mapping": stream.mapping, "sqlstate": fault.sqlstate})


def _attempt(batch: Batch, part: Part, counts: Counts, result: UndoResult) -> None:
    """One transaction; a part the database refuses is halved until the guilty record stands alone."""
    try:
        done, left = batch.run(part)
    except (psycopg.Error, RowsRefused) as exc:
        state = exc.sqlstate or ""
        if state[:2] in ("08", "42", "25", "53", "57", "58", "XX", ""):
            raise
        if part.records > 1:
            for half in batch.writes.parts((part.records + 1) // 2, part):
                _attempt(batch, half, counts, result)
            return
        message = exc.message if isinstance(exc, PysyncError) else errors.from_database(exc).message
        reason = "held" if state == "55P03" else f"refused: {message}"
        batch.refuse(part, reason)
        result.left += 1
        counts.skipped += 1
        return
    counts.add(done)
    result.left += left
