"""`pysync approve`: let a mapping that its limits stopped go through once."""

from __future__ import annotations

from typing import Annotated

import typer

from pysync import config

_SEEN = """
select deletes, changes, couplings, case kind when 'full' then 'pysync full' else 'pysync run' end
from sync.gate where mapping_name = $1 and approved_at is not null order by approved_at desc limit 1
"""


def register(app: typer.Typer) -> None:
    app.command("approve")(run)


def run(
    context: typer.Context,
    mapping_name: Annotated[str, typer.Argument(metavar="MAPPING", help="Mapping that is stopped.")],
) -> None:
    """Let a mapping that its limits stopped go through once, with the counts seen and a tenth more.

    If both a pass and a full synchronisation are stopped: the pass; called again: the full synchronisation.
    """
    from pysync import migrate, report

    with migrate.connect(config.dsn(context.obj), application_name="pysync approve") as conn:
        conn.execute("select sync.approve($1)", [mapping_name])
        row = conn.execute(_SEEN, [mapping_name]).fetchone()
    assert row is not None
    report.line(f"approved: {row[0]} deletions, {row[1]} of {row[2]} couples changed or deleted; type: {row[3]}")
