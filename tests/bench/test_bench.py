"""The bench runs as a whole on a handful of rows: what it prints and writes, not how fast it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUPS = {
    "single": 4,
    "bulk": 2,
    "load": 1,
    "update": 4,
    "insert": 2,
    "both": 1,
    "quiet": 1,
    "change": 2,
    "wake": 7,
    "growth": 3,
    "memory": 2,
    "full": 2,
    "compare": 1,
    "match": 1,
    "undo": 1,
    "contacts": 2,
}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False
    )


def test_a_tiny_run_prints_and_writes_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    answer = bench("--rows", "200", "--runs", "1", "--json", str(file))
    assert answer.returncode == 0, answer.stderr
    written = json.loads(file.read_text())
    assert (written["rows"], written["runs"]) == (200, 1)
    figures = written["figures"]
    assert {name: sum(f["group"] == name for f in figures) for name in GROUPS} == GROUPS
    assert len(figures) == sum(GROUPS.values())
    for figure in figures:
        assert figure["name"] in answer.stdout
        assert len(figure["values"]) == 1
        assert figure["median"] == figure["values"][0] > 0


@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--rows", "1"], ["--runs", "0"]])
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    answer = bench(*arguments)
    assert answer.returncode == 2
    assert "usage: python -m bench" in answer.stderr
