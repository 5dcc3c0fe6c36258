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
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from pysync import cli, database

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
def place_dsn(migrated_template: Any, server_dsn: str) -> Iterator[str]:
    """A database with the schema installed, one for all tests of a file."""
    name = f"pysync_bad_{os.getpid()}"
    template = migrated_template.template_dbname
    with psycopg.connect(server_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield make_conninfo(server_dsn, dbname=name)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


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
