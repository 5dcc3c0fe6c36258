"""`pysync record`: synchronise one record now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config
from pysync.model import Side

if TYPE_CHECKING:
    from pysync.examine import Place
    from pysync.model import TableMapping
    from pysync.outbox import Connection
    from pysync.plan import Plan
    from pysync.runner import PassResult
    from pysync.session import Change


def register(app: typer.Typer) -> None:
    app.command("record")(run)


def run(
    context: typer.Context,
    mapping_name: Annotated[str, typer.Argument(metavar="MAPPING", help="Mapping the record belongs to.")],
    key: Annotated[str, typer.Argument(help="Record key; a composite key is a JSON array of texts.")],
    to: Annotated[
        Side | None,
        typer.Option("--to", help="Send to this side, whatever it says itself; else the side that changed sends."),
    ] = None,
    side: Annotated[
        Side | None,
        typer.Option(help="Side the key belongs to; needed when both sides have it. Without --to its values are sent."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Synchronise one record now, from the side that changed; when both changed the same field, --to must say."""
    from pysync import examine, mapping, migrate, report

    with migrate.connect(config.dsn(context.obj), application_name="pysync record") as conn:
        (row,) = mapping.load(conn, [mapping_name])
        mapping.require_running(conn, [row])
        place = examine.locate(conn, mapping_name, key, side)
        source = _source(conn, row, place, side, to)
        result, changes = _synchronise(conn, place, source)
        parked = examine.parked(conn, mapping_name, place.side, place.key)
        found = examine.locate(conn, mapping_name, place.key, place.side)
    if as_json:
        report.json_out(_as_data(found, result, changes, parked))
    else:
        _show(found, result, changes, parked)
    if parked or result.faults or result.busy:
        raise typer.Exit(1)


def _source(conn: Connection, row: TableMapping, place: Place, side: Side | None, to: Side | None) -> Side | None:
    """The side whose values are sent; None when both changed and a pass can merge them.

    Raises UsageError when only a person can say.
    """
    from pysync import examine
    from pysync.compiler import Compiler
    from pysync.errors import UsageError, command

    source = to.other if to is not None else side if side is not None else None
    if source is None and place.partner is not None and len(row.sources()) == 1:
        source = row.sources()[0]
    if source is not None or place.partner is None:
        source = source or place.side
        if place.key_on(source) is None:
            raise UsageError(
                f"{place.side} record {place.key} of {row.mapping_name} has no partner on the {source} to send from",
                hint=f"leave --to out, or couple it: {command('why', row.mapping_name, place.key)}",
            )
        return source
    compiler = Compiler(conn)
    compiler.refresh()
    fields = examine.collisions(conn, compiler, place)
    if fields:
        raise UsageError(
            f"both sides of {row.mapping_name} {place.key} changed {', '.join(fields)}",
            hint="say whose values count: --to right sends the left ones, --to left the right ones",
        )
    changed = examine.changed(conn, place)
    return None if len(changed) == 2 else changed[0] if changed else place.side


def _synchronise(conn: Connection, place: Place, source: Side | None) -> tuple[PassResult, list[tuple[Plan, Change]]]:
    from pysync.runner import Runner

    first = None
    if source is not None:
        key = place.key_on(source) or place.key
        conn.execute("select sync.request_sync($1, $2, $3)", (place.mapping, source.value, key))
        first = (place.mapping, source, key)
    runner = Runner(conn, kind="record")
    changes: list[tuple[Plan, Change]] = []
    runner.session.on_changes = lambda plan, found: changes.extend(
        (plan, c) for c in found if _concerns(plan, c, place)
    )
    return runner.run([place.mapping], first), changes


def _concerns(plan: Plan, change: Change, place: Place) -> bool:
    own = change.record_key if plan.route.side is place.side else change.target_key
    return own == place.key


def _as_data(
    place: Place, result: PassResult, changes: list[tuple[Plan, Change]], parked: dict[str, Any] | None
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "mapping": place.mapping,
        "left_key": place.key_on(Side.LEFT),
        "right_key": place.key_on(Side.RIGHT),
        "pass_id": result.pass_id or None,
        "changes": [{"direction": plan.direction, **asdict(change)} for plan, change in changes],
        "parked": parked,
        "faults": [{"mapping": n, "message": f.message, "hint": f.hint} for n, f in result.faults.items()],
        "busy": sorted(result.busy),
    }


def _show(place: Place, result: PassResult, changes: list[tuple[Plan, Change]], parked: dict[str, Any] | None) -> None:
    from pysync import errors, report, summary

    summary.show_changes(changes)
    if parked:
        report.paragraph(f"parked ({parked['reason']}): {report.shown(parked['message'])}", style="red")
    for name, fault in result.faults.items():
        report.paragraph(f"{name} could not run: {fault.message}", style="red")
        if fault.hint:
            report.line(f"  hint: {fault.hint}")
    if result.busy:
        report.line(f"another pass is working on {place.mapping}: the record waits for it")
    elif place.partner is None and not (changes or parked or result.faults):
        report.line(f"{place.mapping} {place.side} {report.shown(place.key)} is not coupled, and nothing was created")
        report.line(f"  next: {report.shown(errors.command('why', place.mapping, place.key))}")
    elif not (changes or parked or result.faults):
        held = sum(counts.held for counts in result.counts.values())
        what = "an application holds it; the next pass comes back for it" if held else "nothing had to be written"
        report.line(f"{place.mapping} {place.side} {report.shown(place.key)}: {what}")
