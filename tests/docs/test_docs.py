"""What the pages tell a reader to type works and prints what they say; `PYSYNC_DOCS=rewrite` takes that over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from pysync import cli
from tests.docs import page

ROOT = Path(__file__).parents[2]
PAGES = (
    *("README.md", "docs/tutorial.md", "docs/dba-guide.md", "docs/runbook.md"),
    *(
        str(path.relative_to(ROOT))
        for folder in ("operations", "packs")
        for path in sorted((ROOT / "docs" / folder).glob("*.md"))
    ),
)


# The guide says that the role of the passes may give these commands.
ROW_COMMANDS = (
    *("full --yes", "match UNIT", "compare", "compare --repair", "record ITEM 1000", "why ITEM 1000", "undo last"),
    *("explain ITEM --record 1000", "run --dry-run", "check", "status", "problems"),
)


@pytest.fixture
def own_roles(db: psycopg.Connection[TupleRow]) -> Iterator[None]:
    """Drops the roles a page makes: they belong to the whole server."""
    query = "select rolname from pg_roles"
    before = {name for (name,) in db.execute(query)}
    yield
    db.execute("reset session authorization; reset role")
    for (name,) in db.execute(query).fetchall():
        if name not in before:
            role = sql.Identifier(name)
            db.execute(sql.SQL("drop owned by {} cascade").format(role))
            db.execute(sql.SQL("drop role {}").format(role))


@pytest.mark.usefixtures("own_roles")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(
    name: str, db: psycopg.Connection[TupleRow], dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    path = ROOT / name
    text = path.read_text("utf-8")
    told = list(page.run(text, db, dsn))
    if os.environ.get("PYSYNC_DOCS") == "rewrite":
        for block, printed in reversed(told):
            if page.normal(block.body) != page.normal(printed):
                text = text[: block.start] + printed + text[block.end :]
        path.write_text(text, "utf-8")
        return
    for block, printed in told:
        assert page.normal(printed) == page.normal(block.body), f"{name}, line {block.line}"


@pytest.mark.usefixtures("own_roles")
def test_the_guides_grants_are_enough_to_run_passes(db: psycopg.Connection[TupleRow], dsn: str) -> None:
    guide = (ROOT / "docs" / "dba-guide.md").read_text("utf-8")
    list(page.run(guide[: guide.index("## Application roles")], db, dsn))
    db.execute("insert into erp.unit values ('M', 'Metre'); delete from erp.\"Item Card\" where \"No.\" = '1100'")
    code, printed = page.call("pysync run", make_conninfo(dsn, options="-c role=pass_runner"))
    assert (code, db.execute("select count(*) from shop.measure").fetchall()) == (1, [(3,)])
    assert "was deleted; it is still coupled" in printed
    for command in ROW_COMMANDS:
        code, printed = page.call(f"pysync {command}", make_conninfo(dsn, options="-c role=pass_runner"))
        assert (code in (0, 1), "denied" in printed, "lacks" in printed) == (True, False, False), printed


def test_a_page_that_lies_is_seen(db: psycopg.Connection[TupleRow], dsn: str) -> None:
    text = "```sql\nselect 1 as one\n```\n\n```text\n one\n-----\n   2\n(1 row)\n```\n"
    ((block, printed),) = page.run(text, db, dsn)
    assert printed == " one\n-----\n   1\n(1 row)\n"
    assert page.normal(printed) != page.normal(block.body)


@pytest.mark.parametrize(
    "text", ["```console\n$ make nonsense\n```", "```console\n$ pysync nonsense\n```", "```console\n$ rm -r x\n```"]
)
def test_a_command_that_does_not_exist_is_seen(db: psycopg.Connection[TupleRow], dsn: str, text: str) -> None:
    with pytest.raises(AssertionError):
        list(page.run(text, db, dsn))


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        if not found.exists() or (anchor and anchor not in anchors(found)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"`((?:\.ci|bench|docs|migrations|pysync|sql|tests)/[\w./*-]*)`", path.read_text("utf-8"))
    assert [name for name in named if not list(ROOT.glob(name.rstrip("/").replace("NNNN", "*")))] == []


def test_the_tests_that_prove_the_promises_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r"\[`(test_promise_\d\w*)`\]\(([^)]+)\)", readme)
    assert [name[:14] for name, _ in named] == [f"test_promise_{n}" for n in range(1, 10)]
    assert [name for name, path in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")] == []


def test_what_the_readme_says_is_missing_is_missing() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme[readme.index("## What it does not do yet") : readme.index("## Where next")]
    missing = re.findall(r"^- \*\*.*?\(`pysync (\w+)`\)", section, re.MULTILINE)
    assert [name for name in missing if name in cli.COMMANDS] == []
