"""The Business Central and Sales pack, installed once; each test module works on a copy of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pysync import database
from pysync.database import Connection
from pysync.runner import Runner
from tests.conftest import copied_database
from tests.packs.documents.office import Office


@pytest.fixture(scope="module")
def office_dsn(office_template: Any, maintenance: Connection, request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of a test module, with the pack and its sample data, captured; its tests share it."""
    template = office_template.template_dbname
    name = f"{template}_{request.module.__name__.rpartition('.')[2]}"
    with copied_database(maintenance, template, name) as address:
        yield address


@pytest.fixture(scope="module")
def office(office_dsn: str) -> Iterator[Office]:
    """The office of a test module."""
    with database.connect(office_dsn, application_name="pysync test") as connection:
        yield Office(connection, Runner(connection))
