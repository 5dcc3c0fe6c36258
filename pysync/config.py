"""Where the database is and where pysync keeps its own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line and the environment say; `given_dsn` is None when we start our own server."""

    given_dsn: str | None
    home: Path


def load(dsn: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `--dsn`, else `PYSYNC_DSN`, else the embedded server under `PYSYNC_HOME` or `.pysync`."""
    home = Path(environ.get("PYSYNC_HOME") or ".pysync").expanduser().absolute()
    return Settings(given_dsn=dsn or environ.get("PYSYNC_DSN") or None, home=home)


def dsn(settings: Settings) -> str:
    """The database to work on; starts the embedded server when none was named."""
    if settings.given_dsn:
        return settings.given_dsn
    from pysync import server

    return server.ensure(settings.home).dsn
