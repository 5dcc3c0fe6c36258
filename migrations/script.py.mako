"""${message}"""

from __future__ import annotations

from pysync import migrate

revision = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}


def upgrade() -> None:
    migrate.run_revision(revision)
