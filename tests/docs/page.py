"""A page of documentation as a script: its SQL and console blocks run in order, what they print is compared.

An `sql` block runs in one transaction; a `text` block right after it holds what it printed. A `console` block holds
commands after `$ ` and what they printed. A comment `<!-- test ... -->` holds SQL that a reader need not see.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

from pysync import cli

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$|^<!-- test\n(?P<hidden>.*?)-->$", re.MULTILINE | re.DOTALL)
# Programs of a reader's own shell: nothing of ours to run.
FOREIGN = frozenset({"createdb", "export", "git", "pip", "psql"})
_RIGHT = frozenset({20, 21, 23, 26, 700, 701, 1700})


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `start` and `end` enclose its body in the page."""

    kind: str
    body: str
    start: int
    end: int
    line: int


def blocks(text: str) -> list[Block]:
    """The blocks of a page, hidden ones as `sql`."""
    found = []
    for match in BLOCK.finditer(text):
        group = "hidden" if match["hidden"] is not None else "body"
        line = text.count("\n", 0, match.start()) + 1
        kind = "sql" if group == "hidden" else match["kind"]
        found.append(Block(kind, match[group], match.start(group), match.end(group), line))
    return found


def run(text: str, db: psycopg.Connection[Any], dsn: str) -> Iterator[tuple[Block, str]]:
    """Run a page; gives each block that tells what was printed, with what was printed now."""
    printed, after = "", -1
    for block in blocks(text):
        if block.kind == "sql":
            printed, after = execute(db, block.body), block.end
        elif block.kind == "console":
            yield block, console(block.body, dsn)
        elif block.kind == "text":
            assert text[after : block.start].split() == ["```", "```text"], f"line {block.line}: whose answer is this?"
            yield block, printed
        elif block.kind != "mermaid":
            raise AssertionError(f"line {block.line}: a block of kind {block.kind!r} is not run")


def execute(db: psycopg.Connection[Any], script: str) -> str:
    """Run SQL; the last result as psql draws it, or the error."""
    try:
        cursor = db.execute(script.encode())
    except psycopg.Error as exc:
        parts = (("ERROR:  ", exc.diag.message_primary), ("DETAIL:  ", exc.diag.message_detail))
        lines = [label + text for label, text in (*parts, ("HINT:  ", exc.diag.message_hint)) if text]
        return "\n".join(lines) + "\n"
    drawn = ""
    while True:
        if cursor.pgresult is not None and cursor.pgresult.status == pq.ExecStatus.TUPLES_OK:
            drawn = draw(cursor.pgresult)
        if not cursor.nextset():
            return drawn


def draw(result: Any) -> str:
    """A result in psql's aligned format."""
    names = [result.fname(i).decode() for i in range(result.nfields)]
    rows = [[(result.get_value(r, c) or b"").decode() for c in range(result.nfields)] for r in range(result.ntuples)]
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    right = [result.ftype(i) in _RIGHT for i in range(result.nfields)]
    lines = [
        " | ".join(_centred(n, w) for n, w in zip(names, widths, strict=True)),
        "-+-".join("-" * w for w in widths),
    ]
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append(" | ".join(c.rjust(w) if is_right else c.ljust(w) for c, w, is_right in cells))
    body = [f" {text}".rstrip() if i != 1 else f"-{text}-" for i, text in enumerate(lines)]
    return "\n".join([*body, f"({len(rows)} row{'' if len(rows) == 1 else 's'})"]) + "\n"


def _centred(text: str, width: int) -> str:
    return (" " * ((width - len(text)) // 2) + text).ljust(width)


def console(body: str, dsn: str) -> str:
    """Run the commands of a block; gives the block as it would read now."""
    lines = []
    for command, shown in commands(body):
        lines.append(f"$ {command}")
        code, output = call(command, dsn)
        assert shown or code in (0, 1), f"{command} ended with {code}:\n{output}"
        # A command without its output is one whose output does not matter here.
        lines += output.splitlines() if shown else []
    return "".join(f"{text}\n" for text in lines)


def commands(body: str) -> list[tuple[str, list[str]]]:
    """Commands of a console block, each with the lines it printed."""
    found: list[tuple[str, list[str]]] = []
    for text in body.splitlines():
        if text.startswith("$ "):
            found.append((text[2:], []))
        else:
            assert found, f"no command before: {text}"
            found[-1][1].append(text)
    return found


def call(command: str, dsn: str) -> tuple[int, str]:
    """Run a `pysync` or `make` command of a page, or check that it could be run."""
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        words = made(words)
    if words[0] in FOREIGN or words == ["make"]:
        return 0, ""
    assert words[0] == "pysync", f"what is {command}?"
    assert words[1] in cli.COMMANDS, f"pysync has no command {words[1]}"
    out = io.StringIO()
    before, sys.argv = sys.argv, ["pysync", "--dsn", dsn, *words[1:]]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            cli.main()
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    finally:
        sys.argv = before
    return 0, out.getvalue()


def made(words: list[str]) -> list[str]:
    """What a make target runs, if it is a quick command of ours; else just `make`, once the target is found."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    target = re.search(rf"^{re.escape(words[1])}:.*\n(?:\t@(.*))?$", makefile, re.MULTILINE)
    assert target, f"there is no make {words[1]}"
    recipe = re.fullmatch(r"\$\(pysync\) (\w+) \$\(ARGS\)", target[1] or "")
    if recipe is None or recipe[1] not in ("check", "run", "status"):
        return ["make"]
    given = [word.removeprefix("ARGS=") for word in words[2:]]
    return ["pysync", recipe[1], *shlex.split(" ".join(given))]


def normal(text: str) -> str:
    """Text without what differs between two runs: durations, dates, drawn uuids, widths."""
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d(?:T|\s+)\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00)?", "DATE", text)
    text = re.sub(r"\b\d+ (ms|s)\b", "# s", text)
    lines = [re.sub(r"-{2,}", "--", re.sub(r"\s+", " ", line)).strip() for line in text.strip().splitlines()]
    return "\n".join(lines)
