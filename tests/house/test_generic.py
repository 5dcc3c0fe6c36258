"""The engine knows nothing of the systems it connects: no word of a shipped pack stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pysync import pack

ROOT = Path(__file__).parents[2]
ENGINE = sorted(
    path
    for folder in ("pysync", "migrations", "sql/tables", "sql/functions", "sql/views")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".sql")
)
PRODUCTS = ("business central", "dynamics", "dataverse", "navision", "intercompany")


def words() -> set[str]:
    """Schemas and products of the packs."""
    return {schema for found in pack.available() for schema in found.schemas} | set(PRODUCTS)


def mentioned(text: str) -> set[str]:
    """Words of the packs in a text."""
    return {word for word in words() if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)}


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_engine_names_no_pack(path: Path) -> None:
    assert mentioned(path.read_text("utf-8")) == set()


def test_a_mention_would_be_seen() -> None:
    assert mentioned("select * from bc.customer") == {"bc"}
