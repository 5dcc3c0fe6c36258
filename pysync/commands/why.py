"""`pysync why`: why one record is or is not in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config
from pysync.model import Side

if TYPE_CHECKING:
    from pysync.why import Answer


def register(app: typer.Typer) -> None:
    app.command("why")(run)


def run(
    context: typer.Context,
    mapping_name: Annotated[str, typer.Argument(metavar="MAPPING", help="Mapping the record belongs to.")],
    key: Annotated[str, typer.Argument(help="Record key; a composite key is a JSON array of texts.")],
    side: Annotated[
        Side | None, typer.Option(help="Side of the key, when both sides have it.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Why one record is or is not in step; exit code 1 when it is not."""
    from pysync import examine, mapping, migrate, report, summary, why
    from pysync.compiler import Compiler

    with migrate.connect(config.dsn(context.obj), application_name="pysync why") as conn:
        (row,) = mapping.load(conn, [mapping_name])
        compiler = Compiler(conn)
        compiler.refresh()
        answer = why.judge(conn, compiler, row, examine.locate(conn, mapping_name, key, side), report.shown)
    if as_json:
        report.json_out(_as_data(answer))
    else:
        summary.show_reasons(answer)
    if not answer.is_in_step:
        raise typer.Exit(1)


def _as_data(answer: Answer) -> dict[str, Any]:
    place = answer.place
    return {
        "mapping": place.mapping,
        "side": place.side,
        "key": place.key,
        "left_key": place.key_on(Side.LEFT),
        "right_key": place.key_on(Side.RIGHT),
        "is_in_step": answer.is_in_step,
        "reasons": answer.reasons,
    }
