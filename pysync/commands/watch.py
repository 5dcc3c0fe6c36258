"""`pysync watch`: keep running, wake on change, run schedules, stop cleanly on SIGTERM."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pysync import config

if TYPE_CHECKING:
    from types import FrameType

    from pysync.metrics import Metrics


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    context: typer.Context,
    mappings: Annotated[list[str] | None, typer.Argument(metavar="MAPPING", help="Only these mappings.")] = None,
    interval: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Look at least every so many seconds, rung or not.")
    ] = 30.0,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Connections: so many mappings at a time that do not need each other.")
    ] = 1,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Serve Prometheus metrics here; 0: any free port.")
    ] = None,
    metrics_address: Annotated[str, typer.Option(help="Address for the metrics; without it only this machine.")] = (
        "127.0.0.1"
    ),
    log_format: Annotated[Literal["text", "json"], typer.Option(help="One event per line, as text or JSON.")] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --log-format json.")] = False,
) -> None:
    """Keep running: a pass within milliseconds of a commit, or when a schedule says so.

    SIGTERM and Ctrl-C end it after the running batch; a second one takes that batch back.
    """
    import logging

    from pysync import logs, mapping, migrate, supervisor
    from pysync import watch as room

    names = tuple(dict.fromkeys(mappings or ()))
    dsn = config.dsn(context.obj)
    with migrate.connect(dsn, application_name="pysync watch") as conn:
        if names:
            mapping.load(conn, names)
    logs.configure(sys.stdout, "json" if as_json else log_format)
    log = logging.getLogger("pysync.watch")
    stop = threading.Event()
    _heed_signals(stop)
    with contextlib.ExitStack() as opened:
        figures = _serve(opened, dsn, metrics_address, metrics_port)
        log.info("started", extra={"names": list(names), "workers": workers})
        supervisor.notify("READY=1")
        try:
            room.run(room.Watch(dsn=dsn, names=names, interval=interval, stop=stop, workers=workers, observer=figures))
        except KeyboardInterrupt:
            log.warning("stopped", extra={"reason": "told twice: the running batch was taken back"})
            raise typer.Exit(1) from None
    log.info("stopped")


def _heed_signals(stop: threading.Event) -> None:
    """The first signal ends the watch after the running batch, the second one at once."""
    from pysync import supervisor

    told = 0

    def heed(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told += 1
        # Not asked of the flag: a second signal that comes while the first one is setting it would wait for itself.
        if told > 1:
            raise KeyboardInterrupt
        stop.set()
        supervisor.notify("STOPPING=1")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)


def _serve(opened: contextlib.ExitStack, dsn: str, address: str, port: int | None) -> Metrics | None:
    import logging

    from pysync import metrics

    if port is None:
        return None
    figures = metrics.Metrics(dsn)
    url = opened.enter_context(metrics.serving(figures, address, port))
    logging.getLogger("pysync.watch").info("metrics", extra={"url": url})
    return figures
