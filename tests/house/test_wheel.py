"""The wheel carries its SQL and migrations and works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.mark.parametrize(("source", "target"), [("sql", "pysync/_sql"), ("migrations", "pysync/_migrations")])
def test_wheel_holds_the_same_files_as_the_checkout(wheel: Path, source: str, target: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if name.startswith(f"{target}/")}
    files = [p for p in (ROOT / source).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    expected = {f"{target}/{p.relative_to(ROOT / source).as_posix()}": p.read_bytes() for p in files}
    assert packed == expected


def test_unpacked_wheel_migrates_by_itself(wheel: Path, tmp_path: Path, empty_dsn: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    answer = subprocess.run(
        [sys.executable, "-m", "pysync", "--dsn", empty_dsn, "migrate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("schema sync installed (version ")
