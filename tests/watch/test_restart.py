"""A watcher outlives its server: it waits, tells so in a line, and goes on where it was."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysync import database, migrate, server, watch
from tests.watch.conftest import SCHEMA, add, eventually, names, watcher


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder for a server that this test starts and stops itself."""
    with tempfile.TemporaryDirectory(prefix="pysync-watch-") as folder:
        Path(folder).chmod(0o711)
        path = Path(folder, "server")
        yield path
        server.remove(path)


def start(base: Path) -> str:
    bindir = os.environ.get("PYSYNC_TEST_BINDIR")
    # Durable: what was committed must be there again after a server that was killed.
    return server.ensure(base, bindir=Path(bindir) if bindir else None).dsn


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_watcher_survives_the_restart_of_its_server(
    base: Path, mode: server.StopMode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pysync")
    dsn = start(base)
    migrate.upgrade(dsn)
    with database.connect(dsn) as items:
        items.execute(SCHEMA.encode())
    with watcher(dsn, interval=3600) as seen:
        with database.connect(dsn) as items:
            add(items, 1, "before")
            eventually(lambda: names(items) == ["before"])
        server.stop(base, mode)
        eventually(lambda: len(seen.troubles) >= 2)
        assert start(base) == dsn
        with database.connect(dsn) as items:
            add(items, 2, "after")
            eventually(lambda: names(items) == ["before", "after"], 60)
    events = [r.getMessage() for r in caplog.records if r.name == "pysync.watch"]
    assert events.index("watching") < events.index("trouble") < events.index("recovered")
    trouble = next(vars(r) for r in caplog.records if r.getMessage() == "trouble")
    assert trouble["retry_in"] > 0
    assert trouble["reason"]


def test_waits_grow_up_to_half_a_minute_and_differ() -> None:
    for failures, most in enumerate([0.5, 1, 2, 4, 8, 16, 30, 30, 30]):
        waits = {watch.backoff(failures) for _ in range(20)}
        assert most / 2 <= min(waits) < max(waits) <= most
