"""Which database a URL means; SQLite's drivers, pragmas and journal mode; and what errors mean."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError as NoConnectionError
from sqlalchemy.pool import StaticPool

from docchat_mailer.errors import BusyError, ConfigError, DocChatError, FileError, PermissionDeniedError

BUSY_MILLISECONDS = 10_000
"""How long SQLite waits for another writer before it gives up."""

WAL_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""SQLite releases in which a checkpoint can no longer lose a WAL reset: 3.51.3 and two back-ports."""


def sqlite_module() -> ModuleType:
    """The newest SQLite there is: from the wheel, else the standard library's."""
    try:
        return importlib.import_module("pysqlite3")
    except ImportError:
        return importlib.import_module("sqlite3")


def journal_mode(version: tuple[int, ...]) -> str:
    """``WAL`` where this SQLite is safe in it, else ``TRUNCATE``."""
    safe = version >= WAL_FIXED[-1] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in WAL_FIXED
    )
    return "WAL" if safe else "TRUNCATE"


def shown(url: str) -> str:
    """*url* without its password."""
    return make_url(url).render_as_string(hide_password=True)


def engines(url: str) -> tuple[Engine, Engine]:
    """A writer, and readers that cannot write; SQLite's writer has one connection.

    Raises ConfigError for another kind of database, or where the driver is not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        from docchat_mailer.store import postgresql  # noqa: PLC0415 - who uses SQLite pays nothing for it

        return postgresql.engines(parsed)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(
            f"the database {parsed.get_backend_name()!r} is not supported",
            fix="use sqlite:///... or postgresql://...",
        )
    if parsed.database in {None, "", ":memory:"}:
        shared = _engine(parsed, poolclass=StaticPool)
        _begin_with(shared, "BEGIN IMMEDIATE")
        return shared, shared
    writer = _engine(parsed, pool_size=1, max_overflow=0)
    readers = _engine(parsed, pool_size=4)
    _begin_with(writer, "BEGIN IMMEDIATE")
    _begin_with(readers, "BEGIN")
    event.listen(readers, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    return writer, readers


def _engine(url: URL, **options: Any) -> Engine:
    module = sqlite_module()
    arguments = {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(url, module=module, connect_args=arguments, **options)
    mode = journal_mode(module.sqlite_version_info)
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, mode))
    return engine


def _prepare(connection: Any, mode: str) -> None:
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        f"journal_mode = {mode}",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_with(engine: Engine, statement: str) -> None:
    """The driver begins nothing by itself; a write takes its lock at once, so it never fails half way."""
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(statement))


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn a driver's error into ours, once, here."""
    try:
        yield
    except NoConnectionError as exc:
        raise BusyError(
            f"{shown(url)} has no connection to spare",
            why="others wait for it too",
            fix="try again in a moment",
        ) from exc
    except DBAPIError as exc:
        parsed = make_url(url)
        meant = _meant_by_postgresql if parsed.get_backend_name() == "postgresql" else _meant_by_sqlite
        ours = meant(exc, parsed)
        if ours is None:
            raise
        raise ours from exc


def _meant_by_postgresql(error: DBAPIError, url: URL) -> DocChatError | None:
    from docchat_mailer.store import postgresql  # noqa: PLC0415 - who uses SQLite pays nothing for it

    return postgresql.meant(error, url)


def _meant_by_sqlite(error: DBAPIError, url: URL) -> DocChatError | None:
    said = str(error.orig)
    where = url.database or "the database in memory"
    if "locked" in said or "busy" in said:
        return BusyError(f"{where} is locked", why="another process is writing", fix="try again in a moment")
    if "readonly" in said or "read-only" in said:
        return PermissionDeniedError(
            f"{where} is read-only", why=said, fix="give this user write access to file and folder"
        )
    if "malformed" in said or "not a database" in said or "disk image" in said:
        return FileError(f"{where} is damaged", why=said, fix="restore it from a backup")
    if "unable to open" in said or "disk is full" in said or "disk I/O" in said:
        return FileError(f"{where} cannot be used", why=said, fix="check the path and the disk")
    return None
