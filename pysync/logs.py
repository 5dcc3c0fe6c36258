"""Log lines: one event per line, as text for people or JSON for machines."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_EMPTY: tuple[Any, ...] = (None, [], "")


def configure(stream: TextIO, form: str, level: int = logging.INFO) -> None:
    """Send what the program tells to a stream, in the form `text` or `json`. A second call replaces the first."""
    root = logging.getLogger("pysync")
    for old in [h for h in root.handlers if isinstance(h.formatter, _Lines)]:
        root.removeHandler(old)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root.addHandler(handler)
    root.setLevel(level)


class _Lines(logging.Formatter):
    """What both forms share: the event, and what was told with it."""

    def _parts(self, record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        yield "at", when.replace("+00:00", "Z")
        yield "level", record.levelname.lower()
        yield "event", record.getMessage()
        yield from ((k, v) for k, v in vars(record).items() if k not in _KNOWN and v not in _EMPTY)
        if record.exc_info and record.exc_info[0]:
            # Never the text of an unexpected exception: it may quote a row.
            yield "exception", record.exc_info[0].__name__


class _Json(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(dict(self._parts(record)), ensure_ascii=False, default=str)


class _Text(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        (_, at), (_, level), (_, event), *rest = self._parts(record)
        return " ".join([at, level, event, *(f"{key}={_plain(value)}" for key, value in rest)])


def _plain(value: Any) -> str:
    """A value in a text line: bare when that cannot be misread."""
    if isinstance(value, list | tuple):
        return ",".join(map(_plain, value))
    text = str(value)
    return text if text.isprintable() and not any(c in text for c in ' ="') else json.dumps(text, ensure_ascii=False)
