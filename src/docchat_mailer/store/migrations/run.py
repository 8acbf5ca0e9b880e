"""Run the migrations over a connection of ours."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

MIGRATING = 0x646F6363_00000001
"""The advisory lock that lets one process migrate at a time."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of *engine* to *revision*, in one transaction; others wait for it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        _wait_for_others(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _wait_for_others(connection: Connection) -> None:
    """SQLite has one writer anyway; Alembic looks at the version after this, and finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
