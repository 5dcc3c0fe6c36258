"""`pysync problems`: everything that needs a person."""

from __future__ import annotations

from typing import Annotated

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

    from pysync import migrate, report, summary

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
        summary.show_problems(rows[:limit])
        if len(rows) > limit:
            report.line(f"… and {len(rows) - limit} more: pysync problems --limit {len(rows)}")
    if rows:
        raise typer.Exit(1)
