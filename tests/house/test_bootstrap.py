"""The environment is also made where Python came without ensurepip."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def index(folder: Path, *, as_json: bool, digest: str | None = None) -> str:
    """A package index of files, as a mirror lays it out: an old pip, a new one, a pre-release and a source."""
    (folder / "files").mkdir()
    (folder / "simple").mkdir()
    hashes = {}
    for name in (
        "pip-9.0-py3-none-any.whl",
        "pip-24.3.1-py3-none-any.whl",
        "pip-99.0b1-py3-none-any.whl",
        "pip-99.tar.gz",
    ):
        with zipfile.ZipFile(folder / "files" / name, "w") as wheel:
            wheel.writestr("pip/__main__.py", f"open({str(folder / 'ran')!r}, 'a').write('{name}\\n')")
        hashes[name] = digest or hashlib.sha256((folder / "files" / name).read_bytes()).hexdigest()
    if as_json:
        files = [{"filename": n, "url": f"../../files/{n}", "hashes": {"sha256": h}} for n, h in hashes.items()]
        text = json.dumps({"files": files})
    else:
        text = "".join(f'<a href="../../files/{n}#sha256={h}">{n}</a><br/>\n' for n, h in hashes.items())
    (folder / "simple" / "pip").write_text(text)
    return (folder / "simple").as_uri()


@pytest.mark.parametrize("as_json", [True, False], ids=["json page", "html page"])
def test_newest_pip_is_fetched_checked_and_run(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    # A file address ends without the slash that a folder's would have.
    monkeypatch.setattr(bootstrap, "Request", lambda url, headers: url.rstrip("/"))
    monkeypatch.setenv("PIP_INDEX_URL", index(tmp_path, as_json=as_json))
    bootstrap.install_pip(Path(sys.executable))
    assert (tmp_path / "ran").read_text() == "pip-24.3.1-py3-none-any.whl\n"


def test_altered_wheel_is_not_run(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "Request", lambda url, headers: url.rstrip("/"))
    monkeypatch.setenv("PIP_INDEX_URL", index(tmp_path, as_json=True, digest="00" * 32))
    with pytest.raises(SystemExit, match="does not match the digest"):
        bootstrap.install_pip(Path(sys.executable))
    assert not (tmp_path / "ran").exists()


def test_old_python_is_told(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        bootstrap.main(tmp_path / "v")


def test_make_lists_its_targets() -> None:
    answer = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in answer.stdout.splitlines() if line.startswith("  make ")}
    wanted = "demo sync full check status compare watch test soak bench golden lint types docs verify help setup"
    assert listed >= {*wanted.split(), "server-stop"}
