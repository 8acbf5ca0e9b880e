"""The database: opened, migrated, written by one connection and read by others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import make_url

from docchat_mailer.errors import ConfigError, ConflictError, CreateError, FileError
from docchat_mailer.model.measures import Durations
from docchat_mailer.store.dialect import engines, translated

HEAD = "0004"
"""The newest migration: a database that stands here needs none."""

TRIES = 5
"""How often a transaction is begun that others get into the way of."""

T = TypeVar("T")

__all__ = ["Connection", "Database"]


class Database:
    """One database.  A write is one transaction that is wholly there or not; a read sees one moment.

    *commits* is how long its commits took.
    """

    def __init__(self, url: str, writer: Engine, readers: Engine) -> None:
        self.url, self._writer, self._readers = url, writer, readers
        self.commits = Durations()
        self._witness: Connection | None = None

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Database:
        """Open the database at *url* and migrate it.

        The URL is ``sqlite:///path``, ``sqlite://`` in memory, or ``postgresql://user:password@host/name``.
        Raises FileError where the file is missing and *create* is False, or is damaged; ConfigError where
        it was made by a newer version of the program, and TemporaryError where the server is away.
        """
        parsed = make_url(url)
        file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        if file and file != ":memory:":
            _prepare_folder(Path(file), create=create)
        database = cls(url, *engines(url))
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_server(self) -> bool:
        """Whether several hosts may work with it: PostgreSQL, not a file."""
        return self._writer.dialect.name == "postgresql"

    @contextmanager
    def write(self, *, one_moment: bool = False) -> Iterator[Connection]:
        """A transaction that may write; it is committed at the end, and rolled back by an exception.

        With *one_moment* it sees the database throughout as it was at its first statement, and a change of
        the same row by another is a ConflictError.  SQLite has one writer, so there it is always so.
        """
        options = {"isolation_level": "REPEATABLE READ"} if one_moment and self.is_server else {}
        writer = self._writer.execution_options(**options) if options else self._writer
        with translated(self.url), writer.begin() as connection:
            yield connection
            began = time.monotonic()
        self.commits.add(time.monotonic() - began)

    def retrying(self, work: Callable[[Connection], T], *, one_moment: bool = False) -> T:
        """What *work* returns from a transaction that may write, begun again while others get in its way.

        *work* may be called up to five times, so it changes nothing but the database.
        """
        for attempt in range(1, TRIES):
            try:
                with self.write(one_moment=one_moment) as connection:
                    return work(connection)
            except ConflictError:
                time.sleep(0.005 * 4**attempt)
        with self.write(one_moment=one_moment) as connection:
            return work(connection)

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
        """A number that is another one after any commit, by this process or another; it costs one statement.

        SQLite counts for a connection what the others commit, so a connection that never writes is kept
        for the question: https://www.sqlite.org/pragma.html#pragma_data_version.  PostgreSQL is asked for
        its snapshot, which says exactly which transactions a reader sees; the end of its log would move
        a little before a commit can be seen: https://www.postgresql.org/docs/current/functions-info.html
        """
        if self.is_server:
            with self.read() as c:
                snapshot = c.exec_driver_sql("SELECT CAST(pg_current_snapshot() AS text)").scalar_one()
            return int.from_bytes(blake2b(str(snapshot).encode(), digest_size=8).digest())
        with translated(self.url):
            if self._witness is None:
                self._witness = self._readers.connect()
            with self._witness.begin():
                return int(self._witness.exec_driver_sql("PRAGMA data_version").scalar_one())

    def journal(self) -> str:
        """SQLite's journal mode as it is now, empty for a server, which keeps its own log.

        See https://www.sqlite.org/pragma.html#pragma_journal_mode.
        """
        if self.is_server:
            return ""
        with self.read() as c:
            return str(c.exec_driver_sql("PRAGMA journal_mode").scalar_one())

    def check_integrity(self) -> list[str]:
        """What is wrong with the file and its references; nothing, if all is well."""
        if self.is_server:
            return self._broken_rules()
        with self.read() as c:
            said = [str(row[0]) for row in c.execute(text("PRAGMA integrity_check"))]
            loose = c.execute(text("PRAGMA foreign_key_check")).all()
        found = [line for line in said if line != "ok"]
        return found + [f"{row[0]} refers to a missing {row[2]}" for row in loose]

    def _broken_rules(self) -> list[str]:
        """Indexes and constraints that PostgreSQL itself does not trust, and pages it could not read."""
        with self.read() as c:
            rules = c.execute(text(BROKEN_RULES)).scalars().all()
            pages = c.execute(text(BROKEN_PAGES)).scalar()
        return [*map(str, rules), *([f"{pages} pages did not match their checksum"] if pages else [])]

    def close(self) -> None:
        """Close every connection."""
        if self._witness is not None:
            self._witness.close()
        self._writer.dispose()
        self._readers.dispose()


BROKEN_RULES = """
SELECT 'the index ' || CAST(indexrelid::regclass AS text) || ' is not valid'
FROM pg_index WHERE NOT indisvalid
UNION ALL
SELECT 'the constraint ' || conname || ' is not valid' FROM pg_constraint WHERE NOT convalidated
ORDER BY 1
"""

BROKEN_PAGES = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"


def has_begun(url: str) -> bool:
    """Whether there is a database of ours at *url*; nothing is made.

    Raises TemporaryError where a server is away, and ConfigError where it refuses us.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return bool(parsed.database) and Path(str(parsed.database)).is_file()
    database = Database(url, *engines(url))
    try:
        with database.read() as c:
            return _version(c) is not None
    finally:
        database.close()


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
