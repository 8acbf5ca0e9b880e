"""Copies of SQLite's file: made while others write, looked at without changing a byte, and put back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from docchat_mailer.errors import CreateError, FileError, UsageError
from docchat_mailer.failpoints import failpoint
from docchat_mailer.store import meta
from docchat_mailer.store.accounting import accounting_faults
from docchat_mailer.store.database import HEAD, Database
from docchat_mailer.store.dialect import sqlite_module

STEP = 256
"""Pages copied at a time."""

RESTORED = "restored"
"""The fact that a database was put back from a copy, until the operator accepts it."""


def back_up(db: Database, target: Path) -> None:
    """Copy the database to *target* as it is at one moment, whole or not at all; writers go on.

    The copy is made by SQLite itself: https://www.sqlite.org/backup.html
    Raises UsageError for a server, CreateError where *target* is there, FileError where it cannot be written.
    """
    if db.is_server:
        raise UsageError("a server's database is copied by its own tools", fix="use pg_dump")
    if target.exists():
        raise CreateError(f"{target} is there already", fix="name another file")
    beside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with db.read() as c:
            _copy(c, beside)
        _into_place(beside, target)
    except OSError as exc:
        raise FileError(f"{target} cannot be written", why=str(exc.strerror), fix="look at the disk") from exc
    finally:
        beside.unlink(missing_ok=True)


def _copy(c: Connection, target: Path) -> None:
    """A read that has begun keeps its moment, so that no write by others makes the copy begin again."""
    c.execute(text("SELECT count(*) FROM sqlite_master"))
    source: Any = c.connection.driver_connection
    with closing(sqlite_module().connect(str(target))) as copy:
        source.backup(copy, pages=STEP, progress=lambda *_left: failpoint("backup.mid"))
        copy.execute("PRAGMA journal_mode = DELETE").close()
    target.chmod(0o600)


def _into_place(beside: Path, target: Path) -> None:
    with beside.open("rb") as written:
        os.fsync(written.fileno())
    beside.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def faults_of(file: Path) -> list[str]:
    """What is wrong with a copy: its pages, its references, its schema and its accounts; nothing is changed.

    Raises FileError where there is no such file.
    """
    if not file.is_file():
        raise FileError(f"there is no copy at {file}", fix="name the file of a backup")
    try:
        with _opened(file) as c:
            return _faults(c)
    except (DBAPIError, sqlite_module().Error) as exc:
        return [f"it cannot be read: {getattr(exc, 'orig', exc)}"]


def _faults(c: Connection) -> list[str]:
    found = [str(row[0]) for row in c.execute(text("PRAGMA integrity_check"))]
    if found != ["ok"]:
        return found
    loose = c.execute(text("PRAGMA foreign_key_check")).all()
    if loose:
        return [f"{row[0]} refers to a missing {row[2]}" for row in loose]
    version = c.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is None or version > HEAD:
        return [f"its schema is {version}, this version of the program knows {HEAD}"]
    return accounting_faults(c)


@contextmanager
def _opened(file: Path) -> Iterator[Connection]:
    """The file, which nobody writes meanwhile, without a lock, a journal or a change."""
    where = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
    module = sqlite_module()
    engine = create_engine(
        "sqlite://", creator=lambda: module.connect(where, uri=True), module=module, poolclass=StaticPool
    )
    try:
        with engine.connect() as c:
            yield c
    finally:
        engine.dispose()


def put_back(copy: Path, target: Path, at: datetime) -> Path | None:
    """Make *copy* the database at *target*, marked as restored; where the old one is kept, if there was one.

    Nobody may have *target* open.  Raises FileError where the copy is damaged, or the disk refuses.
    """
    faults = faults_of(copy)
    if faults:
        raise FileError(f"{copy} cannot be restored", why=faults[0], fix="take another backup")
    beside = target.with_name(f".{target.name}.part")
    kept = target.with_name(f"{target.name}.{at:%Y%m%dT%H%M%SZ}") if target.exists() else None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(copy.read_bytes())
        _mark(beside, at)
        _set_aside(target, kept)
        _into_place(beside, target)
    except OSError as exc:
        raise FileError(f"{target} cannot be written", why=str(exc.strerror), fix="look at the disk") from exc
    finally:
        beside.unlink(missing_ok=True)
    return kept


def _mark(file: Path, at: datetime) -> None:
    """Say in the file itself that it is a restored one: it may be started on another machine."""
    with closing(sqlite_module().connect(str(file))) as opened:
        opened.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
            (RESTORED, at.isoformat()),
        ).close()
        opened.commit()


def _set_aside(target: Path, kept: Path | None) -> None:
    """Keep the old database with what its log holds; the log of one must never meet the other."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            old = target.with_name(target.name + ending)
            if kept is None:
                old.unlink()
            else:
                old.replace(kept.with_name(kept.name + ending))


def is_restored(c: Connection) -> bool:
    """Whether this database was put back from a copy, and nobody has accepted that."""
    return meta.get(c, RESTORED) is not None
