"""Why a record is or is not in step: a closed list of reasons, the first of which is the headline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from pysync import errors, examine
from pysync.compiler import Compiler
from pysync.errors import DatabaseUnavailable, PysyncError
from pysync.examine import Look, Place
from pysync.model import Side, TableMapping
from pysync.outbox import Connection, MappingBusy

# In the order in which they make the headline; docs/reference/why.md tells what each one means.
CODES = (
    "unknown_record",
    "mapping_disabled",
    "mapping_paused",
    "mapping_fault",
    "gate",
    "capture_off",
    "capture_stale",
    "skipped",
    "conflict",
    "parked",
    "deleted",
    "waiting",
    "filtered",
    "blocked",
    "not_coupled",
    "busy",
    "differs",
    "in_step",
    "one_way",
    "coupled",
    "written",
)
_CAPTURE = """
select coalesce(e.is_enabled, false), e.mapping_name is not null,
    (select string_agg(format('%s: %s%s', s.table_name, s.state, coalesce(', ' || s.detail, '')), '; ')
     from sync.capture_status s where s.mapping_name = m.mapping_name and s.state <> 'present'),
    format('select sync.enable_capture(%L)', m.mapping_name)
from sync.table_mapping m
left join sync_private.capture_state e on e.mapping_name = m.mapping_name
where m.mapping_name = $1
"""
_COUPLING = """
select c.coupled_at, c.coupled_by, c.last_synced_at, c.is_skipped, c.skip_reason, c.pass_id, c.created_side,
    case when c.skip_reason is null then format('select sync.unskip(%L, %L)', c.mapping_name, c.left_key)
         else format('select sync.retry(%L, %L)', c.mapping_name, c.left_key) end
from sync.coupling c where c.mapping_name = $1 and case $2 when 'left' then c.left_key else c.right_key end = $3
"""
_GATE = """
select p.message, p.next_command from sync.problem p where p.kind = 'gate' and p.mapping_name = $1
"""
_HISTORY = """
select distinct on (h.column_name) h.column_name, h.old_value, h.new_value, h.written_at, h.pass_id, h.captured_by,
    case h.direction when 'to_right' then 'right' else 'left' end
from sync.history($1, $2, $3) h where h.action = 'update' order by h.column_name, h.written_at desc
"""
_NEXT = """
select p.message, p.next_command from sync_private.parked_command p
where p.mapping_name = $1 and p.side = $2 and p.record_key = $3
"""
_COMMANDS = """
select format('select sync.couple(%L, %L, %L)', $1::text, case $2 when 'left' then $3 else '...' end,
              case $2 when 'left' then '...' else $3 end),
    format('select sync.request_sync(%L, %L, %L)', $1, $2, $3),
    format('select sync.resume(%L)', $1),
    format('update sync.table_mapping set is_enabled = true where mapping_name = %L', $1),
    format('pysync run %s', sync_private.shell_word($1)),
    format('pysync compare --repair %s', sync_private.shell_word($1)),
    format('pysync check %s', sync_private.shell_word($1)),
    format('pysync record %s %s --side %s', sync_private.shell_word($1), sync_private.shell_word($3), $2::text)
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of the closed list, in words, with the next command to type."""

    code: str
    text: str
    next_command: str | None = None


@dataclass(slots=True)
class Answer:
    """Where the record is, the reasons in order, and the looks they come from."""

    place: Place
    reasons: list[Reason] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    @property
    def is_in_step(self) -> bool:
        """Whether the headline says so."""
        return self.reasons[0].code == "in_step"


@dataclass(frozen=True, slots=True)
class _Commands:
    couple: str
    request: str
    resume: str
    enable: str
    run: str
    repair: str
    check: str
    record: str


@dataclass(slots=True)
class _Case:
    """What the reasons are judged by."""

    conn: Connection
    mapping: TableMapping
    place: Place
    commands: _Commands
    show: Callable[[Any], str]
    looks: list[Look] = field(default_factory=list)
    fault: PysyncError | None = None
    is_busy: bool = False

    def ends(self) -> list[tuple[Side, str]]:
        """The record, then its partner."""
        keys = ((side, self.place.key_on(side)) for side in (self.place.side, self.place.side.other))
        return [(side, key) for side, key in keys if key is not None]


def judge(
    conn: Connection,
    compiler: Compiler,
    mapping: TableMapping,
    place: Place,
    show: Callable[[Any], str] = str,
) -> Answer:
    """All reasons that hold for a record; `show` turns times and values into text."""
    row = conn.execute(_COMMANDS, (mapping.mapping_name, place.side.value, place.key)).fetchone()
    assert row is not None
    case = _Case(conn, mapping, place, _Commands(*row), show)
    if not place.is_known:
        text = f"{mapping.mapping_name} has no record {show(place.key)} on either side, and nothing is known of one"
        return Answer(place, [Reason("unknown_record", text)])
    _look(case, compiler)
    found = [r for judged in _JUDGES for r in judged(case)]
    return Answer(place, _in_order(found), case.looks)


def _in_order(found: list[Reason]) -> list[Reason]:
    """Headline first; what a later reason would have one type is left out when an earlier one stands in the way."""
    order = {code: i for i, code in enumerate(CODES)}
    found = sorted(found, key=lambda r: order[r.code])
    codes = {r.code for r in found}
    if codes & {"parked", "waiting", "filtered", "blocked"}:
        found = [Reason(r.code, r.text) if r.code in ("not_coupled", "deleted") else r for r in found]
    return found


def _look(case: _Case, compiler: Compiler) -> None:
    """From both sides, as far as changes travel that way."""
    for side, _ in case.ends():
        if side not in case.mapping.sources():
            continue
        try:
            case.looks.append(examine.look(case.conn, compiler, case.place, side))
        except MappingBusy:
            case.is_busy = True
        except DatabaseUnavailable:
            raise
        except PysyncError as exc:
            case.fault = exc


def _mapping(case: _Case) -> Iterator[Reason]:
    name = case.mapping.mapping_name
    if not case.mapping.is_enabled:
        yield Reason("mapping_disabled", f"mapping {name} is disabled", case.commands.enable)
    if case.mapping.is_paused:
        yield Reason("mapping_paused", f"mapping {name} is paused: changes wait", case.commands.resume)
    if case.fault is not None:
        yield Reason("mapping_fault", f"mapping {name} cannot run: {case.fault.message}", case.commands.check)
    if case.is_busy:
        yield Reason("busy", f"a pass is working on {name}: ask again when it is done")


def _capture(case: _Case) -> Iterator[Reason]:
    row = case.conn.execute(_CAPTURE, (case.mapping.mapping_name,)).fetchone()
    assert row is not None
    is_on, was_on, faults, command = row
    if not is_on:
        since = "was switched off" if was_on else "was never switched on"
        yield Reason("capture_off", f"changes are not captured: capture {since}", command)
    elif faults:
        yield Reason("capture_stale", f"changes may go unnoticed: {faults}", command)


def _gate(case: _Case) -> Iterator[Reason]:
    for message, command in case.conn.execute(_GATE, (case.mapping.mapping_name,)).fetchall():
        yield Reason("gate", f"a limit holds the mapping: {message}", command)


def _history(case: _Case) -> Iterator[Reason]:
    """The last write of each field: from where, when, whose change."""
    rows = case.conn.execute(_HISTORY, (case.mapping.mapping_name, case.place.side.value, case.place.key)).fetchall()
    for column, old, new, at, pass_id, by, side in rows:
        values = f"{_value(case, old)} → {_value(case, new)}"
        yield Reason("written", f"{column} on the {side}: {values}, {case.show(at)}, pass {pass_id}, a change by {by}")


def _coupling(case: _Case) -> Iterator[Reason]:
    place, mapping = case.place, case.mapping
    row = case.conn.execute(_COUPLING, (mapping.mapping_name, place.side.value, place.key)).fetchone()
    if row is None:
        yield from _uncoupled(case)
        return
    coupled_at, coupled_by, last_synced_at, is_skipped, skip_reason, pass_id, created_side, unskip = row
    if is_skipped and skip_reason is not None:
        text = f"the couple is set aside: the same failure came again and again: {case.show(skip_reason)}"
        yield Reason("skipped", text, unskip)
    elif is_skipped:
        yield Reason("skipped", "the couple is set aside: passes leave it alone", unskip)
    synced = f"last written {case.show(last_synced_at)}" if last_synced_at else "never written by a pass since"
    partner = f"{place.side.other} {case.show(place.partner)}"
    made = f"; pass {pass_id} created the {created_side} row" if pass_id is not None else ""
    yield Reason("coupled", f"coupled to {partner} since {case.show(coupled_at)} by {coupled_by}{made}; {synced}")


def _uncoupled(case: _Case) -> Iterator[Reason]:
    place, mapping = case.place, case.mapping
    if not place.exists:
        yield Reason("deleted", f"the {place.side} record is gone and was not coupled: nothing is left to do")
    elif mapping.coupled_only:
        yield Reason("not_coupled", "only coupled records travel (coupled_only)", case.commands.couple)
    elif place.side not in mapping.sources():
        text = f"nothing travels from the {place.side} (direction {mapping.direction})"
        yield Reason("not_coupled", text, case.commands.couple)
    else:
        text = f"a pass creates it on the {place.side.other} when it changes or is asked for"
        yield Reason("not_coupled", text, case.commands.record)


def _rows(case: _Case) -> Iterator[Reason]:
    """Which row of a couple is gone."""
    place = case.place
    if place.partner is None:
        return
    for side, exists in ((place.side, place.exists), (place.side.other, place.partner_exists)):
        if not exists:
            policy = case.mapping.on_delete(side)
            yield Reason("deleted", f"the {side} record was deleted; on_{side}_delete is {policy}", case.commands.run)


def _set_aside(case: _Case) -> Iterator[Reason]:
    seen: set[int] = set()
    for side, key in case.ends():
        name = case.mapping.mapping_name
        row = examine.parked(case.conn, name, side, key)
        if row and row["reason"] == "skipped" and case.place.partner is None:
            text = f"the {side} record is set aside: the same failure came again and again: {case.show(row['message'])}"
            yield Reason("skipped", text, _next(case, side, key))
        elif row and row["reason"] != "skipped":
            yield _parked(case, side, key, row)
        for conflict in examine.conflicts(case.conn, name, side, key):
            if conflict["conflict_id"] not in seen:
                yield _conflict(case, conflict)
            seen.add(conflict["conflict_id"])


def _parked(case: _Case, side: Side, key: str, row: dict[str, Any]) -> Reason:
    times = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
    again = f", again {case.show(row['next_attempt_at'])}" if row["next_attempt_at"] else ""
    state = f" [{row['sqlstate']}]" if row["sqlstate"] else ""
    text = f"the change of the {side} is parked ({row['reason']}): {case.show(row['message'])}{state}"
    text += f"; since {case.show(row['parked_at'])}, tried {times}{again}"
    return Reason("parked", text, _next(case, side, key))


def _next(case: _Case, side: Side, key: str) -> str | None:
    with case.conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_NEXT, (case.mapping.mapping_name, side.value, key)).fetchone()
    return found["next_command"] if found else None


def _conflict(case: _Case, row: dict[str, Any]) -> Reason:
    name = row["left_column"] or row["right_column"] or "the record"
    text = f"{name} was changed on both sides: {_value(case, row['left_value'])} on the left, "
    text += f"{_value(case, row['right_value'])} on the right; since {case.show(row['detected_at'])}"
    if row["resolution"]:
        return Reason("conflict", f"{text}; decided: {row['resolution']}", case.commands.run)
    return Reason("conflict", f"{text}; 'left' or 'right' decides", row["next_command"])


def _value(case: _Case, value: str | None) -> str:
    return "null" if value is None else f"'{case.show(value)}'"


def _waiting(case: _Case) -> Iterator[Reason]:
    for side, key in case.ends():
        if rows := examine.waiting(case.conn, case.mapping.mapping_name, side, key):
            what = ", ".join(dict.fromkeys(row["operation"] for row in rows))
            who = ", ".join(dict.fromkeys(row["captured_by"] for row in rows))
            origin = dict.fromkeys(row["origin"] for row in rows if row["origin"])
            count = "1 change waits" if len(rows) == 1 else f"{len(rows)} changes wait"
            text = f"{count} on the {side} ({what}) since {case.show(rows[0]['captured_at'])}, by {who}"
            text += f", brought by {', '.join(origin)}" if origin else ""
            yield Reason("waiting", text, case.commands.run)


def _looks(case: _Case) -> Iterator[Reason]:
    """What only a look at the values tells."""
    by_side = {side: look for side in Side for look in case.looks if look.direction == side.direction}
    for side, look in by_side.items():
        if look.disposition == "filtered":
            condition = case.mapping.filter(side)
            yield Reason("filtered", f"the {side} record is outside {side}_filter, so it is left alone: {condition}")
        elif look.disposition in ("wait", "fail", "missing", "loop") and not _is_parked(case, side):
            if case.place.partner is None or (case.place.exists and case.place.partner_exists):
                yield _blocked(case, side, look)
        elif look.disposition == "held":
            yield Reason("busy", f"an application holds the {side.other} record: ask again when it is done")
    if case.mapping.direction != "both" and case.place.side not in case.mapping.sources():
        text = f"edits of the {case.place.side} do not travel (direction {case.mapping.direction})"
        yield Reason("one_way", text)


def _blocked(case: _Case, side: Side, look: Look) -> Reason:
    parked = look.parked or {}
    command = case.commands.check
    if parked.get("reason") == "reference":
        command = errors.command("why", parked["waits_for_mapping"], parked["waits_for_key"])
    return Reason("blocked", f"a change of the {side} could not travel: {case.show(look.message)}", command)


def _is_parked(case: _Case, side: Side) -> bool:
    key = case.place.key_on(side)
    return key is not None and examine.parked(case.conn, case.mapping.mapping_name, side, key) is not None


def _values(case: _Case) -> Iterator[Reason]:
    """In step, or different although nothing waits."""
    place = case.place
    is_whole = place.partner is not None and place.exists and place.partner_exists
    waits = any(examine.waiting(case.conn, place.mapping, side, key) for side, key in case.ends())
    set_aside = any(_is_parked(case, side) for side, _ in case.ends())
    compared = [x for x in case.looks if x.disposition in ("update", "unchanged")]
    if not is_whole or waits or set_aside or not compared or any(x.conflicts for x in case.looks):
        return
    if names := differing(case.mapping, compared):
        text = f"{', '.join(names)} differ{'s' if len(names) == 1 else ''} although no change waits"
        command = case.commands.request if place.side in case.mapping.sources() else case.commands.repair
        yield Reason("differs", text, command)
    else:
        yield Reason("in_step", "every field that travels says the same on both sides")


def differing(mapping: TableMapping, looks: list[Look]) -> list[str]:
    """Columns of fields that each direction they travel in would write: a lossy way back is no difference."""
    names = []
    for f in mapping.fields:
        ways = [x for x in looks for side in mapping.sources() if f.travels(side) and x.direction == side.direction]
        written = [any(c.field_no == f.field_no for c in x.changes) for x in ways]
        if written and all(written):
            names.append(f.left_column or f.right_column or str(f.field_no))
    return names


_JUDGES = (_mapping, _capture, _gate, _coupling, _rows, _set_aside, _waiting, _looks, _values, _history)
