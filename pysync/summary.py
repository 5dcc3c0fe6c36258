"""In words: what a pass did, field by field; why a record stands where it does; what needs a person."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pysync import errors, outbox, report
from pysync.outbox import Counts

if TYPE_CHECKING:
    from pysync.full import Synchronised
    from pysync.match import Ambiguous, Matched, Wanted
    from pysync.plan import Plan
    from pysync.runner import PassResult
    from pysync.session import Change
    from pysync.whatif import Effect, Outcome
    from pysync.why import Answer

_SHOWN_CHANGES = 1000
_SHOWN_ERRORS = 5
_ACTIONS = {"gone": "delete"}


def show_pass(result: PassResult, errors: list[dict[str, Any]], *, is_dry: bool = False) -> None:
    """Print what a pass did: counters that are not zero, faults, what was put back."""
    if not result.pass_id:
        report.line("nothing to do")
        return
    show_counts(result.counts)
    for name, fault in result.faults.items():
        report.paragraph(f"{name} could not run: {fault.message}", style="red")
        if fault.hint:
            report.line(f"  hint: {fault.hint}")
    for error in errors[:_SHOWN_ERRORS]:
        where = f"{error['mapping_name']} {error['direction']} {report.shown(error['record_key'])}"
        report.paragraph(f"{where}: {report.shown(error['message'])}", style="red")
    if any(c.held for c in result.counts.values()):
        report.line("records that an application holds were put back; the next pass comes back for them")
    for name in sorted(result.busy):
        report.line(f"{name} was left out: another pass is working on it, or somebody holds a row or table it needs")
    if is_dry:
        report.line("dry run: everything was rolled back")
    elif result.has_problems:
        report.line("what needs a person: pysync problems")


def show_counts(found: dict[tuple[str, str], Counts]) -> None:
    """Print one row per mapping and direction; rows and columns that are zero everywhere are left out."""
    counts = {key: c for key, c in found.items() if any(c.values()[:-2])}
    if not counts:
        report.line("looked at what changed; nothing had to be written")
        return
    shown = [n for n in outbox.COUNTERS[:-2] if any(getattr(c, n) for c in counts.values())]
    if all(c.coupled == c.inserted for c in counts.values()) and "coupled" in shown:
        shown.remove("coupled")
    rows = [(m, d, *(getattr(c, n) or "" for n in shown), f"{c.duration_ms} ms") for (m, d), c in counts.items()]
    report.table(("mapping", "direction", *shown, "time"), rows, numbers=range(2, len(shown) + 3))


def show_changes(changes: list[tuple[Plan, Change]]) -> None:
    """Print row and field changes: a line per record, below it a line per field with its old and new value."""
    for (plan, action, record_key, target_key), found in itertools.groupby(changes[:_SHOWN_CHANGES], key=_record):
        keys = f"{report.shown(record_key)} → {report.shown(target_key)}"
        report.line(f"{_ACTIONS.get(action, action):<8}{plan.mapping} {plan.direction}  {keys}", style="bold")
        report.pairs([_field(c) for _, c in found if c.field_no is not None], indent=8)
    if len(changes) > _SHOWN_CHANGES:
        report.line(f"… and {len(changes) - _SHOWN_CHANGES} more; --json gives all of them")


def show_trial(conflicts: list[dict[str, Any]], parked: list[dict[str, Any]]) -> None:
    """Print what a dry run found in conflict and what it would set aside."""
    for c in conflicts[:_SHOWN_CHANGES]:
        decided = f"{c['resolution']} wins" if c["resolution"] else "for a person"
        keys = f"{report.shown(c['left_key'])} ↔ {report.shown(c['right_key'])}"
        report.line(f"conflict {c['mapping_name']}  {keys}: {decided}", style="bold")
        sides = [
            (f"{side} {c[f'{side}_column'] or ''}", report.quoted(c[f"{side}_value"])) for side in ("left", "right")
        ]
        report.pairs([*sides, ("before", report.quoted(c["base_value"]))], indent=8)
    for row in parked[:_SHOWN_CHANGES]:
        where = f"{row['mapping_name']} {row['side']} {report.shown(row['record_key'])}"
        report.paragraph(f"set aside {where}: {row['reason']}: {report.shown(row['message'])}")


def _record(item: tuple[Plan, Change]) -> tuple[Plan, str, str, str | None]:
    plan, change = item
    return plan, change.action, change.record_key, change.target_key


def _field(change: Change) -> tuple[str, str]:
    same = change.source_column == change.target_column
    name = change.target_column if same else f"{change.source_column} → {change.target_column}"
    old = report.quoted(change.old_value) + " → " if change.action == "update" else ""
    return name or "", old + report.quoted(change.new_value)


def show_full(outcome: Synchronised) -> None:
    """Print what a full synchronisation did, and what it left for a person."""
    result = outcome.result
    if any(any(c.values()[:-2]) for c in result.counts.values()):
        show_counts(result.counts)
    for name, fault in result.faults.items():
        report.paragraph(f"{name} could not run: {fault.message}", style="red")
        if fault.hint:
            report.line(f"  hint: {fault.hint}")
    for name, needed in outcome.blocked.items():
        report.line(f"{name} was not begun: it needs {needed}")
    for name, count in outcome.ambiguous.items():
        look = errors.command("match", name, "--dry-run")
        report.line(f"{name}: {count} left records match several, and were left alone: {look}")
    for name in sorted(result.busy):
        report.line(f"{name}: another pass is working on it; the next pass does what is left")
    if result.has_open_conflicts or any(c.failed for c in result.counts.values()):
        report.line("what needs a person: pysync problems")
    elif not outcome.has_problems:
        report.line("every row is done")


def show_match(result: Matched, wanted: Wanted) -> None:
    """Print what matches, what matches several, and what matches nothing."""
    would = "would couple" if wanted.dry_run else "coupled"
    report.line(f"{result.mapping}: {would} {result.coupled}", style="bold")
    report.line(f"  {result.ambiguous} left records match several, or share their match with others")
    report.line(f"  {result.left_unmatched} left and {result.right_unmatched} right records match nothing")
    if wanted.dry_run and result.couples:
        couples = [(c.left_key, c.right_key, c.priority) for c in result.couples]
        report.table(("left key", "right key", "priority"), couples)
        _more(result.coupled - len(couples))
    if result.candidates:
        report.table(("left key", "priority", "agrees in", "candidates"), [_candidates(c) for c in result.candidates])
        _more(result.ambiguous - len(result.candidates))
        name = report.literal(result.mapping)
        report.line(f"to couple one of them: select sync.couple({name}, 'left key', 'candidate')")
    if wanted.dry_run:
        for side, keys in result.unmatched.items():
            if keys:
                report.paragraph(f"{side}, no match: {', '.join(map(report.shown, keys))}")
        report.line("dry run: everything was rolled back")


def _more(count: int) -> None:
    if count > 0:
        report.line(f"… and {count} more; --limit lists them")


def _candidates(found: Ambiguous) -> tuple[str, int, str, str]:
    more = found.partners - len(found.candidates)
    listed = ", ".join(found.candidates) + (f" and {more} more" if more > 0 else "")
    return found.left_key, found.priority, ", ".join(found.values), listed


def show_outcome(outcome: Outcome) -> None:
    """Print what an edit of mapping rows would do to the records, and the faults it brings or takes away."""
    if not outcome.changes:
        report.line("the file changes no mapping row")
    for effect in outcome.effects:
        if not effect.is_nothing:
            report.heading(f"{effect.mapping} {effect.direction}")
            _show_effect(effect)
    if outcome.changes and all(effect.is_nothing for effect in outcome.effects):
        report.line("no record would be touched")
    for words, faults in (("fault", outcome.faults), ("no longer a fault", outcome.mended)):
        for fault in faults:
            where = " ".join(filter(None, [fault.mapping, f"field {fault.field_no}" if fault.field_no else ""]))
            report.paragraph(f"{words}: {where}: {fault.message}", style="red" if words == "fault" else "")
            if words == "fault":
                report.line(f"  hint: {fault.hint}")
    report.line("tried and rolled back: nothing was changed")


def _show_effect(effect: Effect) -> None:
    if effect.fault:
        report.paragraph(f"cannot run: {effect.fault}", style="red")
    for words, count, keys in (
        ("rows enter the filter", effect.entering, effect.entering_keys),
        ("rows leave the filter", effect.leaving, effect.leaving_keys),
        ("rows would be created on the other side", effect.created, effect.created_keys),
    ):
        if count:
            shown = ", ".join(report.shown(key) for key in keys) + (", …" if count > len(keys) else "")
            report.paragraph(f"{count} {words}" + (f": {shown}" if keys else ""))
    fields = [f for f in effect.fields if f.added or f.before != f.after]
    if fields:
        rows = [(f.field_no, f.column, f.before, f.after, f.added) for f in fields]
        report.line("couples that differ, and that a full comparison would write:")
        report.table(("no", "column", "before", "after", "new"), rows, numbers=(0, 2, 3, 4))
    samples = [
        (f.column, s.left_key, s.right_key, report.quoted(s.old), report.quoted(s.new))
        for f in fields
        for s in f.samples
    ]
    if samples:
        report.line()
        report.table(("column", "left key", "right key", "holds", "would get"), samples)


def show_reasons(answer: Answer) -> None:
    """Print the headline and the other reasons, each with its command."""
    place = answer.place
    keys = f"{place.side} {report.shown(place.key)}"
    if place.partner is not None:
        keys += f" ↔ {place.side.other} {report.shown(place.partner)}"
    verdict = "in step" if answer.is_in_step else "not in step"
    report.line(f"{place.mapping} {keys}: {verdict}", style="bold")
    for reason in answer.reasons:
        report.paragraph(f"{reason.code}: {reason.text}", indent=2)
        if reason.next_command:
            report.line(f"    next: {reason.next_command}", style="cyan")


def show_problems(rows: list[dict[str, Any]]) -> None:
    """Print rows of sync.problem, each with its command on a line of its own, fit for copying."""
    for row in rows:
        words = [row["kind"], row["mapping_name"], row["side"], report.shown(row["record_key"])]
        report.line(" ".join(w for w in words if w), style="bold")
        report.paragraph(f"{report.shown(row['message'])}{_history(row)}", indent=2)
        if row["next_command"]:
            report.line(f"  next: {row['next_command']}", style="cyan")
        for command in (row["choices"] or [])[1:]:
            report.line(f"  or:   {command}", style="cyan")


def _history(row: dict[str, Any]) -> str:
    parts = []
    if row["since"] is not None:
        parts.append(f"for {report.duration(datetime.now(UTC) - row['since'])}")
    if row["attempts"]:
        parts.append(f"tried {row['attempts']} times" if row["attempts"] > 1 else "tried once")
    return f" ({', '.join(parts)})" if parts else ""
