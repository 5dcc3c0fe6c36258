"""A pack's story: Markdown whose blocks are statements to run, questions to show and commands to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pysync.errors import UsageError

FILE = "story.md"
_FENCE = re.compile(r"^```(.*)$")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the story does: `kind` is title, text, do, type, show, console or next; `who` acts in do and type."""

    kind: str
    text: str
    who: str = ""


def read(path: Path) -> tuple[Step, ...]:
    """The steps of a story; raises UsageError for a block that nobody can tell."""
    if not path.is_file():
        raise UsageError(
            f"the pack {path.parent.name} has no story", hint="pysync pack list shows the packs that have one"
        )
    return tuple(steps(path.read_text("utf-8")))


def steps(text: str) -> Iterator[Step]:
    """The steps of a story's text.

    >>> [(s.kind, s.who, s.text) for s in steps("## A title\\n\\nTwo\\nlines.\\n\\n```sql ERP\\nselect 1;\\n```\\n")]
    [('title', '', 'A title'), ('text', '', 'Two lines.'), ('do', 'ERP', 'select 1;')]
    """
    prose: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        fence = _FENCE.match(line)
        if not fence and line.strip() and not line.startswith("#"):
            prose.append(line.strip())
            continue
        if prose:
            yield Step("text", " ".join(prose))
            prose = []
        if fence:
            yield _block(fence[1], "\n".join(_until_fence(lines)))
        elif line.startswith("## "):
            yield Step("title", line.removeprefix("## "))
    if prose:
        yield Step("text", " ".join(prose))


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if _FENCE.match(line):
            return
        yield line


def _block(info: str, body: str) -> Step:
    language, _, rest = info.partition(" ")
    kind, _, who = rest.partition(" ")
    if language == "sql" and kind == "show":
        return Step("show", body)
    if language == "sql" and kind == "type" and who:
        return Step("type", body, who)
    if language == "sql" and kind:
        return Step("do", body, rest)
    if language == "console" and kind in ("", "next"):
        return Step(kind or "console", body)
    raise UsageError(f"a story has no blocks of kind {info!r}", hint="sql WHO, sql type WHO, sql show, console")
