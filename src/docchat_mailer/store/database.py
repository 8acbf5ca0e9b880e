"""The database: opened, migrated, written by one connection and read by others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import make_url

from docchat_mailer.errors import ConfigError, CreateError, FileError
from docchat_mailer.store.dialect import engines, translated

HEAD = "0002"
"""The newest migration: a database that stands here needs none."""

__all__ = ["Connection", "Database"]


class Database:
    """One database.  A write is one transaction that is wholly there or not; a read sees one moment."""

    def __init__(self, url: str, writer: Engine, readers: Engine) -> None:
        self.url, self._writer, self._readers = url, writer, readers
        self._witness: Connection | None = None

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Database:
        """Open the database at *url* (``sqlite:///path``, or ``sqlite://`` in memory) and migrate it.

        Raises FileError where the file is missing and *create* is False, or is damaged; ConfigError where
        it was made by a newer version of the program.
        """
        file = make_url(url).database
        if file and file != ":memory:":
            _prepare_folder(Path(file), create=create)
        database = cls(url, *engines(url))
        database.migrate()
        return database

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; it is committed at the end, and rolled back by an exception."""
        with translated(self.url), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, from one moment of the database."""
        with translated(self.url), self._readers.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to the newest version; nothing is imported for it where it is there already."""
        with translated(self.url), self._writer.connect() as connection:
            version = _version(connection)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise ConfigError(
                "the database was made by a newer version of the program",
                why=f"its schema is {version}, this version knows {HEAD}",
                fix="install the newer version again",
            )
        from docchat_mailer.store.migrations.run import upgrade  # noqa: PLC0415 - Alembic is slow to import

        with translated(self.url):
            upgrade(self._writer)

    def changes(self) -> int:
        """A number that is another one after any commit, by this process or another; it costs one pragma.

        SQLite counts for a connection what the others commit, so a connection that never writes is kept
        for the question: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        with translated(self.url):
            if self._witness is None:
                self._witness = self._readers.connect()
            with self._witness.begin():
                return int(self._witness.exec_driver_sql("PRAGMA data_version").scalar_one())

    def journal(self) -> str:
        """SQLite's journal mode as it is now: https://www.sqlite.org/pragma.html#pragma_journal_mode."""
        with self.read() as c:
            return str(c.exec_driver_sql("PRAGMA journal_mode").scalar_one())

    def check_integrity(self) -> list[str]:
        """What is wrong with the file and its references; nothing, if all is well."""
        with self.read() as c:
            said = [str(row[0]) for row in c.execute(text("PRAGMA integrity_check"))]
            loose = c.execute(text("PRAGMA foreign_key_check")).all()
        found = [line for line in said if line != "ok"]
        return found + [f"{row[0]} refers to a missing {row[2]}" for row in loose]

    def close(self) -> None:
        """Close every connection."""
        if self._witness is not None:
            self._witness.close()
        self._writer.dispose()
        self._readers.dispose()


def _prepare_folder(file: Path, *, create: bool) -> None:
    if file.exists():
        return
    if not create:
        raise FileError(
            f"there is no database at {file}",
            fix="run `docchat-mailer build`, or correct [database] url",
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise CreateError(
            f"{file.parent} cannot be made",
            why=str(exc.strerror),
            fix="make the folder, or correct [database] url",
        ) from exc


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
