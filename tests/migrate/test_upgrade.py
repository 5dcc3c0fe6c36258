"""Installing and upgrading the schema."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import TupleRow

from pysync import migrate

pytestmark = pytest.mark.core


def test_install_ends_at_the_newest_revision(db: psycopg.Connection[TupleRow]) -> None:
    assert migrate.state(db) == migrate.State(migrate.head(), migrate.digest())


def test_second_migrate_changes_nothing(dsn: str) -> None:
    assert migrate.upgrade(dsn) == migrate.Result(migrate.head(), migrate.head(), is_changed=False)


def test_empty_database_is_installed(empty_dsn: str) -> None:
    assert migrate.upgrade(empty_dsn) == migrate.Result(None, migrate.head(), is_changed=True)
