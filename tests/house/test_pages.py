"""Pages that make claims about the code are held to it: differences from the documented engine, error codes."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIFFERENCES = ROOT / "docs" / "explanation" / "differences.md"
ROW = re.compile(r"^\| (\d+)\.(\d+) \| (.+?) \| (.+?) \|(?: (.*?))? \|$", re.MULTILINE)
REASONS = ("differs: ", "outside: ", "not built: ")


def known_tests() -> set[str]:
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


def test_every_row_of_the_differences_names_tests_that_exist_or_a_reason() -> None:
    text = DIFFERENCES.read_text("utf-8")
    rows = ROW.findall(text)
    assert len(rows) == len(re.findall(r"^\| \d", text, re.MULTILINE))
    known = known_tests()
    wrong = []
    for section, number, _, here, shown in rows:
        named = re.findall(r"`(test_\w+)`", shown)
        assert ", ".join(f"`{name}`" for name in named) == shown.strip(), f"row {section}.{number}"
        wrong += [f"{section}.{number} {name}" for name in named if name not in known]
        if not named and not here.startswith(REASONS):
            wrong.append(f"{section}.{number} has neither test nor reason")
    assert wrong == []


def test_the_differences_leave_no_row_out() -> None:
    numbers: dict[int, list[int]] = {}
    for section, number, *_ in ROW.findall(DIFFERENCES.read_text("utf-8")):
        numbers.setdefault(int(section), []).append(int(number))
    assert list(numbers) == list(range(2, 13))
    assert {section: found for section, found in numbers.items() if found != list(range(1, len(found) + 1))} == {}


def test_every_error_code_is_on_the_page_and_in_the_runbook() -> None:
    sources = [*(ROOT / "sql" / "functions").glob("*.sql"), *(ROOT / "pysync").rglob("*.py")]
    raised = {c for path in sources for c in re.findall(r"['\"](SY\d{3})['\"]", path.read_text("utf-8"))}
    page = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    assert raised == set(re.findall(r"^\| `(SY\d{3})` \|", page, re.MULTILINE))
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    assert raised == set(re.findall(r"`(SY\d{3})`", runbook[runbook.index("## Error codes") :]))


def test_the_runbook_knows_twenty_symptoms_and_more() -> None:
    """Each of its blocks is run by tests/docs."""
    numbers = [
        int(n) for n in re.findall(r"^### (\d+)\. ", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE)
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20
