"""`pysync problems`: everything that needs a person."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pysync import config


def register(app: typer.Typer) -> None:
    app.command("problems")(run)


def run(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to print; --json gives all.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Everything that needs a person, with the next command to type; exit code 1 when there is anything."""
    from psycopg.rows import dict_row

    from pysync import migrate, report

    with (
        migrate.connect(config.dsn(context.obj), application_name="pysync problems") as conn,
        conn.cursor(row_factory=dict_row) as cursor,
    ):
        rows = cursor.execute(
            "select * from sync.problem order by kind, mapping_name, since nulls last, record_key"
        ).fetchall()
    if as_json:
        report.json_out({"problems": rows})
    elif not rows:
        report.line("no problems")
    else:
        show(rows[:limit])
        if len(rows) > limit:
            report.line(f"… and {len(rows) - limit} more: pysync problems --limit {len(rows)}")
    if rows:
        raise typer.Exit(1)


def show(rows: list[dict[str, Any]]) -> None:
    """Print problems, each with its command on a line of its own, fit for copying."""
    from pysync import report

    for row in rows:
        words = [row["kind"], row["mapping_name"], row["side"], report.shown(row["record_key"])]
        report.line(" ".join(w for w in words if w), style="bold")
        report.paragraph(f"{report.shown(row['message'])}{_history(row)}", indent=2)
        if row["next_command"]:
            report.line(f"  next: {row['next_command']}", style="cyan")


def _history(row: dict[str, Any]) -> str:
    from datetime import UTC, datetime

    from pysync import report

    parts = []
    if row["since"] is not None:
        parts.append(f"for {report.duration(datetime.now(UTC) - row['since'])}")
    if row["attempts"]:
        parts.append(f"tried {row['attempts']} times" if row["attempts"] > 1 else "tried once")
    return f" ({', '.join(parts)})" if parts else ""
