"""`pysync watch`: keep running, wake on change, stop cleanly on SIGTERM."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pysync import config

if TYPE_CHECKING:
    from pysync.errors import PysyncError
    from pysync.runner import PassResult


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    context: typer.Context,
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    interval: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Look at least every so many seconds, rung or not.")
    ] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object per pass.")] = False,
) -> None:
    """Keep running: a pass within milliseconds of a commit. SIGTERM and Ctrl-C end it after the running batch."""
    from pysync import mapping, migrate
    from pysync import watch as room

    dsn = config.dsn(context.obj)
    with migrate.connect(dsn, application_name="pysync watch") as conn:
        if mappings:
            mapping.load(conn, mappings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _say(as_json, event="watching", mappings=list(mappings or ()))
    room.run(
        room.Watch(
            dsn=dsn,
            names=tuple(mappings or ()),
            interval=interval,
            stop=stop,
            on_pass=lambda result, seconds: _pass(as_json, result, seconds),
            on_trouble=lambda fault: _trouble(as_json, fault),
        )
    )
    _say(as_json, event="stopped")


def _pass(as_json: bool, result: PassResult, seconds: float) -> None:
    for (name, direction), counts in sorted(result.counts.items()):
        done = {n: v for n, v in zip(type(counts).__slots__, counts.values(), strict=True) if v}
        done.pop("batches", None)
        done.pop("duration_ms", None)
        _say(as_json, event="pass", pass_id=result.pass_id, mapping=name, direction=direction, **done)
    for name, fault in result.faults.items():
        _say(as_json, event="fault", pass_id=result.pass_id, mapping=name, message=fault.message, hint=fault.hint)


def _trouble(as_json: bool, fault: PysyncError) -> None:
    _say(as_json, event="trouble", message=fault.message, hint=fault.hint)


def _say(as_json: bool, **values: Any) -> None:
    """One line per event: JSON for machines, `time event key=value ...` for people."""
    import json

    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if as_json:
        print(json.dumps({"at": now, **values}), flush=True)
        return
    event = values.pop("event")
    rest = " ".join(f"{key}={value}" for key, value in values.items() if value not in (None, [], ""))
    print(f"{now} {event} {rest}".rstrip(), flush=True)
