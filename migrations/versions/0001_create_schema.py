"""Create the schemas."""

from __future__ import annotations

from pysync import migrate

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    migrate.run_revision(revision)
