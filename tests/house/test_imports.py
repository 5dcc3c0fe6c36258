"""Imports point one way: errors and model, pure rooms, input and output, runner, command line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pysync"
ROOMS = sorted(PACKAGE.rglob("*.py"))
BASE = {"errors", "model"}
TREES = {"expression", "transform", "binding", "route", "plan", "statements"}
PURE = TREES | {"dependency", "conflict"}
TOP = {"cli", "commands", "__main__"}
RUNNERS = {"full", "runner", "workers", "demo"}


def room(path: Path) -> str:
    """The first name below the package: `statements` for everything in that folder."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names of the modules a file needs at run time."""
    return set(_names(ast.parse(path.read_text("utf-8")).body))


def _names(nodes: list[ast.stmt]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _names(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for field in ("body", "orelse", "finalbody"):
            yield from _names(getattr(node, field, []) if isinstance(getattr(node, field, []), list) else [])
        for handler in getattr(node, "handlers", []):
            yield from _names(handler.body)


def uses(path: Path, library: str) -> bool:
    return any(name.split(".")[0] == library for name in imported(path))


def own(path: Path) -> set[str]:
    """The rooms of this package that a file imports."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("pysync.")}


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here in BASE:
        assert own(path) <= BASE, "errors and model know nobody"
    if here in PURE:
        assert own(path) <= BASE | PURE, "pure rooms know only errors, model and each other"
    if here in BASE | PURE:
        assert not uses(path, "psycopg"), "no database below the input and output rooms"
    if here not in TREES:
        assert not uses(path, "sqlglot"), "trees are built in the tree rooms only"
    if here not in TOP:
        assert not own(path) & {"cli", "commands"}, "nobody calls the command line"
        assert not uses(path, "typer"), "only the command line knows typer"
    if here not in TOP | {"report"}:
        assert not uses(path, "rich"), "only the command line and report draw"
    if here not in TOP | RUNNERS | {"report", "watch"}:
        assert not own(path) & RUNNERS, "the runner calls, and is called from above only"


def test_lint_sees_an_import(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f():\n    try:\n        from psycopg import sql\n    finally:\n        import sqlglot.exp\n")
    assert imported(file) == {"psycopg.sql", "sqlglot.exp"}
