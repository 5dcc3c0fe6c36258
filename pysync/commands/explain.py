"""`pysync explain`: a mapping's plan in words and as the exact SQL, or what a pass would do with one record."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config
from pysync.model import Side

if TYPE_CHECKING:
    from pysync.compiler import Compiler
    from pysync.examine import Look, Place
    from pysync.model import Statement, TableMapping
    from pysync.outbox import Connection
    from pysync.plan import Plan
    from pysync.route import Field


class Direction(StrEnum):
    """Which way."""

    to_right = "to_right"
    to_left = "to_left"

    @property
    def source(self) -> Side:
        """The side it starts from."""
        return Side.LEFT if self is Direction.to_right else Side.RIGHT


def register(app: typer.Typer) -> None:
    app.command("explain")(run)


def run(
    context: typer.Context,
    mapping_name: Annotated[
        str | None,
        typer.Argument(metavar="MAPPING", help="Mapping to explain; with --edit may be left out.", show_default=False),
    ] = None,
    direction: Annotated[Direction | None, typer.Option(help="Only this way.", show_default=False)] = None,
    record: Annotated[
        str | None, typer.Option(metavar="KEY", help="What a pass would do with this record now.", show_default=False)
    ] = None,
    side: Annotated[
        Side | None, typer.Option(help="Side of the key, when both sides have it.", show_default=False)
    ] = None,
    edit: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Try the edits of mapping rows in this file, tell what they would do.",
            show_default=False,
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=0, max=1000, help="With --edit: records shown of each kind.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The plan in words and the exact SQL of every statement, in the order in which they run.

    With --edit: what edits of mapping rows would change on real data, tried and rolled back; exit code 2 when they
    bring a fault.
    """
    from pysync import mapping, migrate, report
    from pysync.compiler import Compiler
    from pysync.errors import UsageError

    if edit is not None:
        _edit(config.dsn(context.obj), edit, mapping_name, samples, as_json=as_json)
        return
    if mapping_name is None:
        raise UsageError("which mapping?", hint="pysync explain MAPPING, or pysync explain --edit FILE")
    with migrate.connect(config.dsn(context.obj), application_name="pysync explain") as conn:
        (row,) = mapping.load(conn, [mapping_name])
        compiler = Compiler(conn)
        compiler.refresh()
        if record is not None:
            _record(conn, compiler, row, record, side, direction, as_json=as_json)
            return
        sources = (direction.source,) if direction else row.sources()
        plans = _plans(conn, compiler, mapping_name, sources)
        waves = compiler.waves
    if as_json:
        report.json_out([_as_data(plan) for plan in plans])
    else:
        for plan in plans:
            _show_words(plan, waves)
        for plan in plans:
            _show_sql(plan)


def _edit(dsn: str, file: Path, mapping_name: str | None, samples: int, *, as_json: bool) -> None:
    from pysync import migrate, report, summary, whatif
    from pysync.commands import mapping

    text = mapping.read(file)
    with migrate.connect(dsn, application_name="pysync explain") as conn, report.patience("trying the edit"):
        outcome = whatif.look(conn, text, samples=samples, only=mapping_name)
    if as_json:
        report.json_out(outcome)
    else:
        mapping.show(outcome.changes)
        summary.show_outcome(outcome)
    if outcome.has_errors:
        raise typer.Exit(2)


def _plans(conn: Connection, compiler: Compiler, name: str, sources: tuple[Side, ...]) -> list[Plan]:
    # Compiling brings stale triggers up to date; to explain must change nothing.
    with conn.transaction(force_rollback=True):
        return [compiler.plan(name, source) for source in sources]


def _record(
    conn: Connection,
    compiler: Compiler,
    row: TableMapping,
    key: str,
    side: Side | None,
    direction: Direction | None,
    *,
    as_json: bool,
) -> None:
    from pysync import examine, report
    from pysync.errors import CatalogError, PysyncError
    from pysync.outbox import MappingBusy

    place = examine.locate(conn, row.mapping_name, key, side)
    if not place.is_known:
        raise CatalogError(
            f"{row.mapping_name} has no record {key} on either side",
            hint="a key is the text of the key column; a composite key is a JSON array of texts",
        )
    source = direction.source if direction else place.side
    if place.key_on(source) is None:
        raise CatalogError(
            f"{row.mapping_name} {place.side} {key} is not coupled, so nothing can come {source.direction}",
            hint="leave --direction out",
        )
    try:
        found = examine.look(conn, compiler, place, source)
    except MappingBusy as exc:
        raise PysyncError(f"a pass is working on {row.mapping_name}", hint="try again when it is done") from exc
    if as_json:
        report.json_out(_look_as_data(place, found))
    else:
        _show_look(place, found)


def _look_as_data(place: Place, found: Look) -> dict[str, Any]:
    return {
        "mapping": place.mapping,
        "direction": found.direction,
        "left_key": place.key_on(Side.LEFT),
        "right_key": place.key_on(Side.RIGHT),
        "disposition": found.disposition,
        "meaning": _meaning(found),
        "message": found.message,
        "changes": found.changes,
        "conflicts": found.conflicts,
    }


_MEANINGS = {
    "insert": "a new row would be created and coupled",
    "gone": "the row is deleted: its partner would be deleted too, and the couple ends",
    "leave": "the row is gone: the couple would end, its partner stays as it is",
    "revive": "the row is deleted: it would be created anew from its partner",
    "deleted": "the row is deleted and the policy is fail: it would be parked for a person",
    "clash": "one side deleted the record, the other changed it: a conflict for a person",
    "missing": "its partner is missing: it would be parked until the deletion is dealt with",
    "wait": "it would be parked until what it refers to is there",
    "fail": "it would be parked as an error",
    "loop": "it came through too many mappings: it would be parked as a loop",
    "skipped": "the couple is set aside: it would be parked until sync.unskip",
    "filtered": "the row is outside the filter: it would be left alone",
    "uncoupled": "not coupled, and the mapping creates nothing this way: nothing would happen",
    "nothing": "there is no such row and it was not coupled: nothing would happen",
    "held": "an application holds the target row: it would be put back for the next pass",
}


def _meaning(found: Look) -> str:
    if found.disposition in _MEANINGS:
        return _MEANINGS[found.disposition]
    if found.changes:
        return f"{len(found.changes)} field{'s' if len(found.changes) > 1 else ''} would be written"
    return "a conflict is open; nothing would be written" if found.conflicts else "nothing would be written"


def _show_look(place: Place, found: Look) -> None:
    from pysync import report

    key = place.key_on(Side.LEFT if found.direction == "to_right" else Side.RIGHT)
    report.line(f"{place.mapping} {found.direction} {report.shown(key)}: {_meaning(found)}", style="bold")
    if found.message:
        report.paragraph(report.shown(found.message), indent=2)
    is_update = found.disposition == "update"
    rows = [
        (c.source_column, c.target_column, report.quoted(c.old_value) if is_update else "", report.quoted(c.new_value))
        for c in found.changes
        if c.field_no is not None
    ]
    if rows:
        report.table(("source", "target", "old", "new"), rows)
    if found.conflicts:
        report.line("in conflict:")
        values = [
            (c["left_column"], report.quoted(c["left_value"]), c["right_column"], report.quoted(c["right_value"]))
            for c in found.conflicts
        ]
        report.table(("left field", "left value", "right field", "right value"), values)
    report.line("tried and rolled back: nothing was changed")


def _as_data(plan: Plan) -> dict[str, Any]:
    route = plan.route
    return {
        "mapping": plan.mapping,
        "direction": plan.direction,
        "source": str(route.source.table),
        "target": str(route.target.table),
        "source_key": [k.name for k in route.source.key],
        "target_key": [k.name for k in route.target.key],
        "filter": route.mapping.filter(route.side),
        "coupled_only": route.mapping.coupled_only,
        "on_delete": route.mapping.on_delete(route.side),
        "update_conflict": route.mapping.update_conflict,
        "fields": [
            {
                "field_no": f.no,
                "source_column": f.mapping.column(route.side),
                "target_column": f.target.name,
                "how": _how(plan, f),
                "conflict": _conflict(plan, f),
            }
            for f in route.fields
        ],
        "statements": [
            {"name": s.name, "purpose": s.purpose, "parameters": s.parameters, "sql": s.sql} for s in _statements(plan)
        ],
    }


def _statements(plan: Plan) -> list[Statement]:
    return [*plan.working_tables, *plan.statements.values()]


def _show_words(plan: Plan, waves: tuple[tuple[str, ...], ...]) -> None:
    from pysync import report

    route, row = plan.route, plan.route.mapping
    side, other = route.side, route.side.other
    report.line(f"{plan.mapping} {plan.direction}: {route.source.table} → {route.target.table}", style="bold")
    if row.description:
        report.paragraph(row.description, indent=2)
    wave = next((i for i, names in enumerate(waves, 1) if plan.mapping in names), 0)
    facts = [
        ("record key", f"{_names(route.source.key)} → {_names(route.target.key)}"),
        ("filter", row.filter(side) or "none: all rows"),
        ("uncoupled rows", "stay where they are" if row.coupled_only else f"are created on the {other} and coupled"),
        ("new key", row.new_key(other) or "from the field that writes it, else the column's default"),
        ("deleted rows", f"on_{side}_delete is {row.on_delete(side)}"),
        ("order", f"step {wave} of {len(waves)} for writes, the other way round for deletes"),
    ]
    if side not in row.sources():
        facts.insert(0, ("note", f"nothing but deletes travels this way: direction is {row.direction}"))
    elif route.shares:
        facts.insert(4, ("both changed", f"{row.update_conflict}, by {row.conflict_scope}"))
    report.pairs([(f"  {name}", text) for name, text in facts])
    fields = [(f.no, _source(f, side), f.target.name, _how(plan, f)) for f in route.fields]
    if fields:
        report.table(("no", "source", "target", "how"), fields, numbers=(0,))
    if route.defaults:
        report.line(f"new rows also get: {', '.join(d.target.name for d in route.defaults)} (sync.insert_default)")
    report.line()


def _names(columns: tuple[Any, ...]) -> str:
    return ", ".join(c.name for c in columns)


def _source(f: Field, side: Side) -> str:
    return f.mapping.column(side) or ("(constant)" if f.is_constant else "(expression)")


def _how(plan: Plan, f: Field) -> str:
    row, side = f.mapping, plan.route.side
    text, rule = row.expression(side), row.rule(side)
    parts = [text] if text is not None else []
    if f.is_constant:
        parts.append(f"constant {row.constant!r}")
    if rule is not None:
        parts.append(f"rule {rule}")
    if row.reference:
        parts.append(f"through the couplings of {row.reference}, else {row.on_unresolved}")
    if row.option_set:
        parts.append(f"through option set {row.option_set}, else {row.on_unresolved}")
    parts = parts or ["copy"]
    if condition := row.filter(side):
        parts.append(f"only where {condition}")
    if row.when_null == "keep":
        parts.append("null leaves the target as it is")
    if row.write_on != "always":
        parts.append(f"on {row.write_on} only")
    if plan.route.shares and not f.is_shared and not f.is_constant:
        parts.append("one way")
    if f.is_shared and row.conflict:
        parts.append(f"both changed: {row.conflict}")
    return "; ".join(parts)


def _conflict(plan: Plan, f: Field) -> str:
    return (f.mapping.conflict or plan.route.mapping.update_conflict) if f.is_shared else ""


def _show_sql(plan: Plan) -> None:
    from pysync import report

    report.line(f"-- {plan.mapping} {plan.direction}: the statements of a batch, in order; each runs only when needed")
    for number, statement in enumerate(_statements(plan), 1):
        report.line()
        report.line(f"-- {number}. {statement.name}: {statement.purpose}", style="bold")
        if statement.parameters:
            bound = ", ".join(f"${i} = {name}" for i, name in enumerate(statement.parameters, 1))
            report.line(f"-- {bound}")
        report.line(f"{statement.sql};")
    report.line()
