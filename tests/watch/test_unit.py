"""The systemd unit in docs/operations: systemd reads it, and it is hardened."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

UNIT = Path(__file__).parents[2] / "docs" / "operations" / "pysync-watch.service"


def test_the_unit_holds_what_it_must() -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT.read_text("utf-8"))
    service = dict(parser["Service"])
    assert service["Type"] == "notify"
    assert service["User"] not in ("", "root")
    assert re.search(r"/pysync watch\b", service["ExecStart"])
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes", "Restart": "on-failure"}
    assert {key: service[key] for key in wanted} == wanted
    # A password belongs into a file only the service reads.
    assert "password" not in UNIT.read_text("utf-8").replace("passfile", "")


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"(?<=^ExecStart=)\S+", sys.executable, UNIT.read_text("utf-8"), flags=re.MULTILINE))
    if program is None:
        # Without systemd at least nothing but sections, settings and comments.
        lines = [text for text in copy.read_text().splitlines() if text and not text.startswith("#")]
        assert [text for text in lines if not re.fullmatch(r"\[\w+\]|\w+=.*", text)] == []
        return
    answer = subprocess.run([program, "verify", str(copy)], capture_output=True, text=True, check=False)
    about_it = [text for text in answer.stderr.splitlines() if UNIT.name in text]
    assert about_it == []
