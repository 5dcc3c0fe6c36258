"""SQL is never glued from strings: values are bound, names go through sqlglot trees or psycopg.sql."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pysync"
FILES = sorted(PACKAGE.rglob("*.py"))
VERB = re.compile(
    r"\s*(select|insert\s+into|update\s+\S+\s+set|delete\s+from|create|drop|alter|truncate|with\s+\w+\s+as|merge\s+into"
    r"|grant|revoke|comment\s+on|set\s+local|lock\s+table|copy)\s",
    re.IGNORECASE,
)


def glued(tree: ast.AST) -> Iterator[int]:
    """Lines where text that begins like SQL is formatted, concatenated or interpolated."""
    for node in ast.walk(tree):
        first: ast.expr | None = None
        if isinstance(node, ast.JoinedStr) and any(isinstance(v, ast.FormattedValue) for v in node.values):
            first = node.values[0]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            first = node.left
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            first = node.func.value
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and VERB.match(first.value):
            yield first.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sql_is_glued(path: Path) -> None:
    assert list(glued(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    ['f"select {x}"', '"delete from " + t', '"update t set a = %s" % v', '"drop table {}".format(t)'],
)
def test_lint_sees_glued_sql(line: str) -> None:
    assert list(glued(ast.parse(line))) == [1]


@pytest.mark.parametrize("line", ['f"create it with {x}".lower', 'sql.SQL("drop table {}").format(name)', '"select 1"'])
def test_lint_lets_other_text_pass(line: str) -> None:
    found = list(glued(ast.parse(line)))
    assert found == ([1] if line.startswith('f"create ') else [])
