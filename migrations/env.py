"""Alembic's wiring: the caller brings the connection and its transaction."""

from __future__ import annotations

from alembic import context

from pysync import migrate

context.configure(
    connection=context.config.attributes.get("connection"),
    dialect_name="postgresql",
    literal_binds=context.is_offline_mode(),
    transactional_ddl=False,
    version_table=migrate.VERSION_TABLE,
    version_table_schema=migrate.SCHEMA,
)
context.run_migrations()
