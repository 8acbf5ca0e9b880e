"""Run the migrations over a connection of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from docchat_mailer.errors import FileError

MIGRATING = 0x646F6363_00000001
"""The advisory lock that lets one process migrate at a time."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of *engine* to *revision*, in one transaction; others wait for it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection, _loose(connection), connection.begin():
        _wait_for_others(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        _hold_together(connection)


@contextmanager
def _loose(connection: Connection) -> Iterator[None]:
    """References unguarded for a while: SQLite changes a table by making it anew and dropping the old one.

    The pragma does nothing within a transaction, so it is said before one is begun; what it let pass is
    looked at before the commit: https://www.sqlite.org/lang_altertable.html#otheralter
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection
    driver.cursor().execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.cursor().execute("PRAGMA foreign_keys = ON")


def _hold_together(connection: Connection) -> None:
    """Make sure that no reference leads nowhere.

    Raises FileError where one does.
    """
    if connection.dialect.name != "sqlite":
        return
    loose = connection.execute(text("PRAGMA foreign_key_check")).all()
    if loose:
        raise FileError(
            "the database cannot be brought to this version",
            why=f"{len(loose)} of its rows refer to rows that are missing, the first in {loose[0][0]}",
            fix="restore the backup of before, or mend the rows",
        )


def _wait_for_others(connection: Connection) -> None:
    """SQLite has one writer anyway; Alembic looks at the version after this, and finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
