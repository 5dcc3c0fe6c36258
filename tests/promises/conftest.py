"""A second session, for the application that works while a pass runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pysync import database
from tests.promises.scene import Database


@pytest.fixture
def app(dsn: str) -> Iterator[Database]:
    """An application's connection to the same database as `db`."""
    with database.connect(dsn, application_name="application") as connection:
        yield connection
