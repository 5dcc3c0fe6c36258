"""Make a virtual environment with pip, also where Python came without ensurepip (stock Debian and Ubuntu)."""

from __future__ import annotations

import configparser
import hashlib
import html
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

INDEX = "https://pypi.org/simple"
PAGE_TYPES = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


def main(target: Path) -> None:
    """Create the environment at `target`, or complete one that was left half made."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before pip could refuse
        raise SystemExit(
            f"pysync needs Python 3.11 or newer, this is {sys.version.split()[0]}: try `make PYTHON=python3.12`"
        )
    python = target / "bin" / "python"
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    if has_ensurepip:
        venv.EnvBuilder(with_pip=True, symlinks=True).create(target)
        return
    venv.EnvBuilder(with_pip=False, symlinks=True).create(target)
    if subprocess.run([python, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode != 0:
        install_pip(python)


def install_pip(python: Path) -> None:
    """Fetch pip's wheel from the package index, check its digest and let it install itself."""
    name, url, digest = newest_pip(index_url())
    with urlopen(url) as answer:  # noqa: S310
        wheel = answer.read()
    if hashlib.sha256(wheel).hexdigest() != digest:
        raise SystemExit(f"{name} does not match the digest its index names: not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(wheel)
        subprocess.run([python, path / "pip", "install", "--quiet", "--no-index", path], check=True)


def index_url() -> str:
    """The index pip itself would use: the environment, then pip's configuration files, then PyPI."""
    if url := os.environ.get("PIP_INDEX_URL"):
        return url
    files = [os.environ.get("PIP_CONFIG_FILE", ""), "/etc/pip.conf", "~/.config/pip/pip.conf", "~/.pip/pip.conf"]
    parser = configparser.RawConfigParser()
    parser.read([os.path.expanduser(f) for f in files if f])
    return parser.get("global", "index-url", fallback=INDEX)


def newest_pip(index: str) -> tuple[str, str, str]:
    """Name, address and SHA-256 of the newest released pip wheel on the index."""
    page = index.rstrip("/") + "/pip/"
    with urlopen(Request(page, headers={"Accept": PAGE_TYPES})) as answer:  # noqa: S310
        text = answer.read().decode()
    found: list[tuple[tuple[int, ...], tuple[str, str, str]]] = []
    for name, url, digest in json_links(text) if text.lstrip().startswith("{") else html_links(text):
        version = re.fullmatch(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl", name)
        if version and digest:
            # Mirrors give addresses relative to the page.
            found.append((tuple(map(int, version[1].split("."))), (name, urljoin(page, url), digest)))
    if not found:
        raise SystemExit(f"no pip wheel with a digest at {page}: install python3-venv, or set PIP_INDEX_URL")
    return max(found)[1]


def json_links(text: str) -> Iterator[tuple[str, str, str]]:
    """Name, address and digest of every file on a JSON page that was not withdrawn."""
    for file in json.loads(text)["files"]:
        if not file.get("yanked"):
            yield file["filename"], file["url"], file["hashes"].get("sha256", "")


def html_links(text: str) -> Iterator[tuple[str, str, str]]:
    """The same from an HTML page, which older mirrors answer with.

    >>> list(html_links('<a href="../p/pip-9.whl#sha256=0af">pip-9.whl</a> <a data-yanked="" href="x">x</a>'))
    [('pip-9.whl', '../p/pip-9.whl', '0af')]
    """
    for attributes in re.findall(r"<a\s([^>]*)>", text):
        link = re.search(r"""href=["']([^"'#]+)(?:#sha256=([0-9a-f]+))?""", attributes)
        if link and "data-yanked" not in attributes:
            url = html.unescape(link[1])
            yield url.rpartition("/")[2], url, link[2] or ""


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".venv"))
