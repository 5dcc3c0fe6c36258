"""`pysync run`: one pass over everything that changed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.outbox import Connection, Counts
    from pysync.plan import Plan
    from pysync.runner import PassResult, Runner
    from pysync.session import Change, Session

_PATIENCE = 2.0
_ERRORS = """
select mapping_name, direction, record_key, target_key, sqlstate, message
  from sync.pass_error where pass_id = $1 and record_key is not null order by error_id
"""
_CONFLICTS = """
select mapping_name, left_key, right_key, field_no, left_column, right_column, left_value, right_value, base_value,
       policy, resolution
  from sync.conflict where pass_id = $1 order by conflict_id
"""
_PARKED_BEFORE = """
create temp table parked_before on commit drop as
select mapping_name, side, record_key, reason, message from sync.parked
"""
_PARKED = """
select mapping_name, side, record_key, reason, message from sync.parked
except select * from pg_temp.parked_before order by 1, 2, 3
"""


def register(app: typer.Typer) -> None:
    app.command("run")(run)


def run(
    context: typer.Context,
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do the real pass, show every row and field change, roll back.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Connections: so many mappings at a time that do not need each other.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    log_format: Annotated[
        Literal["text", "json"] | None, typer.Option(help="Tell each event on stderr, a line each, as text or JSON.")
    ] = None,
) -> None:
    """One pass over everything that changed, in dependency order; exit code 1 when something needs a person."""
    from pysync import logs, mapping, migrate, report, summary
    from pysync.errors import UsageError

    if dry_run and workers > 1:
        raise UsageError("a dry run is one transaction, so it has one connection", hint="leave --workers out")
    if log_format:
        logs.configure(sys.stderr, log_format)
    dsn = config.dsn(context.obj)
    with migrate.connect(dsn, application_name="pysync run") as conn:
        names = tuple(dict.fromkeys(mappings or ()))
        if names:
            mapping.require_running(conn, mapping.load(conn, names))
        trial = _dry(conn, names) if dry_run else None
        result = trial.result if trial else _pass(dsn, conn, names, workers)
        errors = trial.errors if trial else _errors(conn, result.pass_id)
        uncaptured = _uncaptured(conn, names)
    if as_json:
        report.json_out(_as_data(result, trial, uncaptured, errors))
    else:
        if trial:
            summary.show_changes(trial.changes)
            summary.show_trial(trial.conflicts, trial.parked)
        summary.show_pass(result, errors, is_dry=dry_run)
        _show_uncaptured(uncaptured)
    if result.has_problems:
        raise typer.Exit(1)


@dataclass(slots=True)
class _Trial:
    """What a dry run did before it was rolled back; rows are as sync.conflict and sync.parked held them."""

    result: PassResult
    changes: list[tuple[Plan, Change]]
    errors: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    parked: list[dict[str, Any]]


def _pass(dsn: str, conn: Connection, names: tuple[str, ...], workers: int) -> PassResult:
    from pysync import database
    from pysync.runner import Runner
    from pysync.workers import Team

    with contextlib.ExitStack() as opened:
        others = [opened.enter_context(database.connect(dsn, application_name="pysync run")) for _ in range(1, workers)]
        runner = Team(conn, others) if others else Runner(conn)
        with _progress(runner):
            return runner.run(names)


def _dry(conn: Connection, names: tuple[str, ...]) -> _Trial:
    """The real pass inside one transaction that is rolled back; only drawn sequence numbers stay drawn.

    Rows it would write are held until it is done.
    """
    from pysync.outbox import MappingBusy
    from pysync.runner import Runner

    # Stale triggers are made anew outside the long transaction: it would hold the tables.
    runner = Runner(conn)
    for (name,) in conn.execute("select mapping_name from sync.table_mapping where is_enabled order by 1").fetchall():
        # What is held is left out by the pass as well, which tells.
        with contextlib.suppress(MappingBusy):
            runner.compiler.refresh_capture(name)
    changes: list[tuple[Plan, Change]] = []
    runner.session.keep_open = True
    runner.session.on_changes = lambda plan, found: changes.extend((plan, change) for change in found)
    with _progress(runner), conn.transaction(force_rollback=True):
        conn.execute(_PARKED_BEFORE)
        result = runner.run(names)
        conflicts, parked = _rows(conn, _CONFLICTS, [result.pass_id]), _rows(conn, _PARKED)
        return _Trial(result, changes, _errors(conn, result.pass_id), conflicts, parked)


@contextlib.contextmanager
def _progress(runner: Runner) -> Iterator[None]:
    """A bar on stderr, for a person, once the pass takes long."""
    from pysync import report

    console = report.console(stderr=True)
    if not console.is_terminal:
        yield
        return
    import threading

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True)
    row = runner.conn.execute("select count(*) from sync.outbox").fetchone()
    task = progress.add_task("pass", total=row[0] if row else None)
    _follow(runner.session, progress, task)
    timer = threading.Timer(_PATIENCE, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        progress.stop()
        runner.session.on_batch = None


def _follow(session: Session, progress: Any, task: Any) -> None:
    def advance(plan: Plan, counts: Counts) -> None:
        done = sum(getattr(counts, n) for n in ("inserted", "modified", "deleted", "unchanged", "skipped", "failed"))
        progress.update(task, advance=done + counts.waiting, description=f"{plan.mapping} {plan.direction}")

    session.on_batch = advance


def _errors(conn: Connection, pass_id: int) -> list[dict[str, Any]]:
    return _rows(conn, _ERRORS, [pass_id])


def _rows(conn: Connection, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def _uncaptured(conn: Connection, names: tuple[str, ...]) -> dict[str, str]:
    """Enabled mappings whose capture was never switched on, each with the command that does it."""
    rows = conn.execute(
        "select m.mapping_name, format('select sync.enable_capture(%L)', m.mapping_name)"
        " from sync.table_mapping m where m.is_enabled"
        " and (cardinality($1::text[]) = 0 or m.mapping_name = any ($1))"
        " and not exists (select from sync_private.capture_state e where e.mapping_name = m.mapping_name) order by 1",
        [list(names)],
    )
    return dict(rows.fetchall())


def _as_data(
    result: PassResult, trial: _Trial | None, uncaptured: dict[str, str], errors: list[dict[str, Any]]
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "pass_id": None if trial else result.pass_id or None,
        "dry_run": trial is not None,
        "has_problems": result.has_problems,
        "mappings": [{"mapping": m, "direction": d, **asdict(c)} for (m, d), c in result.counts.items()],
        "errors": errors,
        "faults": [
            {"mapping": n, "message": f.message, "hint": f.hint, "detail": f.detail, "sqlstate": f.sqlstate}
            for n, f in result.faults.items()
        ],
        "busy": sorted(result.busy),
        "not_captured": sorted(uncaptured),
    }
    if trial:
        changes = [{"mapping": p.mapping, "direction": p.direction, **asdict(c)} for p, c in trial.changes]
        data |= {"changes": changes, "conflicts": trial.conflicts, "parked": trial.parked}
    return data


def _show_uncaptured(commands: dict[str, str]) -> None:
    from pysync import report

    for name, command in commands.items():
        report.line(f"changes of {name} are not captured yet: {command}")
