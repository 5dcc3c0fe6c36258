"""`pysync status`: how each mapping stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pysync import config

_STATUS = """
select s.*, b.oldest_at as oldest_waiting_at
from sync.mapping_status s
left join lateral (select min(b.oldest_at) as oldest_at from sync.backlog b where b.mapping_name = s.mapping_name) b
  on true
order by s.mapping_name
"""


def register(app: typer.Typer) -> None:
    app.command("status")(run)


def run(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How each mapping stands: what is coupled, what waits, what is set aside, and the last pass."""
    from psycopg.rows import dict_row

    from pysync import migrate, report

    with (
        migrate.connect(config.dsn(context.obj), application_name="pysync status") as conn,
        conn.cursor(row_factory=dict_row) as cursor,
    ):
        rows = cursor.execute(_STATUS).fetchall()
        problems = cursor.execute("select count(*) as n from sync.problem").fetchone()
    count = problems["n"] if problems else 0
    if as_json:
        report.json_out({"mappings": rows, "problems": count})
        return
    if not rows:
        report.line("there are no mappings yet: pysync pack list, or insert into sync.table_mapping")
        return
    _show(rows)
    if count:
        report.line()
        report.line(f"{count} {'thing needs' if count == 1 else 'things need'} a person: pysync problems")


def _show(rows: list[dict[str, Any]]) -> None:
    from pysync import report

    headings: tuple[str, ...]
    headings = ("mapping", "direction", "state", "coupled", "waiting", "oldest", "parked", "conflicts", "last pass")
    shown = [_row(row) for row in rows]
    if any(row["schedule"] for row in rows):
        headings = (*headings, "next run")
        shown = [(*cells, next_run(row)) for cells, row in zip(shown, rows, strict=True)]
    report.table(headings, shown, numbers=(3, 4, 5, 6, 7))


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    last = "" if row["last_pass_at"] is None else f"{_age(row['last_pass_at'])} ago, {row['last_pass_status']}"
    oldest = "" if row["oldest_waiting_at"] is None else _age(row["oldest_waiting_at"])
    numbers = [row["couplings"], row["waiting_entries"], oldest, row["parked"] or "", row["open_conflicts"] or ""]
    return (row["mapping_name"], row["direction"], state(row), *numbers, last)


def state(row: dict[str, Any]) -> str:
    """The state of a row of sync.mapping_status in a word."""
    if not row["is_enabled"]:
        return "disabled"
    if not row["is_captured"]:
        return "no capture"
    return "paused" if row["is_paused"] else "on"


def next_run(row: dict[str, Any]) -> str:
    """When a row of sync.mapping_status with a schedule runs next, in words; without one a watcher runs it at once."""
    from pysync import report

    if row["schedule"] is None:
        return "at once"
    if row["schedule_status"] == "faulty":
        return "faulty"
    if row["next_run_at"] is None:
        return "not planned"
    wait = row["next_run_at"] - datetime.now(UTC)
    if wait.total_seconds() <= 0:
        return "due"
    # A change wakes it before that.
    verb = "rests" if row["schedule_status"] == "resting" else "in"
    return f"{verb} {report.duration(wait)}"


def _age(when: datetime) -> str:
    from pysync import report

    return report.duration(datetime.now(UTC) - when)
