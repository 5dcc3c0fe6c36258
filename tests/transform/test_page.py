"""The page on transformation rules: its SQL runs, and its examples are what the rules give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pysync import mapping, transform
from pysync.database import Connection
from pysync.statements import column, render

pytestmark = pytest.mark.core

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "transformations.md"
BLOCK = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\| ([A-Z_]+) \| `(.*)` \| `(.*)` \|$", re.MULTILINE)


def test_examples_on_the_page_hold(db: Connection) -> None:
    text = PAGE.read_text("utf-8")
    for block in BLOCK.findall(text):
        db.execute(block.encode())
    rules = mapping.load_rules(db)
    examples = EXAMPLE.findall(text)
    assert len(examples) > 30
    assert {rules[code].rule_type for code, _, _ in examples} == {rule.rule_type for rule in rules.values()}
    for code, value, result in examples:
        tree = render(transform.apply(column("x", "s"), code, rules), pretty=False)
        query = f"select {tree} from (select $1::text as x) as s"  # noqa: S608
        assert (code, value, db.execute(query.encode(), [value]).fetchone()) == (code, value, (result,))


def test_every_type_has_a_section(db: Connection) -> None:
    row = db.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'transformation_rule_rule_type_check'"
    ).fetchone()
    assert row is not None
    headings = re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"'(\w+)'", row[0])) <= {name for heading in headings for name in heading.split(", ")}
