"""`pysync match`: couple rows that exist on both sides by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.match import Matched, Wanted
    from pysync.outbox import Connection
    from pysync.runner import PassResult


def register(app: typer.Typer) -> None:
    app.command("match")(run)


def run(
    context: typer.Context,
    mapping_name: Annotated[str, typer.Argument(metavar="MAPPING", help="Mapping whose rows are matched.")],
    create: Annotated[
        bool, typer.Option("--create", help="Create what matches nothing on the other side, as the direction allows.")
    ] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Synchronise the new couples; left wins unless update_conflict says else.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be coupled; change nothing.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Most rows of each kind listed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Couple uncoupled rows that agree in the match fields with one row each; exit code 1 when some have several."""
    from pysync import mapping, migrate, report, summary
    from pysync.match import Wanted

    wanted = Wanted(create, sync, dry_run, limit)
    with migrate.connect(config.dsn(context.obj), application_name="pysync match") as conn:
        mapping.require_running(conn, mapping.load(conn, [mapping_name]))
        result, passes = _match(conn, mapping_name, wanted)
    if as_json:
        report.json_out(_as_data(result, passes, wanted))
    else:
        summary.show_match(result, wanted)
        for done in passes:
            summary.show_pass(done, [])
    if result.ambiguous or any(done.has_problems for done in passes):
        raise typer.Exit(1)


def _match(conn: Connection, name: str, wanted: Wanted) -> tuple[Matched, list[PassResult]]:
    from pysync import match
    from pysync.compiler import Compiler
    from pysync.errors import ApplyError, command
    from pysync.outbox import MappingBusy
    from pysync.runner import Runner

    compiler = Compiler(conn)
    compiler.refresh()
    try:
        result = match.run(conn, compiler, name, wanted)
    except MappingBusy as exc:
        raise ApplyError(f"another pass is working on {name}", hint=f"try again: {command('match', name)}") from exc
    passes: list[PassResult] = []
    if result.asked and not wanted.dry_run:
        runner = Runner(conn, kind="match", compiler=compiler)
        passes.append(runner.run([name]))
        if wanted.sync and match.ask_loser(conn, compiler, name):
            passes.append(runner.run([name]))
    return result, passes


def _as_data(result: Matched, passes: list[PassResult], wanted: Wanted) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(result),
        "pass_id": result.pass_id or None,
        "dry_run": wanted.dry_run,
        "passes": [
            {
                "pass_id": done.pass_id or None,
                "mappings": [{"mapping": m, "direction": d, **asdict(c)} for (m, d), c in done.counts.items()],
                "faults": [{"mapping": n, "message": f.message, "hint": f.hint} for n, f in done.faults.items()],
            }
            for done in passes
        ],
    }
