"""Golden plans: mapping rows as a DBA writes them, the exact SQL they become, run on edits, and run again.

`PYSYNC_GOLDEN=rewrite` (`make golden`) writes expected.sql and result.txt anew; reviewers read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysync.compiler import Compiler
from pysync.database import Connection
from pysync.model import Side
from pysync.runner import Runner

_HERE = Path(__file__).parent
_CASES = sorted(p.name for p in _HERE.iterdir() if (p / "mapping.sql").exists())
# The statements whose shape follows the mapping; the others are shown once, by the plain case.
_SHAPED = ("claim", "lock", "detect", "record", "settle", "update", "rebase outbox", "insert", "delete")
_REWRITES = os.environ.get("PYSYNC_GOLDEN") == "rewrite"


def _read(case: str, name: str) -> str:
    return (_HERE / case / name).read_text("utf-8")


def _agrees(case: str, name: str, text: str) -> None:
    if _REWRITES:
        (_HERE / case / name).write_text(text, "utf-8")
    assert text == _read(case, name), f"tests/golden/{case}/{name} is stale: make golden"


@pytest.fixture(params=_CASES)
def case(request: pytest.FixtureRequest, db: Connection) -> str:
    name = str(request.param)
    db.execute(_read(name, "schema.sql").encode())
    db.execute(_read(name, "mapping.sql").encode())
    db.execute("select sync.enable_capture()")
    return name


def test_the_plan_is_the_sql_we_reviewed(case: str, db: Connection) -> None:
    compiler = Compiler(db)
    compiler.refresh()
    parts = []
    for name in sorted(compiler.mappings):
        for side in Side:
            plan = compiler.plan(name, side)
            parts.append(f"-- {name} {plan.direction}")
            shown = [s for s in plan.statements.values() if case == "plain" or s.name in _SHAPED]
            parts += [f"-- {s.name}: {s.purpose}\n{s.sql};" for s in shown]
    _agrees(case, "expected.sql", "\n\n".join(parts) + "\n")


def test_the_edits_arrive_and_a_second_pass_changes_nothing(case: str, db: Connection) -> None:
    runner = Runner(db)
    for edits in _read(case, "edits.sql").split("-- pass\n"):
        if edits.strip():
            db.execute(edits.encode())
        result = runner.run()
        assert not result.faults
        assert runner.run().pass_id == 0
    rows = db.execute(_read(case, "result.sql").encode()).fetchall() if case != "types" else _as_text(db, case)
    text = "".join("|".join("" if v is None else str(v) for v in row) + "\n" for row in rows)
    _agrees(case, "result.txt", text)


def _as_text(db: Connection, case: str) -> list[tuple[str | None, ...]]:
    """Values that Python has no type for (infinity, BC) come as PostgreSQL spells them."""
    query = _read(case, "result.sql").strip()
    names = [f"c{n}" for n in range(1, 16)]
    columns = ", ".join(f"{n}::text" for n in names)
    return db.execute(f"select {columns} from ({query}) as r ({', '.join(names)})".encode()).fetchall()  # noqa: S608
