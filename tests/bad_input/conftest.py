"""A database for each file of tests, and the command line called as a shell would."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import cli, database
from tests.conftest import copied_database

Database = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its JSON."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """All of it in one line: where a line was broken does not matter."""
        return re.sub(r"\s+", " ", self.out + self.err)


Pysync = Callable[..., Answer]


def call(*arguments: str) -> Answer:
    """Run `pysync ...` in this process; whatever goes wrong, a traceback is never the answer."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setenv("NO_COLOR", "1")
        patch.setattr(sys, "argv", ["pysync", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    answer = Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())
    assert "Traceback" not in answer.out + answer.err
    return answer


@pytest.fixture(scope="session")
def server_dsn() -> str:
    """The server that all databases of the run are on."""
    return os.environ["PYSYNC_TEST_DSN"]


@pytest.fixture(scope="module")
def place_dsn(migrated_template: Any, maintenance: Database) -> Iterator[str]:
    """A database with the schema installed, one for all tests of a file."""
    template = migrated_template.template_dbname
    with copied_database(maintenance, template, f"{template}_bad") as address:
        yield address


@pytest.fixture(scope="module")
def place(place_dsn: str) -> Iterator[Database]:
    """Our kind of connection to the file's database."""
    with database.connect(place_dsn, application_name="pysync test") as connection:
        yield connection


@pytest.fixture(scope="module")
def pysync(place_dsn: str) -> Pysync:
    """Run `pysync --dsn <the file's database> ...`."""

    def run(*arguments: str, dsn: str = place_dsn) -> Answer:
        return call("--dsn", dsn, *arguments)

    return run
