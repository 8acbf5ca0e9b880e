"""PostgreSQL through psycopg 3: how it is connected to, and what its errors mean."""

from __future__ import annotations

import importlib
import re
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from docchat_mailer.errors import (
    BusyError,
    ConfigError,
    ConflictError,
    DocChatError,
    FileError,
    PermissionDeniedError,
    TemporaryError,
)

DEFAULTS: dict[str, Any] = {
    "application_name": "docchat-mailer",
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": " ".join(
        f"-c {name}={value}"
        for name, value in (
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "5min"),
            ("tcp_keepalives_idle", "10s"),
            ("tcp_keepalives_interval", "5s"),
            ("tcp_keepalives_count", "3"),
        )
    ),
}
"""What a connection asks for where its URL says nothing else.

We give up a connection that is half open after half a minute and a lock after ten seconds; the server gives
up a host that is gone as soon, and a process that stopped in a transaction, and frees what they held:
https://www.postgresql.org/docs/current/libpq-connect.html
"""

POOL = 4
"""Connections kept by the writer, and as many by the readers; under load each has twice as many."""

LOST = re.compile(r"^(08|57P0)")
"""SQLSTATEs of a server that goes, comes, or cannot be heard."""

REFUSED = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|does not exist|could not translate host name"
)
"""What libpq says of settings that no waiting will mend; a failed connection carries no SQLSTATE."""

FULL = re.compile(r"too many (clients|connections)|connection slots")
"""The same, of a server, a database or a role that has no connection left."""


def engines(url: URL) -> tuple[Engine, Engine]:
    """A writer, and readers whose transactions see one moment and cannot write.

    Raises ConfigError where the driver is not installed.
    """
    reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    pool = {"pool_size": POOL, "max_overflow": POOL, "pool_pre_ping": True}
    return _engine(url, {}, **pool), _engine(url, reading, **pool)


def lone_engine(url: URL) -> Engine:
    """An engine that keeps no connection and opens no transaction by itself."""
    return _engine(url, {"isolation_level": "AUTOCOMMIT"}, poolclass=NullPool)


def _engine(url: URL, options: dict[str, Any], **pool: Any) -> Engine:
    try:
        importlib.import_module("psycopg")
    except ImportError as exc:
        raise ConfigError(
            "the driver of PostgreSQL is not installed",
            why=str(exc),
            fix="pip install 'docchat-mailer[postgres]'",
        ) from exc
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={key: value for key, value in DEFAULTS.items() if key not in url.query},
        # the driver forgets how many rows it inserted as soon as its cursor is closed
        execution_options={"preserve_rowcount": True, **options},
        **pool,
    )


def named(url: URL) -> str:
    """The database, without who asks and with which password."""
    host = url.host or url.query.get("host") or "this machine"
    return f"the database {url.database or ''} on {host}"


def meant(error: DBAPIError, url: URL) -> DocChatError | None:
    """*error* as one of ours; none where it is a fault of the program.

    The codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    state = str(getattr(error.orig, "sqlstate", None) or "")
    said = _first_line(str(error.orig))
    if state:
        found = _by_state(state, said, named(url))
        if found is not None:
            return found
    if error.connection_invalidated or type(error.orig).__name__ == "OperationalError":
        return _unreached(said, named(url))
    return None


def _first_line(said: str) -> str:
    """The first line of what libpq says; hints and further addresses follow it."""
    return said.strip().partition("\n")[0].strip()


def _by_state(state: str, said: str, where: str) -> DocChatError | None:
    if LOST.match(state):
        return _unreached(said, where)
    if state.startswith(("28", "3D")):
        return _wrong(said, where)
    match state:
        case "40001" | "40P01":
            what, fix = f"{where} could not do two things at once", "try again in a moment"
            return ConflictError(what, why=said, fix=fix)
        case "53300":
            return TemporaryError(
                f"{where} has no connection left",
                why=said,
                fix="raise max_connections, or stop other programs",
            )
        case "55P03" | "57014":
            return BusyError(f"{where} is locked", why=said, fix="try again in a moment")
        case "25006":
            fix = "use the primary server, and a role that may write"
            return PermissionDeniedError(f"{where} is read-only", why=said, fix=fix)
        case "42501":
            fix = "grant the role all rights on the database and its schema"
            return PermissionDeniedError(f"{where} refuses this role", why=said, fix=fix)
        case "53100" | "58030":
            return FileError(f"{where} cannot be used", why=said, fix="check the disk of the server")
        case "XX001" | "XX002":
            return FileError(f"{where} is damaged", why=said, fix="restore it from a backup")
    return None


def _unreached(said: str, where: str) -> DocChatError:
    if REFUSED.search(said):
        return _wrong(said, where)
    if FULL.search(said):
        return TemporaryError(
            f"{where} has no connection left", why=said, fix="raise max_connections, or stop other programs"
        )
    return TemporaryError(f"{where} cannot be reached", why=said, fix="start it, or wait: it is asked again")


def _wrong(said: str, where: str) -> ConfigError:
    return ConfigError(f"{where} lets nobody in so", why=said, fix="correct [database] url")
