"""Tell a pack's story on its sample data: edits on both sides, a pass after each, and what it did and why.

Nothing is made up: every table is queried, and every statement is printed before it runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import sql

from pysync import examine, mapping, pack, report, summary, why
from pysync.errors import UsageError
from pysync.outbox import Connection
from pysync.pack import Pack
from pysync.plan import Plan
from pysync.runner import Runner
from pysync.session import Change
from pysync.story import Step

_MARK = "Made by pysync demo: the next demo drops it."
_PROBLEMS = "select * from sync.problem where mapping_name = any ($1) order by kind, mapping_name, record_key"


def owner(conn: Connection, found: Pack) -> Literal["nobody", "demo", "somebody"]:
    """Who made the pack's schemas in this database."""
    rows = conn.execute(
        "select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace where nspname = any ($1)",
        [list(found.schemas)],
    ).fetchall()
    if not rows:
        return "nobody"
    return "demo" if all(row[0] == _MARK for row in rows) else "somebody"


def prepare(conn: Connection, found: Pack) -> tuple[str, ...]:
    """The pack as it is delivered, whatever was there; gives its mappings."""
    if pack.present(conn, found):
        report.line(f"starting over: dropping schema {', '.join(found.schemas)}")
        pack.remove(conn, found)
    report.line(f"installing {found.title}")
    with conn.transaction():
        names = pack.install(conn, found)
        for schema in found.schemas:
            comment = sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), sql.Literal(_MARK))
            conn.execute(comment)
    return names


def tell(conn: Connection, names: tuple[str, ...], steps: Sequence[Step]) -> list[str]:
    """Tell the story from its beginning to its end; gives the lines of what to try next."""
    teller = _Teller(conn, names, Runner(conn))
    for step in steps:
        teller.tell(step)
    return teller.suggestions


@dataclass(slots=True)
class _Teller:
    """A connection that shows what it does."""

    conn: Connection
    names: tuple[str, ...]
    runner: Runner
    chapter: int = 0
    is_begun: bool = False
    suggestions: list[str] = field(default_factory=list)

    def tell(self, step: Step) -> None:
        """One step of the story; the suggestions are the command's own to print."""
        if step.kind == "next":
            self.suggestions = step.text.splitlines()
        elif step.kind == "title":
            self._title = step.text
            self.is_begun = False
        else:
            self._begin()
            getattr(self, f"_{step.kind}")(step)

    _title: str = ""

    def _begin(self) -> None:
        # A chapter of suggestions only has no heading of its own.
        if not self.is_begun:
            self.chapter += 1
            report.heading(f"{self.chapter}. {self._title}")
            self.is_begun = True

    def _text(self, step: Step) -> None:
        report.line()
        report.paragraph(step.text)

    def _do(self, step: Step) -> None:
        """Print a statement, then run it."""
        report.line()
        report.line(f"-- {step.who}", style="dim")
        for part in step.text.splitlines():
            report.line(part, style="cyan")
        self.conn.execute(step.text.encode())

    def _type(self, step: Step) -> None:
        """A statement that names what only the database knows."""
        row = self.conn.execute(step.text.encode()).fetchone()
        assert row is not None
        self._do(Step("do", str(row[0]), step.who))

    def _show(self, step: Step) -> None:
        """Print the answer to a query."""
        cursor = self.conn.execute(step.text.encode())
        rows = cursor.fetchall()
        headings = [column.name for column in cursor.description or ()]
        right = [i for i in range(len(headings)) if rows and all(isinstance(row[i], int) for row in rows)]
        report.line()
        report.table(headings, rows, numbers=right)

    def _console(self, step: Step) -> None:
        for line in step.text.splitlines():
            report.line()
            report.line(line, style="bold")
            command, *arguments = shlex.split(line.removeprefix("$ pysync "))
            known: dict[str, Callable[..., None]] = {"run": self._run, "why": self._why, "problems": self._problems}
            if command not in known:
                raise UsageError(f"a story cannot tell the command {command}", hint=f"it knows {', '.join(known)}")
            known[command](*arguments)

    def _run(self, *names: str) -> None:
        """A pass, field by field."""
        changes: list[tuple[Plan, Change]] = []
        self.runner.session.on_changes = lambda plan, found: changes.extend((plan, change) for change in found)
        result = self.runner.run(names or self.names)
        summary.show_changes(changes)
        summary.show_pass(result, [])

    def _why(self, name: str, key: str) -> None:
        self.runner.compiler.refresh()
        (row,) = mapping.load(self.conn, [name])
        place = examine.locate(self.conn, name, key)
        summary.show_reasons(why.judge(self.conn, self.runner.compiler, row, place, report.shown))

    def _problems(self) -> None:
        cursor = self.conn.execute(_PROBLEMS.encode(), [list(self.names)])
        columns = [column.name for column in cursor.description or ()]
        rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in cursor]
        summary.show_problems(rows)
        if not rows:
            report.line("no problems")
