"""Text for people, JSON for scripts: tables that fit 100 columns, and values that cannot harm a terminal."""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 100
_LONGEST = 200
_BOX = box.Box("    \n    \n -- \n    \n    \n -- \n    \n    \n", ascii=True)


def console(*, stderr: bool = False) -> Console:
    """Where to draw: never wider than WIDTH, without colour unless a person looks."""
    stream = sys.stderr if stderr else sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    found = Console(file=stream, markup=False, highlight=False, emoji=False)
    found.width = min(found.width, WIDTH) if found.is_terminal else WIDTH
    return found


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Iterable[int] = ()) -> None:
    """Print a table; `numbers` are the positions of columns aligned right."""
    right = set(numbers)
    drawn = Table(box=_BOX, pad_edge=False, header_style="bold", show_edge=False, collapse_padding=True)
    for i, heading in enumerate(headings):
        drawn.add_column(Text(heading), justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(shown(cell)) for cell in row))
    _draw(drawn)


def pairs(rows: Iterable[tuple[str, str]], *, indent: int = 0) -> None:
    """Print names with their values in two columns, without headings."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", no_wrap=False)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(harmless(name)), Text(harmless(value)))
    if grid.row_count:
        _draw(Padding(grid, (0, 0, 0, indent)))


def _draw(what: RenderableType) -> None:
    """Print without the blanks that fill a table's last column."""
    out = console()
    with out.capture() as captured:
        out.print(what)
    out.file.write("".join(text.rstrip() + "\n" for text in captured.get().splitlines()))


@contextlib.contextmanager
def patience(what: str) -> Iterator[None]:
    """A moving sign on stderr, for a person, once something takes long."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield
        return
    import threading

    status = out.status(what)
    timer = threading.Timer(2.0, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


def line(text: str = "", *, style: str = "") -> None:
    """Print one line as it is, however long: commands must stay fit for copying."""
    console().print(Text(harmless(text), style=style), soft_wrap=True)


def paragraph(text: str, *, style: str = "", indent: int = 0) -> None:
    """Print text wrapped to the width."""
    out = console()
    for part in Text(harmless(text), style=style).wrap(out, out.width - indent):
        part.rstrip()
        out.print(Text(" " * indent) + part, soft_wrap=True)


def heading(text: str) -> None:
    """Print a heading with a blank line above."""
    line()
    line(text, style="bold")


def json_out(data: Any, **lists: Iterable[Any]) -> None:
    """Print JSON; `lists` are further members of an object, printed item by item as they come."""
    text = json.dumps(data, indent=2, ensure_ascii=False, default=_plain)
    if not lists:
        sys.stdout.write(text + "\n")
        return
    sys.stdout.write(text.removesuffix("\n}"))
    for name, items in lists.items():
        sys.stdout.write(f',\n  "{name}": [')
        for i, item in enumerate(items):
            text = json.dumps(item, ensure_ascii=False, default=_plain)
            sys.stdout.write(f",\n    {text}" if i else f"\n    {text}")
        sys.stdout.write("\n  ]")
    sys.stdout.write("\n}\n")


def shown(value: Any) -> str:
    r"""A value as people read it: no control characters, not endless.

    >>> shown("a\x1b[2Jb"), shown(None), shown(True), shown(1.0)
    ('a\\x1b[2Jb', '', 'yes', '1.0')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, timedelta):
        return duration(value)
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def harmless(text: str) -> str:
    r"""A text of ours, whatever names and keys it quotes: nothing moves the cursor or turns the reading direction.

    >>> harmless("select sync.retry('a\x1b[2J')\n")
    "select sync.retry('a\\x1b[2J')\n"
    """
    return "".join(repr(c)[1:-1] if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf") else c for c in text)


def quoted(value: str | None) -> str:
    """A field's value: null and the empty text can be told apart."""
    return "null" if value is None else "''" if value == "" else shown(value)


def literal(text: str) -> str:
    """A text as an SQL literal, for commands that are shown.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def duration(span: timedelta) -> str:
    """A span in its largest unit.

    >>> duration(timedelta(seconds=95)), duration(timedelta(days=3, hours=2))
    ('95 s', '3 days')
    """
    seconds = max(0, int(span.total_seconds()))
    for size, name in ((172800, "days"), (7200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds // {'days': 86400, 'h': 3600, 'min': 60}[name]} {name}"
    return f"{seconds} s"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
